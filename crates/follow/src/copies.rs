//! Copies of followed logs: what was read of each, as it stood, kept apart for each reading.
//!
//! A log that is read anew, because its owner opened a new epoch or because people accepted it as it
//! is, becomes a new copy; earlier ones stay as they are. Nothing in a copy is ever written over but
//! what no longer matches its leaf.

use chengji_domain::fact::LogOwner;
use chengji_domain::{CityCode, Digest, Epoch, Error, ErrorCode, Result};
use chengji_proto::convert::epoch_from;
use chengji_proto::v1;
use chengji_store::{Key, KeyReader, Position, Prefix, StoredTree, View, each};
use prost::Message;

/// The copy of a log that was read from its beginning in one epoch of its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogCopy {
    /// Whose log.
    pub log: LogOwner,
    /// Its number among the copies of this log, from 0.
    pub number: u32,
    /// The owner's epoch it was read in.
    pub epoch: Epoch,
    /// The position after its last entry.
    pub next: u64,
}

/// What the store says about how far a log was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// The next entry to apply. An epoch with `seq` [`u64::MAX`] means that what was learnt of the
    /// log is being forgotten, to be read anew in that epoch.
    pub position: Position,
    /// The number of the copy it goes into.
    pub copy: u32,
}

impl Known {
    /// Of a log that was never followed: no log has epoch 0.
    pub const NOTHING: Self = Self {
        position: Position {
            epoch: Epoch::UNKNOWN,
            seq: 0,
        },
        copy: 0,
    };

    /// What the store says about this log.
    pub fn of(view: &(impl View + ?Sized), log: LogOwner) -> Result<Self> {
        Self::numbered(view, number(log))
    }

    /// The same about the log of this number in a key.
    pub fn numbered(view: &(impl View + ?Sized), log: u32) -> Result<Self> {
        let key = Key::new(Prefix::Follow).u32(log).finish();
        let Some(bytes) = view.value(&key)? else {
            return Ok(Self::NOTHING);
        };
        let (position, copy) = bytes
            .split_last_chunk()
            .ok_or_else(|| damaged("a followed position is malformed"))?;
        Ok(Self {
            position: Position::from_bytes(position)?,
            copy: u32::from_be_bytes(*copy),
        })
    }

    /// As it is stored.
    pub fn to_bytes(self) -> Vec<u8> {
        [&self.position.to_bytes()[..], &self.copy.to_be_bytes()].concat()
    }

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

/// The copy of a log that is being continued; nothing where it was never followed.
pub fn current_copy(view: &(impl View + ?Sized), log: LogOwner) -> Result<Option<LogCopy>> {
    let known = Known::of(view, log)?;
    let next = known.next();
    let copy = LogCopy {
        log,
        number: known.copy,
        epoch: next.epoch,
        next: next.seq,
    };
    Ok((known != Known::NOTHING).then_some(copy))
}

/// All copies of a log, the oldest first, the one that is being continued last.
pub fn copies(view: &(impl View + ?Sized), log: LogOwner) -> Result<Vec<LogCopy>> {
    let mut copies = Vec::new();
    each(
        view,
        Key::new(Prefix::LogCopy).u32(number(log)),
        |key, bytes| {
            let mut reader = KeyReader::new(Prefix::LogCopy, key)?;
            reader.u32()?;
            let number = reader.u32()?;
            let record = v1::LogCopy::decode(bytes)
                .map_err(|e| damaged(format!("a stored copy of {log}: {e}")))?;
            copies.push(LogCopy {
                log,
                number,
                epoch: epoch_from(record.epoch, &record.epoch_id)?,
                next: record.next,
            });
            Ok(())
        },
    )?;
    copies.extend(current_copy(view, log)?);
    Ok(copies)
}

/// The last copy of a log that was read in this epoch of its owner.
pub fn copy_in(
    view: &(impl View + ?Sized),
    log: LogOwner,
    epoch: Epoch,
) -> Result<Option<LogCopy>> {
    let copies = copies(view, log)?;
    Ok(copies.into_iter().rfind(|copy| copy.epoch == epoch))
}

/// The root over the first `size` entries of the copy of a log with this number (RFC 6962), in few reads.
/// Errors: STORAGE_DAMAGED where they were not all read.
pub fn root(view: &(impl View + ?Sized), log: LogOwner, copy: u32, size: u64) -> Result<Digest> {
    tree(log, copy).root(view, size)
}

/// The Merkle tree of a copy.
pub(crate) fn tree(log: LogOwner, copy: u32) -> StoredTree {
    let part = |prefix| Key::new(prefix).u32(number(log)).u32(copy);
    StoredTree::new(part(Prefix::MirrorLeaf), part(Prefix::MirrorNode))
}

/// The leaf at a position of the current copy of a log, where it was read.
pub fn leaf(view: &(impl View + ?Sized), log: LogOwner, seq: u64) -> Result<Option<Digest>> {
    leaf_in(view, log, Known::of(view, log)?.copy, seq)
}

/// The leaf at a position of the copy of a log with this number, where it was read.
pub fn leaf_in(
    view: &(impl View + ?Sized),
    log: LogOwner,
    number: u32,
    seq: u64,
) -> Result<Option<Digest>> {
    let leaf = view.value(&copy_key(Prefix::MirrorLeaf, log, number, seq))?;
    leaf.map(|leaf| Digest::from_slice(&leaf))
        .transpose()
        .map_err(|_| damaged(format!("the leaf of entry {seq} of {log} is malformed")))
}

pub(crate) fn position_key(log: LogOwner) -> Vec<u8> {
    Key::new(Prefix::Follow).u32(number(log)).finish()
}

/// The key of an entry or its leaf in a copy of a log.
pub(crate) fn copy_key(prefix: Prefix, log: LogOwner, copy: u32, seq: u64) -> Vec<u8> {
    Key::new(prefix)
        .u32(number(log))
        .u32(copy)
        .u64(seq)
        .finish()
}

/// The key of the record of a copy that is not continued any more.
pub(crate) fn ended_copy_key(log: LogOwner, copy: u32) -> Vec<u8> {
    Key::new(Prefix::LogCopy)
        .u32(number(log))
        .u32(copy)
        .finish()
}

/// A log's owner in a key: the city's code, or 0 for the coordinator.
pub(crate) fn number(log: LogOwner) -> u32 {
    match log {
        LogOwner::City(city) => CityCode::number(city),
        LogOwner::Coordinator => 0,
    }
}

fn damaged(message: impl Into<String>) -> Error {
    Error::new(ErrorCode::StorageDamaged, message)
}
