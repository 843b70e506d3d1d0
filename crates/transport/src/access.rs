//! Interfaces of the gate to the program behind it: current rights, and the audit log. The transport
//! authenticates callers; it does not know their rights.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use chengji_domain::access::Rights;
use chengji_domain::{Principal, Result};
use chengji_messages::Message;
use tokio::sync::watch;

use crate::peer::Peer;

/// Resolves a peer's current rights.
pub trait Access: Send + Sync + 'static {
    /// The rights of a peer that its certificate authenticated. An error for a peer without any:
    /// suspended, removed, with a revoked certificate, or unknown.
    fn rights(&self, peer: &Peer) -> Result<Rights>;

    /// Changes whenever [`rights`](Self::rights) may return a different result. Calls under way of the
    /// peers concerned end at once, with the reason.
    fn changes(&self) -> watch::Receiver<u64>;
}

/// Persists audit records.
pub trait AuditSink: Send + Sync + 'static {
    /// Persists a record; it is durable once the future resolves. A failure to persist is handled by the
    /// program and not reported to the caller.
    fn record(&self, record: CallRecord) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// A peer's rights, or the error for a peer without any.
pub(crate) type Authorization = Result<Arc<Rights>>;

/// The outcome of a successful call.
pub const DONE: &str = "OK";

/// A call that changed something, or was denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// The caller.
    pub principal: Principal,
    /// The caller's address.
    pub addr: SocketAddr,
    /// Path of the rpc.
    pub rpc: String,
    /// The call's subject, as the contract defines it; empty if it defines none.
    pub subject: String,
    /// [`DONE`] or the error's code.
    pub outcome: String,
    /// The error's message.
    pub reason: Option<Message>,
    /// The call's id.
    pub request_id: String,
}

/// The program's answers to the gate.
#[derive(Clone)]
pub struct Guards {
    /// Resolves rights.
    pub access: Arc<dyn Access>,
    /// Persists audit records.
    pub audit: Arc<dyn AuditSink>,
}
