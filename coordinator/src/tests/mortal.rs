//! A store of a program that is killed: after some commits, nothing is written any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_store::{Batch, CommitError, KeyValue, MemoryStore, Pair};

/// A store in memory that outlives its program.
#[derive(Debug)]
pub(crate) struct MortalStore {
    store: Arc<MemoryStore>,
    /// Number of commits until the program is killed.
    left: AtomicU64,
}

impl MortalStore {
    /// An empty store.
    pub(crate) fn new() -> Self {
        Self::of(Arc::default())
    }

    /// The store as the next program finds it.
    pub(crate) fn revived(&self) -> Self {
        Self::of(Arc::clone(&self.store))
    }

    fn of(store: Arc<MemoryStore>) -> Self {
        let left = AtomicU64::new(u64::MAX);
        Self { store, left }
    }

    /// Kills the program after so many commits.
    pub(crate) fn die_after(&self, commits: u64) {
        self.left.store(commits, Ordering::SeqCst);
    }
}

impl KeyValue for MortalStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.store.get(key)
    }

    fn range(&self, lower: &[u8], upper: &[u8], limit: usize) -> Result<Vec<Pair>> {
        self.store.range(lower, upper, limit)
    }

    fn last(&self, lower: &[u8], upper: &[u8]) -> Result<Option<Pair>> {
        self.store.last(lower, upper)
    }

    fn commit(&self, batch: Batch) -> std::result::Result<(), CommitError> {
        let left = |left: u64| left.checked_sub(1);
        let left = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, left);
        if left.is_ok() {
            return self.store.commit(batch);
        }
        let killed = Error::new(ErrorCode::StorageFull, msg::Text { text: "killed" });
        Err(CommitError::Storage(killed))
    }
}
