//! The gate every call passes: request id, policy, deadline, figures. Behind it a request carries
//! a [`Permit`]; what the policy does not allow never gets behind it.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chengji_domain::{Error, Principal};
use chengji_proto::policy::{Home, PolicyTable};
use chengji_proto::status::from_error;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::{Code, Status};
use tower::Service;
use tracing::{Instrument, Span};

use crate::metering::{Meters, Outcome};
use crate::permit::{Peer, Permit};
use crate::{deadline, request_id};

/// Open to everybody with a certificate of the cluster: they tell nothing about anyone's data.
const OPEN: [&str; 2] = ["/grpc.health.v1.Health/", "/grpc.reflection."];

/// The rules, shared by all connections of a server.
pub(crate) struct Gate {
    policy: PolicyTable,
    home: Home,
    meters: Meters,
}

impl Gate {
    pub(crate) fn new(policy: PolicyTable, home: Home) -> Self {
        Self {
            policy,
            home,
            meters: Meters::default(),
        }
    }

    fn decide(&self, path: &str, principal: &Principal) -> Result<(), Error> {
        if OPEN.iter().any(|prefix| path.starts_with(prefix)) {
            return Ok(());
        }
        self.policy.decide(path, principal, self.home)
    }
}

/// The calls of one connection.
pub(crate) struct Calls {
    pub(crate) gate: Arc<Gate>,
    pub(crate) peer: Arc<Peer>,
    pub(crate) routes: Routes,
}

impl hyper::service::Service<Request<Incoming>> for Calls {
    type Response = Response<Answer>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let begun = Instant::now();
        let path = request.uri().path();
        let principal = &self.peer.principal;
        let id = request_id::of(request.headers());
        let span = tracing::info_span!("rpc", rpc = path, %principal, request_id = &*id);
        let outcome = Outcome::open(self.gate.meters.of(path, &self.gate.policy));

        if let Err(error) = self.gate.decide(path, principal) {
            span.in_scope(|| tracing::warn!(reason = error.remedy(), "denied: {error}"));
            outcome.meter().denied();
            let response = from_error(&error).into_http();
            return Box::pin(std::future::ready(Ok(answer(
                response, &id, begun, outcome, span,
            ))));
        }
        let (routes, peer) = (self.routes.clone(), Arc::clone(&self.peer));
        let entered = span.clone();
        Box::pin(
            async move {
                let response = handle(routes, request, Permit::granted(peer, Arc::clone(&id)));
                Ok(answer(response.await, &id, begun, outcome, span))
            }
            .instrument(entered),
        )
    }
}

async fn handle(
    mut routes: Routes,
    mut request: Request<Incoming>,
    permit: Permit,
) -> Response<Body> {
    let limit = deadline::of(request.headers());
    request.extensions_mut().insert(permit);
    // Routes are always ready: tonic's router has no back pressure of its own.
    let handled = routes.call(request);
    let response = match limit {
        None => handled.await,
        Some(limit) => match tokio::time::timeout(limit, handled).await {
            Ok(response) => response,
            Err(_) => Ok(too_late(limit)),
        },
    };
    response.unwrap_or_else(|never| match never {})
}

fn too_late(limit: Duration) -> Response<Body> {
    Status::deadline_exceeded(format!("no answer within the caller's {limit:?}")).into_http()
}

fn answer(
    mut response: Response<Body>,
    id: &str,
    begun: Instant,
    mut outcome: Outcome,
    span: Span,
) -> Response<Answer> {
    outcome.meter().headers_after(begun.elapsed());
    // A call that failed at once has its status in the headers, any other in the trailers.
    if let Some(code) = code(response.headers()) {
        outcome.ended(code);
    }
    if let Ok(value) = HeaderValue::from_str(id) {
        response
            .headers_mut()
            .insert(request_id::HEADER_NAME, value);
    }
    response.map(|body| Answer {
        body,
        outcome,
        span,
    })
}

fn code(headers: &HeaderMap) -> Option<Code> {
    headers
        .get(Status::GRPC_STATUS)
        .map(|value| Code::from_bytes(value.as_bytes()))
}

/// A response body that stays in the call's span and sees how the call ends.
pub(crate) struct Answer {
    body: Body,
    outcome: Outcome,
    span: Span,
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = self.get_mut();
        let frame = {
            let _entered = this.span.enter();
            ready!(Pin::new(&mut this.body).poll_frame(cx))
        };
        if let Some(Ok(frame)) = &frame
            && let Some(code) = frame.trailers_ref().and_then(code)
        {
            this.outcome.ended(code);
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
