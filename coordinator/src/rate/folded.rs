//! The fold of the cities' logs: kept in memory for current figures, and rebuilt from the stored copies
//! for those of the past. Entries that were set aside count in neither.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chengji_domain::envelope::Envelope;
use chengji_domain::fact::LogOwner;
use chengji_domain::rate::{Contribution, FORMULA, Fold};
use chengji_domain::{CityCode, Error, ErrorCode, Result};
use chengji_follow::{Copies, LogCopy, current_copy, damaged_entry, set_aside_of};
use chengji_messages::msg;
use chengji_proto::convert::{Checkpoint, CheckpointCity, envelope_from, position_to};
use chengji_proto::v1;
use jiff::Timestamp;

use super::basis::Basis;

/// Number of entries read from a stored log at once.
const PAGE: usize = 512;

/// The live fold of everything followed so far.
pub struct LiveRate {
    copies: Copies,
    folded: Mutex<Folded>,
}

/// A fold, and the position up to which it includes each log.
#[derive(Clone, Debug, Default)]
pub struct Folded {
    pub(super) fold: Fold,
    ends: BTreeMap<CityCode, u64>,
    /// Cities whose log could not be folded completely, because its copy is damaged.
    incomplete: BTreeMap<CityCode, Error>,
}

impl LiveRate {
    /// An empty fold.
    pub fn new(copies: Copies) -> Self {
        Self {
            copies,
            folded: Mutex::default(),
        }
    }

    /// Folds the stored logs of these cities. If a copy is damaged, figures are refused until it was
    /// fetched again.
    pub fn rebuild(copies: Copies, cities: &[CityCode]) -> Result<Self> {
        let mut folded = Folded::default();
        for city in cities {
            let Some(copy) = current_copy(copies.kv(), LogOwner::City(*city))? else {
                continue;
            };
            match folded.take_stored(&copies, *city, &copy, None, &|| true) {
                Err(error) if error.code() == ErrorCode::StorageDamaged => {
                    folded.incomplete.insert(*city, error);
                }
                taken => taken?,
            }
        }
        Ok(Self {
            copies,
            folded: Mutex::new(folded),
        })
    }

    /// The copies of logs that it is folded from.
    pub fn copies(&self) -> &Copies {
        &self.copies
    }

    /// Folds a city's log again if it could not be folded completely before. The log must not be read
    /// meanwhile.
    pub fn complete(&self, city: CityCode) -> Result<()> {
        if self.folded().incomplete.contains_key(&city) {
            self.recall(city)?;
        }
        Ok(())
    }

    /// Folds the envelopes of the next entries of a city's log.
    pub fn take(&self, city: CityCode, envelopes: &[&Envelope]) {
        let mut folded = self.folded();
        for envelope in envelopes {
            folded.take(city, envelope, None);
        }
    }

    /// Folds the stored log of a city again.
    pub fn recall(&self, city: CityCode) -> Result<()> {
        let mut recalled = Folded::default();
        if let Some(copy) = current_copy(self.copies.kv(), LogOwner::City(city))? {
            recalled.take_stored(&self.copies, city, &copy, None, &|| true)?;
        }
        let mut folded = self.folded();
        folded.forget(city);
        folded.fold.join(recalled.fold);
        folded.ends.extend(recalled.ends);
        Ok(())
    }

    /// Number of a city's entries in the fold, withdrawn ones included.
    pub fn entries(&self, city: CityCode) -> usize {
        self.folded().fold.entries(city)
    }

    /// Forgets a city's log.
    pub fn forget(&self, city: CityCode) {
        self.folded().forget(city);
    }

    /// Number of a city's entries that are published and not withdrawn.
    pub fn published(&self, city: CityCode, now: Timestamp) -> u64 {
        let folded = self.folded();
        let entries = folded.fold.evidence(city, now);
        entries
            .filter(|entry| entry.contribution != Contribution::Withdrawn)
            .count() as u64
    }

    /// Locks the fold.
    pub(super) fn folded(&self) -> MutexGuard<'_, Folded> {
        // One fact changes the fold in one step, so a panic elsewhere cannot corrupt it.
        self.folded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Folded {
    /// Folds the counting part of the stored logs. `go_on` is called before each page; once it returns
    /// false, folding ends with `UNAVAILABLE`.
    pub fn of_stored(copies: &Copies, basis: &Basis, go_on: &dyn Fn() -> bool) -> Result<Self> {
        let mut folded = Self::default();
        for (city, copy) in &basis.logs {
            folded.take_stored(copies, *city, copy, Some(basis.cut_off), go_on)?;
        }
        Ok(folded)
    }

    /// Fails with `STORAGE_DAMAGED` if a part of a log is missing in the fold.
    pub fn check_complete(&self) -> Result<()> {
        match self.incomplete.values().next() {
            Some(error) => Err(error.clone()),
            None => Ok(()),
        }
    }

    fn forget(&mut self, city: CityCode) {
        self.fold.forget(city);
        self.ends.remove(&city);
        self.incomplete.remove(&city);
    }

    /// Figures and positions in their canonical form.
    pub fn checkpoint(&self, basis: &Basis) -> Checkpoint {
        let cities = basis.members.present().map(|(city, known)| CheckpointCity {
            city,
            status: known.status,
            figures: self.fold.figures(city, basis.cut_off),
            position: self.position(city, basis),
        });
        Checkpoint {
            formula: FORMULA.to_owned(),
            cut_off: basis.cut_off,
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
    fn take_stored(
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
            if !go_on() {
                let message = msg::FiguresForAbsentCaller;
                return Err(Error::new(ErrorCode::Unavailable, message));
            }
            let envelopes = copies.envelopes(copy, from, PAGE)?;
            from += envelopes.len() as u64;
            for (seq, copied) in envelopes {
                match copied {
                    Some(envelope) if !aside.contains(&seq) => {
                        // Unreadable entries were set aside when they arrived.
                        if let Ok(envelope) = envelope_from(&envelope, copy.log) {
                            self.take(city, &envelope, until);
                        }
                    }
                    Some(_) => {}
                    None => damaged = damaged.or(Some(seq)),
                }
            }
        }
        damaged.map_or(Ok(()), |seq| Err(damaged_entry(copy, seq)))
    }

    fn take(&mut self, city: CityCode, envelope: &Envelope, until: Option<Timestamp>) {
        if until.is_none_or(|until| envelope.at <= until) {
            if let Some(counted) = envelope.counts.clone() {
                self.fold.apply(city, envelope.seq, envelope.at, counted);
            }
            self.ends.insert(city, envelope.seq + 1);
        }
    }
}
