//! Figures of one time from folds of cities' logs that are added one by one, of which little is kept.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::city_fold::CityFold;
use super::figures::{Figures, Tally};
use super::fold::Fold;
use super::formula::Formula;
use super::reads::{AsOf, Reads};
use crate::city::CityCode;

/// The part of a city's fold that figures of one time need beside the folds of other cities: its deliveries and the
/// delivered entries, and the sums over the other entries, on which no other log has a bearing.
#[derive(Clone, Debug)]
pub struct SettledFold {
    fold: CityFold,
    sums: Tally,
}

impl SettledFold {
    /// Keeps all of a fold, for evidence.
    pub fn whole(fold: CityFold) -> Self {
        let sums = Tally::default();
        Self { fold, sums }
    }
}

impl CityFold {
    /// Evaluates the entries at this time by a formula, and keeps of those that were never delivered the sums alone.
    pub fn settle(&self, at: Timestamp, formula: Formula) -> SettledFold {
        let as_of = AsOf { at, formula };
        let delivered = self.entries_sent();
        let (mut fold, mut sums) = (self.deliveries(), Tally::default());
        for entry in self.entries.iter() {
            let mut entry = entry.clone();
            if delivered.contains(&entry.code) {
                fold.entries.put(entry);
                continue;
            }
            entry.put_reads(Reads::default());
            entry.evaluate(as_of);
            sums.add(entry.counts());
        }
        let contents = self.contents.iter();
        for content in contents.filter(|(code, _)| delivered.contains(code)) {
            fold.contents.put(*content);
        }
        SettledFold { fold, sums }
    }
}

/// The figures of cities at one time, from [settled](CityFold::settle) folds. It takes memory for deliveries and
/// delivered entries, not for all entries.
#[derive(Clone, Debug)]
pub struct SettledFolds {
    fold: Fold,
    sums: BTreeMap<CityCode, Tally>,
}

impl SettledFolds {
    /// Makes the figures of no city at this time, by a formula.
    pub fn new(at: Timestamp, formula: Formula) -> Self {
        let mut fold = Fold::new(at);
        fold.use_formula(formula);
        let sums = BTreeMap::new();
        Self { fold, sums }
    }

    /// Adds a city's fold, which was settled at the same time by the same formula, in place of what there is of it.
    pub fn add(&mut self, city: CityCode, settled: SettledFold) {
        self.fold.insert(city, settled.fold);
        self.sums.insert(city, settled.sums);
    }

    /// Returns one city's figures; those of nothing if it was not added.
    pub fn figures(&self, city: CityCode) -> Figures {
        let own = self.fold.city(city).zip(self.sums.get(&city));
        own.map(|(own, sums)| own.tally().plus(sums).figures())
            .unwrap_or_default()
    }

    /// Returns what is kept of one city's fold, with its contributions and reads.
    pub fn city(&self, city: CityCode) -> Option<&CityFold> {
        self.fold.city(city)
    }
}
