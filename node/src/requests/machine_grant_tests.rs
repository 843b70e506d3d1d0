//! Automatic grants: the requests that qualify; every other one is open to people.

use chengji_domain::Digest;
use chengji_domain::catalogue::lifecycle::{
    Lifecycle, LifecycleRecord, LifecycleStep, Move as EntryMove, State as EntryState,
};
use chengji_domain::catalogue::{ShareManner, Withdrawal};
use chengji_domain::request::MAX_PERIOD_DAYS;

use super::*;

#[tokio::test]
async fn an_unconditional_resource_is_granted_by_machine_and_a_conditional_one_by_people() {
    let node = Node::new(10).with_entry(ShareClass::Unconditional).await;
    let id = node.routed(1, ShareClass::Unconditional).await;
    let record = node.record(id);
    assert_eq!(record.history.state().unwrap().state(now()), State::Routed);
    assert_eq!(
        record.effective().state().unwrap().state(now()),
        State::Granted
    );
    let request = id;
    let (mv, actor) = (grant(true), node.own.node().into());
    assert_eq!(node.facts(), [CityFact::Moved { request, mv, actor }]);
    assert_eq!(record.history.submitted_by, consumer());

    // The present catalogue decides, not that of the time when the request was routed.
    let node = Node::new(10).with_entry(ShareClass::Conditional).await;
    let id = node.routed(1, ShareClass::Unconditional).await;
    assert!(node.record(id).pending.is_empty());
    assert_eq!(node.facts(), []);
}

#[tokio::test]
async fn what_admission_would_refuse_today_is_granted_by_machine_like_anything_else() {
    for (words, granted) in [
        ("", ""),
        ("\u{1b}[2J全部\u{202e}", "\u{fffd}[2J全部\u{fffd}"),
    ] {
        let asked = Submission {
            purpose: words.to_owned(),
            legal_basis: words.to_owned(),
            scope: words.to_owned(),
            ..submission()
        };
        assert!(asked.check().is_err());
        let node = Node::new(10).with_entry(ShareClass::Unconditional).await;
        let class = ShareClass::Unconditional;
        let id = node.routed_as(1, class, asked.clone()).await;
        let record = node.record(id);
        assert_eq!(record.history.submission, asked);
        let request = record.effective().state().unwrap();
        assert_eq!(request.state(now()), State::Granted);
        assert_eq!(request.grant().unwrap().scope, granted);
    }
}

#[tokio::test]
async fn what_cannot_be_granted_by_machine_is_open_to_people() {
    let (class, file) = (ShareClass::Unconditional, ShareManner::File);
    let beyond = MAX_PERIOD_DAYS + 1;
    for (period_days, manner, granted) in [
        (1, file, true),
        (MAX_PERIOD_DAYS, file, true),
        (0, file, false),
        (beyond, file, false),
        (7_304_485, file, false),
        (u32::MAX, file, false),
        (30, ShareManner::Table, false),
    ] {
        let asked = Submission {
            period_days,
            manner,
            ..submission()
        };
        let node = Node::new(10).with_entry(class).await;
        let id = node.routed_as(1, class, asked.clone()).await;
        let record = node.record(id);
        assert_eq!(record.history.submission, asked);
        assert_eq!(record.history.state().unwrap().state(now()), State::Routed);
        assert_eq!(record.pending.len(), usize::from(granted), "{period_days}");
        // The node continues to read.
        node.routed(2, class).await;
        assert_eq!(node.facts().len(), 1 + usize::from(granted));
    }
}

#[tokio::test]
async fn a_request_is_open_though_its_record_has_no_room_for_a_grant() {
    let (class, node) = (ShareClass::Unconditional, Node::new(10));
    let node = node.with_entry(class).await;
    let id = node.routed(1, class).await;
    let fill = move |tx: &mut Tx<'_>| {
        let mut record = records::existing(tx, id)?;
        record.pending.clear();
        records::put(tx, &record)?;
        fill(tx, id)
    };
    node.own.ledger.write(fill).await.unwrap();
    let written = node.facts().len();
    node.routed(1, class).await;
    assert!(node.record(id).pending.is_empty());
    assert_eq!(node.facts().len(), written);
}

#[tokio::test]
async fn a_city_gets_so_many_grants_a_day_by_machine() {
    let node = Node::new(1).with_entry(ShareClass::Unconditional).await;
    let first = node.routed(1, ShareClass::Unconditional).await;
    let second = node.routed(2, ShareClass::Unconditional).await;
    assert_eq!(node.record(first).pending.len(), 1);
    assert!(node.record(second).pending.is_empty());
}

#[tokio::test]
async fn nothing_is_granted_by_machine_to_a_city_that_takes_no_part() {
    for status in [MembershipStatus::Suspended, MembershipStatus::Removed] {
        let node = Node::new(10).with_entry(ShareClass::Unconditional).await;
        let fact = ClusterFact::StatusChanged {
            city: city(CONSUMER),
            status,
            reason: "越权使用".to_owned(),
        };
        node.read(fact).await.unwrap();
        node.sign().await;
        let id = node.routed(1, ShareClass::Unconditional).await;
        assert!(node.record(id).pending.is_empty(), "{status}");
        assert_eq!(node.facts(), []);
    }
}

/// Records that the withdrawal of the entry was requested, or also approved.
async fn withdraw(node: &Node, is_approved: bool) {
    let last = LifecycleStep {
        revision: 1,
        mv: EntryMove::AskWithdrawal,
        state: EntryState::WithdrawalAsked,
        at: now(),
        by: node.own.node(),
        reason: "系统停用".to_owned(),
        due: None,
        consent: None,
        tightening: None,
    };
    let job = move |tx: &mut Tx<'_>| {
        let mut record = catalogue::entries::existing(tx, &submission().resource.code)?;
        let provider = record.entry.provider_code;
        let lifecycle = LifecycleRecord {
            lifecycle: Lifecycle {
                state: last.state,
                newest: 1,
                published: Some(1),
            },
            provider,
            published_provider: Some(provider),
            digest: Digest([1; 32]),
            author: last.by.clone(),
            steps: 3,
            tightenings: 0,
            change: None,
            reminders: Vec::new(),
            last: last.clone(),
        };
        catalogue::lifecycles::LIFECYCLES.put(tx, &record.entry.code, &lifecycle)?;
        record.withdrawn = is_approved.then_some(Withdrawal {
            at: last.at,
            reason: last.reason,
        });
        catalogue::entries::put(tx, &record)
    };
    node.own.ledger.write(job).await.unwrap();
}

#[tokio::test]
async fn for_an_entry_that_is_to_be_withdrawn_people_grant_and_for_a_withdrawn_one_nobody() {
    let class = ShareClass::Unconditional;
    let node = Node::new(10).with_entry(class).await;
    withdraw(&node, false).await;
    let id = node.routed(1, class).await;
    assert!(node.record(id).pending.is_empty());
    node.granted(id).await;

    let id = node.routed(2, class).await;
    withdraw(&node, true).await;
    let own = node.own.clone();
    let by_people = move |tx: &mut Tx<'_>| {
        records::make_move(&own, tx, own.node().into(), now(), id, grant(false))
    };
    let refused = node.own.ledger.write(by_people).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Withdrawn);
}
