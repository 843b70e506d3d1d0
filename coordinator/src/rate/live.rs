//! The live fold of the followed logs, for current figures. It is locked for moments only: what takes long works
//! on a clone, whose memory it shares.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chengji_clock::Clock;
use chengji_domain::fact::LogOwner;
use chengji_domain::{CityCode, ErrorCode, Result};
use chengji_follow::{Copies, current_copy};

use super::folded::Folded;

/// Number of groups of entries that are evaluated at once, some microseconds each.
const GROUPS: usize = 32;

/// The live fold of everything followed so far.
pub struct LiveRate {
    copies: Copies,
    clock: Clock,
    folded: Mutex<Folded>,
}

impl LiveRate {
    /// Folds the stored logs of these cities. If a copy is damaged, figures are refused until it was
    /// fetched again.
    pub fn rebuild(copies: Copies, clock: Clock, cities: &[CityCode]) -> Result<Self> {
        let mut folded = Folded::new(clock());
        for city in cities {
            let Some(copy) = current_copy(copies.kv(), LogOwner::City(*city))? else {
                continue;
            };
            match folded.take_stored(&copies, *city, &copy, None, &|| true) {
                Err(error) if error.code() == ErrorCode::StorageDamaged => {
                    folded.note_incomplete(*city, error);
                }
                taken => taken?,
            }
        }
        Ok(Self {
            copies,
            clock,
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
        if self.folded().is_incomplete(city) {
            self.recall(city)?;
        }
        Ok(())
    }

    /// Folds the envelopes of the next entries of a city's log.
    pub fn take<'a>(&self, city: CityCode, envelopes: impl Iterator<Item = (u64, &'a [u8])>) {
        for (seq, envelope) in envelopes {
            self.folded().take(city, seq, envelope, None);
        }
    }

    /// Folds the stored log of a city again.
    pub fn recall(&self, city: CityCode) -> Result<()> {
        let mut recalled = Folded::new((self.clock)());
        if let Some(copy) = current_copy(self.copies.kv(), LogOwner::City(city))? {
            recalled.take_stored(&self.copies, city, &copy, None, &|| true)?;
        }
        self.folded().replace(city, recalled);
        Ok(())
    }

    /// Number of a city's entries in the fold, withdrawn ones included.
    pub fn entries(&self, city: CityCode) -> usize {
        let folded = self.folded();
        folded.city(city).map_or(0, |own| own.entries())
    }

    /// Forgets a city's log.
    pub fn forget(&self, city: CityCode) {
        self.folded().forget(city);
    }

    /// Number of a city's entries that are published and not withdrawn.
    pub fn published(&self, city: CityCode) -> u64 {
        let folded = self.folded();
        folded.city(city).map_or(0, |own| own.published())
    }

    /// Locks the fold as of the present. Fails with `STORAGE_DAMAGED` if a part of a log is missing in it.
    pub(super) fn current(&self) -> Result<MutexGuard<'_, Folded>> {
        loop {
            let mut folded = self.folded();
            if folded.advance((self.clock)(), GROUPS) {
                folded.check_complete()?;
                return Ok(folded);
            }
            drop(folded);
            // Followers go first.
            std::thread::yield_now();
        }
    }

    fn folded(&self) -> MutexGuard<'_, Folded> {
        // One fact changes the fold in one step, so a panic elsewhere cannot corrupt it.
        self.folded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
