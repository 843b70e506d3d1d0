//! A store whose commits fail as a test requires.

use std::collections::VecDeque;
use std::sync::Mutex;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;

use crate::kv::{Batch, CommitError, KeyValue, Pair};
use crate::memory::MemoryStore;

/// The outcome of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Written,
    /// The disk is full: nothing is written.
    Refused,
    /// It is written, but reported as failed.
    AnswerLost,
}

/// A store whose commits have the outcomes set by the test; by default they are written.
#[derive(Default)]
pub(super) struct Fated {
    pub(super) store: MemoryStore,
    fates: Mutex<VecDeque<Fate>>,
    commits: Mutex<usize>,
}

impl Fated {
    pub(super) fn set_fates(&self, fates: impl IntoIterator<Item = Fate>) {
        *self.fates.lock().unwrap() = fates.into_iter().collect();
    }

    pub(super) fn commits(&self) -> usize {
        *self.commits.lock().unwrap()
    }
}

impl KeyValue for Fated {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.store.get(key)
    }

    fn range(&self, lower: &[u8], upper: &[u8], limit: usize) -> Result<Vec<Pair>> {
        self.store.range(lower, upper, limit)
    }

    fn last(&self, lower: &[u8], upper: &[u8]) -> Result<Option<Pair>> {
        self.store.last(lower, upper)
    }

    fn commit(&self, batch: Batch) -> Result<(), CommitError> {
        *self.commits.lock().unwrap() += 1;
        let fate = self
            .fates
            .lock()
            .unwrap()
            .pop_front()
            .unwrap_or(Fate::Written);
        if fate != Fate::Refused {
            self.store.commit(batch)?;
        }
        if fate == Fate::Written {
            Ok(())
        } else {
            Err(CommitError::Storage(full()))
        }
    }
}

pub(super) fn full() -> Error {
    Error::new(ErrorCode::StorageFull, msg::Text { text: "no room" })
}
