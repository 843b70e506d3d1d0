use std::sync::Arc;

use chengji_store::{CountingStore, KeyValue, Ledger, MemoryStore, Tx};
use proptest::prelude::*;

use super::super::samples::{MINE, OTHER, entry};
use super::*;

const TODAY: Date = jiff::civil::date(2026, 11, 24);

fn record(entry: &Entry) -> EntryRecord {
    EntryRecord::new(entry.clone(), 1, jiff::Timestamp::UNIX_EPOCH)
}

/// The warnings about these entries, each in the line of its index, after `published`.
fn asked(published: &[Entry], imported: &[Entry]) -> Vec<(u64, FieldProblem)> {
    asked_of(published.iter().map(record), imported)
}

fn asked_of(
    published: impl IntoIterator<Item = EntryRecord>,
    imported: &[Entry],
) -> Vec<(u64, FieldProblem)> {
    let ledger = published_in(MemoryStore::new(), published.into_iter().collect());
    let found = asked_in(&**ledger.kv(), imported);
    let lines: HashSet<u64> = found.first.iter().map(|(line, _)| *line).collect();
    assert_eq!(found.lines, lines);
    found.first
}

fn asked_in(kv: &dyn KeyValue, imported: &[Entry]) -> Warnings {
    let codes = imported.iter().map(|entry| entry.code.clone());
    let lines = codes.zip(2..).collect();
    all(kv, imported.iter().cloned().map(Ok), &lines, TODAY).unwrap()
}

prop_compose! {
    /// An entry of one of two providers, with one of few names and items, and whether it is withdrawn.
    fn alike()(
        serial in 1..30_u32,
        name in prop_oneof![Just("停车场"), Just("停车泊位"), Just("停 车场")],
        provider in prop_oneof![Just(MINE), Just(OTHER)],
        items in proptest::sample::select(vec![&[] as &[&str], &["名称"], &["名称", "地址"]]),
        is_withdrawn in proptest::bool::weighted(0.2),
    ) -> (Entry, bool) {
        (entry(serial, name, provider, items), is_withdrawn)
    }
}

/// A ledger with these published entries.
fn published_in(store: impl KeyValue, published: Vec<EntryRecord>) -> Ledger {
    let ledger = Ledger::create(Arc::new(store), "city/430200", [1; 8]).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(async {
        for some in published.chunks(100) {
            let some = some.to_vec();
            let put =
                move |tx: &mut Tx<'_>| some.iter().try_for_each(|record| entries::put(tx, record));
            ledger.write(put).await.unwrap();
        }
    });
    ledger
}

#[test]
fn an_import_of_a_row_reads_what_its_entries_need() {
    let keys = |published: u32| {
        let store = CountingStore::new(MemoryStore::new());
        let reads = store.reads();
        let named = |serial| entry(serial, &format!("第{serial}号"), MINE, &["名称"]);
        let records = (1..=published).map(|serial| record(&named(serial)));
        let ledger = published_in(store, records.collect());
        let row = Entry {
            related: vec!["206001000007".parse().unwrap()],
            ..named(5)
        };
        let (keys, found) = reads.during(|| asked_in(&**ledger.kv(), &[row]));
        assert_eq!(found.first, []);
        keys
    };
    // The number of entries, its record, its likenesses, the department's first entries and one of them, and the
    // related entry.
    let (few, many) = (keys(20), keys(2_000));
    assert_eq!(few, many);
    assert!(many <= 16, "{many}");
}

#[test]
fn what_an_entry_says_itself_is_asked_about_first() {
    let sound = entry(1, "停车场", MINE, &[]);
    let ahead = Entry {
        published_on: jiff::civil::date(2026, 11, 25),
        provider_code: OTHER.parse().unwrap(),
        ..sound.clone()
    };
    let found = asked(&[sound], &[ahead]);
    let fields: Vec<_> = found
        .iter()
        .map(|(line, warning)| (*line, warning.field))
        .collect();
    assert_eq!(fields, [(2, Field::PublishedOn), (2, Field::ProviderCode)]);
}

#[test]
fn warnings_are_kept_up_to_a_number_and_lines_always() {
    let warning = FieldProblem::new(Field::Name, "", msg::WarningItemNameTwice);
    let mut warnings = Warnings::default();
    for line in (1..=MAX as u64 + 5).rev() {
        warnings.add(line, warning.clone());
    }
    let warnings = warnings.sorted();
    assert_eq!((warnings.lines.len(), warnings.first.len()), (MAX + 5, MAX));
    assert_eq!(warnings.first[0].0, 6);
}

#[test]
fn what_is_withdrawn_or_revised_by_the_same_import_is_no_duplicate() {
    let withdrawn = EntryRecord {
        withdrawn: Some(catalogue::Withdrawal {
            at: jiff::Timestamp::UNIX_EPOCH,
            reason: String::new(),
        }),
        ..record(&entry(1, "停车场", MINE, &["名称"]))
    };
    let again = [entry(2, "停车场", MINE, &["名称"])];
    assert_eq!(asked_of([withdrawn], &again), []);
    // One entry gets the name that the other gives up.
    let before = [entry(1, "停车场", MINE, &[])];
    let after = [
        entry(2, "停车场", MINE, &[]),
        entry(1, "停车泊位", MINE, &[]),
    ];
    assert_eq!(asked(&before, &after), []);
    assert_eq!(asked(&before, &after[..1]).len(), 1);
}

#[test]
fn an_entry_that_changes_hands_is_asked_about() {
    let before = [entry(1, "停车场", OTHER, &[])];
    let found = asked(&before, &[entry(1, "停车场", MINE, &[])]);
    assert_eq!(found.len(), 1);
    let changes = msg::WarningProviderChanges {
        code: OTHER,
        name: &before[0].provider,
    };
    let changes = FieldProblem::new(Field::ProviderCode, MINE, changes);
    assert_eq!(found[0], (2, changes));
    assert_eq!(asked(&before, &before), []);
}

#[test]
fn a_name_of_the_same_provider_is_known_again_however_it_is_written() {
    let published = [entry(1, "区划 代码（AB）", MINE, &[])];
    let imported = [
        entry(2, "区划代码ａｂ", MINE, &["代码"]),
        entry(3, "区划代码AC", MINE, &[]),
        entry(4, "区划代码-AC", MINE, &[]),
    ];
    let found = asked(&published, &imported);
    let lines: Vec<u64> = found.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [2, 4]);
    let code = "206001000001";
    let catalogue: Message = msg::WarningPlaceCatalogue { code }.into();
    let earlier: Message = msg::WarningPlaceLine {
        code: "206001000003",
        line: 3_u32,
    }
    .into();
    let same = |place: Message| Message::from(msg::WarningSameName { place });
    assert_eq!(found[0].1.message, same(catalogue));
    assert_eq!(found[1].1.message, same(earlier));
}

#[test]
fn another_providers_resource_is_the_same_with_the_same_items_only() {
    let published = [entry(1, "停车场", OTHER, &["名称", "地址"])];
    let imported = [
        entry(2, "停车场", MINE, &["地址", "名 称"]),
        entry(3, "停车场点位", MINE, &["名称", "地址"]),
    ];
    let found = asked(&published, &imported);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].1.message.code(), "warning-same-items");
    for items in [&["名称"][..], &[]] {
        let none = asked(&published, &[entry(2, "停车场", MINE, items)]);
        assert_eq!(none, []);
    }
}

#[test]
fn a_cycle_that_the_measurements_contradict_is_asked_about() {
    let at = |day: i64| jiff::Timestamp::from_second(day * 86_400).unwrap();
    let same = History::begin(at(0)).with(at(40), false);
    assert_eq!(contradicted(UpdateCycle::Monthly, same), None);
    let warning = contradicted(UpdateCycle::Daily, same).unwrap();
    let unchanged = msg::WarningSourceUnchanged {
        cycle: UpdateCycle::Quarterly,
        days: 40_u32,
    };
    let expected = FieldProblem::new(Field::UpdateCycle, "每日", unchanged);
    assert_eq!(warning, expected);
}

#[test]
fn a_large_import_reads_each_published_entry_once() {
    let store = CountingStore::new(MemoryStore::new());
    let reads = store.reads();
    let named = |serial| entry(serial, &format!("第{serial}号"), MINE, &["名称"]);
    let records = (1..=600).map(|serial| record(&named(serial)));
    let ledger = published_in(store, records.collect());
    let imported: Vec<Entry> = (601..=1_000).map(named).collect();
    let ranges = reads.ranges();
    let found = asked_in(&**ledger.kv(), &imported);
    assert_eq!(found, Warnings::default());
    // The likenesses, 256 at once, and the department's first entries.
    let ranges = reads.ranges() - ranges;
    assert!(ranges <= 6, "{ranges}");
}

proptest! {
    /// Published entries are compared in the same way, whether they are read at once or looked up one by one.
    #[test]
    fn the_ways_to_read_published_entries_agree(
        published in proptest::collection::vec(alike(), 0..24),
        imported in proptest::collection::vec(alike(), 0..24),
    ) {
        let published = published.iter().map(|(entry, is_withdrawn)| EntryRecord {
            withdrawn: is_withdrawn.then(|| catalogue::Withdrawal {
                at: jiff::Timestamp::UNIX_EPOCH,
                reason: String::new(),
            }),
            ..record(entry)
        });
        let ledger = published_in(MemoryStore::new(), published.collect());
        let kv = &**ledger.kv();
        let imported: HashMap<ResourceCode, Entry> = imported
            .into_iter()
            .map(|(entry, _)| (entry.code.clone(), entry))
            .collect();
        let lines = imported.keys().cloned().zip(2..).collect();
        let warnings = |duplicates| {
            let imported = imported.values().cloned().map(Ok);
            compare(kv, imported, &lines, (TODAY, duplicates)).unwrap()
        };
        let at_once = warnings(Duplicates::read_at_once(kv, &lines).unwrap());
        prop_assert_eq!(at_once, warnings(Duplicates::default()));
    }

    #[test]
    fn names_that_differ_are_never_asked_about(names in proptest::collection::hash_set("[甲乙丙丁a-c]{1,6}", 1..20)) {
        let entries: Vec<Entry> = (1..)
            .zip(&names)
            .map(|(serial, name)| entry(serial, name, MINE, &["代码"]))
            .collect();
        prop_assert_eq!(asked(&[], &entries), []);
    }
}
