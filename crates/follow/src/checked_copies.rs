//! Reads copies of followed logs: each entry is checked against its leaf, which was stored with it.
//!
//! A mismatch is damage of this program's store, never a divergence of the log. Damaged positions are
//! remembered until the entry was fetched again from the log's owner. They are held in memory: after a
//! restart, damage is found again when it is read.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chengji_domain::fact::LogOwner;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use chengji_store::{Entry, KeyReader, KeyValue, Prefix};

use crate::copies::{LogCopy, copy_key};

/// Maximum number of damaged positions remembered of one log; others are found when these are repaired.
const MAX_DAMAGED: usize = 10_000;

/// Checked access to the copies of followed logs. Clones share the damage that was found.
#[derive(Clone)]
pub struct Copies {
    kv: Arc<dyn KeyValue>,
    damaged: Arc<Mutex<BTreeMap<LogOwner, BTreeSet<CopyPosition>>>>,
}

/// A position in a copy of a log: its number, and the sequence number.
pub(crate) type CopyPosition = (u32, u64);

/// The content of a copy at a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopiedEntry {
    /// The stored entry; without a body if that may not be read here.
    Entry(Entry),
    /// An entry that does not match its leaf, or whose body does not match its envelope; it is fetched again.
    Damaged,
}

impl Copies {
    /// Creates access to the copies in this store.
    pub fn new(kv: Arc<dyn KeyValue>) -> Self {
        Self {
            kv,
            damaged: Arc::default(),
        }
    }

    /// The store.
    pub fn kv(&self) -> &dyn KeyValue {
        &*self.kv
    }

    /// The entries of a copy from `from` on, without a gap up to its end, at most `limit`.
    pub fn entries(
        &self,
        copy: &LogCopy,
        from: u64,
        limit: usize,
    ) -> Result<Vec<(u64, CopiedEntry)>> {
        let envelopes = self.envelopes(copy, from, limit)?;
        let mut bodies = self.values(Prefix::MirrorBody, copy, from, limit)?;
        let entries = envelopes.into_iter().map(|(seq, envelope)| {
            let body = bodies.remove(&seq);
            (seq, self.copied(copy, seq, envelope.zip(body)))
        });
        Ok(entries.collect())
    }

    /// The entry at a position of a copy; `None` if that is after its end. Reads three keys.
    pub fn entry(&self, copy: &LogCopy, seq: u64) -> Result<Option<CopiedEntry>> {
        if seq >= copy.next {
            return Ok(None);
        }
        let value = |prefix| {
            let key = copy_key(prefix, copy.log, copy.number, seq);
            self.kv.get(&key)
        };
        let leaf = value(Prefix::MirrorLeaf)?;
        let envelope = value(Prefix::MirrorEnvelope)?;
        let envelope = envelope.filter(|envelope| matches_leaf(envelope, leaf.as_ref()));
        let stored = envelope.zip(value(Prefix::MirrorBody)?);
        Ok(Some(self.copied(copy, seq, stored)))
    }

    /// The content at a position, from the stored envelope that matches its leaf and the body.
    fn copied(&self, copy: &LogCopy, seq: u64, stored: Option<(Vec<u8>, Vec<u8>)>) -> CopiedEntry {
        let entry = stored.map(|(envelope, body)| Entry {
            envelope: envelope.into(),
            body: body.into(),
        });
        match entry.filter(Entry::is_whole) {
            Some(entry) => CopiedEntry::Entry(entry),
            None => {
                self.note_damaged(copy.log, (copy.number, seq));
                CopiedEntry::Damaged
            }
        }
    }

    /// The envelopes of a copy from `from` on, without a gap up to its end, at most `limit`; `None` for
    /// an entry that does not match its leaf.
    pub fn envelopes(
        &self,
        copy: &LogCopy,
        from: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Option<Vec<u8>>)>> {
        let mut envelopes = self.values(Prefix::MirrorEnvelope, copy, from, limit)?;
        let leaves = self.values(Prefix::MirrorLeaf, copy, from, limit)?;
        let checked = sequence_numbers(copy, from, limit).map(|seq| {
            let envelope = envelopes.remove(&seq);
            let envelope = envelope.filter(|envelope| matches_leaf(envelope, leaves.get(&seq)));
            if envelope.is_none() {
                self.note_damaged(copy.log, (copy.number, seq));
            }
            (seq, envelope)
        });
        Ok(checked.collect())
    }

    /// Number of entries in the copies of a log that are known to be damaged.
    pub fn damaged(&self, log: LogOwner) -> u64 {
        self.damage().get(&log).map_or(0, BTreeSet::len) as u64
    }

    /// The damaged positions of a log at this position or later.
    pub(crate) fn damaged_from(&self, log: LogOwner, from: u64) -> Vec<CopyPosition> {
        let damage = self.damage();
        let positions = damage.get(&log).into_iter().flatten().copied();
        positions.filter(|(_, seq)| *seq >= from).collect()
    }

    /// Remembers that an entry does not match its leaf.
    pub(crate) fn note_damaged(&self, log: LogOwner, position: CopyPosition) {
        let mut damage = self.damage();
        let positions = damage.entry(log).or_default();
        if positions.len() < MAX_DAMAGED && positions.insert(position) {
            let (copy, seq) = position;
            tracing::error!(%log, copy, seq, "a stored entry does not match its leaf; fetching it again");
            show(log, positions.len());
        }
    }

    /// Forgets the damage of an entry that matches its leaf again.
    pub(crate) fn note_mended(&self, log: LogOwner, position: CopyPosition) {
        let mut damage = self.damage();
        let positions = damage.entry(log).or_default();
        if positions.remove(&position) {
            show(log, positions.len());
        }
    }

    fn damage(&self) -> MutexGuard<'_, BTreeMap<LogOwner, BTreeSet<CopyPosition>>> {
        // Each change of the set is complete, so a panic elsewhere cannot corrupt it.
        self.damaged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn values(
        &self,
        prefix: Prefix,
        copy: &LogCopy,
        from: u64,
        limit: usize,
    ) -> Result<BTreeMap<u64, Vec<u8>>> {
        let key = |seq| copy_key(prefix, copy.log, copy.number, seq);
        let positions = sequence_numbers(copy, from, limit);
        let pairs = self
            .kv
            .range(&key(positions.start), &key(positions.end), limit)?;
        let values = pairs.into_iter().map(|(key, value)| {
            let mut reader = KeyReader::new(prefix, &key)?;
            reader.u32()?;
            reader.u32()?;
            Ok((reader.u64()?, value))
        });
        values.collect()
    }
}

/// Returns true if this is the stored leaf of an envelope.
fn matches_leaf(envelope: &[u8], leaf: Option<&Vec<u8>>) -> bool {
    leaf.is_some_and(|leaf| chengji_log::leaf(envelope)[..] == leaf[..])
}

/// The positions of a copy from `from` on, at most `limit`.
fn sequence_numbers(copy: &LogCopy, from: u64, limit: usize) -> Range<u64> {
    let end = copy.next.min(from.saturating_add(limit as u64));
    from..end.max(from)
}

/// The error for a caller that needs a damaged entry.
pub fn damaged_entry(copy: &LogCopy, seq: u64) -> Error {
    let log = copy.log;
    let log = Value::text(log);
    let message = msg::FollowEntryDamaged { log, seq };
    Error::new(ErrorCode::StorageDamaged, message)
}

fn show(log: LogOwner, damaged: usize) {
    metrics::gauge!("chengji_damaged_copy_entries", "log" => log.to_string()).set(damaged as f64);
}
