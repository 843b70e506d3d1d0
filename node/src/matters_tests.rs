//! Filing and answering at a node, and what it learns from the coordinator.

use std::sync::Arc;

use chengji_domain::access::{Rights, Role};
use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::{EntryRecord, ShareClass};
use chengji_domain::fact::{Audience, CityFact, Origin};
use chengji_domain::matter::{
    CorrectionNotice, Filing, MatterEvent, MatterFact, MatterKind, MatterMove, MatterRecord,
    MatterState, MatterStep,
};
use chengji_domain::request::{Actor, Party, RequestId};
use chengji_domain::{Epoch, ErrorCode, Principal, Result, Uscc};
use chengji_follow::matter_table;
use chengji_proto::convert::city_entry_from;
use chengji_proto::v1;
use chengji_store::{Ledger, MemoryStore, Tx, log};
use chengji_testkit::{OTHER_CREDIT_CODE, entries as samples, matters};
use jiff::Timestamp;

use super::{access, follow, notices, records, rows};
use crate::caller::Caller;
use crate::catalogue::entries;
use crate::own_log::OwnLog;

pub(super) const OWN: &str = "430200";

pub(super) fn now() -> Timestamp {
    "2026-11-23T02:00:00Z".parse().unwrap()
}

pub(super) fn own(ledger: Ledger) -> OwnLog {
    OwnLog {
        city: OWN.parse().unwrap(),
        ledger,
        clock: Arc::new(now),
    }
}

pub(super) fn in_memory() -> OwnLog {
    let store = Arc::new(MemoryStore::new());
    own(Ledger::create(store, "city/430200", [1; 8]).unwrap())
}

pub(super) fn caller(department: Option<&str>) -> Caller {
    let department: Option<Uscc> = department.map(|code| code.parse().unwrap());
    let rights = Rights::new([Role::Consumer, Role::Approver], department).unwrap();
    Caller::new("city/430200/person/shen.pi".parse().unwrap(), rights)
}

fn actor() -> Actor {
    Actor::new("city/430200/person/shen.pi".parse().unwrap(), None)
}

pub(super) fn assign(to: &str) -> MatterStep {
    MatterStep {
        party: Party::Coordinator,
        actor: Principal::Coordinator.into(),
        at: now(),
        mv: MatterMove::Assign {
            city: to.parse().unwrap(),
            department: None,
            deadline: Deadline::certain(jiff::civil::date(2026, 12, 7)),
        },
    }
}

pub(super) fn number() -> RequestId {
    "430100-1-9-AAAAAAAAAAAAA".parse().unwrap()
}

pub(super) async fn apply(own: &OwnLog, event: MatterEvent) -> Result<()> {
    let this = own.clone();
    let job = move |tx: &mut Tx<'_>| follow::apply(&this, tx, now(), event);
    own.ledger.write(job).await
}

pub(super) fn stored(own: &OwnLog, id: RequestId) -> MatterRecord {
    matter_table::existing(&**own.ledger.kv(), id).unwrap()
}

/// A correction of an entry of this city, and the department of that entry.
pub(super) async fn received(own: &OwnLog) -> Uscc {
    let entry = samples::entry(&samples::draft(1, ShareClass::Conditional));
    let department = entry.provider_code;
    let put = move |tx: &mut Tx<'_>| entries::put(tx, &EntryRecord::new(entry, 1, now()));
    own.ledger.write(put).await.unwrap();
    let resource = format!("{OWN}:{}", samples::code(1));
    let opened = MatterEvent::Opened {
        matter: number(),
        filing: Box::new(matters::correction(number(), &resource)),
        filed_by: Principal::Coordinator.into(),
        filed_at: now(),
        step: assign(OWN),
    };
    apply(own, opened).await.unwrap();
    department
}

async fn make(own: &OwnLog, mv: MatterMove) -> Result<MatterRecord> {
    let (this, record) = (own.clone(), stored(own, number()));
    let job = move |tx: &mut Tx<'_>| records::make_move(&this, tx, (actor(), now()), record, mv);
    own.ledger.write(job).await
}

#[tokio::test]
async fn attached_rows_are_for_the_provider_alone_and_read_back() {
    let own = in_memory();
    let this = own.clone();
    let filing = matters::correction(
        "430200-1-3-AAAAAAAAAAAAA".parse().unwrap(),
        "430100:103001000001",
    );
    let text = "编号,地址\n1,测试路1号\n";
    let file =
        move |tx: &mut Tx<'_>| records::file(&this, tx, (actor(), now()), filing, text.to_owned());
    let record = own.ledger.write(file).await.unwrap();
    let Filing::Correction(filing) = &record.filing else {
        panic!("{record:?}");
    };
    let attached = filing.rows.unwrap();
    assert_eq!((attached.seq, record.id.seq), (0, 1));
    let kept = log::entries(&**own.ledger.kv(), 0, 1, usize::MAX).unwrap();
    let entry = city_entry_from(&kept[0].1, own.city).unwrap();
    let provider = filing.resource.city;
    assert_eq!(entry.fact.audience(), Audience::of_cities([provider]));
    let read = rows::of_own_log(&own, &record).unwrap();
    assert_eq!(read.rows, text);
}

#[tokio::test]
async fn a_department_sees_and_answers_the_corrections_of_its_entries() {
    let own = in_memory();
    let department = received(&own).await;
    let other = OTHER_CREDIT_CODE;
    assert_ne!(department.to_string(), other);
    let kv = own.ledger.kv().as_ref();
    let code = department.to_string();
    let (of_it, of_other) = (caller(Some(&code)), caller(Some(other)));
    let text = number().to_string();
    let seen = |by: &Caller| access::seen(&own, kv, (by, now()), (MatterKind::Correction, &text));
    let record = seen(&of_it).unwrap();
    assert_eq!(seen(&of_other).unwrap_err().code(), ErrorCode::NotFound);
    let acting = access::actor(&own, kv, (&of_it, now()), &record, (None, false)).unwrap();
    assert_eq!(acting.department, Some(department));
    let bureau = access::actor(&own, kv, (&caller(None), now()), &record, (None, false));
    assert_eq!(bureau.unwrap_err().code(), ErrorCode::Denied);
}

#[tokio::test]
async fn a_move_is_pending_until_the_coordinator_has_ordered_it() {
    let own = in_memory();
    received(&own).await;
    let accept = MatterMove::Accept {
        note: String::new(),
    };
    let record = make(&own, accept.clone()).await.unwrap();
    assert_eq!(record.state().unwrap().state(), MatterState::Accepted);
    let again = make(&own, accept).await.unwrap_err();
    assert_eq!(again.code(), ErrorCode::OutOfTurn);
    let (origin, step) = record.pending[0].clone();
    let ordered = |origin| MatterEvent::Ordered {
        matter: number(),
        provider: Some(own.city),
        step: step.clone(),
        origin: Some(origin),
    };
    let elsewhere = Origin {
        epoch: Epoch::first([9; 8]),
        seq: origin.seq,
    };
    assert!(apply(&own, ordered(elsewhere)).await.is_err());
    apply(&own, ordered(origin)).await.unwrap();
    let record = stored(&own, number());
    assert!(record.pending.is_empty());
    assert_eq!(record.steps.len(), 2);
}

#[tokio::test]
async fn a_correction_is_reported_only_after_a_change() {
    let own = in_memory();
    received(&own).await;
    let kv = own.ledger.kv().as_ref();
    let report = || records::correction(kv, &stored(&own, number()), String::new());
    assert_eq!(report().unwrap_err().code(), ErrorCode::InvalidArgument);
    let unreceived = stored(&own, number());
    let Filing::Correction(mut filing) = unreceived.filing.clone() else {
        panic!("{unreceived:?}");
    };
    (filing.revision, filing.content) = (0, None);
    let unreceived = MatterRecord {
        filing: Filing::Correction(filing),
        ..unreceived
    };
    let refused = records::correction(kv, &unreceived, String::new());
    assert_eq!(refused.unwrap_err().code(), ErrorCode::InvalidArgument);
    let entry = samples::entry(&samples::draft(1, ShareClass::Conditional));
    let put = move |tx: &mut Tx<'_>| entries::put(tx, &EntryRecord::new(entry, 2, now()));
    own.ledger.write(put).await.unwrap();
    let MatterMove::Correct { revision, .. } = report().unwrap() else {
        panic!("no correction");
    };
    assert_eq!(revision, 2);
}

#[tokio::test]
async fn a_notice_is_listed_until_it_is_acknowledged_and_once() {
    let own = in_memory();
    let told = CorrectionNotice {
        correction: number(),
        resource: matters::resource("430300:103001000001"),
        revision: 1,
        corrected: 2,
        fields: vec!["地址".to_owned()],
        note: String::new(),
        cities: [own.city].into(),
    };
    for _ in 0..2 {
        apply(&own, MatterEvent::Told(told.clone())).await.unwrap();
    }
    let listed = |acknowledged| {
        let page = None;
        let asked = v1::ListNoticesRequest { acknowledged, page };
        let page = notices::page(own.ledger.kv().as_ref(), None, &asked);
        page.unwrap().items.len()
    };
    assert_eq!((listed(false), listed(true)), (1, 0));
    let acknowledge = |tx: &mut Tx<'_>| notices::acknowledge(tx, None, "430100-1-9");
    own.ledger.write(acknowledge).await.unwrap();
    assert_eq!((listed(false), listed(true)), (0, 1));
}

#[tokio::test]
async fn forgetting_keeps_what_the_city_filed() {
    let own = in_memory();
    received(&own).await;
    let this = own.clone();
    let file = move |tx: &mut Tx<'_>| {
        records::file(
            &this,
            tx,
            (actor(), now()),
            matters::demand(),
            String::new(),
        )
    };
    let demand = own.ledger.write(file).await.unwrap();
    let city = own.city;
    let forget = async || {
        let job = move |tx: &mut Tx<'_>| matter_table::forget(tx, city);
        own.ledger.write(job).await.unwrap()
    };
    // One piece removes the correction of another city, and nothing of the demand came from the coordinator.
    assert_eq!((forget().await, forget().await), (false, true));
    let kv = own.ledger.kv().as_ref();
    assert_eq!(matter_table::find(kv, number()), Ok(None));
    assert_eq!(stored(&own, demand.id), demand);
    let entries = log::entries(kv, 0, 10, usize::MAX).unwrap();
    let last = city_entry_from(&entries.last().unwrap().1, own.city).unwrap();
    assert!(matches!(&last.fact, CityFact::Matter(fact)
        if matches!(**fact, MatterFact::Filed { .. })));
}

#[tokio::test]
async fn a_filing_that_the_city_never_made_is_not_taken_from_the_coordinator() {
    let own = in_memory();
    let this = own.clone();
    let request = "430200-1-3-AAAAAAAAAAAAA".parse().unwrap();
    let filing = matters::correction(request, "430100:103001000001");
    let file =
        move |tx: &mut Tx<'_>| records::file(&this, tx, (actor(), now()), filing, "1\n".to_owned());
    let record = own.ledger.write(file).await.unwrap();
    let opened = |filing: Filing| MatterEvent::Opened {
        matter: record.id,
        filing: Box::new(filing),
        filed_by: record.filed_by.clone(),
        filed_at: record.filed_at,
        step: assign("430100"),
    };
    let Filing::Correction(mut other) = record.filing.clone() else {
        panic!("{record:?}");
    };
    // Another city would get the rows.
    other.resource.city = "430300".parse().unwrap();
    let other = Filing::Correction(other);
    apply(&own, opened(other.clone())).await.unwrap_err();
    let filing = other;
    let other = MatterRecord {
        filing,
        ..record.clone()
    };
    let rows = rows::of_own_log(&own, &other);
    assert_eq!(rows.unwrap_err().code(), ErrorCode::NotFound);
    apply(&own, opened(record.filing.clone())).await.unwrap();
    let state = stored(&own, record.id).state().unwrap().state();
    assert_eq!(state, MatterState::Assigned);
}

#[tokio::test]
async fn own_people_are_known_in_a_demand_though_all_members_read_it() {
    let own = in_memory();
    let this = own.clone();
    let file = move |tx: &mut Tx<'_>| {
        let by = (actor(), now());
        records::file(&this, tx, by, matters::demand(), String::new())
    };
    let demand = own.ledger.write(file).await.unwrap();
    let opened = MatterEvent::Opened {
        matter: demand.id,
        filing: Box::new(demand.filing.clone()),
        filed_by: demand.filing.shown(&demand.filed_by),
        filed_at: demand.filed_at,
        step: MatterStep {
            mv: MatterMove::Open,
            ..assign("430100")
        },
    };
    apply(&own, opened).await.unwrap();
    let (this, record) = (own.clone(), stored(&own, demand.id));
    let withdraw = MatterMove::Withdraw {
        reason: "不再需要".to_owned(),
    };
    let job =
        move |tx: &mut Tx<'_>| records::make_move(&this, tx, (actor(), now()), record, withdraw);
    let made = own.ledger.write(job).await.unwrap();
    let (origin, step) = made.pending[0].clone();
    let shown = demand.filing.shown(&step.actor);
    assert_ne!(shown, step.actor);
    let ordered = || MatterEvent::Ordered {
        matter: demand.id,
        provider: None,
        step: MatterStep {
            actor: shown.clone(),
            ..step.clone()
        },
        origin: Some(origin),
    };
    apply(&own, ordered()).await.unwrap();
    let known = stored(&own, demand.id);
    assert_eq!(known.filed_by, actor());
    assert_eq!(known.steps.last().unwrap().actor, actor());
    // It was decided.
    apply(&own, ordered()).await.unwrap_err();
}
