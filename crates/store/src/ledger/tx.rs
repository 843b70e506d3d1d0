//! The view and the writes of one job: the store after all jobs before it, and its own writes.
//!
//! Nothing here writes to the store; the writer takes the effect of a job that succeeded.

use std::collections::BTreeMap;
use std::ops::Bound;

use chengji_domain::epoch::EpochStart;
use chengji_domain::{Digest, Epoch, Error, ErrorCode, Result};
use chengji_log::Entry;
use chengji_messages::msg;

use crate::keys::Prefix;
use crate::kv::{Batch, KeyValue, MAX_BATCH, Pair, Writes, hex};
use crate::log::{self, Position};
use crate::stored_tree::{Edge, StoredTree};
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
    own: Batch,
    /// Writes of the part in progress, until it has succeeded.
    trial: Option<Batch>,
    next: Position,
    /// The right edge of the log's tree, if it is known; stale unless it has as many leaves as the log.
    edge: Option<Edge>,
    /// The reason that nothing is appended now.
    refusal: Option<Error>,
    /// The reason that this transaction can no longer succeed.
    spoilt: Option<Error>,
}

/// The writes and the head of a job that succeeded.
pub(crate) struct Effect {
    pub(crate) batch: Batch,
    pub(crate) head: Position,
    /// The right edge of the log's tree, if it is known.
    pub(crate) edge: Option<Edge>,
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
            own: Batch::new(),
            trial: None,
            next,
            edge: None,
            refusal,
            spoilt: None,
        }
    }

    /// Sets the right edge of the log's tree, so that it need not be read.
    pub(crate) fn with_edge(mut self, edge: Option<Edge>) -> Self {
        self.edge = edge;
        self
    }

    /// Returns the value of this key.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let own = self.layers().find_map(|writes| writes.get(key));
        match own {
            Some(written) => Ok(written.clone()),
            None => self.kv.get(key),
        }
    }

    /// Returns pairs with `lower <= key < upper` in key order, at most `limit`.
    pub fn range(&self, lower: &[u8], upper: &[u8], limit: usize) -> Result<Vec<Pair>> {
        if lower >= upper {
            return Ok(Vec::new());
        }
        let bounds = (Bound::Included(lower), Bound::Excluded(upper));
        let mut layers: Vec<&Writes> = self.layers().collect();
        layers.reverse();
        let written: BTreeMap<&[u8], Option<&[u8]>> = layers
            .into_iter()
            .flat_map(|writes| writes.range::<[u8], _>(bounds))
            .map(|(key, value)| (key.as_slice(), value.as_deref()))
            .collect();
        // At most as many of the stored pairs are dropped as were written over.
        let stored = self
            .kv
            .range(lower, upper, limit.saturating_add(written.len()))?;
        Ok(merge(stored, written, limit))
    }

    /// Puts a value. Limits are checked when the job is done.
    pub fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.refuse_reserved(&key);
        self.current().put(key, value);
    }

    /// Deletes the key, if it exists.
    pub fn delete(&mut self, key: Vec<u8>) {
        self.refuse_reserved(&key);
        self.current().delete(key);
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
            self.current().put(key, value);
        }
        self.edge = Some(edge);
        self.next.seq = seq;
        Ok(position)
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
        self.current().put(key, value);
        // A new epoch itself declares that the log before it may be incomplete.
        self.refusal = None;
        self.next.epoch = start.epoch;
        Ok(start)
    }

    /// Runs a part of the job that may fail by itself: if it fails, its writes and entries are undone, and
    /// the job can go on. A part also fails if it writes more than half of a job's limit, or a value that is
    /// too large. Parts do not nest; an inner one belongs to the outer.
    pub fn attempt<T>(&mut self, part: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.trial.is_some() {
            return part(self);
        }
        let next = self.next;
        self.trial = Some(Batch::new());
        let outcome = part(self);
        let written = self.trial.take().unwrap_or_default();
        let outcome = outcome.and_then(|done| check_room(&written, PART_ROOM).map(|()| done));
        if outcome.is_ok() {
            self.own.extend(written.into_writes());
        } else {
            self.next = next;
        }
        outcome
    }

    /// Returns the uncommitted writes, latest first.
    fn layers(&self) -> impl Iterator<Item = &Writes> {
        let trial = self.trial.as_ref().map(Batch::writes);
        trial.into_iter().chain([self.own.writes(), self.group])
    }

    fn current(&mut self) -> &mut Batch {
        self.trial.as_mut().unwrap_or(&mut self.own)
    }

    /// Returns the effect of the job, unless it exceeds a limit.
    pub(crate) fn into_effect(self) -> Result<Effect> {
        if let Some(error) = self.spoilt {
            return Err(error);
        }
        check_room(&self.own, ROOM)?;
        Ok(Effect {
            batch: self.own,
            head: self.next,
            edge: self.edge,
        })
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

fn check_room(written: &Batch, room: usize) -> Result<()> {
    written.check_limits()?;
    if written.size() > room {
        let message = msg::WriteTooLarge {
            bytes: written.size(),
            most: room,
        };
        return Err(Error::new(ErrorCode::LimitExceeded, message));
    }
    Ok(())
}

fn merge(stored: Vec<Pair>, written: BTreeMap<&[u8], Option<&[u8]>>, limit: usize) -> Vec<Pair> {
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
            merged.extend(value.map(|value| (key.to_vec(), value.to_vec())));
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
mod tests {
    use chengji_log::MAX_ENVELOPE;
    use proptest::prelude::*;

    use super::*;
    use crate::memory::MemoryStore;

    const EPOCH: Epoch = Epoch::first([1; 8]);
    const NEXT: Position = Position {
        epoch: EPOCH,
        seq: 5,
    };

    fn batch(writes: &[(u8, Option<u8>)]) -> Batch {
        let mut batch = Batch::new();
        for (key, value) in writes {
            match value {
                Some(value) => batch.put(vec![0x60, *key], vec![*value]),
                None => batch.delete(vec![0x60, *key]),
            }
        }
        batch
    }

    fn store(writes: &[(u8, Option<u8>)]) -> MemoryStore {
        let kv = MemoryStore::new();
        kv.commit(batch(writes)).unwrap();
        kv
    }

    #[test]
    fn a_job_sees_its_own_writes_over_its_groups_over_the_store() {
        let kv = store(&[(1, Some(1)), (2, Some(1)), (3, Some(1)), (4, Some(1))]);
        let group = batch(&[(2, Some(2)), (3, None), (4, Some(2)), (5, Some(2))]);
        let mut tx = Tx::new(&kv, group.writes(), NEXT, None);
        tx.put(vec![0x60, 4], vec![3]);
        tx.delete(vec![0x60, 5]);
        tx.put(vec![0x60, 3], vec![3]);
        let seen = tx.range(&[0x60], &[0x61], 9).unwrap();
        let pair = |key, value| (vec![0x60, key], vec![value]);
        assert_eq!(seen, [pair(1, 1), pair(2, 2), pair(3, 3), pair(4, 3)]);
        assert_eq!(tx.get(&[0x60, 5]).unwrap(), None);
        assert_eq!(tx.get(&[0x60, 2]).unwrap(), Some(vec![2]));
        assert_eq!(kv.range(&[0x60], &[0x61], 9).unwrap().len(), 4);
    }

    #[test]
    fn appending_is_dense_and_stores_entry_and_leaf() {
        let kv = store(&[]);
        let none = Writes::new();
        let mut tx = Tx::new(&kv, &none, NEXT, None);
        assert_eq!(tx.next(), NEXT);
        assert_eq!(tx.append(|at| at.to_bytes()).unwrap(), NEXT);
        let second = Position {
            epoch: EPOCH,
            seq: 6,
        };
        assert_eq!(tx.append(|at| at.to_bytes()).unwrap(), second);
        assert_eq!(tx.last_envelope().unwrap(), Some(second.to_bytes()));
        let effect = tx.into_effect().unwrap();
        assert_eq!(
            effect.head,
            Position {
                epoch: EPOCH,
                seq: 7
            }
        );
        for position in [NEXT, second] {
            let entry: Entry = position.to_bytes().into();
            for (key, value) in log::records(position.seq, &entry, Digest(entry.leaf())) {
                assert_eq!(effect.batch.writes().get(&key), Some(&Some(value)));
            }
        }
        assert_eq!(effect.batch.writes().len(), 6);
    }

    fn with_body(length: usize) -> Entry {
        Entry {
            envelope: vec![0; MAX_ENVELOPE].into(),
            body: vec![0; length].into(),
        }
    }

    #[test]
    fn an_entry_that_is_too_long_takes_no_position() {
        let kv = store(&[]);
        let none = Writes::new();
        let mut tx = Tx::new(&kv, &none, NEXT, None);
        let error = tx.append(|_| vec![0; MAX_ENVELOPE + 1]).unwrap_err();
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
        let error = tx
            .append(|_| with_body(crate::kv::MAX_VALUE + 1))
            .unwrap_err();
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
        let longest = with_body(crate::kv::MAX_VALUE);
        assert_eq!(tx.append(|_| longest).unwrap(), NEXT);
    }

    #[test]
    fn the_ledgers_own_records_are_out_of_reach() {
        let kv = store(&[]);
        let none = Writes::new();
        for prefix in RESERVED {
            let mut tx = Tx::new(&kv, &none, NEXT, None);
            tx.put(vec![prefix as u8, 1], Vec::new());
            assert_eq!(tx.into_effect().err().unwrap().code(), ErrorCode::Internal);
            let mut tx = Tx::new(&kv, &none, NEXT, None);
            tx.delete(vec![prefix as u8]);
            assert_eq!(tx.into_effect().err().unwrap().code(), ErrorCode::Internal);
        }
    }

    #[test]
    fn a_part_that_fails_is_undone_and_the_job_goes_on() {
        let kv = store(&[(1, Some(1))]);
        let none = Writes::new();
        let mut tx = Tx::new(&kv, &none, NEXT, None);
        tx.put(vec![0x60, 2], vec![2]);
        let refused = Error::new(ErrorCode::OutOfTurn, "refused by a rule");
        let outcome = tx.attempt(|tx| {
            tx.delete(vec![0x60, 1]);
            tx.put(vec![0x60, 2], vec![3]);
            assert_eq!(tx.append(|at| at.to_bytes())?, NEXT);
            // An inner part is undone with the outer one, though it succeeded.
            tx.attempt(|tx| tx.append(|at| at.to_bytes()))?;
            assert_eq!(tx.range(&[0x60], &[0x61], 9)?, [(vec![0x60, 2], vec![3])]);
            Err::<(), _>(refused.clone())
        });
        assert_eq!(outcome, Err(refused));
        assert_eq!(tx.get(&[0x60, 1]).unwrap(), Some(vec![1]));
        assert_eq!(tx.get(&[0x60, 2]).unwrap(), Some(vec![2]));
        assert_eq!(
            tx.attempt(|tx| tx.append(|at| at.to_bytes())).unwrap(),
            NEXT
        );
        let effect = tx.into_effect().unwrap();
        assert_eq!(effect.head.seq, NEXT.seq + 1);
        assert_eq!(
            effect.batch.writes().len(),
            4,
            "the put, both parts of the entry and its leaf"
        );
    }

    #[test]
    fn a_part_that_passes_a_limit_fails_and_the_job_does_not() {
        let kv = store(&[]);
        let none = Writes::new();
        let mut tx = Tx::new(&kv, &none, NEXT, None);
        let mut attempt = |values: usize, size: usize| {
            let outcome = tx.attempt(|tx| {
                for number in 0..values {
                    tx.put(vec![0x60, number as u8], vec![0; size]);
                }
                tx.append(|at| at.to_bytes())
            });
            outcome.map_err(|error| error.code())
        };
        let too_much = Err(ErrorCode::LimitExceeded);
        assert_eq!(attempt(1, crate::kv::MAX_VALUE + 1), too_much);
        assert_eq!(attempt(8, crate::kv::MAX_VALUE), too_much);
        assert_eq!(attempt(1, crate::kv::MAX_VALUE), Ok(NEXT));
        assert_eq!(tx.into_effect().unwrap().head.seq, NEXT.seq + 1);
    }

    /// Writes to few and close keys, so that they often overlap stored ones.
    fn writes(puts: f64) -> impl Strategy<Value = Vec<(u8, Option<u8>)>> {
        prop::collection::vec((0..12_u8, prop::option::weighted(puts, any::<u8>())), 0..24)
    }

    proptest! {
        #[test]
        fn a_merged_view_is_what_a_store_with_all_of_it_would_hold(
            stored in writes(0.9),
            layers in [writes(0.5), writes(0.5), writes(0.5)],
            bounds in (0..9_u8, 4..13_u8),
            limit in 0..6_usize,
        ) {
            let kv = store(&stored);
            let [group, own, trial] = layers.map(|writes| batch(&writes));
            let mut tx = Tx::new(&kv, group.writes(), NEXT, None);
            tx.own = own.clone();
            tx.trial = Some(trial.clone());
            let (lower, upper) = ([0x60, bounds.0], [0x60, bounds.1]);
            let seen = tx.range(&lower, &upper, limit).unwrap();
            let got: Vec<_> = (0..13).map(|key| tx.get(&[0x60, key]).unwrap()).collect();

            let flat = store(&stored);
            for layer in [group.clone(), own, trial] {
                flat.commit(layer).unwrap();
            }
            prop_assert_eq!(seen, flat.range(&lower, &upper, limit).unwrap());
            let stands: Vec<_> = (0..13).map(|key| flat.get(&[0x60, key]).unwrap()).collect();
            prop_assert_eq!(got, stands);
        }
    }
}
