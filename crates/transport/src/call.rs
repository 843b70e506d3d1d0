//! The gate every call passes: request id, pace, standing, policy, deadline, figures, audit log.
//! Behind it a request carries a [`Permit`]; what is not allowed never gets behind it.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chengji_domain::access::Rights;
use chengji_domain::{Error, Result};
use chengji_proto::policy::{Home, PolicyTable, Rule};
use chengji_proto::status::from_error;
use chengji_proto::v1::Caller;
use http::{HeaderValue, Request, Response};
use hyper::body::Incoming;
use tonic::Status;
use tonic::body::Body;
use tonic::service::Routes;
use tower::Service;
use tracing::{Instrument, Span};

use crate::access::{Authorization, CallRecord, DONE, Guards};
use crate::activity::{Activity, Busy};
use crate::body::{Answer, Beginning, Due, Pending, Records, Seen, code};
use crate::cut::{self, Cut, Line};
use crate::limits::ServerLimits;
use crate::memory::{Account, Memory};
use crate::metering::{Meters, Outcome, throttled};
use crate::pace::Pace;
use crate::peer::Peer;
use crate::permit::Permit;
use crate::quota_key::QuotaKey;
use crate::weight::{Weighed, Weight, weighed};
use crate::{deadline, request_id};

/// Open to everybody with a certificate of the cluster: they tell nothing about anyone's data.
const OPEN: [&str; 2] = ["/grpc.health.v1.Health/", "/grpc.reflection."];

/// A call of a stranger is done by then.
const STRANGERS_PATIENCE: Duration = Duration::from_secs(10);

/// The rules, shared by all connections of a server.
pub(crate) struct Gate {
    pub(crate) guards: Guards,
    policy: PolicyTable,
    home: Home,
    pace: Pace,
    memory: Arc<Memory>,
    call_timeout: Duration,
    meters: Meters,
    pub(crate) records: Records,
}

impl Gate {
    pub(crate) fn new(
        policy: PolicyTable,
        home: Home,
        limits: &ServerLimits,
        guards: Guards,
    ) -> Self {
        Self {
            guards,
            policy,
            home,
            pace: Pace::new(limits),
            memory: Memory::new(limits),
            call_timeout: limits.call_timeout,
            meters: Meters::default(),
            records: Records::default(),
        }
    }

    /// What a peer may do, as it stands now.
    pub(crate) fn standing(&self, peer: &Peer) -> Authorization {
        self.guards.access.rights(peer).map(Arc::new)
    }

    /// Who pays for what a peer does that stands like this.
    pub(crate) fn quota_key(&self, peer: &Peer, standing: &Authorization) -> QuotaKey {
        QuotaKey::of(peer, self.home, standing.is_err())
    }
}

/// The calls of one connection.
pub(crate) struct Calls {
    pub(crate) gate: Arc<Gate>,
    pub(crate) peer: Arc<Peer>,
    pub(crate) quota_key: QuotaKey,
    /// As of when the connection began: its calls are cut when this changes.
    pub(crate) standing: Authorization,
    /// Why no call of this connection is taken, where it is one too many.
    pub(crate) refusal: Option<Error>,
    pub(crate) line: Line,
    pub(crate) activity: Activity,
    pub(crate) routes: Routes,
}

impl Calls {
    fn decide(&self, path: &str) -> Result<Arc<Rights>> {
        let Gate { policy, home, .. } = &*self.gate;
        if policy
            .rule(path)
            .is_some_and(|rule| rule.callers.contains(&Caller::Anybody))
        {
            return Ok(Arc::default());
        }
        let rights = self.standing.clone()?;
        let known = self.peer.principal != chengji_domain::Principal::Newcomer;
        if known && OPEN.iter().any(|prefix| path.starts_with(prefix)) {
            return Ok(rights);
        }
        policy.decide(path, &self.peer.principal, &rights, *home)?;
        Ok(rights)
    }

    /// What is to be kept in mind of a call; of a denied one with why.
    fn due(
        &self,
        rule: Option<&Rule>,
        path: &str,
        id: &str,
        beginning: &Beginning,
        denied: Option<&Error>,
    ) -> Due {
        Due::new(Pending {
            trail: Arc::clone(&self.gate.guards.audit),
            record: CallRecord {
                principal: self.peer.principal.clone(),
                addr: self.peer.addr,
                rpc: path.to_owned(),
                subject: String::new(),
                outcome: denied
                    .map_or(DONE, |error| error.code().as_str())
                    .to_owned(),
                reason: denied.map(ToString::to_string).unwrap_or_default(),
                request_id: id.to_owned(),
            },
            subject: rule.and_then(|rule| rule.subject.clone()),
            beginning: beginning.clone(),
            _to_keep: self.gate.records.begin(),
        })
    }
}

/// What is known of a call from its beginning to its end.
struct Attempt {
    id: Arc<str>,
    begun: Instant,
    outcome: Outcome,
    span: Span,
    busy: Busy,
    /// The account of the answer.
    account: Account,
}

impl hyper::service::Service<Request<Incoming>> for Calls {
    type Response = Response<Answer>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let begun = Instant::now();
        let path = request.uri().path();
        let id = request_id::of(request.headers());
        let principal = &self.peer.principal;
        let span = tracing::info_span!("rpc", rpc = path, %principal, request_id = &*id);
        let outcome = Outcome::open(self.gate.meters.of(path, &self.gate.policy));
        let attempt = Attempt {
            id,
            begun,
            outcome,
            span,
            busy: self.activity.begin(),
            account: Account::new(&self.gate.memory, &self.quota_key),
        };
        if let Err(error) = self.gate.pace.call(&self.quota_key) {
            return refuse_unheard(attempt, &error);
        }
        if let Some(refusal) = &self.refusal {
            return refuse_unheard(attempt, refusal);
        }
        let decided = match self.line.reason() {
            None => self.decide(path),
            Some(reason) => Err(reason),
        };
        let rights = match decided {
            Ok(rights) => rights,
            Err(error) => return self.deny(attempt, request, error),
        };
        let rule = self.gate.policy.rule(path);
        let beginning = Beginning::default();
        let due = rule
            .filter(|rule| rule.changes)
            .map(|rule| self.due(Some(rule), path, &attempt.id, &beginning, None));
        // Calls of one message each way end in time, whatever the caller thinks of it.
        let most =
            rule.filter(|rule| !rule.streaming)
                .map(|_| match self.quota_key.is_stranger() {
                    true => self.gate.call_timeout.min(STRANGERS_PATIENCE),
                    false => self.gate.call_timeout,
                });
        let asked = deadline::of(request.headers());
        let limit = asked.into_iter().chain(most).min();
        let (peer, id) = (Arc::clone(&self.peer), Arc::clone(&attempt.id));
        let permit = Permit::granted(peer, rights, id, attempt.account.clone());
        // A single message is held until it is answered, one of a stream until the next one is read.
        let is_stream = rule.is_none_or(|rule| rule.streaming);
        let weight = Weight::new(permit.hold());
        let kept = (!is_stream).then(|| weight.clone());
        let routes = self.routes.clone();
        let entered = attempt.span.clone();
        let request = request.map(|body| match due {
            Some(_) => Body::new(Weighed::new(Seen { body, beginning }, weight, is_stream)),
            None => Body::new(Weighed::new(body, weight, is_stream)),
        });
        let mut cut = self.cut(rule);
        Box::pin(
            async move {
                let _kept = kept;
                let response = tokio::select! {
                    biased;
                    reason = &mut cut => cut::response(&reason),
                    response = handle(routes, request, permit, limit) => response,
                };
                let response = weighed(response, &attempt.account, is_stream).await;
                Ok(attempt.answer(response, due, cut).await)
            }
            .instrument(entered),
        )
    }
}

impl Calls {
    /// What ends a call before its time. One that changes something with one message has its end
    /// in a moment, and its caller is to learn whether it was done.
    fn cut(&self, rule: Option<&Rule>) -> Cut {
        match rule {
            Some(rule) if rule.changes && !rule.streaming => Cut::never(),
            _ => self.line.cut(),
        }
    }
}

type Answering = Pin<Box<dyn Future<Output = Result<Response<Answer>, Infallible>> + Send>>;

impl Calls {
    /// A denial is written down before it is told. Who is denied too fast is only told so.
    fn deny(&self, attempt: Attempt, request: Request<Incoming>, error: Error) -> Answering {
        if let Err(too_fast) = self.gate.pace.denial(&self.quota_key) {
            return refuse_unheard(attempt, &too_fast);
        }
        attempt
            .span
            .in_scope(|| tracing::warn!(reason = error.remedy(), "denied: {error}"));
        attempt.outcome.meter().denied();
        let path = request.uri().path();
        let beginning = Beginning::default();
        let rule = self.gate.policy.rule(path);
        let due = self.due(rule, path, &attempt.id, &beginning, Some(&error));
        let asks_subject = due.has_subject();
        let body = request.into_body();
        Box::pin(async move {
            if asks_subject {
                Seen { body, beginning }.read_beginning().await;
            }
            Ok(attempt
                .answer(from_error(&error).into_http(), Some(due), Cut::never())
                .await)
        })
    }
}

fn refuse_unheard(attempt: Attempt, error: &Error) -> Answering {
    throttled();
    let response = from_error(error).into_http();
    Box::pin(async move { Ok(attempt.answer(response, None, Cut::never()).await) })
}

async fn handle(
    mut routes: Routes,
    mut request: Request<Body>,
    permit: Permit,
    limit: Option<Duration>,
) -> Response<Body> {
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
    Status::deadline_exceeded(format!("no answer within {limit:?}")).into_http()
}

impl Attempt {
    async fn answer(
        self,
        mut response: Response<Body>,
        mut due: Option<Due>,
        cut: Cut,
    ) -> Response<Answer> {
        let Self {
            id,
            begun,
            mut outcome,
            span,
            busy,
            account: _,
        } = self;
        outcome.meter().headers_after(begun.elapsed());
        // A call that failed at once has its status in the headers, any other in the trailers.
        if let Some(code) = code(response.headers()) {
            outcome.ended(code);
            if let Some(due) = due.take() {
                due.keep(response.headers()).await;
            }
        }
        if let Ok(value) = HeaderValue::from_str(&id) {
            response
                .headers_mut()
                .insert(request_id::HEADER_NAME, value);
        }
        response.map(|body| Answer {
            body,
            cut,
            outcome,
            span,
            due,
            keeping: None,
            _busy: busy,
        })
    }
}
