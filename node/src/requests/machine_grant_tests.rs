//! Automatic grants: the requests that qualify; every other one is open to people.

use chengji_domain::catalogue::ShareManner;
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
