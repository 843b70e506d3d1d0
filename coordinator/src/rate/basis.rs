//! What the figures of a cut-off are computed from: the members of then, and up to where each log
//! counts. It follows from the cut-off, and after its close from nothing else.

use std::collections::BTreeMap;

use chengji_domain::fact::LogOwner;
use chengji_domain::membership::Memberships;
use chengji_domain::rate::close_of;
use chengji_domain::{CityCode, Epoch, Result};
use chengji_follow::position;
use chengji_store::{KeyValue, Position, log};
use jiff::Timestamp;

use crate::arrivals;
use crate::journal::{self, SealedMonth};

/// The basis of a cut-off's figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basis {
    /// The cut-off: entries dated later do not count.
    pub cut_off: Timestamp,
    /// Where the coordinator's log ended at the cut-off.
    pub coordinator: Position,
    /// The members at the cut-off.
    pub members: Memberships,
    /// Up to where each member's log counts: the first position of which nothing had arrived before the
    /// close. Of the unknown epoch where nothing had.
    pub logs: BTreeMap<CityCode, Position>,
    /// The cut-off's seal.
    pub sealed: Option<SealedMonth>,
}

/// Of a log of which nothing has arrived.
const NOTHING: Position = Position {
    epoch: Epoch::UNKNOWN,
    seq: 0,
};

impl Basis {
    /// Of a cut-off in the past: by its seal, where there is one, and otherwise by what had arrived
    /// before its close.
    pub fn of_past(kv: &dyn KeyValue, cut_off: Timestamp) -> Result<Self> {
        let coordinator = journal::position_at(kv, cut_off)?;
        let members = journal::members_at(kv, coordinator.seq)?;
        let sealed = journal::seal_of(kv, cut_off)?;
        let logs = match &sealed {
            Some(month) => sealed_logs(month),
            None => {
                let close = close_of(cut_off);
                let arrived = members.present().map(|(city, _)| {
                    let arrived = arrivals::before(kv, city, close)?;
                    Ok((city, arrived.unwrap_or(NOTHING)))
                });
                arrived.collect::<Result<_>>()?
            }
        };
        Ok(Self {
            cut_off,
            coordinator,
            members,
            logs,
            sealed,
        })
    }

    /// Of the present: today's members, and everything that was taken in.
    pub fn of_now(kv: &dyn KeyValue, now: Timestamp) -> Result<Self> {
        let coordinator = log::head(kv)?;
        let members = journal::members_at(kv, coordinator.seq)?;
        let reached = members
            .present()
            .map(|(city, _)| Ok((city, position(kv, LogOwner::City(city))?)));
        Ok(Self {
            cut_off: now,
            coordinator,
            logs: reached.collect::<Result<_>>()?,
            members,
            sealed: None,
        })
    }

    /// The epoch of the copy of a city's log that counts.
    pub fn epoch(&self, city: CityCode) -> Epoch {
        let reached = self.logs.get(&city);
        reached.map_or(Epoch::UNKNOWN, |reached| reached.epoch)
    }

    /// The close of the cut-off.
    pub fn close(&self) -> Timestamp {
        close_of(self.cut_off)
    }

    /// Whether the close is still to come.
    pub fn is_provisional(&self, now: Timestamp) -> bool {
        now < self.close()
    }
}

fn sealed_logs(month: &SealedMonth) -> BTreeMap<CityCode, Position> {
    let cities = month.seal.cities.iter();
    cities
        .map(|sealed| {
            let (epoch, seq) = (sealed.epoch, sealed.seq);
            (sealed.city, Position { epoch, seq })
        })
        .collect()
}
