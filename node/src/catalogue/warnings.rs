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

use super::likeness::{Likeness, Traits};
use super::references::References;
use super::{counts, entries};

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

/// Computes the warnings as of this day about the entries of an import, in one pass over them: each is compared with
/// those before it, and with the published ones that the import does not replace.
pub fn all(
    view: &(impl View + ?Sized),
    imported: impl Iterator<Item = Result<Entry>>,
    lines: &HashMap<ResourceCode, u64>,
    today: Date,
) -> Result<Warnings> {
    let duplicates = Duplicates::of(view, lines)?;
    compare(view, imported, lines, (today, duplicates))
}

fn compare(
    view: &(impl View + ?Sized),
    imported: impl Iterator<Item = Result<Entry>>,
    lines: &HashMap<ResourceCode, u64>,
    (today, mut duplicates): (Date, Duplicates),
) -> Result<Warnings> {
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
    /// The first published entry of each likeness that is not imported; `None` if they are looked up one by one.
    published: Option<HashMap<Likeness, ResourceCode>>,
}

impl Duplicates {
    /// Reads all published entries for an import that is large in comparison, to which a range read for each imported
    /// entry costs more. At most twice as many are held as the import has entries.
    fn of(view: &(impl View + ?Sized), lines: &HashMap<ResourceCode, u64>) -> Result<Self> {
        let imported = lines.len() as u128;
        if counts::published(view)? > 2 * imported {
            return Ok(Self::default());
        }
        Self::read_at_once(view, lines)
    }

    fn read_at_once(
        view: &(impl View + ?Sized),
        lines: &HashMap<ResourceCode, u64>,
    ) -> Result<Self> {
        let published = entries::first_of_each(view, |code| lines.contains_key(code))?;
        Ok(Self {
            published: Some(published),
            ..Self::default()
        })
    }

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
                let published = match &mut self.published {
                    Some(first) => first.remove(&likeness),
                    None => entries::first_like(view, likeness, is_imported)?,
                };
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
#[path = "warnings_tests.rs"]
mod tests;
