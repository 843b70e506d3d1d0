//! The basis of a cut-off's figures: the members at that time, and the position up to which each log
//! counts. It is determined by the cut-off, and does not change after its close.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use chengji_domain::membership::Memberships;
use chengji_domain::rate::{Figures, Formula, close_of};
use chengji_domain::{CityCode, Epoch, Result};
use chengji_follow::{LogCopy, current_copies};
use chengji_proto::convert::{Checkpoint, CheckpointCity, position_to};
use chengji_store::{KeyValue, Position};
use jiff::Timestamp;

use crate::arrivals;
use crate::journal::{self, KnownMembers, SealedMonth};

/// The basis of a cut-off's figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basis {
    /// The cut-off: entries dated later do not count.
    pub cut_off: Timestamp,
    /// The end of the coordinator's log at the cut-off.
    pub coordinator: Position,
    /// The members at the cut-off.
    pub members: Arc<Memberships>,
    /// The copies of the members' logs that were in force at the close, each up to where it had arrived.
    /// Members of whose logs nothing had arrived are missing. For the present those that were
    /// [looked up](Self::look_up), up to where they are read.
    pub logs: BTreeMap<CityCode, LogCopy>,
    /// True for the basis of the present.
    is_current: bool,
    /// The cut-off's seal.
    pub sealed: Option<SealedMonth>,
    /// The formula in force at the cut-off, by which it was sealed if it was.
    pub formula: Formula,
}

impl Basis {
    /// The basis of a past cut-off: from its seal, if there is one, and otherwise from the arrivals
    /// before its close.
    pub fn of_past(kv: &dyn KeyValue, cut_off: Timestamp) -> Result<Self> {
        let coordinator = journal::position_at(kv, cut_off)?;
        let members = journal::members_at(kv, coordinator.seq)?;
        let sealed = journal::seal_of(kv, cut_off)?;
        let sealed_by = sealed.as_ref();
        let sealed_by = sealed_by.and_then(|month| Formula::from_id(&month.seal.formula));
        let formula = match sealed_by {
            Some(formula) => formula,
            None => journal::formulas(kv)?.in_force(cut_off),
        };
        let mut logs = BTreeMap::new();
        for (city, _) in members.present() {
            let arrived = arrivals::before(kv, city, close_of(cut_off))?;
            logs.extend(arrived.map(|copy| (city, copy)));
        }
        for sealed in sealed.iter().flat_map(|month| &month.seal.cities) {
            if let Some(copy) = logs.get_mut(&sealed.city) {
                copy.next = copy.next.min(sealed.seq);
            }
        }
        Ok(Self {
            cut_off,
            coordinator,
            members: Arc::new(members),
            logs,
            is_current: false,
            sealed,
            formula,
        })
    }

    /// The basis of the present: the current members, and everything read so far.
    pub fn of_now(kv: &dyn KeyValue, known: &KnownMembers, now: Timestamp) -> Result<Self> {
        let (coordinator, members) = known.now(kv)?;
        Ok(Self {
            cut_off: now,
            coordinator,
            logs: BTreeMap::new(),
            is_current: true,
            members,
            sealed: None,
            formula: journal::formulas(kv)?.in_force(now),
        })
    }

    /// Looks up the logs of the cities in this range together, for the basis of the present. That of a past cut-off has
    /// the logs of all its members.
    pub fn look_up(&mut self, kv: &dyn KeyValue, cities: RangeInclusive<CityCode>) -> Result<()> {
        if self.is_current {
            self.logs.extend(current_copies(kv, cities)?);
        }
        Ok(())
    }

    /// The copy of a city's log that counts, up to where it counts.
    pub fn log(&self, city: CityCode) -> Option<&LogCopy> {
        self.logs.get(&city)
    }

    /// The epoch of the copy of a city's log that counts.
    pub fn epoch(&self, city: CityCode) -> Epoch {
        self.log(city).map_or(Epoch::UNKNOWN, |copy| copy.epoch)
    }

    /// Figures and positions of a past cut-off in their canonical form, from the figures of each member and the position
    /// after the last entry of its log that counts.
    pub fn checkpoint(&self, of_city: impl Fn(CityCode) -> (Figures, u64)) -> Checkpoint {
        let cities = self.members.present().map(|(city, known)| {
            let (figures, end) = of_city(city);
            CheckpointCity {
                city,
                status: known.status,
                figures,
                position: position_to(self.epoch(city), end),
            }
        });
        Checkpoint {
            formula: self.formula.id().to_owned(),
            cut_off: self.cut_off,
            cities: cities.collect(),
            coordinator: position_to(self.coordinator.epoch, self.coordinator.seq),
        }
    }

    /// Returns true for the basis of the present.
    pub fn is_current(&self) -> bool {
        self.is_current
    }

    /// The close of the cut-off.
    pub fn close(&self) -> Timestamp {
        close_of(self.cut_off)
    }

    /// Returns true if the close is still to come.
    pub fn is_provisional(&self, now: Timestamp) -> bool {
        now < self.close()
    }
}
