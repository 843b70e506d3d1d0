//! Guards that allow everything, for servers that a test implements itself.

use std::pin::Pin;
use std::sync::Arc;

use chengji_domain::Result;
use chengji_domain::access::Rights;
use chengji_transport::{Access, AuditSink, CallRecord, Guards, Peer};
use tokio::sync::watch;

/// Admits every caller, and records nothing.
pub(crate) fn guards() -> Guards {
    Guards {
        access: Arc::new(Open),
        audit: Arc::new(Open),
    }
}

struct Open;

impl Access for Open {
    fn rights(&self, _: &Peer) -> Result<Rights> {
        Ok(Rights::NONE)
    }

    fn changes(&self) -> watch::Receiver<u64> {
        watch::Sender::new(0).subscribe()
    }
}

impl AuditSink for Open {
    fn record(&self, _: CallRecord) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::ready(()))
    }
}
