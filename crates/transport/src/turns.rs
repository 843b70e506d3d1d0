//! Limits the concurrency of costly work, such as folding all logs: by caller, and with separate pools
//! for the cities' nodes and for the people who run the cluster.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chengji_domain::{Error, ErrorCode, Principal, Result};
use chengji_messages::{Message, msg};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Concurrency limits for one kind of work.
#[derive(Debug)]
pub struct Turns {
    /// Name of the work, for messages.
    work: Message,
    of_one: usize,
    of_nodes: Arc<Semaphore>,
    of_others: Arc<Semaphore>,
    /// By caller; only callers that hold or await a turn.
    of: Mutex<HashMap<Principal, Arc<Semaphore>>>,
}

/// A turn, which ends when dropped.
#[derive(Debug)]
pub struct Turn(#[expect(dead_code, reason = "held for its drop alone")] [OwnedSemaphorePermit; 2]);

impl Turns {
    /// Limits of concurrent turns at `work`: for one caller, for nodes of cities together, and for all
    /// others.
    pub fn new(
        work: impl Into<Message>,
        of_one: usize,
        of_nodes: usize,
        of_others: usize,
    ) -> Arc<Self> {
        Arc::new(Self {
            work: work.into(),
            of_one,
            of_nodes: Arc::new(Semaphore::new(of_nodes)),
            of_others: Arc::new(Semaphore::new(of_others)),
            of: Mutex::default(),
        })
    }

    /// Waits for the caller's next turn.
    pub async fn next(&self, caller: &Principal) -> Result<Turn> {
        let pool = match caller {
            Principal::Node(_) => &self.of_nodes,
            _ => &self.of_others,
        };
        // The caller's own limit first: a caller with many requests waits behind itself, not in front of
        // others.
        let own = self.of(caller).acquire_owned().await;
        let one = Arc::clone(pool).acquire_owned().await;
        let closed = |_| Error::new(ErrorCode::Internal, msg::TurnsClosed);
        Ok(Turn([own.map_err(closed)?, one.map_err(closed)?]))
    }

    /// Waits for the caller's next turn; `LIMIT_EXCEEDED` if it does not come within this time.
    pub async fn within(&self, timeout: Duration, caller: &Principal) -> Result<Turn> {
        let waited = tokio::time::timeout(timeout, self.next(caller)).await;
        waited.unwrap_or_else(|_| Err(self.too_many(timeout)))
    }

    fn of(&self, principal: &Principal) -> Arc<Semaphore> {
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        of.retain(|_, one| Arc::strong_count(one) > 1);
        let one = of.entry(principal.clone());
        Arc::clone(one.or_insert_with(|| Arc::new(Semaphore::new(self.of_one))))
    }

    fn too_many(&self, timeout: Duration) -> Error {
        let message = msg::TurnsTaken {
            seconds: timeout.as_secs(),
            work: &self.work,
        };
        Error::new(ErrorCode::LimitExceeded, message).with_retry_after(timeout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn each_has_one_turn_and_nodes_do_not_hold_up_operators() {
        let turns = Turns::new(msg::WorkLog, 1, 2, 1);
        let [first, second, third] =
            ["430100", "430200", "430300"].map(|city| Principal::Node(city.parse().unwrap()));
        let held = turns.within(TIMEOUT, &first).await.unwrap();
        let error = turns.within(TIMEOUT, &first).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
        assert_eq!(error.retry_after(), Some(TIMEOUT));
        let _other = turns.within(TIMEOUT, &second).await.unwrap();
        turns.within(TIMEOUT, &third).await.unwrap_err();
        let operator = "operator/li".parse().unwrap();
        turns.within(TIMEOUT, &operator).await.unwrap();
        drop(held);
        turns.within(TIMEOUT, &third).await.unwrap();
    }

    #[tokio::test]
    async fn who_gives_up_waiting_leaves_nothing_behind() {
        let turns = Turns::new(msg::WorkLog, 1, 1, 1);
        let node = Principal::Node("430100".parse().unwrap());
        let held = turns.next(&node).await.unwrap();
        turns.within(TIMEOUT, &node).await.unwrap_err();
        drop(held);
        drop(turns.next(&node).await.unwrap());
        turns.of(&"operator/li".parse().unwrap());
        assert_eq!(turns.of.lock().unwrap().len(), 1);
    }
}
