//! Followed logs: their read positions, copies, quarantined entries and alarms.

use chengji_domain::log_alarm::{Acceptance, Alarm, AlarmKind};
use chengji_domain::{Digest, Epoch, Error, ErrorCode, Result};
use chengji_messages::{Message as Text, msg};
use chengji_proto::convert::{
    epoch_from, epoch_id, position_from, position_to, time_from, time_to,
};
use chengji_store::{Codec, Position};
use jiff::Timestamp;
use prost::Message;

use crate::{damaged, decode, reason_from, reason_to, required, v1};

/// The read position of a followed log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FollowedPosition {
    /// The next entry to apply. An epoch with `seq` [`u64::MAX`] means that the data derived from the log is
    /// being deleted, to be read anew in that epoch.
    pub position: Position,
    /// The number of the copy that entries are written to.
    pub copy: u32,
}

impl FollowedPosition {
    /// The position in a log that was never followed: no log has epoch 0.
    pub const NOTHING: Self = Self {
        position: Position {
            epoch: Epoch::UNKNOWN,
            seq: 0,
        },
        copy: 0,
    };

    /// Returns true while the data derived from the log is being deleted.
    pub fn is_forgetting(self) -> bool {
        self.position.seq == u64::MAX
    }

    /// Returns the next entry to apply after the deletion, if any, has finished.
    pub fn next(self) -> Position {
        let seq = if self.is_forgetting() {
            0
        } else {
            self.position.seq
        };
        Position {
            seq,
            ..self.position
        }
    }
}

/// The codec of [`FollowedPosition`].
#[derive(Debug)]
pub struct StoredFollowedPosition;

impl Codec for StoredFollowedPosition {
    type Record = FollowedPosition;

    fn encode(followed: &FollowedPosition) -> Result<Vec<u8>> {
        let wire = v1::FollowedPosition {
            position: Some(stored(followed.position)),
            copy: followed.copy,
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<FollowedPosition> {
        let wire: v1::FollowedPosition = decode(bytes)?;
        Ok(FollowedPosition {
            position: read(wire.position)?,
            copy: wire.copy,
        })
    }
}

/// The codec of a position in the node's own log.
#[derive(Debug)]
pub struct StoredPosition;

impl Codec for StoredPosition {
    type Record = Position;

    fn encode(position: &Position) -> Result<Vec<u8>> {
        let position = Some(stored(*position));
        Ok(v1::OwnPosition { position }.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<Position> {
        let wire: v1::OwnPosition = decode(bytes)?;
        read(wire.position)
    }
}

/// A copy of a log that is no longer continued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndedCopy {
    /// The owner's epoch of the copy, and the position after its last entry.
    pub end: Position,
    /// Time at which the copy ended.
    pub ended_at: Timestamp,
}

/// The codec of [`EndedCopy`].
#[derive(Debug)]
pub struct StoredEndedCopy;

impl Codec for StoredEndedCopy {
    type Record = EndedCopy;

    fn encode(copy: &EndedCopy) -> Result<Vec<u8>> {
        let wire = v1::EndedCopy {
            end: Some(stored(copy.end)),
            ended_at: Some(time_to(copy.ended_at)),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<EndedCopy> {
        let wire: v1::EndedCopy = decode(bytes)?;
        Ok(EndedCopy {
            end: read(wire.end)?,
            ended_at: time_from(wire.ended_at.as_ref(), "ended_at")?,
        })
    }
}

/// A quarantined entry of a followed log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// The epoch in which it was read.
    pub epoch: Epoch,
    /// The reason.
    pub reason: Text,
    /// Time of the quarantine.
    pub at: Timestamp,
}

/// The codec of [`Quarantined`].
#[derive(Debug)]
pub struct StoredQuarantined;

impl Codec for StoredQuarantined {
    type Record = Quarantined;

    fn encode(entry: &Quarantined) -> Result<Vec<u8>> {
        let (reason, problem) = reason_to(ErrorCode::PeerInvalid, &entry.reason);
        let wire = v1::QuarantinedEntry {
            epoch: entry.epoch.number,
            epoch_id: epoch_id(entry.epoch),
            reason,
            at: Some(time_to(entry.at)),
            problem,
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<Quarantined> {
        let wire: v1::QuarantinedEntry = decode(bytes)?;
        Ok(Quarantined {
            epoch: epoch_from(wire.epoch, &wire.epoch_id)?,
            reason: reason_from((wire.reason, wire.problem))?,
            at: time_from(wire.at.as_ref(), "at")?,
        })
    }
}

/// The codec of [`Alarm`].
#[derive(Debug)]
pub struct StoredAlarm;

impl Codec for StoredAlarm {
    type Record = Alarm;

    fn encode(alarm: &Alarm) -> Result<Vec<u8>> {
        let (reason, problem) = reason_to(ErrorCode::LogDiverged, &alarm.reason);
        let wire = v1::LogAlarm {
            kind: v1::LogAlarmKind::from(alarm.kind).into(),
            known: Some(stored(alarm.known)),
            known_leaf: alarm.known_leaf.map_or(Vec::new(), |leaf| leaf.0.to_vec()),
            found: Some(stored(alarm.found)),
            found_leaf: alarm.found_leaf.map_or(Vec::new(), |leaf| leaf.0.to_vec()),
            since: Some(time_to(alarm.since)),
            reason,
            problem,
            mended_at: alarm.mended_at.map(time_to),
            accepted: alarm.accepted.as_ref().map(|accepted| v1::Acceptance {
                by: accepted.by.to_string(),
                reason: accepted.reason.clone(),
                at: Some(time_to(accepted.at)),
            }),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<Alarm> {
        let wire: v1::LogAlarm = decode(bytes)?;
        let accepted = wire.accepted.map(|accepted| {
            Ok::<_, Error>(Acceptance {
                by: accepted.by.parse()?,
                reason: accepted.reason,
                at: time_from(accepted.at.as_ref(), "at")?,
            })
        });
        Ok(Alarm {
            kind: kind(wire.kind)?,
            known: read(wire.known)?,
            known_leaf: leaf(&wire.known_leaf)?,
            found: read(wire.found)?,
            found_leaf: leaf(&wire.found_leaf)?,
            since: time_from(wire.since.as_ref(), "since")?,
            reason: reason_from((wire.reason, wire.problem))?,
            mended_at: (wire.mended_at.as_ref())
                .map(|at| time_from(Some(at), "mended_at"))
                .transpose()?,
            accepted: accepted.transpose()?,
        })
    }
}

impl From<AlarmKind> for v1::LogAlarmKind {
    fn from(kind: AlarmKind) -> Self {
        match kind {
            AlarmKind::Diverged => Self::Diverged,
            AlarmKind::Forked => Self::Forked,
            AlarmKind::Shorter => Self::Shorter,
            AlarmKind::LowerEpoch => Self::LowerEpoch,
            AlarmKind::ManyEpochs => Self::ManyEpochs,
            AlarmKind::BadSignature => Self::BadSignature,
        }
    }
}

fn kind(number: i32) -> Result<AlarmKind> {
    match v1::LogAlarmKind::try_from(number) {
        Ok(v1::LogAlarmKind::Diverged) => Ok(AlarmKind::Diverged),
        Ok(v1::LogAlarmKind::Forked) => Ok(AlarmKind::Forked),
        Ok(v1::LogAlarmKind::Shorter) => Ok(AlarmKind::Shorter),
        Ok(v1::LogAlarmKind::LowerEpoch) => Ok(AlarmKind::LowerEpoch),
        Ok(v1::LogAlarmKind::ManyEpochs) => Ok(AlarmKind::ManyEpochs),
        Ok(v1::LogAlarmKind::BadSignature) => Ok(AlarmKind::BadSignature),
        Ok(v1::LogAlarmKind::Unspecified) | Err(_) => Err(damaged(msg::RecordValueUnknown {
            field: "kind",
            value: number,
        })),
    }
}

fn stored(position: Position) -> chengji_log::v1::LogPosition {
    position_to(position.epoch, position.seq)
}

fn read(wire: Option<chengji_log::v1::LogPosition>) -> Result<Position> {
    let wire = required(wire, "position")?;
    let (epoch, seq) = position_from(Some(&wire))?;
    Ok(Position { epoch, seq })
}

fn leaf(bytes: &[u8]) -> Result<Option<Digest>> {
    if bytes.is_empty() {
        return Ok(None);
    }
    Digest::from_slice(bytes).map(Some)
}

#[cfg(test)]
#[path = "follow_tests.rs"]
mod tests;
