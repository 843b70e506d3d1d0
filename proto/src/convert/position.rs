//! Positions and epochs of logs.

use chengji_domain::epoch::{EpochCause, EpochStart};
use chengji_domain::fact::EpochOpened;
use chengji_domain::{Digest, Epoch, Error, Position};
use chengji_messages::msg;

use super::{invalid, missing};
use crate::v1;

/// The end of a log, and its epochs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEnd {
    /// The position of the next entry.
    pub head: Position,
    /// The leaf of the last entry; `None` in an empty log.
    pub leaf: Option<Digest>,
    /// The epochs, oldest first.
    pub epochs: Vec<EpochStart>,
}

/// The part of another program's log that a program has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownLog {
    /// The next position to be read; of the unknown epoch if the log was never followed.
    pub position: Position,
    /// The leaf of the entry before; `None` if there is none.
    pub leaf: Option<Digest>,
    /// The highest epoch number of the log that was ever seen.
    pub highest_epoch: u32,
}

pub(super) fn log_end_to(end: &LogEnd) -> v1::HeadResponse {
    v1::HeadResponse {
        head: Some(position_to(end.head.epoch, end.head.seq)),
        leaf: leaf_to(end.leaf),
        epochs: end.epochs.iter().map(epoch_start_to).collect(),
    }
}

pub(super) fn known_log_to(known: &KnownLog) -> v1::KnownResponse {
    v1::KnownResponse {
        position: Some(position_to(known.position.epoch, known.position.seq)),
        leaf: leaf_to(known.leaf),
        highest_epoch: known.highest_epoch,
    }
}

fn leaf_to(leaf: Option<Digest>) -> Vec<u8> {
    leaf.map_or(Vec::new(), |leaf| leaf.0.to_vec())
}

/// Converts an epoch from its number and its random bytes. Number 0 without bytes is the unknown
/// epoch.
pub fn epoch_from(number: u32, id: &[u8]) -> Result<Epoch, Error> {
    if number == 0 && id.is_empty() {
        return Ok(Epoch::UNKNOWN);
    }
    let id = id.try_into().map_err(|_| {
        invalid(
            "epoch_id",
            msg::WireLength {
                bytes: id.len(),
                expected: 8,
            },
        )
    })?;
    Ok(Epoch { number, id })
}

/// Returns an epoch's random bytes on the wire; empty for the unknown epoch.
pub fn epoch_id(epoch: Epoch) -> Vec<u8> {
    if epoch.is_unknown() {
        Vec::new()
    } else {
        epoch.id.to_vec()
    }
}

/// Converts a position to the wire.
pub fn position_to(epoch: Epoch, seq: u64) -> v1::LogPosition {
    v1::LogPosition {
        epoch: epoch.number,
        seq,
        epoch_id: epoch_id(epoch),
    }
}

/// Converts a position from the wire to epoch and seq.
pub fn position_from(wire: Option<&v1::LogPosition>) -> Result<(Epoch, u64), Error> {
    let wire = wire.ok_or_else(|| missing("position"))?;
    Ok((epoch_from(wire.epoch, &wire.epoch_id)?, wire.seq))
}

/// Converts the beginning of an epoch to the wire.
pub fn epoch_start_to(start: &EpochStart) -> v1::EpochStart {
    v1::EpochStart {
        epoch: start.epoch.number,
        epoch_id: epoch_id(start.epoch),
        previous: start.previous.number,
        previous_id: epoch_id(start.previous),
        replaced: start.replaced.number,
        replaced_id: epoch_id(start.replaced),
        seq: start.seq,
    }
}

/// Converts the beginning of an epoch from the wire.
pub fn epoch_start_from(wire: &v1::EpochStart) -> Result<EpochStart, Error> {
    Ok(EpochStart {
        epoch: epoch_from(wire.epoch, &wire.epoch_id)?,
        previous: epoch_from(wire.previous, &wire.previous_id)?,
        replaced: epoch_from(wire.replaced, &wire.replaced_id)?,
        seq: wire.seq,
    })
}

pub(super) fn opened_to(opened: &EpochOpened) -> v1::EpochOpened {
    let cause = match opened.cause {
        EpochCause::Restored => v1::EpochCause::Restored,
        EpochCause::Ordered => v1::EpochCause::Ordered,
        EpochCause::BegunAnew => v1::EpochCause::BegunAnew,
    };
    v1::EpochOpened {
        start: Some(epoch_start_to(&opened.start)),
        cause: cause.into(),
    }
}

pub(super) fn opened_from(wire: &v1::EpochOpened) -> Result<EpochOpened, Error> {
    let start = wire.start.as_ref().ok_or_else(|| missing("start"))?;
    let cause = match wire.cause() {
        v1::EpochCause::Restored => EpochCause::Restored,
        v1::EpochCause::Ordered => EpochCause::Ordered,
        v1::EpochCause::BegunAnew => EpochCause::BegunAnew,
        v1::EpochCause::Unspecified => return Err(missing("cause")),
    };
    Ok(EpochOpened {
        start: epoch_start_from(start)?,
        cause,
    })
}
