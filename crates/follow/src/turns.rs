//! Turns of the followed logs of a program: bounds the number of messages that are parsed and stored at once,
//! and orders the logs that wait.
//!
//! A log with fewer unread entries goes first, so that one with a million does not delay the others; every
//! fourth turn goes to the log that has waited longest, so that it is read, too.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedMutexGuard, oneshot};

/// Number of concurrent turns by default: messages in memory, parsed, of at most some 200 KiB each, and the values that their
/// entries read ahead. A transaction of the store holds some three messages; while one is committed and the next one runs,
/// further messages are parsed.
const TURNS: usize = 12;
/// One turn of this many goes to the log that has waited longest.
const OLDEST_EVERY: u64 = 4;

/// The turns of all followers of a program. Clones share them.
#[derive(Clone, Debug)]
pub struct FollowTurns {
    waiting: Arc<Mutex<Waiting>>,
    comparing: Arc<tokio::sync::Mutex<()>>,
}

/// A turn, which ends when dropped.
#[derive(Debug)]
pub(crate) struct Turn(FollowTurns);

#[derive(Debug)]
struct Waiting {
    /// Number of turns that are not taken; zero while a log waits.
    free: usize,
    /// Number of turns given to waiting logs so far.
    given: u64,
    arrived: u64,
    /// By the number of unread entries, then by arrival.
    logs: BTreeMap<(u64, u64), oneshot::Sender<Turn>>,
}

impl Default for FollowTurns {
    fn default() -> Self {
        Self::new(TURNS)
    }
}

impl FollowTurns {
    /// At most this many concurrent turns.
    pub fn new(most: usize) -> Self {
        let waiting = Waiting {
            free: most,
            given: 0,
            arrived: 0,
            logs: BTreeMap::new(),
        };
        Self {
            waiting: Arc::new(Mutex::new(waiting)),
            comparing: Arc::default(),
        }
    }

    /// Waits for the turn to compare a copy with its owner's log; there is one.
    pub(crate) async fn comparing(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.comparing).lock_owned().await
    }

    /// Waits for a turn of a log with this number of unread entries.
    pub(crate) async fn next(&self, unread: u64) -> Turn {
        loop {
            let given = {
                let mut waiting = self.waiting();
                if waiting.free > 0 {
                    waiting.free -= 1;
                    return Turn(self.clone());
                }
                waiting.arrived += 1;
                let key = (unread, waiting.arrived);
                let (sender, given) = oneshot::channel();
                waiting.logs.insert(key, sender);
                given
            };
            if let Ok(turn) = given.await {
                return turn;
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // Each change is complete, so a panic elsewhere cannot corrupt it.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pass_on(&self) {
        let next = self.waiting().pop();
        if let Some(next) = next {
            // If that log no longer waits, its turn is dropped and passed on.
            drop(next.send(Turn(self.clone())));
        }
    }
}

impl Waiting {
    /// The log whose turn is next; without one, the turn is free.
    fn pop(&mut self) -> Option<oneshot::Sender<Turn>> {
        let Some(first) = self.logs.keys().next().copied() else {
            self.free += 1;
            return None;
        };
        self.given += 1;
        let oldest = self.logs.keys().min_by_key(|(_, arrived)| *arrived);
        let next = match oldest {
            Some(oldest) if self.given.is_multiple_of(OLDEST_EVERY) => *oldest,
            _ => first,
        };
        self.logs.remove(&next)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.pass_on();
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use futures_util::FutureExt;
    use futures_util::future::BoxFuture;

    use super::*;

    /// The turns of logs with these numbers of unread entries, in the order in which they are given.
    fn order(turns: &FollowTurns, held: Turn, unread: &[u64]) -> Vec<u64> {
        let mut waiting: Vec<(u64, BoxFuture<'_, Turn>)> = Vec::new();
        for unread in unread {
            let mut next = turns.next(*unread).boxed();
            assert!(next.as_mut().now_or_never().is_none());
            waiting.push((*unread, next));
        }
        let (mut held, mut order) = (Some(held), Vec::new());
        while !waiting.is_empty() {
            drop(held.take());
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            let given = waiting
                .iter_mut()
                .enumerate()
                .find_map(
                    |(index, (_, next))| match next.as_mut().poll(&mut context) {
                        Poll::Ready(turn) => Some((index, turn)),
                        Poll::Pending => None,
                    },
                );
            let (index, turn) = given.unwrap();
            order.push(waiting.remove(index).0);
            held = Some(turn);
        }
        order
    }

    #[test]
    fn small_logs_go_first_and_the_one_that_waited_longest_is_not_forgotten() {
        let turns = FollowTurns::new(1);
        let held = turns.next(0).now_or_never().unwrap();
        let order = order(&turns, held, &[1_000_000, 3, 2, 2_000_000, 1, 5, 4, 6]);
        assert_eq!(order, [1, 2, 3, 1_000_000, 4, 5, 6, 2_000_000]);
    }

    #[test]
    fn no_more_turns_are_taken_than_there_are() {
        let turns = FollowTurns::new(2);
        let first = turns.next(1).now_or_never().unwrap();
        let _second = turns.next(1).now_or_never().unwrap();
        assert!(turns.next(1).now_or_never().is_none());
        drop(first);
        // The one that no longer waits has not taken the turn with it.
        turns.next(1).now_or_never().unwrap();
        assert_eq!(turns.waiting().free, 1);
    }
}
