//! Lists entries by state: waiting for review, returned, overdue.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::slice;

use chengji_domain::calendar::local_date;
use chengji_domain::catalogue::lifecycle::{LifecycleRecord, Move, State};
use chengji_domain::catalogue::{self, AdministrativeLevel, Entry, ShareClass};
use chengji_domain::resource::Classification;
use chengji_domain::{CityCode, Error, ErrorCode, Field, Principal, ResourceCode, Result, Uscc};
use chengji_messages::{Message, msg};
use chengji_paging::Pager;
use chengji_proto::convert::{
    code_from, entry_state_from, entry_to, level_from, life_to, record_to, share_class_from,
};
use chengji_proto::service::Page;
use chengji_proto::v1;
use chengji_records::entry_state_number;
use chengji_store::{Merged, View};
use jiff::Timestamp;
use jiff::civil::Date;

use super::entries::{self, Listed};
use super::list_parts::Part;
use super::{lifecycles, running};
use crate::succession::records::expanded;

/// Number of index keys read at once during a full scan.
const PIECE: usize = 100;
/// Maximum number of index ranges merged for one list.
const MAX_PARTS: usize = 64;

/// Maximum number of entries counted to find the feature that the fewest have.
const MAX_COUNTED: usize = 64;

/// Rows that a list is filtered from, in order.
type Rows<'v, T> = Box<dyn Iterator<Item = Result<T>> + 'v>;

/// A checked filter of entries. Empty fields match everything.
pub struct Filter {
    /// In order; if not empty, only these are read.
    codes: Vec<ResourceCode>,
    states: BTreeSet<State>,
    providers: BTreeSet<Uscc>,
    classes: Vec<ShareClass>,
    levels: Vec<AdministrativeLevel>,
    /// The classification, or its beginning.
    under: Option<String>,
    /// The principal who made the last move, or a person's name.
    by: String,
    overdue: bool,
    change_noted: bool,
    tightened: bool,
    today: Date,
}

impl Filter {
    /// Parses a filter, as of `now`. Errors: `INVALID_ARGUMENT`.
    pub fn read(wire: Option<v1::EntryFilter>, now: Timestamp) -> Result<Self> {
        // A missing filter is an empty one.
        let wire = wire.unwrap_or_default();
        let codes = wire.codes.iter().map(|code| code_from(code));
        let mut codes = codes.collect::<Result<Vec<ResourceCode>>>()?;
        codes.sort_unstable();
        codes.dedup();
        let under = match wire.classification.as_str() {
            "" => None,
            path => Some(under(path)?),
        };
        Ok(Self {
            codes,
            states: wanted(wire.states(), entry_state_from, msg::FilterState)?
                .into_iter()
                .collect(),
            providers: (wire.provider_codes.iter())
                .map(|code| code.parse())
                .collect::<Result<_>>()?,
            classes: wanted(
                wire.share_classes(),
                share_class_from,
                Field::ShareClass.label(),
            )?,
            levels: wanted(
                wire.administrative_levels(),
                level_from,
                Field::AdministrativeLevel.label(),
            )?,
            under,
            overdue: wire.overdue,
            change_noted: wire.change_noted,
            tightened: wire.tightened,
            today: local_date(now),
            by: wire.by,
        })
    }

    /// The same with the departments that were merged into those of the filter.
    pub fn with_merged(self, view: &(impl View + ?Sized)) -> Result<Self> {
        let providers = expanded(view, self.providers)?;
        Ok(Self { providers, ..self })
    }

    /// The same for a move on all entries: without states in the filter, those in which the move begins,
    /// so that no others are read.
    pub fn for_move(
        wire: Option<v1::EntryFilter>,
        mv: Option<Move>,
        now: Timestamp,
    ) -> Result<Self> {
        let mut filter = Self::read(wire, now)?;
        if let Some(mv) = mv.filter(|_| filter.states.is_empty()) {
            filter.states = mv.begins_in().collect();
        }
        Ok(filter)
    }

    /// A filter of published entries, which ignores the state of revisions.
    pub fn of_published(wire: Option<v1::EntryFilter>, now: Timestamp) -> Result<Self> {
        let filter = Self::read(wire, now)?;
        let of_lifecycles = filter.overdue || filter.change_noted || filter.tightened;
        if filter.states.is_empty() && filter.by.is_empty() && !of_lifecycles {
            return Ok(filter);
        }
        Err(Error::new(
            ErrorCode::InvalidArgument,
            msg::FilterOfPublished,
        ))
    }

    /// Returns true if the filter matches what is published.
    pub fn takes_published(&self, record: &catalogue::EntryRecord) -> bool {
        let entry = &record.entry;
        (self.codes.is_empty() || self.codes.binary_search(&entry.code).is_ok())
            && self.takes_provider(entry.provider_code)
            && self.takes_content(entry)
    }

    /// Visits the entries that match the filter, in order of code; with a move, only those it applies to
    /// in bulk. Blocks.
    pub fn each(
        &self,
        view: &(impl View + ?Sized),
        mv: Option<Move>,
        mut visit: impl FnMut(&LifecycleRecord, Entry) -> Result<()>,
    ) -> Result<()> {
        for code in self.codes(view, None, PIECE) {
            let Some((record, entry)) = self.listed(view, &code?)? else {
                continue;
            };
            if mv.is_none_or(|mv| record.lifecycle.is_selected_for(mv)) {
                visit(&record, entry)?;
            }
        }
        Ok(())
    }

    /// Codes that may match, in order, after this code; the records decide.
    fn codes<'v>(
        &'v self,
        view: &'v (impl View + ?Sized),
        after: Option<&ResourceCode>,
        at_once: usize,
    ) -> Box<dyn Iterator<Item = Result<ResourceCode>> + 'v> {
        if !self.codes.is_empty() {
            return Box::new(self.named(after).cloned().map(Ok));
        }
        let states = self.states();
        let departments = self.departments(states.len());
        let parts = departments
            .iter()
            .flat_map(|department| states.iter().map(|state| (department.clone(), *state)));
        let bounds = after.map_or(Bound::Unbounded, |code| Bound::Excluded(code.clone()));
        let bounds = (bounds, Bound::Unbounded);
        let spans = parts.map(|part| lifecycles::LISTS.within(&part, bounds.clone()));
        let merged = Merged::new(view, spans, at_once, |(.., code), _| code.clone());
        Box::new(merged.map(|row| row.map(|(_, code)| code)))
    }

    /// The selected codes after `after`.
    fn named(&self, after: Option<&ResourceCode>) -> slice::Iter<'_, ResourceCode> {
        let is_before = |code: &ResourceCode| after.is_some_and(|after| code <= after);
        self.codes[self.codes.partition_point(is_before)..].iter()
    }

    /// The published records among which the selected ones are, in order of code.
    fn records<'v>(
        &'v self,
        view: &'v (impl View + ?Sized),
        pager: &Pager<ResourceCode>,
        include_withdrawn: bool,
    ) -> Result<Rows<'v, (ResourceCode, catalogue::EntryRecord)>> {
        let found: Rows<'v, ResourceCode> = if self.codes.is_empty() {
            let parts = self.parts(view, include_withdrawn)?;
            let spans: Vec<_> = parts.iter().map(|part| part.after(pager.after())).collect();
            let merged = Merged::new(view, spans, pager.at_once(), |(.., code), _| code.clone());
            Box::new(merged.map(|row| row.map(|(_, code)| code)))
        } else {
            Box::new(self.named(pager.after()).cloned().map(Ok))
        };
        Ok(Box::new(found.filter_map(move |code| {
            code.and_then(|code| published_of(view, code)).transpose()
        })))
    }

    /// The index ranges of the feature in the filter that the fewest entries have.
    fn parts(&self, view: &(impl View + ?Sized), include_withdrawn: bool) -> Result<Vec<Part>> {
        let flags = || {
            [Some(false), include_withdrawn.then_some(true)]
                .into_iter()
                .flatten()
        };
        let of = |listed: Listed, values: BTreeSet<String>| -> Vec<Part> {
            let parts =
                |value: String| flags().map(move |flag| Part::of(flag, listed, value.clone()));
            values.into_iter().flat_map(parts).collect()
        };
        let under = |path: &String| flags().map(|flag| Part::under(flag, path)).collect();
        let classes = self.classes.iter().map(|class| class.en().to_owned());
        let levels = self.levels.iter().map(|level| level.en().to_owned());
        let providers = self.providers.iter().map(ToString::to_string);
        let candidates = [
            self.under.as_ref().map_or(Vec::new(), under),
            of(Listed::Provider, providers.collect()),
            of(Listed::Class, classes.collect()),
            of(Listed::Level, levels.collect()),
        ]
        .into_iter();
        let mut candidates: Vec<Vec<Part>> = candidates
            .filter(|parts| (1..=MAX_PARTS).contains(&parts.len()))
            .collect();
        let mut fewest: Option<(usize, Vec<Part>)> = None;
        if candidates.len() == 1 {
            return Ok(candidates.remove(0));
        }
        for parts in candidates {
            let mut count = 0;
            for part in &parts {
                if count >= MAX_COUNTED {
                    break;
                }
                count += part.after(None).count(view, MAX_COUNTED)?;
            }
            if fewest.as_ref().is_none_or(|(least, _)| count < *least) {
                fewest = Some((count, parts));
            }
        }
        let all = || of(Listed::All, BTreeSet::from([String::new()]));
        Ok(fewest.map_or_else(all, |(_, parts)| parts))
    }

    /// The selected states, by number.
    fn states(&self) -> BTreeSet<u32> {
        let wanted = |state: &&State| self.states.is_empty() || self.states.contains(state);
        let states = State::ALL.iter().filter(wanted);
        states.map(|state| entry_state_number(*state)).collect()
    }

    /// The departments whose index ranges are read; if there are too many, all are read and the others
    /// skipped.
    fn departments(&self, states: usize) -> BTreeSet<Option<String>> {
        let wanted = &self.providers;
        if wanted.is_empty() || wanted.len() * states > MAX_PARTS {
            return BTreeSet::from([None]);
        }
        wanted.iter().map(|code| Some(code.to_string())).collect()
    }

    fn takes_provider(&self, provider: Uscc) -> bool {
        self.providers.is_empty() || self.providers.contains(&provider)
    }

    /// Returns true if the lifecycle matches, without reading the content.
    fn takes_life(&self, record: &LifecycleRecord) -> bool {
        let state = record.lifecycle.state;
        (self.states.is_empty() || self.states.contains(&state))
            && (self.by.is_empty() || made_by(&record.last.by, &self.by))
            && (!self.overdue || self.is_overdue(record))
            && (!self.change_noted || record.change.is_some())
            && (!self.tightened || record.tightenings > 0)
            && self.takes_provider(record.owner(state))
    }

    /// The entry, if it matches the filter.
    fn listed(
        &self,
        view: &(impl View + ?Sized),
        code: &ResourceCode,
    ) -> Result<Option<(LifecycleRecord, Entry)>> {
        let Some(record) = lifecycles::find(view, code)? else {
            return Ok(None);
        };
        if !self.takes_life(&record) {
            return Ok(None);
        }
        let entry = lifecycles::content(view, code, record.about(record.lifecycle.state))?;
        let taken = self.takes_content(&entry);
        Ok(taken.then_some((record, entry)))
    }

    fn takes_content(&self, entry: &Entry) -> bool {
        let under = self.under.as_ref().is_none_or(|path| {
            let classification = entry.classification.to_string();
            let rest = classification.strip_prefix(path.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        under
            && (self.classes.is_empty() || self.classes.contains(&entry.share_class()))
            && (self.levels.is_empty() || self.levels.contains(&entry.level))
    }

    fn is_overdue(&self, record: &LifecycleRecord) -> bool {
        record.due().is_some_and(|due| due.date < self.today)
    }
}

/// The record of a published entry with its code, if there still is one.
fn published_of(
    view: &(impl View + ?Sized),
    code: ResourceCode,
) -> Result<Option<(ResourceCode, catalogue::EntryRecord)>> {
    let record = entries::find(view, &code)?;
    Ok(record.map(|record| (code, record)))
}

/// Values of a closed vocabulary in a filter. Errors: `INVALID_ARGUMENT` where one is unknown.
fn wanted<T, W>(
    wire: impl Iterator<Item = W>,
    read: impl Fn(W) -> Option<T>,
    what: impl Into<Message>,
) -> Result<Vec<T>> {
    let what = what.into();
    let unknown = || {
        let message = msg::FilterValueUnknown { what: &what };
        Error::new(ErrorCode::InvalidArgument, message)
    };
    wire.map(|value| read(value).ok_or_else(unknown)).collect()
}

/// A page of the entries that match the filter. It may be short, or empty, and name a next one.
pub fn page(
    view: &(impl View + ?Sized),
    city: CityCode,
    request: &v1::ListLifecyclesRequest,
    now: Timestamp,
) -> Result<Page<v1::ListedLifecycle>> {
    let pager = Pager::of(request)?;
    let filter = Filter::read(request.filter.clone(), now)?.with_merged(view)?;
    let codes = filter.codes(view, pager.after(), pager.at_once());
    let codes = codes.map(|code| code.map(|code| (code, ())));
    pager.fill(codes, |code, ()| {
        let Some((record, entry)) = filter.listed(view, code)? else {
            return Ok(None);
        };
        let running = match record.lifecycle.state {
            State::WithdrawalAsked => running::of(view, (city, code), now)?.count,
            _ => 0,
        };
        // Nobody could have approved a withdrawal that running grants delay.
        let overdue = running == 0 && filter.is_overdue(&record);
        Ok((overdue || !filter.overdue).then(|| v1::ListedLifecycle {
            lifecycle: Some(life_to(code, &record)),
            entry: Some(entry_to(&entry)),
            overdue,
            running_grants: running,
        }))
    })
}

/// Lists a page of published entries, in order of code.
pub fn published(
    view: &(impl View + ?Sized),
    city: CityCode,
    request: &v1::ListEntriesRequest,
    now: Timestamp,
) -> Result<Page<v1::CatalogueRecord>> {
    let pager = Pager::of(request)?;
    let filter = Filter::of_published(request.filter.clone(), now)?.with_merged(view)?;
    pager.fill(
        filter.records(view, &pager, request.include_withdrawn)?,
        |_, record| {
            let is_wanted = (request.include_withdrawn || record.withdrawn.is_none())
                && filter.takes_published(&record);
            Ok(is_wanted.then(|| record_to(city, &record)))
        },
    )
}

/// A classification, or whole leading parts of one.
fn under(path: &str) -> Result<String> {
    let widths = [1, 2, 3];
    let parts: Vec<&str> = path.split('/').collect();
    let begun = parts.len() <= widths.len()
        && parts.iter().zip(widths).all(|(part, width)| {
            part.len() == width && part.bytes().all(|digit| digit.is_ascii_digit())
        });
    if begun {
        return Ok(path.to_owned());
    }
    path.parse::<Classification>()
        .map(|whole| whole.to_string())
        .map_err(|_| {
            let message = msg::FilterClassificationInvalid { path };
            Error::new(ErrorCode::InvalidArgument, message)
        })
}

/// A person's name alone also identifies the principal.
fn made_by(principal: &Principal, asked: &str) -> bool {
    let is_name = matches!(principal, Principal::Person { name, .. } if name.to_string() == asked);
    is_name || principal.to_string() == asked
}

#[cfg(test)]
#[path = "listing_tests.rs"]
mod tests;
