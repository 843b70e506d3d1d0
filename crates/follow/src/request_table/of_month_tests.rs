//! Compares the requests found by month with those that count in it.

use std::collections::BTreeSet;
use std::sync::Arc;

use chengji_domain::calendar::{Calendar, Deadline, local_date};
use chengji_domain::catalogue::ShareClass;
use chengji_domain::report::RequestMonth;
use chengji_domain::request::{CloseCause, Move, Party, RequestRecord, Step};
use chengji_domain::{Epoch, Principal};
use chengji_store::{CountingStore, Ledger, MemoryStore};
use chengji_testkit::requests;
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;

use super::*;
use crate::request_table;

const CITIES: [&str; 3] = ["430100", "430200", "430300"];

fn city(number: usize) -> CityCode {
    CITIES[number].parse().unwrap()
}

fn month(number: u32) -> Month {
    format!("{}-{:02}", 2026 + number / 12, 1 + number % 12)
        .parse()
        .unwrap()
}

/// A request of a city to another one, submitted in the middle of a month.
fn record(seq: u64, (consumer, provider): (usize, usize), submitted: u32) -> RequestRecord {
    let resource = format!("{}:103001000001", CITIES[provider]);
    let at = month(submitted).before() + SignedDuration::from_hours(24 * 14);
    let mut history = requests::submitted("430100-1-1-AAAAAAAAAAAAA", &resource, at);
    history.id = RequestId {
        city: city(consumer),
        epoch: Epoch::first([1; 8]),
        seq,
    };
    RequestRecord::new(history)
}

fn step(party: Party, at: Timestamp, mv: Move) -> Step {
    Step {
        party,
        actor: Principal::Coordinator.into(),
        at,
        mv,
        due: None,
    }
}

fn route(at: Timestamp) -> Move {
    Move::Route {
        share_class: ShareClass::Conditional,
        revision: 1,
        deadline: Deadline::certain(local_date(at) + 14.days()),
        approval: None,
    }
}

/// Makes the moves that lead further, each so many days after the one before.
fn further(record: &mut RequestRecord, gaps: &[i64], granted: bool) {
    let mut at = record.history.submitted_at;
    for (number, gap) in gaps.iter().enumerate() {
        at += SignedDuration::from_hours(24 * gap);
        let (party, mv) = match (number, granted) {
            (0, _) => (Party::Coordinator, route(at)),
            (1, true) => {
                let until = at + SignedDuration::from_hours(24 * 3_000);
                (Party::Provider, Move::Grant(requests::grant(until)))
            }
            (1, false) => {
                let refuse = Move::Refuse {
                    reason: "涉密".to_owned(),
                    legal_basis: "《保密法》".to_owned(),
                };
                (Party::Provider, refuse)
            }
            (2, true) => {
                let close = Move::Close {
                    cause: CloseCause::PurposeMet,
                    statement: "已删除".to_owned(),
                    evidence: String::new(),
                };
                (Party::Consumer, close)
            }
            _ => return,
        };
        record.order(step(party, at, mv), None).unwrap();
    }
}

async fn kept(ledger: &Ledger, records: Vec<RequestRecord>) {
    for some in records.chunks(100) {
        let some = some.to_vec();
        let put = ledger.write(move |tx| {
            some.iter()
                .try_for_each(|record| request_table::put(tx, record))
        });
        put.await.unwrap();
    }
}

fn drawn() -> impl Strategy<Value = Vec<RequestRecord>> {
    let parties = prop::sample::select(vec![(0, 1), (1, 0), (0, 2), (0, 0)]);
    let gaps = prop::collection::vec(0_i64..100, 0..4);
    let one = (parties, 0_u32..12, gaps, any::<bool>());
    prop::collection::vec(one, 0..30).prop_map(|all| {
        let records = (0..).zip(all);
        let records = records.map(|(seq, (parties, submitted, gaps, granted))| {
            let mut record = record(seq, parties, submitted);
            further(&mut record, &gaps, granted);
            record
        });
        records.collect()
    })
}

/// The requests found of a city and a month.
fn found(ledger: &Ledger, of: CityCode, month: Month) -> Vec<RequestId> {
    let mut found = Vec::new();
    each_of_month(&**ledger.kv(), of, month, |id| {
        found.push(id);
        Ok(())
    })
    .unwrap();
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn each_request_that_counts_in_a_month_is_found_once(records in drawn()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let ledger = Ledger::create(Arc::new(MemoryStore::new()), "coordinator", [1; 8]).unwrap();
        runtime.block_on(kept(&ledger, records.clone()));
        let calendar = Calendar::built_in().unwrap();
        for (number, of) in (0..26).flat_map(|month| [0, 1, 2].map(|of| (month, of))) {
            let (month, of) = (month(number), city(of));
            let found = found(&ledger, of, month);
            let all: BTreeSet<RequestId> = found.iter().copied().collect();
            prop_assert_eq!(all.len(), found.len(), "found twice");
            for record in &records {
                let history = &record.history;
                let counted = RequestMonth::of(history, month, Timestamp::MAX, &calendar).unwrap();
                if history.party_of(of).is_some() && !counted.is_nothing() {
                    prop_assert!(all.contains(&history.id), "{month} {of}: {history:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_month_reads_its_own_requests_however_many_others_there_are() {
    let mut keys = Vec::new();
    for others in [100, 1_000] {
        let store = CountingStore::new(MemoryStore::new());
        let reads = store.reads();
        let ledger = Ledger::create(Arc::new(store), "coordinator", [1; 8]).unwrap();
        let mut records: Vec<_> = (0..others)
            .map(|seq| {
                let mut record = record(seq, (0, 1), 0);
                further(&mut record, &[1, 2], false);
                record
            })
            .collect();
        records.push(record(others, (0, 1), 5));
        kept(&ledger, records).await;
        let (read, found) = reads.during(|| found(&ledger, city(1), month(5)));
        assert_eq!(found.len(), 1);
        keys.push(read);
    }
    assert_eq!(keys[0], keys[1]);
}

#[tokio::test]
async fn a_grant_that_has_lapsed_is_read_in_no_later_month() {
    let ledger = Ledger::create(Arc::new(MemoryStore::new()), "coordinator", [1; 8]).unwrap();
    let mut lapsing = record(0, (0, 1), 0);
    let at = lapsing.history.submitted_at;
    let until = at + SignedDuration::from_hours(24 * 40);
    let granted = Move::Grant(requests::grant(until));
    for (party, mv) in [(Party::Coordinator, route(at)), (Party::Provider, granted)] {
        lapsing.order(step(party, at, mv), None).unwrap();
    }
    kept(&ledger, vec![lapsing]).await;
    // From the middle of January until the end of February.
    for (number, expected) in [(0, 1), (1, 1), (2, 0), (12, 0)] {
        let found = found(&ledger, city(1), month(number));
        assert_eq!(found.len(), expected, "{number}");
    }
}
