//! The coordinator's stored records of the cities.

use chengji_domain::report::UseFigures;
use chengji_domain::{CityCode, Error, ResourceCode, Result};
use chengji_log::v1::LogPosition;
use chengji_proto::convert::{
    city_from, code_from, position_from, position_to, time_from, time_to,
};
use chengji_store::{Codec, Position};
use jiff::Timestamp;
use prost::Message;

use crate::{decode, required, v1};

/// A city's use of its budgets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CityUse {
    /// Number of records of the federated catalogue, withdrawn ones included.
    pub entries: u64,
    /// Size of these records in bytes.
    pub bytes: u64,
    /// True if the city and its records of the federated catalogue were removed.
    pub forgotten: bool,
    /// The used part of the daily budgets; `None` before anything of its log was read under budgets.
    pub spent: Option<SpentBudgets>,
    /// Number of revisions in its log that add conditions to the published entry.
    pub conditions_added: u64,
    /// Number of corrections of its data that it answered late, or not yet after their deadline.
    pub corrected_late: u64,
    /// Number of usage records that it did not make in time, by its log.
    pub usage_not_recorded: u64,
    /// Number of entries that it updated after the deadline for following a change, by its log.
    pub updated_late: u64,
}

/// The used part of a city's daily budgets, as of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpentBudgets {
    /// The time.
    pub at: Timestamp,
    /// Number of log entries.
    pub entries: u64,
    /// Size of log entries in bytes.
    pub bytes: u64,
    /// Number of requests.
    pub requests: u64,
    /// Number of entries that were quarantined.
    pub quarantined: u64,
}

/// The codec of [`CityUse`].
#[derive(Debug)]
pub struct StoredCityUse;

impl Codec for StoredCityUse {
    type Record = CityUse;

    fn encode(used: &CityUse) -> Result<Vec<u8>> {
        let wire = v1::CityUse {
            entries: used.entries,
            bytes: used.bytes,
            forgotten: used.forgotten,
            spent: used.spent.map(|spent| v1::SpentBudgets {
                at: Some(time_to(spent.at)),
                entries: spent.entries,
                bytes: spent.bytes,
                requests: spent.requests,
                quarantined: spent.quarantined,
            }),
            conditions_added: used.conditions_added,
            corrected_late: used.corrected_late,
            usage_not_recorded: used.usage_not_recorded,
            updated_late: used.updated_late,
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<CityUse> {
        let wire: v1::CityUse = decode(bytes)?;
        let spent = wire.spent.map(|spent| {
            Ok::<_, Error>(SpentBudgets {
                at: time_from(spent.at.as_ref(), "at")?,
                entries: spent.entries,
                bytes: spent.bytes,
                requests: spent.requests,
                quarantined: spent.quarantined,
            })
        });
        Ok(CityUse {
            entries: wire.entries,
            bytes: wire.bytes,
            forgotten: wire.forgotten,
            spent: spent.transpose()?,
            conditions_added: wire.conditions_added,
            corrected_late: wire.corrected_late,
            usage_not_recorded: wire.usage_not_recorded,
            updated_late: wire.updated_late,
        })
    }
}

/// The position up to which a city's log had arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The position after the last entry.
    pub end: Position,
    /// The number of the copy.
    pub copy: u32,
}

/// The codec of [`Arrival`].
#[derive(Debug)]
pub struct StoredArrival;

impl Codec for StoredArrival {
    type Record = Arrival;

    fn encode(arrival: &Arrival) -> Result<Vec<u8>> {
        let wire = v1::Arrival {
            end: Some(position_to(arrival.end.epoch, arrival.end.seq)),
            copy: arrival.copy,
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<Arrival> {
        let wire: v1::Arrival = decode(bytes)?;
        let (epoch, seq) = position_from(wire.end.as_ref())?;
        Ok(Arrival {
            end: Position { epoch, seq },
            copy: wire.copy,
        })
    }
}

/// The codec of the latest arrival time.
#[derive(Debug)]
pub struct StoredTime;

impl Codec for StoredTime {
    type Record = Timestamp;

    fn encode(at: &Timestamp) -> Result<Vec<u8>> {
        let at = Some(time_to(*at));
        Ok(v1::LatestArrival { at }.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<Timestamp> {
        let wire: v1::LatestArrival = decode(bytes)?;
        time_from(wire.at.as_ref(), "at")
    }
}

/// The codec of the location of a seal in the coordinator's log.
#[derive(Debug)]
pub struct StoredSealPlace;

impl Codec for StoredSealPlace {
    type Record = u64;

    fn encode(seq: &u64) -> Result<Vec<u8>> {
        Ok(v1::SealPlace { seq: *seq }.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<u64> {
        let wire: v1::SealPlace = decode(bytes)?;
        Ok(wire.seq)
    }
}

/// Entries of a city whose records were changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedEntries {
    /// The city.
    pub city: CityCode,
    /// The codes of the entries.
    pub codes: Vec<ResourceCode>,
}

/// The codec of [`ChangedEntries`].
#[derive(Debug)]
pub struct StoredChangedEntries;

impl Codec for StoredChangedEntries {
    type Record = ChangedEntries;

    fn encode(changed: &ChangedEntries) -> Result<Vec<u8>> {
        let wire = v1::ChangedEntries {
            city: changed.city.to_string(),
            codes: changed.codes.iter().map(ToString::to_string).collect(),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<ChangedEntries> {
        let wire: v1::ChangedEntries = decode(bytes)?;
        Ok(ChangedEntries {
            city: city_from(&wire.city)?,
            codes: wire
                .codes
                .iter()
                .map(|code| code_from(code))
                .collect::<Result<_>>()?,
        })
    }
}

/// The codec of the number of the last change of an entry.
#[derive(Debug)]
pub struct StoredLastChange;

impl Codec for StoredLastChange {
    type Record = u64;

    fn encode(number: &u64) -> Result<Vec<u8>> {
        Ok(v1::LastChange { number: *number }.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<u64> {
        let wire: v1::LastChange = decode(bytes)?;
        Ok(wire.number)
    }
}

/// The deliveries in a city's log of a month and a department.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthUse {
    /// Deliveries sent.
    pub sent: UseFigures,
    /// Deliveries received.
    pub received: UseFigures,
    /// The position of the first one.
    pub first: Position,
    /// The position of the last one.
    pub last: Position,
}

/// The codec of [`MonthUse`].
#[derive(Debug)]
pub struct StoredMonthUse;

impl Codec for StoredMonthUse {
    type Record = MonthUse;

    fn encode(used: &MonthUse) -> Result<Vec<u8>> {
        let count = |of: UseFigures| v1::UseCount {
            deliveries: of.deliveries,
            bytes: of.bytes,
        };
        let position = |at: Position| Some(position_to(at.epoch, at.seq));
        let wire = v1::MonthUse {
            sent: Some(count(used.sent)),
            received: Some(count(used.received)),
            first: position(used.first),
            last: position(used.last),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<MonthUse> {
        let wire: v1::MonthUse = decode(bytes)?;
        let count = |of: Option<v1::UseCount>, field| {
            let of = required(of, field)?;
            Ok::<_, Error>(UseFigures {
                deliveries: of.deliveries,
                bytes: of.bytes,
            })
        };
        let position = |of: Option<LogPosition>, field| {
            let (epoch, seq) = position_from(Some(&required(of, field)?))?;
            Ok::<_, Error>(Position { epoch, seq })
        };
        Ok(MonthUse {
            sent: count(wire.sent, "sent")?,
            received: count(wire.received, "received")?,
            first: position(wire.first, "first")?,
            last: position(wire.last, "last")?,
        })
    }
}

#[cfg(test)]
#[path = "coordinator_tests.rs"]
mod tests;
