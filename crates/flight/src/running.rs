//! Running queries, so that their callers can cancel them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chengji_domain::Principal;
use tokio::sync::watch;

use crate::ticket::Id;

/// A caller and the id of its query: the query of another caller cannot be named.
type Key = (Principal, Id);

/// The running queries of all callers. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Running(Arc<Mutex<HashMap<Key, Entry>>>);

/// The runs of one ticket, which a client may send twice.
#[derive(Debug)]
struct Entry {
    runs: usize,
    is_cancelled: watch::Sender<bool>,
}

/// A run of a query; it is listed until this is dropped.
#[derive(Debug)]
pub(crate) struct Run {
    running: Running,
    key: Key,
    is_cancelled: watch::Receiver<bool>,
}

impl Running {
    /// Lists a query that begins to run.
    pub(crate) fn begin(&self, who: &Principal, id: Id) -> Run {
        let key = (who.clone(), id);
        let mut queries = self.queries();
        let entry = queries.entry(key.clone()).or_insert_with(|| Entry {
            runs: 0,
            is_cancelled: watch::Sender::new(false),
        });
        entry.runs += 1;
        Run {
            running: self.clone(),
            key,
            is_cancelled: entry.is_cancelled.subscribe(),
        }
    }

    /// Ends a caller's query. Returns false if the caller has none that runs with this id.
    pub(crate) fn cancel(&self, who: &Principal, id: Id) -> bool {
        let queries = self.queries();
        let Some(entry) = queries.get(&(who.clone(), id)) else {
            return false;
        };
        entry.is_cancelled.send_replace(true);
        true
    }

    fn queries(&self) -> MutexGuard<'_, HashMap<Key, Entry>> {
        // Each change is one step, so a panic elsewhere cannot leave half of one.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Run {
    /// Resolves when the query is cancelled.
    pub(crate) async fn cancelled(&mut self) {
        // The sender lives in the list for as long as this run does.
        let _ = self
            .is_cancelled
            .wait_for(|is_cancelled| *is_cancelled)
            .await;
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let mut queries = self.running.queries();
        if let Some(entry) = queries.get_mut(&self.key) {
            entry.runs -= 1;
            if entry.runs == 0 {
                queries.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    const ID: Id = [1; 16];

    fn principal(name: &str) -> Principal {
        format!("city/430100/person/{name}").parse().unwrap()
    }

    fn is_cancelled(run: &mut Run) -> bool {
        run.cancelled().now_or_never().is_some()
    }

    #[test]
    fn a_query_is_cancelled_by_its_caller_alone() {
        let running = Running::default();
        let (one, other) = (principal("a"), principal("b"));
        let mut run = running.begin(&one, ID);
        assert!(!running.cancel(&other, ID) && !running.cancel(&one, [2; 16]));
        assert!(!is_cancelled(&mut run));
        assert!(running.cancel(&one, ID));
        assert!(is_cancelled(&mut run));
    }

    #[test]
    fn all_runs_of_a_ticket_are_cancelled_and_a_later_one_is_not() {
        let (running, who) = (Running::default(), principal("a"));
        let mut runs = [running.begin(&who, ID), running.begin(&who, ID)];
        assert!(running.cancel(&who, ID));
        assert!(runs.iter_mut().all(is_cancelled));
        drop(runs);
        assert!(running.queries().is_empty());
        assert!(!running.cancel(&who, ID));
        assert!(!is_cancelled(&mut running.begin(&who, ID)));
    }

    #[tokio::test]
    async fn a_query_learns_of_it_while_it_waits() {
        let (running, who) = (Running::default(), principal("a"));
        let mut run = running.begin(&who, ID);
        let waiting = tokio::spawn(async move { run.cancelled().await });
        assert!(running.cancel(&who, ID));
        waiting.await.unwrap();
        assert!(running.queries().is_empty());
    }
}
