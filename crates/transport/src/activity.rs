//! Whether anything is under way on a connection, and since when not.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

/// Counts the calls under way on one connection.
#[derive(Clone, Debug)]
pub(crate) struct Activity(Arc<watch::Sender<usize>>);

/// A call under way, until it is dropped.
#[derive(Debug)]
pub(crate) struct Busy(Arc<watch::Sender<usize>>);

impl Activity {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }

    pub(crate) fn begin(&self) -> Busy {
        self.0.send_modify(|calls| *calls += 1);
        Busy(Arc::clone(&self.0))
    }

    /// Resolves once no call has been under way for so long.
    pub(crate) async fn idle_for(&self, time: Duration) {
        let mut calls = self.0.subscribe();
        loop {
            // The sender is ours: it does not end before this.
            if calls.wait_for(|calls| *calls == 0).await.is_err() {
                return;
            }
            tokio::select! {
                _ = calls.wait_for(|calls| *calls > 0) => {}
                () = tokio::time::sleep(time) => return,
            }
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.send_modify(|calls| *calls -= 1);
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
