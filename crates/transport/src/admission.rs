//! How many of each there may be at once: a count per key, given back when its place is dropped.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts places by key. The table holds only keys that have one, so it cannot outgrow what the
/// overall limit lets in.
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

    /// How many places a key may have.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// A place for `key`, unless it has as many as it may have.
    pub(crate) fn enter(self: &Arc<Self>, key: K) -> Option<Place<K>> {
        let mut taken = self.taken();
        let count = taken.get(&key).copied().unwrap_or_default();
        if count >= self.limit {
            return None;
        }
        taken.insert(key.clone(), count + 1);
        drop(taken);
        Some(Place {
            tally: Arc::clone(self),
            key,
        })
    }
}

impl<K: Eq + Hash> Tally<K> {
    fn taken(&self) -> MutexGuard<'_, HashMap<K, usize>> {
        // A count stays right whoever panicked: it is changed in one step.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One taken place.
#[derive(Debug)]
pub(crate) struct Place<K: Eq + Hash> {
    tally: Arc<Tally<K>>,
    key: K,
}

impl<K: Eq + Hash> Drop for Place<K> {
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
