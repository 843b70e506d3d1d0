use std::ops::Range;
use std::sync::Arc;

use chengji_domain::Principal;
use chengji_domain::calendar::Deadline;
use chengji_domain::matter::{MatterMove, MatterStep};
use chengji_domain::request::Party;
use chengji_store::{CountingStore, Ledger, MemoryStore, Tx};
use chengji_testkit::matters;
use jiff::civil::{Date, date};

use super::*;
use crate::matter_table::put;

fn now() -> Timestamp {
    "2026-11-27T02:00:00Z".parse().unwrap()
}

/// Stores demands of these numbers: open ones, or ones that a city has to answer by a day.
async fn fill(ledger: &Ledger, numbers: Range<u64>, due: Option<Date>) {
    let job = move |tx: &mut Tx<'_>| {
        let mut numbers = numbers;
        numbers.try_for_each(|seq| {
            let id = format!("430100-1-{seq}-AAAAAAAAAAAAA").parse()?;
            let by = || Principal::Coordinator.into();
            let mut record = MatterRecord::new(id, matters::demand(), by(), now());
            let assign = due.map(|due| MatterMove::Assign {
                city: "430200".parse().unwrap(),
                department: None,
                deadline: Deadline::certain(due),
            });
            for mv in [Some(MatterMove::Open), assign].into_iter().flatten() {
                record.order(MatterStep {
                    party: Party::Coordinator,
                    actor: by(),
                    at: now(),
                    mv,
                })?;
            }
            put(tx, &record)
        })
    };
    ledger.write(job).await.unwrap();
}

#[tokio::test]
async fn lists_of_what_is_overdue_or_needs_attention_read_nothing_else() {
    let mut read = Vec::new();
    for others in [50, 200] {
        let store = CountingStore::new(MemoryStore::new());
        let reads = store.reads();
        let ledger = Ledger::create(Arc::new(store), "coordinator", [1; 8]).unwrap();
        fill(&ledger, 0..3, None).await;
        fill(&ledger, 3..6, Some(date(2026, 11, 20))).await;
        fill(&ledger, 6..6 + others, Some(date(2026, 12, 7))).await;
        let kv = ledger.kv().as_ref();
        let size = 2;
        let listed = |overdue, attention| {
            let asked = v1::ListMattersRequest {
                overdue,
                attention,
                page: Some(v1::PageRequest {
                    size,
                    ..Default::default()
                }),
                ..Default::default()
            };
            let reader = (now(), None);
            let page = || super::page(kv, MatterKind::Demand, &asked, reader, |_| Ok(true));
            let (keys, found) = reads.during(page);
            let items = found.unwrap().items.into_iter();
            let numbers: Vec<_> = items.map(|item| item.id).collect();
            (keys, numbers)
        };
        let number = |seq: u64| format!("430100-1-{seq}-AAAAAAAAAAAAA");
        let (overdue, attention) = (listed(true, false), listed(false, true));
        assert_eq!(overdue.1, [number(5), number(4)]);
        assert_eq!(attention.1, [number(2), number(1)]);
        read.push((overdue.0, attention.0));
    }
    assert_eq!(read[0], read[1]);
}
