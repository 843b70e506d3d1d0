//! Verifies in the city's own log what the coordinator attributes to the city.

use chengji_domain::fact::{CityFact, LogEntry, LogOwner, Origin};
use chengji_domain::request::{RequestId, RequestRecord, Step};
use chengji_domain::{Epoch, Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_proto::convert;
use chengji_store::{Confirmation, log};

use crate::own_log::OwnLog;

/// The state in the city's own log of something that the coordinator attributes to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provenance {
    /// It is in the log.
    Own,
    /// The log was restored from a backup since, and has lost it.
    Lost,
    /// The city never recorded it.
    Never,
}

/// Looks up in the city's own log what the coordinator attributes to it at `origin`.
pub(crate) fn provenance(
    own: &OwnLog,
    origin: Origin,
    is_attributed: impl FnOnce(&LogEntry<CityFact>) -> bool,
) -> Result<Provenance> {
    let found = log::entries(own.ledger.kv().as_ref(), origin.seq, 1, usize::MAX)?;
    let found = found.first().filter(|(seq, _)| *seq == origin.seq);
    let entry = found.map(|(_, entry)| -> Result<(Epoch, bool)> {
        let envelope = convert::envelope_from(&entry.envelope, LogOwner::City(own.city))?;
        // A body that retention has removed is that of a review, which is no part of any request.
        let is_found =
            entry.has_body() && is_attributed(&convert::city_entry_in(&envelope, entry, own.city)?);
        Ok((envelope.epoch, is_found))
    });
    let entry = entry.transpose()?;
    let present = own.ledger.head().epoch;
    match entry {
        Some((epoch, true)) if epoch == origin.epoch => Ok(Provenance::Own),
        // The position belongs to a later epoch: the earlier entry was lost by the restore.
        Some((epoch, _)) if origin.epoch.number < epoch.number => Ok(Provenance::Lost),
        None if origin.epoch.number < present.number => Ok(Provenance::Lost),
        // The entry is of another restore of the same backup, from which this log does not descend.
        _ if is_of_other_restore(own, origin.epoch)? => Ok(Provenance::Lost),
        // A log that was set back and does not know it yet lacks own entries: nothing is decided by it
        // before its peers have confirmed it.
        _ if *own.ledger.confirmation().borrow() != Confirmation::Confirmed => {
            Err(Error::new(ErrorCode::LogUnconfirmed, msg::OwnLogLacksEntry))
        }
        _ => Ok(Provenance::Never),
    }
}

/// Returns true if the log was restored since its first epoch, and does not have this one, whose number is not above
/// the present.
fn is_of_other_restore(own: &OwnLog, epoch: Epoch) -> Result<bool> {
    let present = own.ledger.head().epoch;
    if present.number <= 1 || epoch.number > present.number {
        return Ok(false);
    }
    let epochs = log::epochs(own.ledger.kv().as_ref())?;
    Ok(epochs.iter().all(|known| known.epoch != epoch))
}

/// Returns true if the coordinator ordered or refused this move before. It does so once: the same move again would
/// bring back what a later one of the city has ended.
pub(super) fn is_decided(record: &RequestRecord, step: &Step) -> bool {
    let refused = record.refused.iter().map(|refused| &refused.step);
    let mut decided = record.history.steps.iter().chain(refused);
    decided.any(|decided| decided.is_same_move(step))
}

/// The error of a move that the coordinator ordered after a later one of the city: it would take effect in a state that
/// it was not made in.
pub(super) fn decided_late(id: RequestId) -> Error {
    Error::new(ErrorCode::PeerInvalid, msg::MoveDecidedLate { request: id })
}
