//! A fold of the cities' logs with the positions up to which it includes them, folded from snapshots and the stored
//! copies. Quarantined entries do not count.

use std::collections::BTreeMap;

use chengji_domain::envelope::Envelope;
use chengji_domain::rate::{CityFold, Figures, Fold, Formula};
use chengji_domain::{CityCode, Error, Result};
use chengji_follow::{Copies, LogCopy, damaged_entry, set_aside_of};
use chengji_proto::convert::{Checkpoint, envelope_from};
use jiff::Timestamp;

use super::basis::Basis;
use super::folded_log::FoldedLog;
use super::side_by_side::{self, check_awaited};
use super::snapshots::{self, LogFold};

/// Number of entries read from a stored log at once.
const PAGE: usize = 512;
/// Number of groups of entries that are evaluated at once.
const GROUPS: usize = 1_024;

/// A fold, and the position up to which it includes each log.
#[derive(Clone, Debug)]
pub struct Folded {
    fold: Fold,
    logs: BTreeMap<CityCode, FoldedLog>,
    /// Cities whose log could not be folded completely, because its copy is damaged.
    incomplete: BTreeMap<CityCode, Error>,
}

impl Folded {
    /// An empty fold as of this time.
    pub fn new(at: Timestamp) -> Self {
        Self {
            fold: Fold::new(at),
            logs: BTreeMap::new(),
            incomplete: BTreeMap::new(),
        }
    }

    /// Folds one city's log alone: the entries of this copy that are dated up to a cut-off.
    pub fn of_log(
        copies: &Copies,
        city: CityCode,
        copy: &LogCopy,
        at: Timestamp,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Self> {
        let mut folded = Self::new(at);
        folded.take_stored(copies, city, copy, Some(at), go_on)?;
        Ok(folded)
    }

    /// Moves on to another cut-off: folds what counts at it and is not folded yet. Earlier ones take longer, since
    /// logs are then folded again. `go_on` is called before each page; once it returns false, folding ends with
    /// `UNAVAILABLE`.
    pub fn move_to(
        &mut self,
        copies: &Copies,
        basis: &Basis,
        go_on: &dyn Fn() -> bool,
    ) -> Result<()> {
        let others = self.logs.iter().filter(|(city, log)| {
            let copy = basis.logs.get(city);
            copy.is_none_or(|copy| !log.can_go_on(copy, basis.cut_off))
        });
        let others: Vec<_> = others.map(|(city, _)| *city).collect();
        for city in others {
            self.forget(city);
        }
        self.use_formula(basis.formula);
        while !self.advance(basis.cut_off, GROUPS) {
            check_awaited(go_on)?;
        }
        let at = basis.cut_off;
        let (begun, new): (Vec<_>, Vec<_>) = basis
            .logs
            .iter()
            .partition(|(city, _)| self.logs.contains_key(*city));
        for (city, copy) in begun {
            self.take_stored(copies, *city, copy, Some(at), go_on)?;
        }
        let new = side_by_side::each(&new, go_on, |(city, copy), go_on| {
            let folded = Self::of_log(copies, **city, copy, at, go_on)?;
            Ok((**city, folded))
        })?;
        for (city, folded) in new {
            self.replace(city, folded);
        }
        Ok(())
    }

    /// Computes figures by this formula, once the time of the fold was moved.
    pub fn use_formula(&mut self, formula: Formula) {
        self.fold.use_formula(formula);
    }

    /// Moves the time of the fold; returns true once all contributions are those of that time. Evaluates up
    /// to `limit` groups of entries.
    pub fn advance(&mut self, to: Timestamp, limit: usize) -> bool {
        self.fold.advance(to, limit)
    }

    /// The formula of the contributions and figures.
    pub fn formula(&self) -> Formula {
        self.fold.formula()
    }

    /// The time of the contributions and figures.
    pub fn at(&self) -> Timestamp {
        self.fold.at()
    }

    /// The fold of one city's log.
    pub fn city(&self, city: CityCode) -> Option<&CityFold> {
        self.fold.city(city)
    }

    /// Returns true if nothing is folded.
    pub fn is_empty(&self) -> bool {
        self.logs.is_empty()
    }

    /// Returns the positions of all logs in the fold.
    pub fn logs(&self) -> impl Iterator<Item = (CityCode, &FoldedLog)> {
        self.logs.iter().map(|(city, log)| (*city, log))
    }

    /// Returns the position of a city's log in the fold; `None` if none of it is folded.
    pub fn log(&self, city: CityCode) -> Option<&FoldedLog> {
        self.logs.get(&city)
    }

    /// Fails with `STORAGE_DAMAGED` if a part of a log is missing in the fold.
    pub fn check_complete(&self) -> Result<()> {
        match self.incomplete.values().next() {
            Some(error) => Err(error.clone()),
            None => Ok(()),
        }
    }

    /// Notes that a part of a city's log is missing in the fold.
    pub fn note_incomplete(&mut self, city: CityCode, error: Error) {
        self.incomplete.insert(city, error);
    }

    /// Returns true if a part of this city's log is missing in the fold.
    pub fn is_incomplete(&self, city: CityCode) -> bool {
        self.incomplete.contains_key(&city)
    }

    /// Forgets a city's log.
    pub fn forget(&mut self, city: CityCode) {
        self.fold.forget(city);
        self.logs.remove(&city);
        self.incomplete.remove(&city);
    }

    /// Replaces what it includes of a city's log by that of another fold.
    pub fn replace(&mut self, city: CityCode, other: Self) {
        self.forget(city);
        if let Some(own) = other.fold.into_city(city) {
            self.fold.insert(city, own);
        }
        self.logs.extend(other.logs);
    }

    /// Returns a snapshot of what is folded of a city's log, and begins to count the entries after it. `None` if
    /// nothing is folded, or not all of a first part.
    pub fn snapshot(&mut self, city: CityCode) -> Option<LogFold> {
        let log = self.logs.get_mut(&city)?;
        if self.incomplete.contains_key(&city) || !log.is_first_part() {
            return None;
        }
        log.since_snapshot = 0;
        Some(LogFold {
            city,
            copy: log.copy,
            end: log.end,
            latest: log.latest,
            fold: self.fold.city(city).cloned().unwrap_or_default(),
        })
    }

    /// Figures and positions of a past cut-off in their canonical form.
    pub fn checkpoint(&self, basis: &Basis) -> Checkpoint {
        basis.checkpoint(|city| (self.figures(city), self.end(city)))
    }

    /// Returns the fold of one city's log alone.
    pub fn into_city(self, city: CityCode) -> CityFold {
        self.fold.into_city(city).unwrap_or_default()
    }

    /// One city's figures.
    pub fn figures(&self, city: CityCode) -> Figures {
        self.fold.figures(city)
    }

    /// The end of the counting part of a city's log: the position after the last entry in the fold.
    pub fn end(&self, city: CityCode) -> u64 {
        self.logs.get(&city).map_or(0, |log| log.end)
    }

    /// Folds the entries of this copy of a city's log that are dated up to `until`, from the newest snapshot on if
    /// nothing of it is folded yet. Reads the rest to its end, so that all damage in it is found; fails with
    /// `STORAGE_DAMAGED` if there is any.
    pub fn take_stored(
        &mut self,
        copies: &Copies,
        city: CityCode,
        copy: &LogCopy,
        until: Option<Timestamp>,
        go_on: &dyn Fn() -> bool,
    ) -> Result<()> {
        let mut from = self.begin(copies, city, copy, until)?;
        let aside = set_aside_of(copies.kv(), copy.log, copy.number)?;
        let mut damaged = None;
        while from < copy.next {
            check_awaited(go_on)?;
            let envelopes = copies.envelopes(copy, from, PAGE)?;
            from += envelopes.len() as u64;
            for (seq, copied) in envelopes {
                match copied {
                    Some(envelope) if !aside.contains(&seq) => {
                        // Unreadable entries were set aside when they arrived.
                        if let Ok(envelope) = envelope_from(&envelope, copy.log) {
                            self.take(city, copy.number, &envelope, until);
                        }
                    }
                    Some(_) => {}
                    None => damaged = damaged.or(Some(seq)),
                }
            }
        }
        damaged.map_or(Ok(()), |seq| Err(damaged_entry(copy, seq)))
    }

    /// Begins the folds of these logs with their newest snapshots, which are read by several threads. Nothing of the logs
    /// may be folded yet.
    pub fn begin_all(&mut self, copies: &Copies, logs: &[(CityCode, LogCopy)]) -> Result<()> {
        let read = side_by_side::each(logs, &|| true, |(city, copy), _| {
            snapshots::newest(copies.kv(), *city, copy, None)
        })?;
        for taken in read.into_iter().flatten() {
            self.begin_at(taken);
        }
        Ok(())
    }

    fn begin_at(&mut self, taken: LogFold) {
        self.logs.insert(taken.city, FoldedLog::of_snapshot(&taken));
        self.fold.insert(taken.city, taken.fold);
    }

    /// Returns the position to begin or to go on reading a log at.
    fn begin(
        &mut self,
        copies: &Copies,
        city: CityCode,
        copy: &LogCopy,
        until: Option<Timestamp>,
    ) -> Result<u64> {
        if let Some(log) = self.logs.get_mut(&city) {
            return Ok(log.go_on());
        }
        let Some(taken) = snapshots::newest(copies.kv(), city, copy, until)? else {
            return Ok(0);
        };
        let end = taken.end;
        self.begin_at(taken);
        Ok(end)
    }

    /// Folds the next entry of a copy of a city's log, if it is dated up to `until`.
    pub fn take(
        &mut self,
        city: CityCode,
        copy: u32,
        envelope: &Envelope,
        until: Option<Timestamp>,
    ) {
        let log = self.logs.entry(city);
        let log = log.or_insert_with(|| FoldedLog::new(copy));
        if until.is_some_and(|until| envelope.at > until) {
            log.note_later(envelope.seq);
            return;
        }
        log.note(envelope.seq, envelope.at);
        if let Some(counted) = envelope.counts.clone() {
            self.fold.apply(city, envelope.seq, envelope.at, counted);
        }
    }
}
