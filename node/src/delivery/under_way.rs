//! Counts the deliveries in progress; each holds a turn until its last file is closed.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// Counts turns by key. Clones share the count.
#[derive(Debug)]
pub(super) struct UnderWay<K> {
    most: usize,
    shared: Arc<Shared<K>>,
}

#[derive(Debug)]
struct Shared<K> {
    turns: Mutex<HashMap<K, usize>>,
    /// Notified whenever a turn ends.
    ended: Notify,
}

impl<K> Clone for UnderWay<K> {
    fn clone(&self) -> Self {
        Self {
            most: self.most,
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<K: Clone + Eq + Hash> UnderWay<K> {
    /// At most `most` turns at a time for each key.
    pub(super) fn at_most(most: usize) -> Self {
        Self {
            most,
            shared: Arc::new(Shared {
                turns: Mutex::default(),
                ended: Notify::new(),
            }),
        }
    }

    /// Takes a turn; `None` at the maximum.
    pub(super) fn begin(&self, key: K) -> Option<Turn<K>> {
        let mut turns = self
            .shared
            .turns
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let count = turns.entry(key.clone()).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Turn {
            key,
            shared: Arc::clone(&self.shared),
        })
    }

    /// Waits for a turn.
    pub(super) async fn wait(&self, key: K) -> Turn<K> {
        loop {
            // Registered before the check, so that no end is missed in between.
            let mut ended = std::pin::pin!(self.shared.ended.notified());
            ended.as_mut().enable();
            if let Some(turn) = self.begin(key.clone()) {
                return turn;
            }
            ended.await;
        }
    }
}

/// A delivery in progress, which ends when this is dropped.
#[derive(Debug)]
pub(super) struct Turn<K: Eq + Hash> {
    key: K,
    shared: Arc<Shared<K>>,
}

impl<K: Eq + Hash> Drop for Turn<K> {
    fn drop(&mut self) {
        let mut turns = self
            .shared
            .turns
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = turns.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                turns.remove(&self.key);
            }
        }
        drop(turns);
        self.shared.ended.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn who_waits_gets_the_turn_when_it_ends() {
        let under_way = UnderWay::at_most(1);
        let first = under_way.wait("a").await;
        let mut second = Box::pin(under_way.wait("a"));
        assert!(second.as_mut().now_or_never().is_none());
        drop(first);
        second.await;
    }

    #[test]
    fn a_turn_is_free_again_when_it_ends() {
        let under_way = UnderWay::at_most(2);
        let first = under_way.begin("a").unwrap();
        let _second = under_way.clone().begin("a").unwrap();
        assert!(under_way.begin("a").is_none());
        assert!(under_way.begin("b").is_some());
        drop(first);
        assert!(under_way.begin("a").is_some());
        assert_eq!(under_way.shared.turns.lock().unwrap().len(), 1);
    }
}
