use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::lifecycle::{LifecycleRecord, Move as EntryMove, State};
use chengji_domain::catalogue::{Entry, ShareClass};
use chengji_domain::epoch::EpochCause;
use chengji_domain::fact::LogOwner;
use chengji_domain::request::{Move, Party, RequestId, RequestRecord, Step};
use chengji_domain::stop::{IncidentReport, StopAct};
use chengji_follow::{Opening, open_epoch};
use chengji_proto::v1;
use chengji_store::Tx;

use super::super::editor::Editor;
use super::super::samples::{MINE, catalogue, entry, granted_request, keep_request};
use super::super::transitions::{Transition, Transitions};
use super::super::{Catalogue, lifecycles, listing};
use super::*;

fn code(serial: u32) -> ResourceCode {
    format!("206001{serial:06}").parse().unwrap()
}

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

/// A request for the first entry with a running grant.
fn running(seq: u64) -> RequestRecord {
    granted_request(seq, &code(1), at("2026-12-31T00:00:00Z"))
}

/// Publishes the first entry.
async fn publish(catalogue: &Catalogue, class: ShareClass) {
    submit(catalogue, class).await;
    make(catalogue, "reviewer", EntryMove::Approve)
        .await
        .unwrap();
}

/// The requests that are found for the first entry.
fn found(catalogue: &Catalogue) -> Vec<RequestId> {
    let (kv, own) = (catalogue.own.ledger.kv().as_ref(), &catalogue.own);
    let found = of(kv, (own.city, &code(1)), own.now()).unwrap();
    assert_eq!(found.count, found.first.len() as u64);
    found.first
}

/// Stops deliveries for an incident, or for a while.
async fn stop(catalogue: &Catalogue, target: StopTarget, cause: StopCause) {
    let (own, at) = (catalogue.own.clone(), catalogue.own.now());
    let report = (cause == StopCause::Incident).then(|| IncidentReport {
        to: "市委网信办".to_owned(),
        at,
    });
    let act = StopAct::Stopped {
        cause,
        reason: "疑似泄露".to_owned(),
        report,
    };
    let job = move |tx: &mut Tx<'_>| stops::act(&own, tx, (own.node().into(), at), target, act);
    catalogue.own.ledger.write(job).await.unwrap();
}

fn by(catalogue: &Catalogue, name: &str) -> Transitions {
    let editor = Editor {
        by: format!("city/430200/person/{name}").parse().unwrap(),
        department: None,
        merged: Default::default(),
    };
    Transitions::new(catalogue, editor)
}

/// The content of the first entry where it is not shared.
fn not_shared() -> Entry {
    let mut content = entry(1, "区划", MINE, &[]);
    content.sharing.class = ShareClass::NotShared;
    content.share_reason = "涉及统计调查对象".to_owned();
    content.sharing.condition = "《中华人民共和国统计法》第九条".to_owned();
    content
}

/// Submits the first entry, of this class.
async fn submit(catalogue: &Catalogue, class: ShareClass) {
    let content = match class {
        ShareClass::NotShared => not_shared(),
        _ => entry(1, "区划", MINE, &[]),
    };
    submit_content(catalogue, content).await;
}

async fn submit_content(catalogue: &Catalogue, content: Entry) {
    let (officer, at) = (by(catalogue, "officer"), catalogue.own.now());
    let job = move |tx: &mut Tx<'_>| officer.import(tx, &content, false, at);
    catalogue.own.ledger.write(job).await.unwrap();
}

async fn make(catalogue: &Catalogue, name: &str, mv: EntryMove) -> Result<LifecycleRecord> {
    let (by, at) = (by(catalogue, name), catalogue.own.now());
    let record = lifecycles::existing(catalogue.own.ledger.kv().as_ref(), &code(1))?;
    let seen = (record.lifecycle.newest, record.steps);
    let job = move |tx: &mut Tx<'_>| {
        let reason = "机构改革";
        by.change(tx, &code(1), seen, Transition { mv, at, reason })
    };
    catalogue.own.ledger.write(job).await
}

#[tokio::test]
async fn grants_run_until_they_lapse_or_are_stopped_for_an_incident() {
    let catalogue = catalogue(&[]);
    let ledger = &catalogue.own.ledger;
    let mut suspended = running(1);
    let step = Step {
        party: Party::Provider,
        actor: catalogue.own.node().into(),
        at: at("2026-11-20T00:00:00Z"),
        mv: Move::Suspend {
            reason: "超出授权用途".to_owned(),
            legal_basis: "《政务数据共享条例》第二十七条".to_owned(),
            mend_by: Deadline::certain("2026-12-07".parse().unwrap()),
        },
        due: None,
    };
    suspended.order(step, None).unwrap();
    let lapsed = granted_request(2, &code(1), catalogue.own.now());
    let of_another = granted_request(3, &code(2), at("2026-12-31T00:00:00Z"));
    let (first, second) = (running(4), running(5));
    let [suspended_id, first_id, second_id] =
        [&suspended, &first, &second].map(|record| record.history.id);
    for record in [suspended, lapsed, of_another, first, second] {
        keep_request(ledger, record).await;
    }
    assert_eq!(found(&catalogue), [suspended_id, first_id, second_id]);

    // A stop for a while ends no service.
    stop(&catalogue, StopTarget::Entry(code(1)), StopCause::Suspended).await;
    stop(
        &catalogue,
        StopTarget::Request(first_id),
        StopCause::Incident,
    )
    .await;
    assert_eq!(found(&catalogue), [suspended_id, second_id]);
    stop(&catalogue, StopTarget::Entry(code(1)), StopCause::Incident).await;
    assert_eq!(found(&catalogue), []);
}

#[tokio::test]
async fn an_entry_in_use_is_neither_withdrawn_nor_excluded_from_sharing() {
    let catalogue = catalogue(&[]);
    let (own, kv) = (&catalogue.own, catalogue.own.ledger.kv().as_ref());
    publish(&catalogue, ShareClass::Unconditional).await;
    let request = running(1);
    let id = request.history.id;
    keep_request(&own.ledger, request).await;

    // A consultation is about the entry by itself while a stricter revision or a withdrawal is on its way.
    let restricts = || lifecycles::restricts_shares(kv, &code(1)).unwrap();
    assert!(!restricts());
    submit(&catalogue, ShareClass::NotShared).await;
    assert!(restricts());
    let refused = make(&catalogue, "reviewer", EntryMove::Approve).await;
    assert_eq!(refused.unwrap_err().code(), ErrorCode::OutOfTurn);
    make(&catalogue, "reviewer", EntryMove::Return)
        .await
        .unwrap();
    assert!(!restricts());

    // The withdrawal is requested at any time, which begins the notice.
    make(&catalogue, "officer", EntryMove::AskWithdrawal)
        .await
        .unwrap();
    let listed = || {
        let asked = v1::ListLifecyclesRequest::default();
        // Long after the last day of the review.
        let page = listing::page(kv, own.city, &asked, at("2026-12-30T02:00:00Z")).unwrap();
        (page.items[0].running_grants, page.items[0].overdue)
    };
    assert_eq!(listed(), (1, false));
    assert!(restricts());
    let refused = make(&catalogue, "reviewer", EntryMove::Approve).await;
    let error = refused.unwrap_err();
    assert_eq!(error.code(), ErrorCode::OutOfTurn);
    assert_eq!(error.message().code(), "entry-grants-running");

    stop(&catalogue, StopTarget::Request(id), StopCause::Incident).await;
    assert_eq!(listed(), (0, true));
    let withdrawn = make(&catalogue, "reviewer", EntryMove::Approve).await;
    assert_eq!(withdrawn.unwrap().lifecycle.state, State::Withdrawn);

    // The stop stays until the share has ended.
    let lifted = StopAct::Lifted {
        reason: "处置完毕".to_owned(),
    };
    let stops = stops::of(kv, &StopTarget::Request(id)).unwrap();
    let refused = check_act(kv, &code(1), (&stops, &lifted));
    assert_eq!(refused.unwrap_err().code(), ErrorCode::Withdrawn);
    assert_eq!(
        check_act(kv, &code(1), (&Stops::default(), &lifted)),
        Ok(())
    );
}

#[tokio::test]
async fn a_revision_of_an_entry_that_is_not_shared_ends_no_service() {
    let catalogue = catalogue(&[]);
    publish(&catalogue, ShareClass::NotShared).await;
    keep_request(&catalogue.own.ledger, running(1)).await;
    let mut content = not_shared();
    content.summary = "更正摘要".to_owned();
    submit_content(&catalogue, content).await;
    let approved = make(&catalogue, "reviewer", EntryMove::Approve).await;
    assert_eq!(approved.unwrap().lifecycle.published, Some(2));
}

#[tokio::test]
async fn a_restored_node_ends_no_sharing_before_it_has_read_what_it_missed_but_after_an_incident() {
    let catalogue = catalogue(&[]);
    let ledger = &catalogue.own.ledger;
    publish(&catalogue, ShareClass::Unconditional).await;
    make(&catalogue, "officer", EntryMove::AskWithdrawal)
        .await
        .unwrap();
    let opening = Opening {
        id: [9; 8],
        highest: 1,
        replaced: None,
        cause: EpochCause::Restored,
        at: catalogue.own.now(),
    };
    let log = LogOwner::City(catalogue.own.city);
    open_epoch(ledger, log, opening).await.unwrap();
    let refused = make(&catalogue, "reviewer", EntryMove::Approve).await;
    let awaited = Error::new(ErrorCode::OutOfTurn, msg::ReadingAwaited);
    assert_eq!(refused.unwrap_err(), awaited);
    stop(&catalogue, StopTarget::Entry(code(1)), StopCause::Incident).await;
    let withdrawn = make(&catalogue, "reviewer", EntryMove::Approve).await;
    assert_eq!(withdrawn.unwrap().lifecycle.state, State::Withdrawn);
}
