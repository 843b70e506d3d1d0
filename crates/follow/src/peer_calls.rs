//! Calls by which a peer begins to follow the own log: a peer that refused this program and calls it will admit it again.

use std::sync::Arc;

use tokio::sync::watch;

/// Number of calls by which one peer began to follow the own log. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct PeerCalls(Arc<watch::Sender<u64>>);

impl PeerCalls {
    /// Notes a call.
    pub(crate) fn note(&self) {
        self.0.send_modify(|calls| *calls += 1);
    }

    /// Watches for calls after this one.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}
