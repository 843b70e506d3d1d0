//! The city's own log, and its store.

use chengji_clock::Clock;
use chengji_domain::fact::{CityFact, LogEntry, LogOwner};
use chengji_domain::{CityCode, Principal, Result};
use chengji_follow::next_time;
use chengji_proto::convert;
use chengji_store::{Ledger, Position, Tx};
use jiff::Timestamp;

/// A city's log. Clones share it.
#[derive(Clone)]
pub struct OwnLog {
    /// The city.
    pub city: CityCode,
    /// The store with the log.
    pub ledger: Ledger,
    /// The clock for entries.
    pub clock: Clock,
}

impl OwnLog {
    /// The time now.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The principal under which the node itself writes.
    pub fn node(&self) -> Principal {
        Principal::Node(self.city)
    }

    /// Appends a fact.
    pub fn append(
        &self,
        tx: &mut Tx<'_>,
        principal: &Principal,
        at: Timestamp,
        fact: CityFact,
    ) -> Result<Position> {
        append(tx, self.city, principal, at, fact)
    }
}

/// Appends a fact to a city's log, at this time or that of the last entry, whichever is later.
pub(crate) fn append(
    tx: &mut Tx<'_>,
    city: CityCode,
    principal: &Principal,
    at: Timestamp,
    fact: CityFact,
) -> Result<Position> {
    let (log, principal) = (LogOwner::City(city), principal.clone());
    let at = next_time(tx, at)?;
    tx.append(|Position { epoch, seq }| {
        let entry = LogEntry {
            log,
            epoch,
            seq,
            at,
            principal,
            fact,
        };
        convert::city_entry_to(&entry, rand::random())
    })
}
