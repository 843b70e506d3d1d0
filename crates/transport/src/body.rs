//! The bodies of a call on their way through the gate: what the request begins with is remembered
//! for the audit log, and the response does not end before its record is on disk.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use http::HeaderMap;
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::sync::watch;
use tonic::body::Body;
use tonic::{Code, Status};
use tracing::Span;

use crate::access::{AuditSink, CallRecord};
use crate::activity::Busy;
use crate::cut::{Cut, trailers};
use crate::metering::Outcome;

/// As much of a request is remembered, bytes.
const BEGINNING: usize = 32 << 10;
/// Who was denied gets so long to say what it was about.
const PATIENCE: Duration = Duration::from_millis(500);

/// What a request's body begins with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beginning(Arc<Mutex<Vec<u8>>>);

impl Beginning {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn add(&self, bytes: &[u8]) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = BEGINNING.saturating_sub(held.len());
        held.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn is_full(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len() >= BEGINNING
    }
}

/// A request's body that is looked at while it is read.
pub(crate) struct Seen {
    pub(crate) body: Incoming,
    pub(crate) beginning: Beginning,
}

impl Seen {
    /// Reads what is needed for the audit log, for a call that no handler will read.
    pub(crate) async fn read_beginning(mut self) {
        let read = async {
            while !self.beginning.is_full() {
                let frame = std::future::poll_fn(|cx| Pin::new(&mut self).poll_frame(cx)).await;
                if !matches!(frame, Some(Ok(_))) {
                    break;
                }
            }
        };
        let _ = tokio::time::timeout(PATIENCE, read).await;
    }
}

impl http_body::Body for Seen {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            self.beginning.add(data.chunk());
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What has to be kept in mind of a call when it ends. It is kept however that comes about: where
/// the caller goes away before the end, it is kept as cancelled.
pub(crate) struct Due(Option<Pending>);

/// A record of which only the end is missing.
pub(crate) struct Pending {
    pub(crate) trail: Arc<dyn AuditSink>,
    pub(crate) record: CallRecord,
    /// Where the subject stands in the beginning of the request.
    pub(crate) subject: Option<chengji_proto::subject::Path>,
    pub(crate) beginning: Beginning,
    /// Held until the record is kept: a server that ends waits for it.
    pub(crate) _to_keep: ToKeep,
}

/// What stands for a record that is still to be kept.
pub(crate) type ToKeep = watch::Receiver<()>;

/// The records still to be kept.
#[derive(Clone, Default)]
pub(crate) struct Records(watch::Sender<()>);

impl Records {
    pub(crate) fn begin(&self) -> ToKeep {
        self.0.subscribe()
    }

    /// Resolves when none is left.
    pub(crate) async fn all_kept(&self) {
        self.0.closed().await;
    }
}

type Keeping = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Due {
    pub(crate) fn new(pending: Pending) -> Self {
        Self(Some(pending))
    }

    pub(crate) fn has_subject(&self) -> bool {
        self.0
            .as_ref()
            .is_some_and(|pending| pending.subject.is_some())
    }

    /// Keeps the record of a call that ended with these headers or trailers.
    pub(crate) fn keep(mut self, end: &HeaderMap) -> Keeping {
        let Some(mut pending) = self.0.take() else {
            return Box::pin(std::future::ready(()));
        };
        if let Some(status) = Status::from_header_map(end)
            && status.code() != Code::Ok
        {
            let error = chengji_proto::status::to_error(&status);
            pending.record.outcome = error.code().to_string();
            pending.record.reason = error.to_string();
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
        self.trail.keep(self.record).await;
    }
}

impl Drop for Due {
    /// The caller went away in the middle: what was begun is kept in mind all the same.
    fn drop(&mut self) {
        let Some(mut pending) = self.0.take() else {
            return;
        };
        if pending.record.outcome == crate::access::DONE {
            "CANCELLED".clone_into(&mut pending.record.outcome);
            "the caller did not wait for the end".clone_into(&mut pending.record.reason);
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(pending.finish());
        }
    }
}

/// A response body that stays in the call's span, sees how the call ends, and keeps it in mind.
pub(crate) struct Answer {
    pub(crate) body: Body,
    /// Ends the call before its body does.
    pub(crate) cut: Cut,
    pub(crate) outcome: Outcome,
    pub(crate) span: Span,
    pub(crate) due: Option<Due>,
    /// The record on its way to the disk, and the frame that waits for it.
    pub(crate) keeping: Option<(Keeping, Option<Frame<Bytes>>)>,
    pub(crate) _busy: Busy,
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        if let Some((keeping, frame)) = &mut this.keeping {
            ready!(keeping.as_mut().poll(cx));
            let frame = frame.take();
            this.keeping = None;
            return Poll::Ready(frame.map(Ok));
        }
        let frame = match Pin::new(&mut this.cut).poll(cx) {
            Poll::Ready(reason) => {
                this.body = Body::empty();
                Some(Ok(Frame::trailers(trailers(&reason))))
            }
            Poll::Pending => {
                let _entered = this.span.enter();
                ready!(Pin::new(&mut this.body).poll_frame(cx))
            }
        };
        let Some(Ok(frame)) = frame else {
            return Poll::Ready(frame);
        };
        let Some(code) = frame.trailers_ref().and_then(code) else {
            return Poll::Ready(Some(Ok(frame)));
        };
        this.outcome.ended(code);
        match (this.due.take(), frame.trailers_ref()) {
            (Some(due), Some(end)) => {
                this.keeping = Some((due.keep(end), Some(frame)));
                Pin::new(this).poll_frame(cx)
            }
            _ => Poll::Ready(Some(Ok(frame))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.keeping.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

pub(crate) fn code(headers: &HeaderMap) -> Option<Code> {
    headers
        .get(Status::GRPC_STATUS)
        .map(|value| Code::from_bytes(value.as_bytes()))
}
