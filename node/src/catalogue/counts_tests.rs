use std::sync::Arc;

use chengji_domain::Digest;
use chengji_domain::catalogue::freshness::History;
use chengji_domain::catalogue::{Mount, ShareClass, UpdateCycle, Withdrawal};
use chengji_domain::fact::Measurement;
use chengji_store::{Ledger, MemoryStore};
use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::catalogue::entries;
use crate::catalogue::samples::{MINE, OTHER, entry};

fn now() -> Timestamp {
    "2026-11-23T02:00:00.25Z".parse().unwrap()
}

prop_compose! {
    /// A record that was measured up to 800 days ago, or a few milliseconds from the end of its cycle.
    fn record()(
        serial in 1..12_u32,
        provider in prop_oneof![Just(MINE), Just(OTHER)],
        cycle in proptest::sample::select(UpdateCycle::ALL),
        class in proptest::sample::select(ShareClass::ALL),
        measured in prop::option::of((prop_oneof![0..69_120_000_i64, 86_399..86_402_i64], 0..1_000_i64)),
        changed in any::<bool>(),
        is_mounted in any::<bool>(),
        is_withdrawn in prop::bool::weighted(0.2),
        bytes in 0..u64::MAX,
    ) -> EntryRecord {
        let mut content = entry(serial, "区划", provider, &[]);
        (content.update_cycle, content.sharing.class) = (cycle, class);
        let history = measured.map(|(seconds, millis)| {
            let at = now() - SignedDuration::from_secs(seconds) + SignedDuration::from_millis(millis);
            let first = History::begin(at - SignedDuration::from_hours(24 * 400));
            first.with(at, changed)
        });
        let measurement = history.map(|history| Measurement {
            at: history.measured,
            rows: Some(7),
            bytes,
            digest: Digest([2; 32]),
        });
        let mount = is_mounted.then(|| Mount {
            file_name: "a.csv".to_owned(),
            is_table: false,
            measurement,
            history,
        });
        let withdrawn = is_withdrawn.then(|| Withdrawal { at: now(), reason: String::new() });
        EntryRecord { mount, withdrawn, ..EntryRecord::new(content, 1, now()) }
    }
}

fn of_all(records: impl Iterator<Item = EntryRecord>, at: Timestamp) -> Statistics {
    let mut statistics = Statistics::new(at);
    for record in records.filter(|record| record.withdrawn.is_none()) {
        statistics.count(&record.features());
    }
    statistics
}

fn lines(statistics: &Statistics) -> Vec<(Value, Tally)> {
    let of = |dimension: &Dimension| {
        let values = statistics.of(*dimension);
        values
            .map(|(value, tally)| (value.clone(), tally))
            .collect::<Vec<_>>()
    };
    Dimension::ALL.iter().flat_map(of).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// After any writes the tally says at any second what a fold of all records says, and agrees with them.
    #[test]
    fn the_tally_equals_a_fold_of_all_records(
        records in prop::collection::vec(record(), 0..30),
        later in prop_oneof![0..3_i64, 0..69_120_000_i64],
    ) {
        let at = Timestamp::from_second(now().as_second() + later).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let store = Arc::new(MemoryStore::new());
            let ledger = Ledger::create(store, "city/430200", [1; 8]).unwrap();
            for record in records {
                ledger.write(move |tx| entries::put(tx, &record)).await.unwrap();
            }
            let kv = &**ledger.kv();
            let expected = of_all(entries::all(kv).map(Result::unwrap), at);
            let found = counted(kv, at + SignedDuration::from_millis(750)).unwrap();
            assert_eq!(found.total(), expected.total());
            assert_eq!(lines(&found), lines(&expected));
            let different = entries::RECORDS.check_indexes(&ledger).await.unwrap();
            assert!(different.is_empty(), "{different:?}");
        });
    }
}
