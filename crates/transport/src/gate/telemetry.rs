//! Telemetry layer: each call gets its span and is counted, and its connection is in use until the
//! last byte of its response.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tower::{Layer, Service};
use tracing::instrument::{Instrument, Instrumented};

use super::request_id::RequestId;
use super::rule::rule_of;
use crate::activity::{Activity, Busy};
use crate::metering::{Meters, OTHER, Outcome, code};
use crate::peer::Peer;

/// Adds the layer to a service.
#[derive(Clone)]
pub(crate) struct TelemetryLayer {
    /// The meters of all calls.
    pub(crate) meters: Arc<Meters>,
    /// The caller, for the span.
    pub(crate) peer: Arc<Peer>,
    /// The calls under way on the connection.
    pub(crate) activity: Activity,
}

impl<S> Layer<S> for TelemetryLayer {
    type Service = Observe<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Observe {
            inner,
            layer: self.clone(),
        }
    }
}

/// The service behind the layer.
#[derive(Clone)]
pub(crate) struct Observe<S> {
    inner: S,
    layer: TelemetryLayer,
}

impl<S, B, R> Service<Request<B>> for Observe<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<Observed<R>>;
    type Error = S::Error;
    type Future = ObserveFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let begun = Instant::now();
        let TelemetryLayer {
            meters,
            peer,
            activity,
        } = &self.layer;
        let rpc = request.uri().path();
        let id = request.extensions().get::<RequestId>();
        let id = id.map(|RequestId(id)| &**id).unwrap_or_default();
        let principal = &peer.principal;
        let span = tracing::info_span!("rpc", rpc, %principal, request_id = id);
        // Labels come from the rules, never from a caller.
        let label = rule_of(&request).map_or(OTHER, |_| rpc);
        let figures = (Outcome::open(meters.of(label)), activity.begin());
        let inner = &mut self.inner;
        let call = span.in_scope(|| inner.call(request)).instrument(span);
        ObserveFuture {
            call,
            begun,
            figures: Some(figures),
        }
    }
}

pin_project! {
    /// Resolves to the response, whose body is observed as well.
    pub(crate) struct ObserveFuture<F> {
        #[pin]
        call: Instrumented<F>,
        begun: Instant,
        figures: Option<(Outcome, Busy)>,
    }
}

impl<F, R, E> Future for ObserveFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<Observed<R>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let response = ready!(this.call.as_mut().poll(cx))?;
        if let Some((outcome, _)) = this.figures {
            outcome.meter().headers_after(this.begun.elapsed());
            // A call that failed at once has its status in the headers, any other in the trailers.
            if let Some(code) = code(response.headers()) {
                outcome.ended(code);
            }
        }
        let figures = this.figures.take();
        let span = this.call.span().clone();
        Poll::Ready(Ok(response.map(|body| Observed {
            body,
            figures,
            span,
        })))
    }
}

/// A response's body that is read in the call's span, and by whose end the call is counted.
pub(crate) struct Observed<R> {
    body: R,
    figures: Option<(Outcome, Busy)>,
    span: tracing::Span,
}

impl<R> Body for Observed<R>
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
        let _entered = this.span.enter();
        let frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
        if let Some(Ok(frame)) = &frame
            && let Some(code) = frame.trailers_ref().and_then(code)
            && let Some((outcome, _)) = &mut this.figures
        {
            outcome.ended(code);
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

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::time::Duration;

    use chengji_domain::Principal;
    use tower::{ServiceExt, service_fn};

    use super::*;

    #[tokio::test]
    async fn a_connection_is_in_use_until_the_body_of_the_response_is_gone() {
        let activity = Activity::new();
        let layer = TelemetryLayer {
            meters: Arc::default(),
            peer: Arc::new(Peer {
                principal: Principal::Coordinator,
                serial: None,
                key: None,
                addr: ([127, 0, 0, 1], 1).into(),
            }),
            activity: activity.clone(),
        };
        let inner = service_fn(async |_: Request<()>| {
            Ok::<_, Infallible>(Response::new("answer".to_owned()))
        });
        let call = layer.layer(inner).oneshot(Request::new(()));
        let response = call.await.unwrap();
        let mut idle = std::pin::pin!(activity.idle_for(Duration::ZERO));
        let is_idle = tokio::select! {
            biased;
            () = idle.as_mut() => true,
            () = tokio::task::yield_now() => false,
        };
        assert!(!is_idle);
        drop(response);
        idle.await;
    }
}
