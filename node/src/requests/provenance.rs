//! Verifies in the city's own log what the coordinator attributes to the city.

use chengji_domain::fact::{CityFact, Origin};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_proto::convert;
use chengji_store::{Confirmation, log};

use crate::own_log::OwnLog;

/// The state in the city's own log of something that the coordinator attributes to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Provenance {
    /// It is in the log.
    Own,
    /// The log was restored from a backup since, and has lost it.
    Lost,
    /// The city never recorded it.
    Never,
}

/// Looks up in the city's own log what the coordinator attributes to it at `origin`.
pub(super) fn provenance(
    own: &OwnLog,
    origin: Origin,
    is_fact: impl FnOnce(&CityFact) -> bool,
) -> Result<Provenance> {
    let found = log::entries(own.ledger.kv().as_ref(), origin.seq, 1, usize::MAX)?;
    let found = found.first().filter(|(seq, _)| *seq == origin.seq);
    let entry = found
        .map(|(_, entry)| convert::city_entry_from(entry, own.city))
        .transpose()?;
    let present = own.ledger.head().epoch;
    match entry {
        Some(entry) if entry.epoch == origin.epoch && is_fact(&entry.fact) => Ok(Provenance::Own),
        // The position belongs to a later epoch: the earlier entry was lost by the restore.
        Some(entry) if origin.epoch.number < entry.epoch.number => Ok(Provenance::Lost),
        None if origin.epoch.number < present.number => Ok(Provenance::Lost),
        // A log that was set back and does not know it yet lacks own entries: nothing is decided by it
        // before its peers have confirmed it.
        _ if *own.ledger.confirmation().borrow() != Confirmation::Confirmed => {
            Err(Error::new(ErrorCode::LogUnconfirmed, msg::OwnLogLacksEntry))
        }
        _ => Ok(Provenance::Never),
    }
}
