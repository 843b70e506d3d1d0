//! Tracks whether calls are under way on a connection, and since when it has been idle. A call costs two
//! atomic operations here and wakes no task.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// Counts the calls under way on one connection.
#[derive(Clone, Debug)]
pub(crate) struct Activity(Arc<Calls>);

/// A call under way, until it is dropped.
#[derive(Debug)]
pub(crate) struct Busy(Arc<Calls>);

#[derive(Debug)]
struct Calls {
    begun: Instant,
    under_way: AtomicUsize,
    /// Time of the last call's end, milliseconds after the connection began.
    last_end: AtomicU64,
}

impl Calls {
    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Activity {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Calls {
            begun: Instant::now(),
            under_way: AtomicUsize::new(0),
            last_end: AtomicU64::new(0),
        }))
    }

    pub(crate) fn begin(&self) -> Busy {
        self.0.under_way.fetch_add(1, Ordering::SeqCst);
        Busy(Arc::clone(&self.0))
    }

    /// Resolves once no call has been under way for this time.
    pub(crate) async fn idle_for(&self, time: Duration) {
        // Minimum wait, the clock's resolution: a shorter one would busy-loop.
        const LEAST: Duration = Duration::from_millis(1);
        loop {
            let is_idle = self.0.under_way.load(Ordering::SeqCst) == 0;
            let since = self
                .0
                .now()
                .saturating_sub(self.0.last_end.load(Ordering::SeqCst));
            let left = match is_idle {
                true => time.saturating_sub(Duration::from_millis(since)),
                false => time.max(LEAST),
            };
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.max(LEAST)).await;
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.last_end.store(self.0.now(), Ordering::SeqCst);
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_connection_is_idle_only_after_its_last_call() {
        let activity = Activity::new();
        let busy = activity.begin();
        let other = activity.begin();
        let mut idle = std::pin::pin!(activity.idle_for(Duration::ZERO));
        let mut asked = async || {
            tokio::select! {
                biased;
                () = idle.as_mut() => true,
                () = tokio::task::yield_now() => false,
            }
        };
        assert!(!asked().await);
        drop(busy);
        assert!(!asked().await);
        drop(other);
        idle.await;
    }
}
