//! The view and the writes of one job: the store after all jobs before it, and its own writes.
//!
//! Nothing here writes to the store; the writer takes the effect of a job that succeeded.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::iter;
use std::mem;
use std::ops::Bound;

use chengji_domain::epoch::EpochStart;
use chengji_domain::{Digest, Epoch, Error, ErrorCode, Position, Result};
use chengji_log::Entry;
use chengji_messages::msg;

use super::read_ahead::{LastWrites, ReadAhead};
use super::read_once::ReadOnce;
use crate::codec::Amounts;
use crate::keys::Prefix;
use crate::kv::{self, Batch, KeyValue, MAX_BATCH, Pair, Write, Writes, hex};
use crate::log;
use crate::stored_tree::{Edge, StoredTree};
use crate::tally_changes::{self, Changes};
use crate::view::View;

/// Prefixes that only the ledger itself may write.
const RESERVED: [Prefix; 9] = [
    Prefix::Owner,
    Prefix::LogHead,
    Prefix::LogEnvelope,
    Prefix::LogBody,
    Prefix::LogLeaf,
    Prefix::LogNode,
    Prefix::OwnEpoch,
    Prefix::StorageVersion,
    Prefix::MigrationNote,
];

/// Bytes that each group needs for the head: its expected value and its new one.
const HEAD_SIZE: usize = 2 * (1 + Position::LENGTH);

/// Maximum bytes written by one job, and by one group.
pub(super) const ROOM: usize = MAX_BATCH - HEAD_SIZE;

/// Maximum bytes written by a part of a job, so that room is left for the rest of the job.
const PART_ROOM: usize = ROOM / 2;

/// The view and the writes of one job.
pub struct Tx<'a> {
    kv: &'a dyn KeyValue,
    /// Writes of the jobs before it in the same commit.
    group: &'a Writes,
    /// Writes of the commit before that, which the store may have or not.
    in_flight: Option<&'a Writes>,
    /// The commits that wrote keys last, the present group and the commit in flight included; `None` while writes are
    /// not recorded.
    last_writes: Option<&'a LastWrites>,
    own: Batch,
    /// Changes of tallies, which are applied to all writes when the job is done.
    changes: Changes,
    /// The part in progress.
    part: Option<Part>,
    /// Values that it has read other than its own writes, and those that were read ahead of it.
    read: ReadOnce,
    next: Position,
    /// The right edge of the log's tree, if it is known; stale unless it has as many leaves as the log.
    edge: Option<Edge>,
    /// The reason that nothing is appended now.
    refusal: Option<Error>,
    /// The reason that this transaction can no longer succeed.
    spoilt: Option<Error>,
    /// True if it removed the body of an entry.
    removes_bodies: bool,
}

/// A part in progress, which is undone if it fails.
#[derive(Default)]
struct Part {
    /// The keys that it wrote to, in order, with the job's write to each before.
    replaced: Vec<(Vec<u8>, Option<Write>)>,
    /// Size of all its writes in bytes, those that it wrote over included.
    written: usize,
    /// Its changes of tallies.
    changes: Changes,
    /// True if it wrote a key or a value that exceeds a limit.
    is_large: bool,
}

/// Uncommitted values by key; `None` for deleted ones.
type Written<'w> = BTreeMap<&'w [u8], Option<Cow<'w, [u8]>>>;

/// The writes and the head of a job that succeeded.
pub(crate) struct Effect {
    pub(crate) batch: Batch,
    pub(crate) head: Position,
    /// The right edge of the log's tree, if it is known.
    pub(crate) edge: Option<Edge>,
    /// True if the body of an entry was removed.
    pub(crate) removes_bodies: bool,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(
        kv: &'a dyn KeyValue,
        group: &'a Writes,
        next: Position,
        refusal: Option<Error>,
    ) -> Self {
        Self {
            kv,
            group,
            in_flight: None,
            last_writes: None,
            own: Batch::new(),
            changes: Changes::default(),
            part: None,
            read: ReadOnce::default(),
            next,
            edge: None,
            refusal,
            spoilt: None,
            removes_bodies: false,
        }
    }

    /// Sets the writes of the commit before, which the store may have or not.
    pub(crate) fn over(mut self, in_flight: Option<&'a Writes>) -> Self {
        self.in_flight = in_flight;
        self
    }

    /// Sets the commits that wrote keys last, without which nothing that was read ahead is used.
    pub(super) fn with_last_writes(mut self, last_writes: Option<&'a LastWrites>) -> Self {
        self.last_writes = last_writes;
        self
    }

    /// Sets the right edge of the log's tree, so that it need not be read.
    pub(crate) fn with_edge(mut self, edge: Option<Edge>) -> Self {
        self.edge = edge;
        self
    }

    /// Returns the value of this key.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let stored = self.uncounted(key)?;
        let counted = self.changes.applied(key, stored)?;
        match &self.part {
            Some(part) => part.changes.applied(key, counted),
            None => Ok(counted),
        }
    }

    /// Uses values that were read ahead of this job, of keys that were not written since.
    pub fn use_ahead(&self, ahead: ReadAhead) {
        if let Some(last_writes) = self.last_writes {
            self.read.extend(ahead.unwritten_since(last_writes));
        }
    }

    /// Returns the value of this key without the changes of tallies.
    fn uncounted(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        if let Some(written) = self.own.writes().get(key) {
            return Ok(written.clone());
        }
        self.read.get(key, || {
            let written = self.under().find_map(|writes| writes.get(key));
            written.map_or_else(|| self.kv.get(key), |written| Ok(written.clone()))
        })
    }

    /// Returns pairs with `lower <= key < upper` in key order, at most `limit`.
    pub fn range(&self, lower: &[u8], upper: &[u8], limit: usize) -> Result<Vec<Pair>> {
        if lower >= upper {
            return Ok(Vec::new());
        }
        let bounds = (Bound::Included(lower), Bound::Excluded(upper));
        let own = iter::once(self.own.writes());
        let mut layers: Vec<&Writes> = own.chain(self.under()).collect();
        layers.reverse();
        let mut written: Written<'_> = layers
            .into_iter()
            .flat_map(|writes| writes.range::<[u8], _>(bounds))
            .map(|(key, value)| (key.as_slice(), value.as_deref().map(Cow::Borrowed)))
            .collect();
        let of_part = self.part.iter().map(|part| &part.changes);
        for changes in iter::once(&self.changes).chain(of_part) {
            for key in changes.keys(bounds) {
                written.insert(key, self.get(key)?.map(Cow::Owned));
            }
        }
        // At most as many of the stored pairs are dropped as were written over.
        let most = limit.saturating_add(written.len());
        let stored = self.kv.range(lower, upper, most)?;
        Ok(merge(stored, written, limit))
    }

    /// Puts a value. Limits are checked when the job is done.
    pub fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.refuse_reserved(&key);
        self.settle(&key);
        self.write(key, Some(value));
    }

    /// Deletes the key, if it exists.
    pub fn delete(&mut self, key: Vec<u8>) {
        self.refuse_reserved(&key);
        self.settle(&key);
        self.write(key, None);
    }

    /// Adds amounts to the numbers of a generation of a tally if `sign` is 1, or subtracts them if it is -1. They are
    /// read at once, and written when the job is done.
    pub(crate) fn count(&mut self, generation: u8, amounts: Amounts, sign: i128) {
        let changes = match &mut self.part {
            Some(part) => &mut part.changes,
            None => &mut self.changes,
        };
        changes.add(generation, amounts, sign);
    }

    /// Returns the size of what the job has written so far in bytes, or a little more; a job that would exceed its
    /// limit by going on can stop in time.
    pub fn written(&self) -> usize {
        let of_part = self.part.as_ref().map_or(0, |part| part.changes.size());
        self.own.size() + self.changes.size() + of_part
    }

    /// Returns the position that [`Self::append`] gives to the next entry.
    pub fn next(&self) -> Position {
        self.next
    }

    /// Returns the envelope of the last entry of the own log, as this transaction leaves it.
    pub fn last_envelope(&self) -> Result<Option<Vec<u8>>> {
        match self.next.seq.checked_sub(1) {
            Some(last) => self.get(&log::envelope_key(last)),
            None => Ok(None),
        }
    }

    /// Appends to the own log the entry made for its position. Errors: LOG_UNCONFIRMED unless the log is
    /// confirmed to be complete; LIMIT_EXCEEDED.
    pub fn append<E: Into<Entry>>(
        &mut self,
        entry: impl FnOnce(Position) -> E,
    ) -> Result<Position> {
        if let Some(refusal) = &self.refusal {
            return Err(refusal.clone());
        }
        let position = self.next;
        let entry: Entry = entry(position).into();
        log::check_length(&entry)?;
        let seq = position.seq.checked_add(1).ok_or_else(exhausted)?;
        let leaf = Digest(entry.leaf());
        let tree = StoredTree::of_own_log();
        let known = self.edge.take().filter(|edge| edge.size() == position.seq);
        let mut edge = match known {
            Some(edge) => edge,
            None => tree.edge(self, position.seq)?,
        };
        let nodes = edge.push(leaf).into_iter().map(|node| tree.pair(node));
        for (key, value) in log::records(position.seq, &entry, leaf)
            .into_iter()
            .chain(nodes)
        {
            self.write(key, Some(value));
        }
        self.edge = Some(edge);
        self.next.seq = seq;
        Ok(position)
    }

    /// Removes the body of an entry of the own log. Its envelope, leaf and nodes of the tree stay as they are, and
    /// with them all roots and proofs. An empty value takes the body's place, so that a lost one remains damage.
    /// Does nothing where there is no body. This is the only write to a stored entry, and it can make nothing else of
    /// one: the prefixes of the log are refused by [`Self::put`] and [`Self::delete`].
    pub fn remove_body(&mut self, seq: u64) -> Result<()> {
        let key = log::body_key(seq);
        if self.get(&key)?.is_some_and(|body| !body.is_empty()) {
            self.write(key, Some(Vec::new()));
            self.removes_bodies = true;
        }
        Ok(())
    }

    /// Opens a new epoch, which begins with the next entry: the caller appends the fact of its opening. Its
    /// number is one above the greatest of this log's, `highest`, and that of the epoch it replaces: the
    /// epoch of this log known to peers, if it differs.
    pub fn open_epoch(
        &mut self,
        id: [u8; 8],
        highest: u32,
        replaced: Option<Epoch>,
    ) -> Result<EpochStart> {
        let previous = self.next.epoch;
        let replaced = replaced.filter(|replaced| *replaced != previous);
        let replaced = replaced.unwrap_or(Epoch::UNKNOWN);
        let last = previous.number.max(highest).max(replaced.number);
        let start = EpochStart {
            epoch: Epoch {
                number: last.checked_add(1).ok_or_else(exhausted)?,
                id,
            },
            previous,
            replaced,
            seq: self.next.seq,
        };
        let (key, value) = log::epoch_record(&start);
        self.write(key, Some(value));
        // A new epoch itself declares that the log before it may be incomplete.
        self.refusal = None;
        self.next.epoch = start.epoch;
        Ok(start)
    }

    /// Runs a part of the job that may fail by itself: if it fails, its writes and entries are undone, and
    /// the job can go on. A part also fails if it writes more than half of a job's limit, or a value that is
    /// too large. Parts do not nest; an inner one belongs to the outer.
    pub fn attempt<T>(&mut self, part: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.part.is_some() {
            return part(self);
        }
        let next = self.next;
        self.part = Some(Part::default());
        let outcome = part(self);
        let part = self.part.take().unwrap_or_default();
        let outcome = outcome.and_then(|done| self.check_part(&part).map(|()| done));
        if outcome.is_ok() {
            self.changes.extend(part.changes);
        } else {
            for (key, earlier) in part.replaced.into_iter().rev() {
                self.own.restore(key, earlier);
            }
            self.next = next;
        }
        outcome
    }

    /// Checks the limits of a part that is done. Whether it exceeds them does not depend on what the job wrote before.
    fn check_part(&self, part: &Part) -> Result<()> {
        if !part.is_large && part.written + part.changes.size() <= PART_ROOM {
            return Ok(());
        }
        let mut size = part.changes.size();
        let keys: BTreeSet<&Vec<u8>> = part.replaced.iter().map(|(key, _)| key).collect();
        for (key, value) in keys
            .into_iter()
            .filter_map(|key| self.own.writes().get_key_value(key))
        {
            kv::check_record(key, value)?;
            size += kv::size(key.len(), value);
        }
        check_room(size, PART_ROOM)
    }

    /// Returns the uncommitted writes of the jobs before it, latest first.
    fn under(&self) -> impl Iterator<Item = &'a Writes> {
        [Some(self.group), self.in_flight].into_iter().flatten()
    }

    /// Writes to a key; `None` deletes it.
    fn write(&mut self, key: Vec<u8>, value: Write) {
        match &mut self.part {
            Some(part) => {
                part.is_large |= kv::check_record(&key, &value).is_err();
                part.written += kv::size(key.len(), &value);
                let earlier = self.own.write(key.clone(), value);
                part.replaced.push((key, earlier));
            }
            None => drop(self.own.write(key, value)),
        }
    }

    /// Returns the effect of the job, unless it exceeds a limit.
    pub(crate) fn into_effect(mut self) -> Result<Effect> {
        if let Some(error) = self.spoilt.take() {
            return Err(error);
        }
        for (key, change) in mem::take(&mut self.changes).into_changes() {
            self.apply(key, &change)?;
        }
        self.own.check_limits()?;
        check_room(self.own.size(), ROOM)?;
        Ok(Effect {
            batch: self.own,
            head: self.next,
            edge: self.edge,
            removes_bodies: self.removes_bodies,
        })
    }

    /// Applies a change to the numbers of a group, over the writes of all but the part in progress.
    fn apply(&mut self, key: Vec<u8>, change: &[i128]) -> Result<()> {
        if change.iter().all(|change| *change == 0) {
            return Ok(());
        }
        let stored = self.uncounted(&key)?;
        match tally_changes::apply(&key, stored, change)? {
            Some(numbers) => self.own.put(key, numbers),
            None => self.own.delete(key),
        }
        Ok(())
    }

    /// Makes way for a write to the key of a group, which its changes so far precede. Those before the part in progress
    /// are applied, since they remain if it is undone; its own are overwritten.
    fn settle(&mut self, key: &[u8]) {
        if let Some(part) = &mut self.part {
            part.changes.take(key);
        }
        if let Some(change) = self.changes.take(key)
            && let Err(error) = self.apply(key.to_vec(), &change)
        {
            self.spoilt = Some(error);
        }
    }

    /// Refuses writes to the ledger's own records, so that the log is append-only.
    fn refuse_reserved(&mut self, key: &[u8]) {
        if RESERVED
            .iter()
            .any(|prefix| key.first() == Some(&(*prefix as u8)))
        {
            let problem = msg::KeyOfLedger { key: hex(key) };
            self.spoilt = Some(Error::new(ErrorCode::Internal, problem));
        }
    }
}

fn check_room(bytes: usize, room: usize) -> Result<()> {
    if bytes > room {
        let message = msg::WriteTooLarge { bytes, most: room };
        return Err(Error::new(ErrorCode::LimitExceeded, message));
    }
    Ok(())
}

fn merge(stored: Vec<Pair>, written: Written<'_>, limit: usize) -> Vec<Pair> {
    let mut merged = Vec::with_capacity(stored.len().min(limit));
    let mut stored = stored.into_iter().peekable();
    let mut written = written.into_iter().peekable();
    while merged.len() < limit {
        let write_is_next = match (stored.peek(), written.peek()) {
            (None, None) => break,
            (Some(_), None) => false,
            (None, Some(_)) => true,
            (Some((stored, _)), Some((written, _))) => *written <= stored.as_slice(),
        };
        if !write_is_next {
            merged.extend(stored.next());
            continue;
        }
        if let Some((key, value)) = written.next() {
            stored.next_if(|(stored, _)| stored == key);
            merged.extend(value.map(|value| (key.to_vec(), value.into_owned())));
        }
    }
    merged
}

fn exhausted() -> Error {
    Error::new(ErrorCode::LimitExceeded, msg::LogFull)
}

impl View for Tx<'_> {
    fn value(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.get(key)
    }

    fn pairs(&self, lower: &[u8], upper: &[u8], limit: usize) -> Result<Vec<Pair>> {
        self.range(lower, upper, limit)
    }
}

#[cfg(test)]
#[path = "tx_tests.rs"]
mod tests;
