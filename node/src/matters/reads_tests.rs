//! Counts the keys that calls about corrections and demands read.

use std::collections::BTreeSet;
use std::sync::Arc;

use chengji_domain::matter::{CorrectionNotice, MatterKind, MatterMove, MatterRecord};
use chengji_domain::request::{Actor, RequestId};
use chengji_domain::{Principal, ResourceRef, Result};
use chengji_follow::matter_table;
use chengji_proto::v1;
use chengji_records::NotedCorrection;
use chengji_store::{CountingStore, Ledger, MemoryStore, Tx};
use chengji_testkit::{entries as samples, matters};

use super::tests::{OWN, assign, caller, now, number, own};
use super::{access, notices, records};
use crate::own_log::OwnLog;
use crate::read_counts::{KeysRead, check, page};

/// Number of demands that are filed, and of corrections that are stored, in one transaction.
const AT_ONCE: usize = 50;

fn filed(own: &OwnLog, tx: &mut Tx<'_>) -> Result<RequestId> {
    let actor = Actor::new("city/430200/person/shen.pi".parse()?, None);
    let filing = matters::demand();
    let record = records::file(own, tx, (actor, now()), filing, String::new())?;
    Ok(record.id)
}

/// Stores a correction of an entry of this city, another one for each number, and the notice of one.
fn corrected(tx: &mut Tx<'_>, seq: u64) -> Result<()> {
    let id = RequestId { seq, ..number() };
    let serial = u32::try_from(seq).unwrap();
    let resource = format!("{OWN}:{}", samples::code(serial));
    let filing = matters::correction(id, &resource);
    let mut record = MatterRecord::new(id, filing, Principal::Coordinator.into(), now());
    record.order(assign(OWN))?;
    matter_table::put(tx, &record)?;
    let notice = CorrectionNotice {
        correction: id,
        resource: matters::resource(&resource),
        revision: 1,
        corrected: 2,
        fields: vec!["地址".to_owned()],
        note: String::new(),
        cities: BTreeSet::from([id.city]),
    };
    let noted = NotedCorrection {
        notice,
        at: now(),
        acknowledged: false,
        departments: BTreeSet::new(),
        acknowledged_by: BTreeSet::new(),
    };
    notices::NOTICES.put(tx, &id, &noted)
}

/// Counts the lists of a city with so many corrections.
async fn corrections(own: &OwnLog, count: u64, keys: &mut KeysRead) {
    for begin in (1..=count).step_by(AT_ONCE) {
        let some = move |tx: &mut Tx<'_>| {
            let mut numbers = begin..begin + AT_ONCE as u64;
            numbers.try_for_each(|seq| corrected(tx, seq))
        };
        own.ledger.write(some).await.unwrap();
    }
    let (by, kv) = (caller(None), own.ledger.kv().as_ref());
    let asked = v1::ListMattersRequest {
        page: page(),
        ..v1::ListMattersRequest::default()
    };
    keys.list("Correction/List", || {
        let is_seen = |record: &MatterRecord| access::is_visible(own, kv, (&by, now()), record);
        let reader = (now(), Some(own.city));
        let page = matter_table::page(kv, MatterKind::Correction, &asked, reader, is_seen)?;
        Ok(page.items.len())
    });
    let asked = v1::ListNoticesRequest {
        page: page(),
        ..v1::ListNoticesRequest::default()
    };
    keys.list("Correction/ListNotices", || {
        Ok(notices::page(kv, None, &asked)?.items.len())
    });
    let asked = v1::CountErrorsRequest {
        page: page(),
        ..v1::CountErrorsRequest::default()
    };
    keys.list("Correction/CountErrors", || {
        let is_seen = |entry: &ResourceRef| access::sees_errors(own, kv, None, entry);
        Ok(matter_table::error_counts(kv, &asked, is_seen)?.items.len())
    });
}

async fn keys_read(count: usize) -> KeysRead {
    let store = CountingStore::new(MemoryStore::new());
    let reads = store.reads();
    let own = own(Ledger::create(Arc::new(store), "city/430200", [1; 8]).unwrap());
    let mut last = None;
    for _ in 0..count.div_ceil(AT_ONCE) {
        let this = own.clone();
        let some = move |tx: &mut Tx<'_>| {
            let filed = (0..AT_ONCE).map(|_| filed(&this, tx));
            filed.collect::<Result<Vec<_>>>()
        };
        last = own.ledger.write(some).await.unwrap().pop();
    }
    let number = last.unwrap().to_string();
    let by = caller(None);
    let kv = own.ledger.kv().as_ref();
    let mut keys = KeysRead::of(reads);
    let asked = v1::ListMattersRequest {
        page: page(),
        ..v1::ListMattersRequest::default()
    };
    keys.list("Demand/List", || {
        let is_seen = |record: &MatterRecord| access::is_visible(&own, kv, (&by, now()), record);
        let reader = (now(), Some(own.city));
        let page = matter_table::page(kv, MatterKind::Demand, &asked, reader, is_seen)?;
        Ok(page.items.len())
    });
    let which = (MatterKind::Demand, number.as_str());
    let show = async { access::seen(&own, kv, (&by, now()), which) };
    keys.call("Demand/Show", show).await;
    let this = own.clone();
    let file = own.ledger.write(move |tx: &mut Tx<'_>| filed(&this, tx));
    keys.call("Demand/File", file).await;
    let (this, by) = (own.clone(), by.clone());
    let withdraw = own.ledger.write(move |tx: &mut Tx<'_>| {
        let which = (MatterKind::Demand, number.as_str());
        let record = access::seen(&this, tx, (&by, now()), which)?;
        let actor = access::actor(&this, tx, (&by, now()), &record, (None, true))?;
        let reason = "不再需要".to_owned();
        let mv = MatterMove::Withdraw { reason };
        records::make_move(&this, tx, (actor, now()), record, mv).map(drop)
    });
    keys.call("Demand/Withdraw", withdraw).await;
    corrections(&own, count as u64, &mut keys).await;
    keys
}

#[tokio::test]
async fn calls_read_what_their_class_allows_however_many_corrections_and_demands_there_are() {
    let (few, many) = (keys_read(1_000).await, keys_read(10_000).await);
    check(&few, &many, &["Correction", "Demand"]);
}
