//! Concurrency limits by key; a slot is given back when dropped.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts slots by key. The table holds only keys with a slot, so the overall limit bounds its size.
#[derive(Debug)]
pub(crate) struct Tally<K: Eq + Hash> {
    taken: Mutex<HashMap<K, usize>>,
    limit: usize,
}

impl<K: Eq + Hash + Clone> Tally<K> {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            taken: Mutex::default(),
            limit,
        })
    }

    /// The maximum number of slots of one key.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Takes a slot for `key`; `None` if it has the maximum.
    pub(crate) fn enter(self: &Arc<Self>, key: K) -> Option<Slot<K>> {
        let mut taken = self.taken();
        let count = taken.get(&key).copied().unwrap_or_default();
        if count >= self.limit {
            return None;
        }
        taken.insert(key.clone(), count + 1);
        drop(taken);
        Some(Slot {
            tally: Arc::clone(self),
            key,
        })
    }
}

impl<K: Eq + Hash> Tally<K> {
    fn taken(&self) -> MutexGuard<'_, HashMap<K, usize>> {
        // The count is changed in one step, so a panic elsewhere cannot corrupt it.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A taken slot.
#[derive(Debug)]
pub(crate) struct Slot<K: Eq + Hash> {
    tally: Arc<Tally<K>>,
    key: K,
}

impl<K: Eq + Hash> Drop for Slot<K> {
    fn drop(&mut self) {
        let mut taken = self.tally.taken();
        match taken.get_mut(&self.key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                taken.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_no_more_places_than_the_limit_and_gets_them_back() {
        let tally = Tally::new(2);
        let first = tally.enter("a").unwrap();
        let second = tally.enter("a").unwrap();
        assert!(tally.enter("a").is_none());
        assert!(tally.enter("b").is_some(), "another key is not concerned");
        drop(first);
        let third = tally.enter("a").unwrap();
        drop((second, third));
        assert!(tally.taken().is_empty());
    }
}
