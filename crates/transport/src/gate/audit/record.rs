//! Audit records under way: begun with a call and written when it ends, in whatever way.

use std::pin::Pin;
use std::sync::Arc;

use chengji_messages::msg;
use chengji_proto::status::to_error;
use chengji_proto::subject;
use http::HeaderMap;
use tokio::sync::watch;
use tonic::{Code, Status};

use super::seen::Beginning;
use crate::access::{AuditSink, CallRecord, DONE};

/// The audit records that are still to be written. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Records(watch::Sender<()>);

impl Records {
    /// Resolves when none is left.
    pub(crate) async fn all_kept(&self) {
        self.0.closed().await;
    }
}

/// The audit record of a call, to be written at its end. Where the caller goes away before, it is
/// written as cancelled.
pub(crate) struct Due(Option<Pending>);

/// A record that lacks only the end of its call.
struct Pending {
    sink: Arc<dyn AuditSink>,
    record: CallRecord,
    /// The place of the subject in the beginning of the request.
    subject: Option<subject::Path>,
    beginning: Beginning,
    /// Held until the record is written: a server that ends waits for it.
    _to_keep: watch::Receiver<()>,
}

/// Resolves when a record is on disk.
pub(crate) type Keeping = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Due {
    /// The record of a call that is written to `sink` when the call has ended.
    pub(crate) fn new(
        sink: &Arc<dyn AuditSink>,
        records: &Records,
        record: CallRecord,
        subject: Option<subject::Path>,
    ) -> Self {
        Self(Some(Pending {
            sink: Arc::clone(sink),
            record,
            subject,
            beginning: Beginning::default(),
            _to_keep: records.0.subscribe(),
        }))
    }

    /// The beginning of the request, to be filled while it is read; nothing where it is not needed.
    pub(crate) fn beginning(&self) -> Option<Beginning> {
        let pending = self.0.as_ref()?;
        pending.subject.as_ref()?;
        Some(pending.beginning.clone())
    }

    /// Leaves no record after all.
    pub(crate) fn discard(mut self) {
        self.0 = None;
    }

    /// Writes the record of a call that ended with these headers or trailers.
    pub(crate) fn keep(mut self, end: &HeaderMap) -> Keeping {
        let Some(mut pending) = self.0.take() else {
            return Box::pin(std::future::ready(()));
        };
        if let Some(status) = Status::from_header_map(end)
            && status.code() != Code::Ok
        {
            let error = to_error(&status);
            pending.record.outcome = error.code().to_string();
            pending.record.reason = Some(error.message().clone());
        }
        // In a task of its own: it goes on if the caller does not wait for it.
        let kept = tokio::spawn(pending.finish());
        Box::pin(async move {
            let _ = kept.await;
        })
    }
}

impl Pending {
    async fn finish(mut self) {
        if let Some(path) = &self.subject {
            self.record.subject = path.read(&self.beginning.bytes());
        }
        self.sink.record(self.record).await;
    }
}

impl Drop for Due {
    /// The caller went away in the middle: the record is written all the same.
    fn drop(&mut self) {
        let Some(mut pending) = self.0.take() else {
            return;
        };
        if pending.record.outcome == DONE {
            "CANCELLED".clone_into(&mut pending.record.outcome);
            pending.record.reason = Some(msg::CallAbandoned.into());
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(pending.finish());
        }
    }
}
