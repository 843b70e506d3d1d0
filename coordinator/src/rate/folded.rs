//! A fold of the cities' logs with the positions up to which it includes them, folded from the stored copies.
//! Entries that were set aside do not count.

use std::collections::BTreeMap;

use chengji_domain::fact::LogOwner;
use chengji_domain::rate::{CityFold, FORMULA, Fold};
use chengji_domain::{CityCode, Error, ErrorCode, Result};
use chengji_follow::{Copies, LogCopy, damaged_entry, set_aside_of};
use chengji_messages::msg;
use chengji_proto::convert::{Checkpoint, CheckpointCity, envelope_from, position_to};
use chengji_proto::v1;
use jiff::Timestamp;

use super::basis::Basis;

/// Number of entries read from a stored log at once.
const PAGE: usize = 512;
/// Number of groups of entries that are evaluated at once.
const GROUPS: usize = 1_024;

/// A fold, and the position up to which it includes each log.
#[derive(Clone, Debug)]
pub struct Folded {
    fold: Fold,
    ends: BTreeMap<CityCode, u64>,
    /// Cities whose log could not be folded completely, because its copy is damaged.
    incomplete: BTreeMap<CityCode, Error>,
}

impl Folded {
    /// An empty fold as of this time.
    pub fn new(at: Timestamp) -> Self {
        Self {
            fold: Fold::new(at),
            ends: BTreeMap::new(),
            incomplete: BTreeMap::new(),
        }
    }

    /// Folds the counting part of the stored logs. `go_on` is called before each page; once it returns
    /// false, folding ends with `UNAVAILABLE`.
    pub fn of_stored(copies: &Copies, basis: &Basis, go_on: &dyn Fn() -> bool) -> Result<Self> {
        let mut folded = Self::new(basis.cut_off);
        for (city, copy) in &basis.logs {
            folded.take_stored(copies, *city, copy, Some(basis.cut_off), go_on)?;
        }
        while !folded.advance(basis.cut_off, GROUPS) {
            check_awaited(go_on)?;
        }
        Ok(folded)
    }

    /// Moves the time of the fold; returns true once all contributions are those of that time. Evaluates up
    /// to `limit` groups of entries.
    pub fn advance(&mut self, to: Timestamp, limit: usize) -> bool {
        self.fold.advance(to, limit)
    }

    /// The time of the contributions and figures.
    pub fn at(&self) -> Timestamp {
        self.fold.at()
    }

    /// The fold of one city's log.
    pub fn city(&self, city: CityCode) -> Option<&CityFold> {
        self.fold.city(city)
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
        self.ends.remove(&city);
        self.incomplete.remove(&city);
    }

    /// Replaces what it includes of a city's log by that of another fold.
    pub fn replace(&mut self, city: CityCode, other: Self) {
        self.forget(city);
        if let Some(own) = other.fold.into_city(city) {
            self.fold.insert(city, own);
        }
        self.ends.extend(other.ends);
    }

    /// Figures and positions in their canonical form.
    pub fn checkpoint(&self, basis: &Basis) -> Checkpoint {
        let cities = basis.members.present().map(|(city, known)| CheckpointCity {
            city,
            status: known.status,
            figures: self.fold.figures(city),
            position: self.position(city, basis),
        });
        Checkpoint {
            formula: FORMULA.to_owned(),
            cut_off: self.at(),
            cities: cities.collect(),
            coordinator: position_to(basis.coordinator.epoch, basis.coordinator.seq),
        }
    }

    /// The counting part of a city's log: up to the last entry in the fold.
    pub fn position(&self, city: CityCode, basis: &Basis) -> v1::LogPosition {
        let seq = self.ends.get(&city).copied().unwrap_or_default();
        position_to(basis.epoch(city), seq)
    }

    /// Folds the entries of this copy of a city's log that are dated up to `until`. Reads all of it, so
    /// that all damage is found; fails with `STORAGE_DAMAGED` if there is any.
    pub fn take_stored(
        &mut self,
        copies: &Copies,
        city: CityCode,
        copy: &LogCopy,
        until: Option<Timestamp>,
        go_on: &dyn Fn() -> bool,
    ) -> Result<()> {
        let aside = set_aside_of(copies.kv(), copy.log, copy.number)?;
        let (mut from, mut damaged) = (0, None);
        while from < copy.next {
            check_awaited(go_on)?;
            let envelopes = copies.envelopes(copy, from, PAGE)?;
            from += envelopes.len() as u64;
            for (seq, copied) in envelopes {
                match copied {
                    Some(envelope) if !aside.contains(&seq) => {
                        self.take(city, seq, &envelope, until);
                    }
                    Some(_) => {}
                    None => damaged = damaged.or(Some(seq)),
                }
            }
        }
        damaged.map_or(Ok(()), |seq| Err(damaged_entry(copy, seq)))
    }

    /// Folds the next entry of a city's log, if it is dated up to `until`.
    pub fn take(&mut self, city: CityCode, seq: u64, envelope: &[u8], until: Option<Timestamp>) {
        // Unreadable entries were set aside when they arrived.
        let Ok(envelope) = envelope_from(envelope, LogOwner::City(city)) else {
            return;
        };
        if until.is_none_or(|until| envelope.at <= until) {
            if let Some(counted) = envelope.counts {
                self.fold.apply(city, seq, envelope.at, counted);
            }
            self.ends.insert(city, seq + 1);
        }
    }
}

/// Fails with `UNAVAILABLE` if nobody waits any more.
fn check_awaited(go_on: &dyn Fn() -> bool) -> Result<()> {
    if go_on() {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::Unavailable,
        msg::FiguresForAbsentCaller,
    ))
}
