//! The warnings of an import: all points that a reviewer would question.
//!
//! [`chengji_domain::catalogue::warnings`] checks each entry by itself. This module checks it against the
//! rest of the catalogue: likely duplicates, an entry that changes hands, a cycle that measurements
//! contradict, and its references.

use std::collections::hash_map::Entry as MapEntry;
use std::collections::{HashMap, HashSet};

use chengji_domain::catalogue::freshness::{History, Observed};
use chengji_domain::catalogue::{self, Entry, EntryRecord, FieldProblem, UpdateCycle};
use chengji_domain::{Field, ResourceCode, Result, Uscc};
use chengji_messages::{Message, msg};
use chengji_store::View;
use jiff::civil::Date;

use super::entries;
use super::likeness::{Likeness, Traits};
use super::references::References;
use super::stage::Pieces;

/// Maximum number of warnings kept; of further ones only the lines are.
const MAX: usize = 10_000;

/// Warnings with the lines of their entries.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Warnings {
    /// The lines of all entries with a warning.
    pub lines: HashSet<u64>,
    /// The first warnings, in order of their lines after [`Warnings::sorted`].
    pub first: Vec<(u64, FieldProblem)>,
}

impl Warnings {
    /// Adds a warning.
    pub fn add(&mut self, line: u64, warning: FieldProblem) {
        self.lines.insert(line);
        if self.first.len() < MAX {
            self.first.push((line, warning));
        }
    }

    /// Sorts the warnings by line.
    pub fn sorted(mut self) -> Self {
        self.first.sort_by_key(|(line, _)| *line);
        self
    }
}

/// All warnings as of this day about the entries of an import.
pub fn all(
    view: &(impl View + ?Sized),
    pieces: &Pieces,
    lines: &HashMap<ResourceCode, u64>,
    today: Date,
) -> Result<Warnings> {
    compare(view, pieces.entries(), lines, today)
}

/// Computes warnings in one pass over imported entries: each is compared with those before it, and with the published
/// ones that the import does not replace, as far as an index finds them.
fn compare(
    view: &(impl View + ?Sized),
    imported: impl Iterator<Item = Result<Entry>>,
    lines: &HashMap<ResourceCode, u64>,
    today: Date,
) -> Result<Warnings> {
    let mut duplicates = Duplicates::default();
    let mut references = References::default();
    let mut found = Warnings::default();
    for entry in imported {
        let entry = entry?;
        let line = lines.get(&entry.code).copied().unwrap_or_default();
        let traits = Traits::of(&entry);
        let before = entries::find(view, &entry.code)?.map(Before::of);
        let before = before.as_ref();
        let warnings = [
            duplicates.warning(view, &entry.name, &traits, lines)?,
            before.and_then(|before| before.another_provider(&entry)),
            before.and_then(|before| before.contradicted(&entry)),
        ];
        let warnings = warnings.into_iter().flatten();
        let referring = references.warnings(view, &entry, lines)?;
        duplicates.add(&entry.code, Some(line), &traits);
        let own = catalogue::warnings(&entry, today);
        for warning in own.into_iter().chain(warnings).chain(referring) {
            found.add(line, warning);
        }
    }
    Ok(found)
}

/// The relevant properties of a revised entry before its revision.
struct Before {
    provider: String,
    provider_code: Uscc,
    history: Option<History>,
}

impl Before {
    fn of(record: EntryRecord) -> Self {
        Self {
            history: record.mount.and_then(|mount| mount.history),
            provider: record.entry.provider,
            provider_code: record.entry.provider_code,
        }
    }

    /// Warns about a change of department.
    fn another_provider(&self, entry: &Entry) -> Option<FieldProblem> {
        let (name, code) = (&self.provider, &self.provider_code);
        (*code != entry.provider_code).then(|| {
            let message = msg::WarningProviderChanges {
                code: code.to_string(),
                name,
            };
            let provider = entry.provider_code.to_string();
            FieldProblem::new(Field::ProviderCode, &provider, message)
        })
    }

    fn contradicted(&self, entry: &Entry) -> Option<FieldProblem> {
        let history = self.history?;
        contradicted(entry.update_cycle, history)
    }
}

/// Warns about an update cycle that measurements contradict.
fn contradicted(cycle: UpdateCycle, history: History) -> Option<FieldProblem> {
    let observed = history.contradicts(cycle)?;
    let cycle_that_fits = observed.cycle();
    let message: Message = match observed {
        Observed::Unchanged { days } => msg::WarningSourceUnchanged {
            cycle: cycle_that_fits,
            days,
        }
        .into(),
        Observed::Changes { every_days } => msg::WarningSourceChanges {
            cycle: cycle_that_fits,
            days: every_days,
        }
        .into(),
    };
    Some(FieldProblem::new(Field::UpdateCycle, cycle.zh(), message))
}

/// Entries by their likenesses: an entry is a likely duplicate of another of the same provider with the same name, or
/// of one of another provider with the same name and items. Only their places are kept besides.
#[derive(Default)]
struct Duplicates {
    known: HashMap<Likeness, (ResourceCode, Option<u64>)>,
}

impl Duplicates {
    /// Adds an entry to those without an earlier one of the same likeness.
    fn add(&mut self, code: &ResourceCode, line: Option<u64>, traits: &Traits) {
        for likeness in traits.likenesses() {
            let first = self.known.entry(likeness);
            first.or_insert_with(|| (code.clone(), line));
        }
    }

    fn warning(
        &mut self,
        view: &(impl View + ?Sized),
        name: &str,
        traits: &Traits,
        lines: &HashMap<ResourceCode, u64>,
    ) -> Result<Option<FieldProblem>> {
        if let Some(known) = self.first(view, traits.same_name(), lines)? {
            return Ok(Some(same_name(name, known)));
        }
        let Some(likeness) = traits.same_items() else {
            return Ok(None);
        };
        let known = self.first(view, likeness, lines)?;
        Ok(known.map(|known| same_items(name, known)))
    }

    /// The first known entry of this likeness: a published one that is not imported, or an imported one.
    fn first(
        &mut self,
        view: &(impl View + ?Sized),
        likeness: Likeness,
        lines: &HashMap<ResourceCode, u64>,
    ) -> Result<Option<&(ResourceCode, Option<u64>)>> {
        Ok(match self.known.entry(likeness) {
            MapEntry::Occupied(known) => Some(&*known.into_mut()),
            MapEntry::Vacant(vacant) => {
                let is_imported = |code: &ResourceCode| lines.contains_key(code);
                let published = entries::first_like(view, likeness, is_imported)?;
                published.map(|code| &*vacant.insert((code, None)))
            }
        })
    }
}

fn same_name(name: &str, known: &(ResourceCode, Option<u64>)) -> FieldProblem {
    let place = place(known);
    FieldProblem::new(Field::Name, name, msg::WarningSameName { place })
}

fn same_items(name: &str, known: &(ResourceCode, Option<u64>)) -> FieldProblem {
    let place = place(known);
    FieldProblem::new(Field::Name, name, msg::WarningSameItems { place })
}

fn place((code, line): &(ResourceCode, Option<u64>)) -> Message {
    let code = code.as_str();
    match *line {
        Some(line) => msg::WarningPlaceLine { code, line }.into(),
        None => msg::WarningPlaceCatalogue { code }.into(),
    }
}

#[cfg(test)]
mod tests {
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
        compare(kv, imported.iter().cloned().map(Ok), &lines, TODAY).unwrap()
    }

    /// A ledger with these published entries.
    fn published_in(store: impl KeyValue, published: Vec<EntryRecord>) -> Ledger {
        let ledger = Ledger::create(Arc::new(store), "city/430200", [1; 8]).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(async {
            for some in published.chunks(100) {
                let some = some.to_vec();
                let put = move |tx: &mut Tx<'_>| {
                    some.iter().try_for_each(|record| entries::put(tx, record))
                };
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
        // Its record, its likenesses, the department's first entries and one of them, and the related entry.
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

    proptest! {
        #[test]
        fn names_that_differ_are_never_asked_about(names in proptest::collection::hash_set("[甲乙丙丁a-c]{1,6}", 1..20)) {
            let entries: Vec<Entry> = (1..)
                .zip(&names)
                .map(|(serial, name)| entry(serial, name, MINE, &["代码"]))
                .collect();
            prop_assert_eq!(asked(&[], &entries), []);
        }
    }
}
