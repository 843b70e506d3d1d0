//! Copies of followed logs: the entries as they were read, separate for each reading.
//!
//! A log that is read anew, because its owner opened a new epoch or because people accepted it, becomes a
//! new copy; earlier ones are kept unchanged. Nothing in a copy is ever overwritten except entries that
//! no longer match their leaf.

use std::ops::RangeInclusive;

use chengji_domain::fact::LogOwner;
use chengji_domain::{CityCode, Digest, Epoch, Error, ErrorCode, Result};
use chengji_messages::{Message, Value, msg};
use chengji_proto::convert::written_at;
use chengji_records::{EndedCopy, FollowedPosition, StoredEndedCopy, StoredFollowedPosition};
use chengji_store::{Key, KeyPart, Prefix, StoredTree, Table, Tx, View};
use jiff::Timestamp;

/// The copy of a log that was read from its beginning in one epoch of its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogCopy {
    /// The log's owner.
    pub log: LogOwner,
    /// Its number among the copies of this log, from 0.
    pub number: u32,
    /// The owner's epoch in which it was read.
    pub epoch: Epoch,
    /// The position after its last entry.
    pub next: u64,
}

/// The read position of each log.
pub(crate) static FOLLOWED_POSITIONS: Table<LogOwner, StoredFollowedPosition> =
    Table::new(Prefix::Follow, &[]);

/// Copies of each log that are no longer continued, by number.
static ENDED: Table<(LogOwner, u32), StoredEndedCopy> = Table::new(Prefix::LogCopy, &[]);

/// The read position of a log.
pub(crate) fn followed_position(
    view: &(impl View + ?Sized),
    log: LogOwner,
) -> Result<FollowedPosition> {
    Ok(FOLLOWED_POSITIONS
        .get(view, &log)?
        .unwrap_or(FollowedPosition::NOTHING))
}

/// The current copy of a log; `None` if it was never followed.
pub fn current_copy(view: &(impl View + ?Sized), log: LogOwner) -> Result<Option<LogCopy>> {
    Ok(copy_at(log, followed_position(view, log)?))
}

/// The current copies of the logs of the cities in this range, by city, which are read together. Logs that were never
/// followed are left out.
pub fn current_copies(
    view: &(impl View + ?Sized),
    cities: RangeInclusive<CityCode>,
) -> Result<Vec<(CityCode, LogCopy)>> {
    let (first, last) = cities.into_inner();
    let logs = LogOwner::City(first)..=LogOwner::City(last);
    let mut copies = Vec::new();
    FOLLOWED_POSITIONS.range(logs).each(view, |log, known| {
        if let LogOwner::City(city) = log {
            copies.extend(copy_at(log, known).map(|copy| (city, copy)));
        }
        Ok(())
    })?;
    Ok(copies)
}

/// The copy of a log that is read at this position; `None` if it was never followed.
fn copy_at(log: LogOwner, known: FollowedPosition) -> Option<LogCopy> {
    let next = known.next();
    let copy = LogCopy {
        log,
        number: known.copy,
        epoch: next.epoch,
        next: next.seq,
    };
    (known != FollowedPosition::NOTHING).then_some(copy)
}

/// All copies of a log, the oldest first, the current one last.
pub fn copies(view: &(impl View + ?Sized), log: LogOwner) -> Result<Vec<LogCopy>> {
    let mut copies = Vec::new();
    let current = current_copy(view, log)?;
    // Copies are numbered from 0.
    if current.is_none_or(|current| current.number == 0) {
        return Ok(current.into_iter().collect());
    }
    ENDED.under(&(log,)).each(view, |(_, number), copy| {
        copies.push(LogCopy {
            log,
            number,
            epoch: copy.end.epoch,
            next: copy.end.seq,
        });
        Ok(())
    })?;
    copies.extend(current);
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

/// The time of the last entry that was read of a log, by its owner's clock; `None` if its current copy has none.
pub fn last_entry_time(view: &(impl View + ?Sized), log: LogOwner) -> Result<Option<Timestamp>> {
    let Some(copy) = current_copy(view, log)? else {
        return Ok(None);
    };
    let Some(last) = copy.next.checked_sub(1) else {
        return Ok(None);
    };
    let envelope = view.value(&copy_key(Prefix::MirrorEnvelope, log, copy.number, last))?;
    let written = envelope.map(|envelope| written_at(&envelope)).transpose()?;
    Ok(written.map(|(_, at)| at))
}

/// The root over the first `size` entries of a copy (RFC 6962), in few reads. Errors: STORAGE_DAMAGED
/// where they are incomplete.
pub fn root(view: &(impl View + ?Sized), log: LogOwner, copy: u32, size: u64) -> Result<Digest> {
    tree(log, copy).root(view, size)
}

/// The Merkle tree of a copy.
pub(crate) fn tree(log: LogOwner, copy: u32) -> StoredTree {
    let part = |prefix| (log, copy).add_to(Key::new(prefix));
    StoredTree::new(part(Prefix::MirrorLeaf), part(Prefix::MirrorNode))
}

/// The leaf at a position of the current copy of a log; `None` where it was not read.
pub fn leaf(view: &(impl View + ?Sized), log: LogOwner, seq: u64) -> Result<Option<Digest>> {
    leaf_in(view, log, followed_position(view, log)?.copy, seq)
}

/// The leaf at a position of a copy; `None` where it was not read.
pub fn leaf_in(
    view: &(impl View + ?Sized),
    log: LogOwner,
    number: u32,
    seq: u64,
) -> Result<Option<Digest>> {
    let leaf = view.value(&copy_key(Prefix::MirrorLeaf, log, number, seq))?;
    leaf.map(|leaf| Digest::from_slice(&leaf))
        .transpose()
        .map_err(|_| {
            let log = Value::text(log);
            damaged(msg::FollowLeafMalformed { log, seq })
        })
}

/// The key of an entry or its leaf in a copy of a log.
pub(crate) fn copy_key(prefix: Prefix, log: LogOwner, copy: u32, seq: u64) -> Vec<u8> {
    (log, copy, seq).add_to(Key::new(prefix)).finish()
}

/// Records that a copy of a log is no longer continued.
pub(crate) fn end_copy(
    tx: &mut Tx<'_>,
    log: LogOwner,
    known: FollowedPosition,
    at: Timestamp,
) -> Result<()> {
    let copy = EndedCopy {
        end: known.next(),
        ended_at: at,
    };
    ENDED.put(tx, &(log, known.copy), &copy)
}

fn damaged(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::StorageDamaged, message)
}
