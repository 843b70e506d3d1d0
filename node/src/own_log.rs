//! The city's own log, and its store.

use chengji_clock::Clock;
use chengji_domain::fact::{CityFact, LogEntry, LogOwner};
use chengji_domain::request::{RequestId, RequestNumber};
use chengji_domain::{CityCode, Principal, Result};
use chengji_follow::next_time;
use chengji_proto::convert;
use chengji_store::{Ledger, Position, Tx, log};
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

    /// Resolves the number of something that is recorded in this log, in full or short; `None` where the log has no such
    /// position. Errors: `INVALID_ARGUMENT` for a text that is no number.
    pub fn resolve(&self, text: &str) -> Result<Option<RequestId>> {
        let parsed: RequestNumber = text.parse()?;
        let (city, number, seq) = match parsed {
            RequestNumber::Full(id) => return Ok(Some(id)),
            RequestNumber::Short { city, epoch, seq } => (city, epoch, seq),
        };
        if city != self.city {
            return Ok(None);
        }
        let found = log::entries(self.ledger.kv().as_ref(), seq, 1, usize::MAX)?;
        let Some((_, entry)) = found.first().filter(|(at, _)| *at == seq) else {
            return Ok(None);
        };
        let (epoch, _) = convert::written_at(&entry.envelope)?;
        Ok((epoch.number == number).then_some(RequestId { city, epoch, seq }))
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
