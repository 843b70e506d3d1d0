//! The gate every call passes: one list of layers, each in a module of its own. Behind them a request
//! carries a [`Permit`](crate::Permit); a call that is not allowed never reaches a service.

mod audit;
mod authorization;
mod deadline;
mod denied;
mod policy;
mod quota;
mod request_id;
mod rule;
mod telemetry;
mod weight;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chengji_domain::Error;
use chengji_proto::policy::{Home, PolicyTable};
use http::{Request, Response};
use hyper::body::Incoming;
use tonic::Status;
use tonic::service::Routes;
use tower::{Service, ServiceBuilder};

use self::audit::{AuditLayer, Recorder, Records};
use self::authorization::AuthorizationLayer;
use self::deadline::DeadlineLayer;
use self::policy::PolicyLayer;
use self::quota::QuotaLayer;
use self::request_id::RequestIdLayer;
use self::rule::RuleLayer;
use self::telemetry::TelemetryLayer;
use self::weight::WeightLayer;
use crate::access::{Authorization, Guards};
use crate::activity::Activity;
use crate::call_rate_limiter::CallRateLimiter;
use crate::cut::Line;
use crate::limits::ServerLimits;
use crate::memory::{Account, Memory};
use crate::metering::Meters;
use crate::peer::Peer;
use crate::quota_key::QuotaKey;

/// The longest that a call of a stranger may take.
const STRANGER_DEADLINE: Duration = Duration::from_secs(10);

/// The state that the gates of all connections of a server share.
pub(crate) struct Gate {
    pub(crate) guards: Guards,
    policy: Arc<PolicyTable>,
    home: Home,
    rate_limiter: Arc<CallRateLimiter>,
    memory: Arc<Memory>,
    call_timeout: Duration,
    meters: Arc<Meters>,
    pub(crate) records: Records,
}

/// The facts about a connection when its first call arrives.
pub(crate) struct Connection {
    /// The other end.
    pub(crate) peer: Arc<Peer>,
    /// Whose account its calls are on.
    pub(crate) quota_key: Arc<QuotaKey>,
    /// As of when the connection began: its calls are cut when this changes.
    pub(crate) authorization: Authorization,
    /// The reason that no call of this connection is taken, if it exceeds a limit.
    pub(crate) refusal: Option<Error>,
    /// Ends its calls early.
    pub(crate) line: Line,
    /// Its calls under way.
    pub(crate) activity: Activity,
}

impl Gate {
    /// The gate of a server of `home`.
    pub(crate) fn new(
        policy: PolicyTable,
        home: Home,
        limits: &ServerLimits,
        guards: Guards,
    ) -> Self {
        Self {
            guards,
            policy: Arc::new(policy),
            home,
            rate_limiter: Arc::new(CallRateLimiter::new(limits)),
            memory: Memory::new(limits),
            call_timeout: limits.call_timeout,
            meters: Arc::default(),
            records: Records::default(),
        }
    }

    /// The current authorization of a peer.
    pub(crate) fn authorization(&self, peer: &Peer) -> Authorization {
        self.guards.access.rights(peer).map(Arc::new)
    }

    /// The account that the calls of a peer with this authorization are on.
    pub(crate) fn quota_key(&self, peer: &Peer, authorization: &Authorization) -> QuotaKey {
        QuotaKey::of(peer, self.home, authorization.is_err())
    }

    /// The routes behind the layers that each call of this connection passes, from the first to the
    /// last.
    pub(crate) fn layers(
        &self,
        connection: Connection,
        routes: Routes,
    ) -> impl Service<
        Request<Incoming>,
        Response = Response<impl http_body::Body<Data = Bytes, Error = Status> + Send + use<>>,
        Error = Infallible,
        Future: Send + 'static,
    > + Clone
    + Send
    + use<> {
        let Connection {
            peer,
            quota_key,
            authorization,
            refusal,
            line,
            activity,
        } = connection;
        let account = Account::new(&self.memory, &quota_key);
        let telemetry = TelemetryLayer {
            meters: Arc::clone(&self.meters),
            peer: Arc::clone(&peer),
            activity,
        };
        let recorder = Recorder {
            sink: Arc::clone(&self.guards.audit),
            records: self.records.clone(),
            rate_limiter: Arc::clone(&self.rate_limiter),
            quota_key: Arc::clone(&quota_key),
            meters: Arc::clone(&self.meters),
            peer: Arc::clone(&peer),
        };
        let policy = PolicyLayer {
            home: self.home,
            peer,
            account: account.clone(),
        };
        let limit = match quota_key.is_stranger() {
            true => self.call_timeout.min(STRANGER_DEADLINE),
            false => self.call_timeout,
        };
        ServiceBuilder::new()
            .layer(RequestIdLayer)
            .layer(RuleLayer::new(&self.policy))
            .layer(telemetry)
            .layer(QuotaLayer::new(&self.rate_limiter, &quota_key, refusal))
            .layer(AuditLayer::new(recorder))
            .layer(AuthorizationLayer::new(authorization, line))
            .layer(policy)
            .layer(WeightLayer { account })
            .layer(DeadlineLayer { limit })
            .service(routes)
    }
}
