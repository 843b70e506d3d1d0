//! Followed logs: how far each was read, its copies, and what was wrong with it.

use chengji_domain::{Digest, Epoch, Error, Principal, Result};
use chengji_proto::convert::{
    epoch_from, epoch_id, position_from, position_to, time_from, time_to,
};
use chengji_store::{Codec, Position};
use jiff::Timestamp;
use prost::Message;

use crate::{damaged, decode, required, v1};

/// How far a log was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The next entry to apply. An epoch with `seq` [`u64::MAX`] means that what was learnt of the
    /// log is being forgotten, to be read anew in that epoch.
    pub position: Position,
    /// The number of the copy it goes into.
    pub copy: u32,
}

impl Reading {
    /// Of a log that was never followed: no log has epoch 0.
    pub const NOTHING: Self = Self {
        position: Position {
            epoch: Epoch::UNKNOWN,
            seq: 0,
        },
        copy: 0,
    };

    /// Whether what was learnt of the log is being forgotten.
    pub fn is_forgetting(self) -> bool {
        self.position.seq == u64::MAX
    }

    /// The next entry to apply, once all is forgotten that is to be.
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

/// The codec of [`Reading`].
#[derive(Debug)]
pub struct StoredReading;

impl Codec for StoredReading {
    type Record = Reading;

    fn encode(reading: &Reading) -> Result<Vec<u8>> {
        let wire = v1::FollowedPosition {
            position: Some(stored(reading.position)),
            copy: reading.copy,
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<Reading> {
        let wire: v1::FollowedPosition = decode(bytes)?;
        Ok(Reading {
            position: read(wire.position)?,
            copy: wire.copy,
        })
    }
}

/// The codec of a position of the own log.
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

/// A copy of a log that is not continued any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndedCopy {
    /// The owner's epoch it was read in, and the position after its last entry.
    pub end: Position,
    /// When it was not continued any more.
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

/// An entry of a followed log that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// The epoch in which it was read.
    pub epoch: Epoch,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// The codec of [`Quarantined`].
#[derive(Debug)]
pub struct StoredQuarantined;

impl Codec for StoredQuarantined {
    type Record = Quarantined;

    fn encode(entry: &Quarantined) -> Result<Vec<u8>> {
        let wire = v1::QuarantinedEntry {
            epoch: entry.epoch.number,
            epoch_id: epoch_id(entry.epoch),
            reason: entry.reason.clone(),
            at: Some(time_to(entry.at)),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<Quarantined> {
        let wire: v1::QuarantinedEntry = decode(bytes)?;
        Ok(Quarantined {
            epoch: epoch_from(wire.epoch, &wire.epoch_id)?,
            reason: wire.reason,
            at: time_from(wire.at.as_ref(), "at")?,
        })
    }
}

/// A followed log is not the one that was followed before. It is not read any further, and its copy is
/// kept as it is, until the right log comes back or people accept the one there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// What is wrong.
    pub kind: AlarmKind,
    /// Up to where it was read.
    pub known: Position,
    /// The leaf that was read of the entry before `found`.
    pub known_leaf: Option<Digest>,
    /// What its owner has instead: its head, or for [`AlarmKind::Diverged`] the position after another
    /// entry.
    pub found: Position,
    /// The leaf of the entry before `found`, as its owner has it.
    pub found_leaf: Option<Digest>,
    /// When it was found.
    pub since: Timestamp,
    /// In words.
    pub reason: String,
    /// When the log was again the one that was followed. An alarm of entries that differ stays all the
    /// same until it is accepted.
    pub mended_at: Option<Timestamp>,
    /// That the log was accepted as it is now.
    pub accepted: Option<Acceptance>,
}

/// What is wrong with a followed log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmKind {
    /// Another entry is at a position that was read before.
    Diverged,
    /// It is in an epoch that does not come from the one known.
    Forked,
    /// It ends before what was read, in the same epoch.
    Shorter,
    /// It is in a lower epoch.
    LowerEpoch,
    /// It has begun so many epochs that a further copy is not kept without being asked for.
    ManyEpochs,
    /// A checkpoint of it does not verify.
    BadSignature,
}

/// That people accepted a log in spite of an alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// The principal who did.
    pub by: Principal,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// The codec of [`Alarm`].
#[derive(Debug)]
pub struct StoredAlarm;

impl Codec for StoredAlarm {
    type Record = Alarm;

    fn encode(alarm: &Alarm) -> Result<Vec<u8>> {
        let wire = v1::LogAlarm {
            kind: v1::LogAlarmKind::from(alarm.kind).into(),
            known: Some(stored(alarm.known)),
            known_leaf: alarm.known_leaf.map_or(Vec::new(), |leaf| leaf.0.to_vec()),
            found: Some(stored(alarm.found)),
            found_leaf: alarm.found_leaf.map_or(Vec::new(), |leaf| leaf.0.to_vec()),
            since: Some(time_to(alarm.since)),
            reason: alarm.reason.clone(),
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
            reason: wire.reason,
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
        Ok(v1::LogAlarmKind::Unspecified) | Err(_) => {
            Err(damaged(format!("{number} is no kind of alarm")))
        }
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
