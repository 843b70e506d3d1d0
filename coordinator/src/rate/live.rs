//! The live fold of the followed logs, for current figures. It is locked for moments only: what takes long works
//! on a clone, whose memory it shares.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chengji_clock::Clock;
use chengji_domain::envelope::Envelope;
use chengji_domain::fact::LogOwner;
use chengji_domain::{CityCode, ErrorCode, Result};
use chengji_follow::{Copies, current_copy};

use super::folded::Folded;
use super::known::KnownFigures;
use super::snapshots::{self, LEAST_BETWEEN, LogFold};
use crate::journal::{self, KnownMembers};

/// Number of groups of entries that are evaluated at once, some microseconds each.
const GROUPS: usize = 32;

/// The live fold of everything followed so far.
pub struct LiveRate {
    copies: Copies,
    clock: Clock,
    members: KnownMembers,
    past: KnownFigures,
    live: Mutex<Live>,
}

struct Live {
    folded: Folded,
    /// Folds to be stored: of logs as they were before their first entry of another month, or at a past cut-off.
    pending: BTreeMap<CityCode, LogFold>,
}

impl LiveRate {
    /// Folds the stored logs of these cities, from their newest snapshots on. Reading the snapshots is most of the work and
    /// is done by several threads. If a copy is damaged, figures are refused until it was fetched again.
    pub fn rebuild(copies: Copies, clock: Clock, cities: &[CityCode]) -> Result<Self> {
        let mut folded = Folded::new(clock());
        let mut logs = Vec::new();
        for city in cities {
            let copy = current_copy(copies.kv(), LogOwner::City(*city))?;
            logs.extend(copy.map(|copy| (*city, copy)));
        }
        folded.begin_all(&copies, &logs)?;
        for (city, copy) in logs {
            match folded.take_stored(&copies, city, &copy, None, &|| true) {
                Err(error) if error.code() == ErrorCode::StorageDamaged => {
                    folded.note_incomplete(city, error);
                }
                taken => taken?,
            }
        }
        let pending = BTreeMap::new();
        Ok(Self {
            copies,
            clock,
            members: KnownMembers::default(),
            past: KnownFigures::default(),
            live: Mutex::new(Live { folded, pending }),
        })
    }

    /// The copies of logs that it is folded from.
    pub fn copies(&self) -> &Copies {
        &self.copies
    }

    /// The current members.
    pub(super) fn members(&self) -> &KnownMembers {
        &self.members
    }

    /// The figures of past cut-offs that were computed before.
    pub(super) fn past(&self) -> &KnownFigures {
        &self.past
    }

    /// Folds a city's log again if it could not be folded completely before. The log must not be read
    /// meanwhile.
    pub fn complete(&self, city: CityCode) -> Result<()> {
        let is_incomplete = self.live().folded.is_incomplete(city);
        match is_incomplete {
            true => self.recall(city),
            false => Ok(()),
        }
    }

    /// Folds the envelopes of the next entries of a city's log, which are stored. After a storage error, figures are
    /// refused until the log is folded again.
    pub fn take(&self, city: CityCode, envelopes: &[&Envelope]) {
        let Some(first) = envelopes.first() else {
            return;
        };
        let known = self.live().folded.log(city).map(|log| log.copy);
        let taken = match known {
            Some(copy) => {
                self.take_of_copy(city, copy, envelopes);
                Ok(())
            }
            None if first.seq == 0 => current_copy(self.copies.kv(), LogOwner::City(city))
                .map(|copy| self.take_of_copy(city, copy.map_or(0, |copy| copy.number), envelopes)),
            // The entries before them are not in the fold.
            None => self.recall(city),
        };
        if let Err(error) = taken {
            tracing::error!(%city, %error, "its log cannot be folded; a restart folds it again");
            self.live().folded.note_incomplete(city, error);
        }
    }

    fn take_of_copy(&self, city: CityCode, copy: u32, envelopes: &[&Envelope]) {
        for envelope in envelopes {
            let mut live = self.live();
            let folded = live.folded.log(city);
            if folded.is_some_and(|folded| folded.is_of_later_month(envelope.at)) {
                let taken = live.folded.snapshot(city);
                live.pending.extend(taken.map(|taken| (city, taken)));
            }
            live.folded.take(city, copy, envelope, None);
        }
    }

    /// Folds the stored log of a city again.
    pub fn recall(&self, city: CityCode) -> Result<()> {
        let mut recalled = Folded::new((self.clock)());
        if let Some(copy) = current_copy(self.copies.kv(), LogOwner::City(city))? {
            recalled.take_stored(&self.copies, city, &copy, None, &|| true)?;
        }
        self.live().folded.replace(city, recalled);
        Ok(())
    }

    /// Number of a city's entries in the fold, withdrawn ones included.
    pub fn entries(&self, city: CityCode) -> usize {
        let live = self.live();
        live.folded.city(city).map_or(0, |own| own.entries())
    }

    /// Forgets a city's log.
    pub fn forget(&self, city: CityCode) {
        self.live().folded.forget(city);
    }

    /// Number of a city's entries that are published and not withdrawn.
    pub fn published(&self, city: CityCode) -> u64 {
        let live = self.live();
        live.folded.city(city).map_or(0, |own| own.published())
    }

    /// Reads from the fold as of the present and by the formula in force, which is locked meanwhile.
    ///
    /// # Errors
    ///
    /// `STORAGE_DAMAGED` if a part of a log is missing in it.
    pub(super) fn current<T>(&self, read: impl FnOnce(&Folded) -> T) -> Result<T> {
        let formulas = journal::formulas(self.copies.kv())?;
        loop {
            let mut live = self.live();
            let now = (self.clock)();
            live.folded.use_formula(formulas.in_force(now));
            if live.folded.advance(now, GROUPS) {
                live.folded.check_complete()?;
                return Ok(read(&live.folded));
            }
            drop(live);
            // Followers go first.
            std::thread::yield_now();
        }
    }

    /// Keeps folds of many entries at a past cut-off, to be stored: the next question about its month goes on from
    /// there.
    pub(super) fn keep(&self, long: Vec<LogFold>) {
        let mut live = self.live();
        for taken in long {
            live.pending.entry(taken.city).or_insert(taken);
        }
    }

    /// Returns a snapshot that is due: of a log before its first entry of another month or at a past cut-off, or of
    /// one with many entries since the last.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub(super) fn due_snapshot(&self) -> Result<Option<LogFold>> {
        while let Some(taken) = self.take_pending() {
            if snapshots::is_useful(self.copies.kv(), &taken)? {
                return Ok(Some(taken));
            }
        }
        let mut live = self.live();
        let due = live.folded.logs().find(|(city, log)| {
            let rows = live.folded.city(*city).map_or(0, |own| own.row_count());
            log.since_snapshot >= LEAST_BETWEEN.max(rows as u64 / 2)
        });
        let due = due.map(|(city, _)| city);
        Ok(due.and_then(|city| live.folded.snapshot(city)))
    }

    /// Returns snapshots of all logs with entries after their last one.
    pub(super) fn all_snapshots(&self) -> Vec<LogFold> {
        let mut live = self.live();
        let logs = live.folded.logs();
        let logs = logs.filter(|(_, log)| log.since_snapshot > 0);
        let cities: Vec<_> = logs.map(|(city, _)| city).collect();
        let taken = cities.into_iter();
        taken
            .filter_map(|city| live.folded.snapshot(city))
            .collect()
    }

    /// Reports the size of the fold, and what a start would have to fold again.
    pub(super) fn show_size(&self) {
        let live = self.live();
        let (mut entries, mut rows, mut since) = (0, 0, 0);
        for (city, log) in live.folded.logs() {
            let own = live.folded.city(city);
            entries += own.map_or(0, |own| own.entries());
            rows += own.map_or(0, |own| own.row_count());
            since += log.since_snapshot;
        }
        metrics::gauge!("chengji_rate_entries").set(entries as f64);
        metrics::gauge!("chengji_rate_rows").set(rows as f64);
        metrics::gauge!("chengji_rate_entries_since_snapshot").set(since as f64);
    }

    fn take_pending(&self) -> Option<LogFold> {
        self.live().pending.pop_first().map(|(_, taken)| taken)
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        // One fact changes the fold in one step, so a panic elsewhere cannot corrupt it.
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
