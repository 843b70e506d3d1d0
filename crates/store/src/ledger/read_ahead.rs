//! Values that are read from the store before a job is submitted, so that the thread of the ledger does not spend its time
//! on look-ups, and the check that no write has made them stale.

use std::collections::HashMap;
use std::fmt;
use std::hash::BuildHasher;

use chengji_domain::Result;
use foldhash::fast::{FixedState, RandomState};

use crate::kv::KeyValue;

/// Values by key, `None` for keys that the store does not have.
pub(super) type Values = HashMap<Vec<u8>, Option<Vec<u8>>, RandomState>;

/// Maximum size of what is read ahead, keys and values, bytes; the keys that are looked up together may exceed it.
const ROOM: usize = 1024 * 1024;
/// Number of keys that are looked up together.
const TOGETHER: usize = 128;

/// Number of slots of [`LastWrites`]: several times the number of keys that are written while a job waits.
const SLOTS: usize = 1 << 19;

/// Values that a store had, for a job of its ledger.
pub struct ReadAhead {
    /// Number of commits that are certain to be in the values. Later ones may be in some of them.
    commits: u64,
    values: Values,
}

impl ReadAhead {
    /// Looks up keys in a store, as many as there is room for. The number of commits was taken before.
    pub(super) fn of(kv: &dyn KeyValue, commits: u64, mut keys: Vec<Vec<u8>>) -> Result<Self> {
        keys.sort_unstable();
        keys.dedup();
        let mut values = Values::with_capacity_and_hasher(keys.len(), RandomState::default());
        let mut size = 0;
        let mut keys = keys.into_iter().peekable();
        while keys.peek().is_some() && size <= ROOM {
            let some: Vec<_> = keys.by_ref().take(TOGETHER).collect();
            let found = kv.look_up(&some)?;
            for (key, value) in some.into_iter().zip(found) {
                size += key.len() + value.as_ref().map_or(0, Vec::len);
                values.insert(key, value);
            }
        }
        Ok(Self { commits, values })
    }

    /// Returns the values of the keys that were not written since.
    pub(super) fn unwritten_since(self, writes: &LastWrites) -> Values {
        let Self {
            commits,
            mut values,
        } = self;
        values.retain(|key, _| writes.last_commit(key) <= commits);
        values
    }
}

impl fmt::Debug for ReadAhead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadAhead")
            .field("commits", &self.commits)
            .field("values", &self.values.len())
            .finish()
    }
}

/// For each key the number of the commit that wrote it last, or a higher one, since keys share slots. A slot is never
/// lower than the number of any commit that wrote one of its keys.
pub(super) struct LastWrites {
    slots: Box<[u64]>,
    hasher: FixedState,
}

impl LastWrites {
    /// Begins to record writes: the commit of this number and those before it may have written any key.
    pub(super) fn after(commit: u64) -> Self {
        Self {
            slots: vec![commit; SLOTS].into(),
            hasher: FixedState::default(),
        }
    }

    /// Records that the commit of this number, or an earlier one, writes these keys.
    pub(super) fn record<'k>(&mut self, keys: impl IntoIterator<Item = &'k Vec<u8>>, commit: u64) {
        for key in keys {
            let slot = self.slot(key);
            self.slots[slot] = self.slots[slot].max(commit);
        }
    }

    /// Returns the number of the last commit that may have written this key.
    fn last_commit(&self, key: &Vec<u8>) -> u64 {
        self.slots[self.slot(key)]
    }

    fn slot(&self, key: &Vec<u8>) -> usize {
        self.hasher.hash_one(key) as usize % SLOTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counting::CountingStore;
    use crate::kv::Batch;
    use crate::memory::MemoryStore;

    fn store(pairs: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>) -> MemoryStore {
        let kv = MemoryStore::new();
        for (key, value) in pairs {
            let mut batch = Batch::new();
            batch.put(key, value);
            kv.commit(&batch).unwrap();
        }
        kv
    }

    #[test]
    fn values_that_may_have_been_written_since_are_dropped() {
        let kv = store([(vec![1], vec![7]), (vec![2], vec![8])]);
        let mut writes = LastWrites::after(0);
        for (key, commit) in [(1, 4), (2, 5), (3, 6)] {
            writes.record([&vec![key]], commit);
        }
        let known = |writes: &LastWrites, commits| {
            let keys = (1..5).map(|key| vec![key]).collect();
            let ahead = ReadAhead::of(&kv, commits, keys).unwrap();
            let mut known: Vec<_> = ahead.unwritten_since(writes).into_iter().collect();
            known.sort_unstable();
            known
        };
        let (seven, eight) = ((vec![1], Some(vec![7])), (vec![2], Some(vec![8])));
        let absent = |key| (vec![key], None);
        assert_eq!(known(&writes, 3), [absent(4)]);
        assert_eq!(known(&writes, 4), [seven.clone(), absent(4)]);
        assert_eq!(known(&writes, 5), [seven.clone(), eight.clone(), absent(4)]);
        assert_eq!(known(&writes, 6), [seven, eight, absent(3), absent(4)]);
        // It is not known what the commit after which recording began, and those before it, wrote.
        writes = LastWrites::after(7);
        let ahead = |commits| ReadAhead::of(&kv, commits, vec![vec![4]]).unwrap();
        assert_eq!(ahead(6).unwritten_since(&writes).len(), 0);
        assert_eq!(ahead(7).unwritten_since(&writes).len(), 1);
    }

    #[test]
    fn keys_are_looked_up_once_in_groups_until_there_is_no_room() {
        let keys = |first: u8| -> Vec<Vec<u8>> {
            let pairs =
                (0..4_u8).flat_map(|group| (0..TOGETHER as u8).map(move |key| (group, key)));
            pairs.map(|(group, key)| vec![first, group, key]).collect()
        };
        let long = ROOM / TOGETHER + 1;
        let stored = keys(2).into_iter().map(|key| (key, vec![7; long]));
        let kv = CountingStore::new(store(stored));
        let reads = kv.reads();
        // All of them are absent, or the first group takes all room.
        for (first, groups) in [(1, 4), (2, 1)] {
            reads.reset();
            let twice = [keys(first), keys(first)].concat();
            let ahead = ReadAhead::of(&kv, 0, twice).unwrap();
            assert_eq!(ahead.values.len(), groups * TOGETHER);
            let expected = (groups as u64, (groups * TOGETHER) as u64);
            assert_eq!((reads.lookups(), reads.gets()), expected);
            let length = ahead.values[&keys(first)[5]].as_ref().map(Vec::len);
            assert_eq!(length, (first == 2).then_some(long));
        }
    }
}
