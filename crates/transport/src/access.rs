//! What the gate asks of the program behind it: what somebody may do now, and to keep in mind what
//! was done and denied. The transport proves who calls; it does not know what anybody may do.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use chengji_domain::access::Rights;
use chengji_domain::{Principal, Result};
use tokio::sync::watch;

use crate::peer::Peer;

/// Who may do what now.
pub trait Access: Send + Sync + 'static {
    /// The rights of a peer, whose certificate proved who it is. An error for one that may do
    /// nothing: suspended, removed, with a void certificate, or unknown.
    fn rights(&self, peer: &Peer) -> Result<Rights>;

    /// Changes whenever [`rights`](Self::rights) may answer anything else than before. Calls under
    /// way of whom it concerns end at once, with the reason.
    fn changes(&self) -> watch::Receiver<u64>;
}

/// Keeps in mind what was done and what was denied.
pub trait AuditSink: Send + Sync + 'static {
    /// Keeps a record; when this is done it is on disk. A record that cannot be kept is the
    /// program's trouble, not the caller's.
    fn keep(&self, record: CallRecord) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// What a peer may do; an error for one that may do nothing.
pub(crate) type Authorization = Result<Arc<Rights>>;

/// The outcome of a call that was done.
pub const DONE: &str = "OK";

/// A call that changed something, or was denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// Who called.
    pub principal: Principal,
    /// From where.
    pub addr: SocketAddr,
    /// Path of the rpc.
    pub rpc: String,
    /// What it was about, as the contract says; empty where it does not.
    pub subject: String,
    /// [`DONE`] or the error's code.
    pub outcome: String,
    /// The error's message.
    pub reason: String,
    /// The call's id.
    pub request_id: String,
}

/// What a server asks.
#[derive(Clone)]
pub struct Guards {
    /// Who may do what.
    pub access: Arc<dyn Access>,
    /// Where it is kept in mind.
    pub audit: Arc<dyn AuditSink>,
}
