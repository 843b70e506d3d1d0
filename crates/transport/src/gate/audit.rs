//! Audit layer: records a denial before it is answered, and a call that changes something before its
//! response ends.

mod record;
mod seen;

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use chengji_domain::Error;
use chengji_proto::policy::Rule;
use chengji_proto::status::from_error;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tower::{Layer, Service};

pub(crate) use self::record::Records;
use self::record::{Due, Keeping};
pub(crate) use self::seen::Seen;
use super::denied::Denied;
use super::quota::refusal_response;
use super::request_id::RequestId;
use super::rule::rule_of;
use crate::access::{AuditSink, CallRecord, DONE};
use crate::call_rate_limiter::CallRateLimiter;
use crate::metering::{Meters, OTHER, code};
use crate::peer::Peer;
use crate::quota_key::QuotaKey;

/// Adds the layer to a service.
#[derive(Clone)]
pub(crate) struct AuditLayer(Arc<Recorder>);

/// The parts that the records of one connection's calls share.
pub(crate) struct Recorder {
    /// The sink of records.
    pub(crate) sink: Arc<dyn AuditSink>,
    /// The records that are still to be written.
    pub(crate) records: Records,
    /// Bounds the denials that are written down.
    pub(crate) rate_limiter: Arc<CallRateLimiter>,
    /// The key that the limits apply to.
    pub(crate) quota_key: Arc<QuotaKey>,
    /// The counter of denials.
    pub(crate) meters: Arc<Meters>,
    /// The caller.
    pub(crate) peer: Arc<Peer>,
}

impl AuditLayer {
    /// Records calls like this.
    pub(crate) fn new(recorder: Recorder) -> Self {
        Self(Arc::new(recorder))
    }
}

impl Recorder {
    /// The record of a call; of a denied one with the reason.
    fn due<B>(&self, request: &Request<B>, denied: Option<&Error>) -> Due {
        let id = request.extensions().get::<RequestId>();
        let record = CallRecord {
            principal: self.peer.principal.clone(),
            addr: self.peer.addr,
            rpc: request.uri().path().to_owned(),
            subject: String::new(),
            outcome: denied
                .map_or(DONE, |error| error.code().as_str())
                .to_owned(),
            reason: denied.map(|error| error.message().clone()),
            request_id: id.map(|RequestId(id)| id.to_string()).unwrap_or_default(),
        };
        let subject = rule_of(request).and_then(|rule| rule.subject.clone());
        Due::new(&self.sink, &self.records, record, subject)
    }

    /// Writes a denial down, then answers it. A caller that is denied too often learns only that.
    async fn deny<B, R>(self: Arc<Self>, denied: Denied<Seen<B>>) -> Response<R>
    where
        B: Body<Data = Bytes> + Unpin,
        R: Default,
    {
        let Denied { error, request } = denied;
        if let Err(too_fast) = self.rate_limiter.denial(&self.quota_key) {
            return refusal_response(&too_fast);
        }
        tracing::warn!(reason = error.remedy(), "denied: {error}");
        let label = rule_of(&request).map_or(OTHER, |_| request.uri().path());
        self.meters.of(label).denied();
        let due = self.due(&request, Some(&error));
        if let Some(beginning) = due.beginning() {
            request.into_body().read_beginning(beginning).await;
        }
        let response = from_error(&error).into_http();
        due.keep(response.headers()).await;
        response
    }
}

impl<S> Layer<S> for AuditLayer {
    type Service = Audit<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Audit {
            inner,
            recorder: Arc::clone(&self.0),
        }
    }
}

/// The service behind the layer.
#[derive(Clone)]
pub(crate) struct Audit<S> {
    inner: S,
    recorder: Arc<Recorder>,
}

impl<S, B, R> Service<Request<B>> for Audit<S>
where
    S: Service<Request<Seen<B>>, Response = Response<R>, Error = Denied<Seen<B>>>,
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    R: Default + Send + 'static,
{
    type Response = Response<Audited<R>>;
    type Error = Infallible;
    type Future = AuditFuture<S::Future, R>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // A service that is not ready denies no call: there is none yet.
        self.inner.poll_ready(cx).map(|_| Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let changes = rule_of(&request).is_some_and(|rule: &Arc<Rule>| rule.changes);
        let due = changes.then(|| self.recorder.due(&request, None));
        let beginning = due.as_ref().and_then(Due::beginning);
        let request = request.map(|body| Seen::new(body, beginning));
        AuditFuture {
            call: self.inner.call(request),
            due,
            recorder: Arc::clone(&self.recorder),
            keeping: None,
        }
    }
}

pin_project! {
    /// Resolves to the response of a call, or to that of its denial.
    pub(crate) struct AuditFuture<F, R> {
        #[pin]
        call: F,
        due: Option<Due>,
        recorder: Arc<Recorder>,
        // The response, once the record before it is on disk.
        keeping: Option<Pin<Box<dyn Future<Output = Response<Audited<R>>> + Send>>>,
    }
}

impl<F, B, R> Future for AuditFuture<F, R>
where
    F: Future<Output = Result<Response<R>, Denied<Seen<B>>>>,
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    R: Default + Send + 'static,
{
    type Output = Result<Response<Audited<R>>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Some(keeping) = this.keeping {
            return keeping.as_mut().poll(cx).map(Ok);
        }
        let done = ready!(this.call.poll(cx));
        let due = this.due.take();
        let kept = match (done, due) {
            (Err(denied), due) => {
                due.into_iter().for_each(Due::discard);
                this.keeping
                    .insert(Box::pin(Arc::clone(this.recorder).deny(denied)))
            }
            // A call that failed at once has its status in the headers, any other in the trailers.
            (Ok(response), Some(due)) if code(response.headers()).is_some() => {
                let kept = due.keep(response.headers());
                this.keeping.insert(Box::pin(async move {
                    kept.await;
                    response.map(|body| Audited::of(body, None))
                }))
            }
            (Ok(response), due) => {
                return Poll::Ready(Ok(response.map(|body| Audited::of(body, due))));
            }
        };
        kept.as_mut().poll(cx).map(Ok)
    }
}

/// A response's body that does not end before the record of its call is on disk.
pub(crate) struct Audited<R> {
    body: R,
    due: Option<Due>,
    /// The record on its way to the disk, and the frame that waits for it.
    keeping: Option<(Keeping, Option<Frame<Bytes>>)>,
}

impl<R> Audited<R> {
    fn of(body: R, due: Option<Due>) -> Self {
        Self {
            body,
            due,
            keeping: None,
        }
    }
}

impl<R: Default> Default for Audited<R> {
    fn default() -> Self {
        Self::of(R::default(), None)
    }
}

impl<R> Body for Audited<R>
where
    R: Body<Data = Bytes> + Unpin,
{
    type Data = Bytes;
    type Error = R::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, R::Error>>> {
        let this = self.get_mut();
        if this.keeping.is_none() {
            let frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
            let Some(Ok(frame)) = frame else {
                return Poll::Ready(frame);
            };
            let end = frame.trailers_ref().filter(|end| code(end).is_some());
            match end.and_then(|end| Some(this.due.take()?.keep(end))) {
                None => return Poll::Ready(Some(Ok(frame))),
                Some(keeping) => this.keeping = Some((keeping, Some(frame))),
            }
        }
        let Some((keeping, frame)) = &mut this.keeping else {
            return Poll::Ready(None);
        };
        ready!(keeping.as_mut().poll(cx));
        let frame = frame.take();
        this.keeping = None;
        Poll::Ready(frame.map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.keeping.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
