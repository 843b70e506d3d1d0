//! How many deliveries are under way, and the turn each holds until its last file is closed.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// Counts what is under way, by key; clones count together.
#[derive(Debug)]
pub(super) struct UnderWay<K> {
    most: usize,
    turns: Arc<Mutex<HashMap<K, usize>>>,
}

impl<K> Clone for UnderWay<K> {
    fn clone(&self) -> Self {
        Self {
            most: self.most,
            turns: Arc::clone(&self.turns),
        }
    }
}

impl<K: Clone + Eq + Hash> UnderWay<K> {
    /// At most so many at a time for each key.
    pub(super) fn at_most(most: usize) -> Self {
        Self {
            most,
            turns: Arc::default(),
        }
    }

    /// A turn, unless as many as may be are under way.
    pub(super) fn begin(&self, key: K) -> Option<Turn<K>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let count = turns.entry(key.clone()).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Turn {
            key,
            turns: Arc::clone(&self.turns),
        })
    }
}

/// One delivery under way; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Turn<K: Eq + Hash> {
    key: K,
    turns: Arc<Mutex<HashMap<K, usize>>>,
}

impl<K: Eq + Hash> Drop for Turn<K> {
    fn drop(&mut self) {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = turns.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                turns.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_free_again_when_it_ends() {
        let under_way = UnderWay::at_most(2);
        let first = under_way.begin("a").unwrap();
        let _second = under_way.clone().begin("a").unwrap();
        assert!(under_way.begin("a").is_none());
        assert!(under_way.begin("b").is_some());
        drop(first);
        assert!(under_way.begin("a").is_some());
        assert_eq!(under_way.turns.lock().unwrap().len(), 1);
    }
}
