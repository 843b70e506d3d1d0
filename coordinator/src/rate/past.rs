//! The fold of a past cut-off. Each city's log is folded alone, two at the same time, and only the part that depends on
//! other logs is kept of it: the memory does not grow with the entries of the cluster.

use std::collections::BTreeMap;

use chengji_domain::rate::{CityFold, SettledFold, SettledFolds};
use chengji_domain::{CityCode, Result};
use chengji_follow::Copies;
use chengji_proto::convert::Checkpoint;

use super::basis::Basis;
use super::folded::Folded;
use super::side_by_side;
use super::snapshots::{LEAST_BETWEEN, LogFold};

/// The fold of a past cut-off.
pub struct PastFold {
    folds: SettledFolds,
    /// The end of the counting part of each log.
    ends: BTreeMap<CityCode, u64>,
    /// Whole folds of the logs of which many entries were folded.
    long: Vec<LogFold>,
}

/// The part of one city.
struct FoldedCity {
    city: CityCode,
    fold: SettledFold,
    end: u64,
    long: Option<LogFold>,
}

impl PastFold {
    /// Folds the entries that count at a cut-off. The city `whole` is kept whole, for its evidence. `go_on` is called now
    /// and then; once it returns false, folding ends with `UNAVAILABLE`.
    ///
    /// # Errors
    ///
    /// `STORAGE_DAMAGED` if an entry that counts is damaged, and other storage errors.
    pub fn of(
        copies: &Copies,
        basis: &Basis,
        whole: Option<CityCode>,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Self> {
        let at = basis.cut_off;
        let logs: Vec<_> = basis.logs.iter().collect();
        let cities = side_by_side::each(&logs, go_on, |(city, copy), go_on| {
            let city = **city;
            let mut folded = Folded::of_log(copies, city, copy, at, go_on)?;
            let log = folded.log(city);
            let is_long = log.is_some_and(|log| log.since_snapshot >= LEAST_BETWEEN);
            let long = is_long.then(|| folded.snapshot(city)).flatten();
            let end = folded.end(city);
            let own = folded.into_city(city);
            let fold = match whole == Some(city) {
                true => SettledFold::whole(own),
                false => own.settle(at, basis.formula),
            };
            Ok(FoldedCity {
                city,
                fold,
                end,
                long,
            })
        })?;
        let mut past = Self {
            folds: SettledFolds::new(at, basis.formula),
            ends: BTreeMap::new(),
            long: Vec::new(),
        };
        for one in cities {
            past.folds.add(one.city, one.fold);
            past.ends.insert(one.city, one.end);
            past.long.extend(one.long);
        }
        Ok(past)
    }

    /// The fold of the city that was kept whole.
    pub fn city(&self, city: CityCode) -> Option<&CityFold> {
        self.folds.city(city)
    }

    /// The position after the last counting entry of a city's log.
    pub fn end(&self, city: CityCode) -> u64 {
        self.ends.get(&city).copied().unwrap_or(0)
    }

    /// Figures and positions in their canonical form.
    pub fn checkpoint(&self, basis: &Basis) -> Checkpoint {
        basis.checkpoint(|city| (self.folds.figures(city), self.end(city)))
    }

    /// Returns the folds of the logs of which many entries were folded, to be stored.
    pub fn into_long(self) -> Vec<LogFold> {
        self.long
    }
}
