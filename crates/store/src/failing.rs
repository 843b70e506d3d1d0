//! A store whose commits fail as a test requires: for tests of full disks, of programs that are killed, and of
//! commits whose answer is lost.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;

use crate::kv::{Batch, CommitError, KeyValue, Pair};
use crate::memory::MemoryStore;

/// The outcome of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitOutcome {
    /// The batch is written.
    Written,
    /// The disk is full: nothing is written.
    Refused,
    /// The batch is written, but reported as failed.
    AnswerLost,
}

/// A store whose commits fail as a test requires; by default they are written. What was written outlives it in the
/// store that it wraps.
pub struct FailingStore {
    store: Arc<dyn KeyValue>,
    plan: Mutex<Plan>,
}

/// The outcomes of the commits to come.
#[derive(Debug, Default)]
struct Plan {
    /// Of the next ones; later ones are written.
    outcomes: VecDeque<CommitOutcome>,
    /// Number of commits after which all are refused; `None` without such a limit.
    room: Option<u64>,
    /// Number of commits so far, failed ones included.
    commits: u64,
}

impl Plan {
    fn next(&mut self) -> CommitOutcome {
        self.commits += 1;
        if let Some(room) = &mut self.room {
            let Some(left) = room.checked_sub(1) else {
                return CommitOutcome::Refused;
            };
            *room = left;
        }
        let planned = self.outcomes.pop_front();
        planned.unwrap_or(CommitOutcome::Written)
    }
}

impl FailingStore {
    /// Wraps a store.
    pub fn new(store: Arc<dyn KeyValue>) -> Self {
        Self {
            store,
            plan: Mutex::default(),
        }
    }

    /// Wraps the same store for the program that runs next: all commits are written.
    #[must_use]
    pub fn reopened(&self) -> Self {
        Self::new(Arc::clone(&self.store))
    }

    /// Sets the outcomes of the next commits; later ones are written.
    pub fn set_outcomes(&self, outcomes: impl IntoIterator<Item = CommitOutcome>) {
        let mut plan = self.plan();
        plan.outcomes = outcomes.into_iter().collect();
        plan.room = None;
    }

    /// Refuses all commits after so many, until [`Self::set_outcomes`] is called.
    pub fn refuse_after(&self, commits: u64) {
        self.plan().room = Some(commits);
    }

    /// Returns the number of commits so far, failed ones included.
    pub fn commits(&self) -> u64 {
        self.plan().commits
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        // Each change is complete, so a panic elsewhere cannot corrupt it.
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for FailingStore {
    /// Wraps an empty store in memory.
    fn default() -> Self {
        Self::new(Arc::new(MemoryStore::new()))
    }
}

impl KeyValue for FailingStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.store.get(key)
    }

    fn range(&self, lower: &[u8], upper: &[u8], limit: usize) -> Result<Vec<Pair>> {
        self.store.range(lower, upper, limit)
    }

    fn last(&self, lower: &[u8], upper: &[u8]) -> Result<Option<Pair>> {
        self.store.last(lower, upper)
    }

    fn commit(&self, batch: &Batch) -> Result<(), CommitError> {
        let outcome = self.plan().next();
        if outcome != CommitOutcome::Refused {
            self.store.commit(batch)?;
        }
        if outcome == CommitOutcome::Written {
            Ok(())
        } else {
            Err(CommitError::Storage(full()))
        }
    }
}

/// Returns the error of a commit that fails: STORAGE_FULL.
pub fn full() -> Error {
    Error::new(ErrorCode::StorageFull, msg::Text { text: "no room" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::{self, Fixture};

    struct Failing(FailingStore);

    impl Fixture for Failing {
        fn fresh() -> Self {
            Self(FailingStore::default())
        }

        fn kv(&self) -> &dyn KeyValue {
            &self.0
        }
    }

    conformance::suite!(Failing);

    /// Puts a key; returns whether that was reported as done, and whether it was.
    fn put(store: &FailingStore, key: u8) -> (bool, bool) {
        let mut batch = Batch::new();
        batch.put(vec![key], Vec::new());
        let done = store.commit(&batch);
        if let Err(error) = &done {
            assert_eq!(*error, CommitError::Storage(full()));
        }
        (done.is_ok(), store.get(&[key]).unwrap().is_some())
    }

    #[test]
    fn commits_have_the_planned_outcomes_and_later_ones_are_written() {
        let store = FailingStore::default();
        store.set_outcomes([
            CommitOutcome::Written,
            CommitOutcome::Refused,
            CommitOutcome::AnswerLost,
        ]);
        let outcomes = [1, 2, 3, 4].map(|key| put(&store, key));
        assert_eq!(
            outcomes,
            [(true, true), (false, false), (false, true), (true, true)]
        );
        assert_eq!(store.commits(), 4);
    }

    #[test]
    fn a_full_store_has_room_again_when_it_is_reopened_or_cleared() {
        let store = FailingStore::default();
        store.refuse_after(1);
        let outcomes = [1, 2, 3].map(|key| put(&store, key));
        assert_eq!(outcomes, [(true, true), (false, false), (false, false)]);
        let reopened = store.reopened();
        assert_eq!(put(&reopened, 2), (true, true));
        assert!(store.get(&[2]).unwrap().is_some());
        assert_eq!(put(&store, 4), (false, false));
        store.set_outcomes([]);
        assert_eq!(put(&store, 4), (true, true));
    }
}
