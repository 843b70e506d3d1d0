//! The warnings of an import: all points that a reviewer would question.
//!
//! [`chengji_domain::catalogue::warnings`] checks each entry by itself. This module checks it against the
//! rest of the catalogue: likely duplicates, an entry that changes hands, a cycle that measurements
//! contradict, and its references.

use std::collections::hash_map::{Entry as MapEntry, RandomState};
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;

use chengji_domain::catalogue::freshness::{History, Observed};
use chengji_domain::catalogue::{self, Entry, EntryRecord, Problem, UpdateCycle, bare};
use chengji_domain::{Field, ResourceCode, Result, Uscc};
use chengji_messages::{Message, msg};
use chengji_store::View;
use jiff::civil::Date;

use super::entries;
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
    pub first: Vec<(u64, Problem)>,
}

impl Warnings {
    /// Adds a warning.
    pub fn add(&mut self, line: u64, warning: Problem) {
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
    compare(entries::all(view), pieces.entries(), lines, today)
}

/// Computes warnings in one pass over published entries and one over imported ones: each entry is
/// compared with the rest of both.
fn compare(
    published: impl Iterator<Item = Result<EntryRecord>>,
    imported: impl Iterator<Item = Result<Entry>>,
    lines: &HashMap<ResourceCode, u64>,
    today: Date,
) -> Result<Warnings> {
    let mut index = Index::default();
    let mut references = References::default();
    let mut revised = HashMap::new();
    for record in published {
        let record = record?;
        let entry = &record.entry;
        if lines.contains_key(&entry.code) {
            revised.insert(entry.code.clone(), Before::of(record));
        } else if record.withdrawn.is_none() {
            references.add(entry);
            index.add(entry.code.clone(), None, &Traits::of(entry));
        }
    }
    let mut found = Warnings::default();
    for entry in imported {
        let entry = entry?;
        let line = lines.get(&entry.code).copied().unwrap_or_default();
        let traits = Traits::of(&entry);
        let before = revised.get(&entry.code);
        let warnings = [
            index.warning(&entry.name, &traits),
            before.and_then(|before| before.another_provider(&entry)),
            before.and_then(|before| before.contradicted(&entry)),
        ];
        let warnings = warnings.into_iter().flatten();
        let warnings: Vec<_> = warnings.chain(references.warnings(&entry, lines)).collect();
        references.add(&entry);
        index.add(entry.code.clone(), Some(line), &traits);
        let own = catalogue::warnings(&entry, today);
        for warning in own.into_iter().chain(warnings) {
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
    fn another_provider(&self, entry: &Entry) -> Option<Problem> {
        let (name, code) = (&self.provider, &self.provider_code);
        (*code != entry.provider_code).then(|| {
            let message = msg::WarningProviderChanges {
                code: code.to_string(),
                name,
            };
            let provider = entry.provider_code.to_string();
            Problem::new(Field::ProviderCode, &provider, message)
        })
    }

    fn contradicted(&self, entry: &Entry) -> Option<Problem> {
        let history = self.history?;
        contradicted(entry.update_cycle, history)
    }
}

/// Warns about an update cycle that measurements contradict.
fn contradicted(cycle: UpdateCycle, history: History) -> Option<Problem> {
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
    Some(Problem::new(Field::UpdateCycle, cycle.zh(), message))
}

/// The traits by which an entry is recognized, in any notation.
struct Traits {
    provider: Uscc,
    name: String,
    items: Vec<String>,
}

impl Traits {
    fn of(entry: &Entry) -> Self {
        let items = entry.items.iter().map(|item| item.name.as_str());
        Self::new(entry.provider_code, &entry.name, items)
    }

    fn new<'a>(provider: Uscc, name: &str, items: impl Iterator<Item = &'a str>) -> Self {
        let mut items: Vec<String> = items.map(bare).collect();
        items.sort_unstable();
        // A name of signs only is kept as it is.
        let plain = Some(bare(name)).filter(|plain| !plain.is_empty());
        Self {
            provider,
            name: plain.unwrap_or_else(|| name.to_owned()),
            items,
        }
    }
}

/// Entries by hashes of their traits: an entry is a likely duplicate of another of the same provider with
/// the same name, or of one of another provider with the same name and items. Only their places are kept
/// besides. A hash collision is practically impossible, and would only cost a needless warning.
#[derive(Default)]
struct Index {
    hasher: RandomState,
    known: Vec<(ResourceCode, Option<u64>)>,
    by_provider: HashMap<u64, u32>,
    by_items: HashMap<u64, u32>,
}

impl Index {
    fn add(&mut self, code: ResourceCode, line: Option<u64>, traits: &Traits) {
        // Imports and catalogues are far smaller than this limit.
        let Ok(number) = u32::try_from(self.known.len()) else {
            return;
        };
        let (by_provider, by_items) = self.hashes(traits);
        let mut kept = false;
        for (map, hash) in [
            (&mut self.by_provider, Some(by_provider)),
            (&mut self.by_items, by_items),
        ] {
            if let Some(MapEntry::Vacant(vacant)) = hash.map(|hash| map.entry(hash)) {
                vacant.insert(number);
                kept = true;
            }
        }
        if kept {
            self.known.push((code, line));
        }
    }

    fn warning(&self, name: &str, traits: &Traits) -> Option<Problem> {
        let (by_provider, by_items) = self.hashes(traits);
        let known = |number: Option<&u32>| self.known.get(*number? as usize);
        if let Some(known) = known(self.by_provider.get(&by_provider)) {
            return Some(same_name(name, known));
        }
        let known = known(by_items.and_then(|hash| self.by_items.get(&hash)))?;
        Some(same_items(name, known))
    }

    /// Hashes of provider and name, and of name and items if there are any.
    fn hashes(&self, traits: &Traits) -> (u64, Option<u64>) {
        let Traits {
            provider,
            name,
            items,
        } = traits;
        let by_items = (!items.is_empty()).then(|| self.hasher.hash_one((name, items)));
        (self.hasher.hash_one((provider, name)), by_items)
    }
}

fn same_name(name: &str, known: &(ResourceCode, Option<u64>)) -> Problem {
    let place = place(known);
    Problem::new(Field::Name, name, msg::WarningSameName { place })
}

fn same_items(name: &str, known: &(ResourceCode, Option<u64>)) -> Problem {
    let place = place(known);
    Problem::new(Field::Name, name, msg::WarningSameItems { place })
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
    use proptest::prelude::*;

    use super::super::samples::{MINE, OTHER, entry};
    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 11, 24);

    fn record(entry: &Entry) -> EntryRecord {
        EntryRecord::new(entry.clone(), 1, jiff::Timestamp::UNIX_EPOCH)
    }

    /// The warnings about these entries, each in the line of its index, after `published`.
    fn asked(published: &[Entry], imported: &[Entry]) -> Vec<(u64, Problem)> {
        asked_of(published.iter().map(record), imported)
    }

    fn asked_of(
        published: impl IntoIterator<Item = EntryRecord>,
        imported: &[Entry],
    ) -> Vec<(u64, Problem)> {
        let codes = imported.iter().map(|entry| entry.code.clone());
        let lines = codes.zip(2..).collect();
        let imported = imported.iter().cloned().map(Ok);
        let found = compare(published.into_iter().map(Ok), imported, &lines, TODAY).unwrap();
        let lines: HashSet<u64> = found.first.iter().map(|(line, _)| *line).collect();
        assert_eq!(found.lines, lines);
        found.first
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
        let warning = Problem::new(Field::Name, "", msg::WarningItemNameTwice);
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
        let changes = Problem::new(Field::ProviderCode, MINE, changes);
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
        let expected = Problem::new(Field::UpdateCycle, "每日", unchanged);
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
