//! Entries of logs: their owner, position and audience.

use std::collections::BTreeSet;

use chengji_messages::msg;
use jiff::Timestamp;

use crate::city::CityCode;
use crate::epoch::Epoch;
use crate::error::{Error, ErrorCode};
use crate::principal::Principal;
use crate::quoted::Quoted;

/// The owner of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogOwner {
    /// A city's node.
    City(CityCode),
    /// The coordinator.
    Coordinator,
}

impl std::fmt::Display for LogOwner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::City(city) => write!(f, "city/{city}"),
            Self::Coordinator => f.write_str("coordinator"),
        }
    }
}

impl std::str::FromStr for LogOwner {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text == "coordinator" {
            return Ok(Self::Coordinator);
        }
        let city = text.strip_prefix("city/").ok_or_else(|| {
            let message = msg::LogOwnerMalformed { text: Quoted(text) };
            Error::new(ErrorCode::InvalidArgument, message)
        })?;
        city.parse().map(Self::City)
    }
}

/// An entry of a log with the fact `F`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry<F> {
    /// The owner of the log.
    pub log: LogOwner,
    /// Epoch in which it was written.
    pub epoch: Epoch,
    /// Position, dense from 0.
    pub seq: u64,
    /// Time of writing, by the owner's clock.
    pub at: Timestamp,
    /// The principal that caused it.
    pub principal: Principal,
    /// The fact.
    pub fact: F,
}

/// The readers of an entry's body, besides its log's owner and the owner's people. Envelopes are read by all
/// that may follow the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// All members of the cluster.
    Members,
    /// The coordinator and the cluster's auditors.
    Coordinator,
    /// No other readers.
    Own,
    /// The nodes of these cities, in order.
    Cities(BTreeSet<CityCode>),
}

impl Audience {
    /// Makes an audience of the nodes of these cities.
    pub fn of_cities(cities: impl IntoIterator<Item = CityCode>) -> Self {
        Self::Cities(cities.into_iter().collect())
    }

    /// Returns true if this reader of the log belongs to the audience.
    pub fn admits(&self, reader: &Principal, log: LogOwner) -> bool {
        let is_of_coordinator = log == LogOwner::Coordinator;
        match reader {
            Principal::Person { city, .. } => log == LogOwner::City(*city),
            Principal::Coordinator | Principal::Auditor(_) => {
                is_of_coordinator || matches!(self, Self::Members | Self::Coordinator)
            }
            Principal::Operator(_) => is_of_coordinator || *self == Self::Members,
            Principal::Node(city) => match self {
                _ if log == LogOwner::City(*city) => true,
                Self::Members => true,
                Self::Cities(cities) => cities.contains(city),
                Self::Coordinator | Self::Own => false,
            },
            // Applications never read the log itself.
            Principal::App { .. } | Principal::Newcomer => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn city(code: &str) -> CityCode {
        code.parse().unwrap()
    }

    #[test]
    fn an_audience_admits_the_owner_and_whom_it_names() {
        let (own, other) = (city("430100"), city("430200"));
        let (of_city, of_coordinator) = (LogOwner::City(own), LogOwner::Coordinator);
        let readers = [
            "city/430100/node",
            "city/430200/node",
            "coordinator",
            "auditor/zhou.ba",
            "operator/wu.jiu",
            "city/430100/person/li.si",
            "city/430200/person/li.si",
            "city/430100/app/registry",
        ]
        .map(|principal| principal.parse::<Principal>().unwrap());
        let admitted = |audience: &Audience, log| {
            let admits = readers.iter().map(|reader| audience.admits(reader, log));
            admits.map(u8::from).collect::<Vec<_>>()
        };
        for (audience, in_city, in_coordinator) in [
            (
                Audience::Members,
                [1, 1, 1, 1, 1, 1, 0, 0],
                [1, 1, 1, 1, 1, 0, 0, 0],
            ),
            (
                Audience::Coordinator,
                [1, 0, 1, 1, 0, 1, 0, 0],
                [0, 0, 1, 1, 1, 0, 0, 0],
            ),
            (
                Audience::Own,
                [1, 0, 0, 0, 0, 1, 0, 0],
                [0, 0, 1, 1, 1, 0, 0, 0],
            ),
            (
                Audience::of_cities([other]),
                [1, 1, 0, 0, 0, 1, 0, 0],
                [0, 1, 1, 1, 1, 0, 0, 0],
            ),
        ] {
            assert_eq!(admitted(&audience, of_city), in_city, "{audience:?}");
            assert_eq!(
                admitted(&audience, of_coordinator),
                in_coordinator,
                "{audience:?}"
            );
        }
    }
}
