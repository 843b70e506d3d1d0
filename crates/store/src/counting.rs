//! A store that counts reads and writes: for tests of how much a call reads or a change writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chengji_domain::Result;

use crate::kv::{Batch, CommitError, KeyValue, Pair};

/// Counts of the reads of a store. Clones share the counts.
#[derive(Clone, Debug, Default)]
pub struct Reads(Arc<Counts>);

/// Number of keys put to and deleted from a store, those of the ledger itself included. Clones share the
/// count.
#[derive(Clone, Debug, Default)]
pub struct Writes(Arc<AtomicU64>);

impl Writes {
    /// Returns the number of keys written.
    pub fn keys(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

#[derive(Debug, Default)]
struct Counts {
    lookups: AtomicU64,
    gets: AtomicU64,
    ranges: AtomicU64,
    pairs: AtomicU64,
}

impl Reads {
    /// Returns the number of keys looked up, alone or together with others.
    pub fn gets(&self) -> u64 {
        self.0.gets.load(Ordering::SeqCst)
    }

    /// Returns the number of calls that look keys up, whether one or many together.
    pub fn lookups(&self) -> u64 {
        self.0.lookups.load(Ordering::SeqCst)
    }

    /// Returns the number of range reads, those for the last pair included.
    pub fn ranges(&self) -> u64 {
        self.0.ranges.load(Ordering::SeqCst)
    }

    /// Returns the number of pairs returned by range reads.
    pub fn pairs(&self) -> u64 {
        self.0.pairs.load(Ordering::SeqCst)
    }

    /// Returns the number of keys read, both single and in ranges.
    pub fn keys(&self) -> u64 {
        self.gets() + self.pairs()
    }

    /// Resets the counts to zero.
    pub fn reset(&self) {
        let counts = &self.0;
        for count in [&counts.lookups, &counts.gets, &counts.ranges, &counts.pairs] {
            count.store(0, Ordering::SeqCst);
        }
    }

    /// Returns the number of keys that `work` reads, and its result.
    pub fn during<T>(&self, work: impl FnOnce() -> T) -> (u64, T) {
        let before = self.keys();
        let done = work();
        (self.keys() - before, done)
    }

    fn count_gets(&self, keys: usize) {
        self.0.lookups.fetch_add(1, Ordering::SeqCst);
        self.0.gets.fetch_add(keys as u64, Ordering::SeqCst);
    }

    fn count_range(&self, pairs: usize) {
        self.0.ranges.fetch_add(1, Ordering::SeqCst);
        self.0.pairs.fetch_add(pairs as u64, Ordering::SeqCst);
    }
}

/// A store that counts its reads and writes.
#[derive(Debug)]
pub struct CountingStore<S> {
    store: S,
    reads: Reads,
    writes: Writes,
}

impl<S: KeyValue> CountingStore<S> {
    /// Wraps a store; the counts start at zero.
    pub fn new(store: S) -> Self {
        Self {
            store,
            reads: Reads::default(),
            writes: Writes::default(),
        }
    }

    /// Returns the read counts.
    pub fn reads(&self) -> Reads {
        self.reads.clone()
    }

    /// Returns the write counts.
    pub fn writes(&self) -> Writes {
        self.writes.clone()
    }
}

impl<S: KeyValue> KeyValue for CountingStore<S> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.reads.count_gets(1);
        self.store.get(key)
    }

    fn look_up(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>> {
        self.reads.count_gets(keys.len());
        self.store.look_up(keys)
    }

    fn range(&self, lower: &[u8], upper: &[u8], limit: usize) -> Result<Vec<Pair>> {
        let pairs = self.store.range(lower, upper, limit)?;
        self.reads.count_range(pairs.len());
        Ok(pairs)
    }

    fn last(&self, lower: &[u8], upper: &[u8]) -> Result<Option<Pair>> {
        let last = self.store.last(lower, upper)?;
        self.reads.count_range(usize::from(last.is_some()));
        Ok(last)
    }

    fn commit(&self, batch: &Batch) -> Result<(), CommitError> {
        let keys = batch.writes().len() as u64;
        self.store.commit(batch)?;
        self.writes.0.fetch_add(keys, Ordering::SeqCst);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::{self, Fixture};
    use crate::memory::MemoryStore;

    struct Counting(CountingStore<MemoryStore>);

    impl Fixture for Counting {
        fn fresh() -> Self {
            Self(CountingStore::new(MemoryStore::new()))
        }

        fn kv(&self) -> &dyn KeyValue {
            &self.0
        }
    }

    conformance::suite!(Counting);

    #[test]
    fn what_is_read_and_what_is_written_is_counted_apart() {
        let store = CountingStore::new(MemoryStore::new());
        let (reads, writes) = (store.reads(), store.writes());
        let mut batch = Batch::new();
        for key in 0..5 {
            batch.put(vec![key], vec![1]);
        }
        store.commit(&batch).unwrap();
        assert_eq!((reads.keys(), reads.ranges()), (0, 0));
        assert_eq!(writes.keys(), 5);

        store.get(&[0]).unwrap();
        store.get(&[9]).unwrap();
        store.range(&[0], &[9], 3).unwrap();
        store.last(&[0], &[9]).unwrap();
        store.last(&[7], &[9]).unwrap();
        assert_eq!((reads.gets(), reads.ranges(), reads.pairs()), (2, 3, 4));

        let (keys, found) = reads.during(|| store.range(&[0], &[9], 9).unwrap().len());
        assert_eq!((keys, found), (5, 5));
        reads.reset();
        assert_eq!(reads.keys() + reads.ranges(), 0);
    }
}
