//! Counts the keys that calls about demands read.

use std::sync::Arc;

use chengji_domain::Result;
use chengji_domain::matter::{MatterKind, MatterMove, MatterRecord};
use chengji_domain::request::{Actor, RequestId};
use chengji_follow::matter_table;
use chengji_proto::v1;
use chengji_store::{CountingStore, Ledger, MemoryStore, Tx};
use chengji_testkit::matters;

use super::tests::{caller, now, own};
use super::{access, records};
use crate::own_log::OwnLog;
use crate::read_counts::{KeysRead, check, page};

/// Number of demands that are filed in one transaction.
const AT_ONCE: usize = 50;

fn filed(own: &OwnLog, tx: &mut Tx<'_>) -> Result<RequestId> {
    let actor = Actor::new("city/430200/person/shen.pi".parse()?, None);
    let filing = matters::demand();
    let record = records::file(own, tx, (actor, now()), filing, String::new())?;
    Ok(record.id)
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
    keys
}

#[tokio::test]
async fn calls_read_what_their_class_allows_however_many_demands_there_are() {
    let (few, many) = (keys_read(1_000).await, keys_read(10_000).await);
    check(&few, &many, &["Correction", "Demand"]);
}
