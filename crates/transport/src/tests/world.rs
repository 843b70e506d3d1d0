//! A running server of one city, and calls to it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chengji_domain::access::{Rights, Role};
use chengji_domain::{CityCode, Digest, Epoch, Error, ErrorCode, Position, Principal};
use chengji_messages::msg;
use chengji_proto::convert::{Credentials, KnownLog, LogEnd};
use chengji_proto::policy::Home;
use chengji_proto::service::{Answers, EnrolmentService, LogService};
use chengji_proto::status::to_error;
use chengji_proto::v1::enrolment_service_server::EnrolmentServiceServer;
use chengji_proto::v1::log_service_client::LogServiceClient;
use chengji_proto::v1::log_service_server::LogServiceServer;
use chengji_proto::v1::{
    FollowRequest, FollowResponse, HeadRequest, JoinRequest, KnownRequest, RangeRootsRequest,
    RenewRequest,
};
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::JoinHandle;
use tokio_stream::StreamExt;
use tonic::service::Routes;
use tonic::transport::Channel;
use tonic::{Status, Streaming};

use super::ca::Ca;
use crate::{
    Access, AuditSink, CallRecord, CityAuthority, Expect, Gated, Guards, Identity, Peer, Permit,
    Server, ServerLimits, channel,
};

pub(super) const HOME: &str = "430100";

pub(super) fn home() -> CityCode {
    HOME.parse().unwrap()
}

/// The position in a log that was never followed.
const NOWHERE: Position = Position {
    epoch: Epoch::UNKNOWN,
    seq: 0,
};

/// A log whose stream reports once which city follows, and then stays silent.
struct Log;

impl LogService<Permit> for Log {
    async fn follow(
        &self,
        permit: Permit,
        _: FollowRequest,
    ) -> Result<Answers<FollowResponse>, Error> {
        let epoch = permit.city().map_or(0, CityCode::number);
        let first = tokio_stream::once(Ok(FollowResponse {
            epoch,
            ..Default::default()
        }));
        Ok(Box::pin(first.chain(tokio_stream::pending())))
    }

    async fn head(&self, _: Permit, _: HeadRequest) -> Result<LogEnd, Error> {
        Ok(LogEnd {
            head: NOWHERE,
            leaf: None,
            epochs: Vec::new(),
        })
    }

    async fn range_roots(&self, _: Permit, _: RangeRootsRequest) -> Result<Vec<Digest>, Error> {
        Ok(Vec::new())
    }

    async fn known(&self, _: Permit, _: KnownRequest) -> Result<KnownLog, Error> {
        Ok(KnownLog {
            position: NOWHERE,
            leaf: None,
            highest_epoch: 0,
        })
    }
}

/// Issues no certificates: joining waits for ever, renewing is refused.
struct Enrolment(Arc<World>);

impl EnrolmentService<Permit> for Enrolment {
    async fn join(&self, _: Permit, _: JoinRequest) -> Result<Credentials, Error> {
        self.0.joining.notify_one();
        std::future::pending().await
    }

    async fn renew(&self, _: Permit, _: RenewRequest) -> Result<Credentials, Error> {
        Err(Error::new(
            ErrorCode::NotFound,
            msg::Text { text: "not here" },
        ))
    }
}

/// The gate's guards in a test: everything is allowed, unless a test decides otherwise.
#[derive(Default)]
pub(super) struct World {
    refused: Mutex<HashMap<Principal, Error>>,
    rights: Mutex<HashMap<Principal, Rights>>,
    changed: watch::Sender<u64>,
    kept: Mutex<Vec<CallRecord>>,
    /// Notified when a caller waits for the answer to a call that changes something.
    pub(super) joining: Notify,
}

impl World {
    pub(super) fn refuse(&self, principal: &str, error: Error) {
        let principal = principal.parse().unwrap();
        self.refused.lock().unwrap().insert(principal, error);
        self.changed.send_modify(|n| *n += 1);
    }

    pub(super) fn give(&self, principal: &str, role: Role) {
        let rights = Rights::new([role], None).unwrap();
        self.rights
            .lock()
            .unwrap()
            .insert(principal.parse().unwrap(), rights);
        self.changed.send_modify(|n| *n += 1);
    }

    pub(super) fn kept(&self) -> Vec<CallRecord> {
        self.kept.lock().unwrap().clone()
    }
}

pub(super) struct Guard(pub(super) Arc<World>);

impl Access for Guard {
    fn rights(&self, peer: &Peer) -> Result<Rights, Error> {
        if let Some(error) = self.0.refused.lock().unwrap().get(&peer.principal) {
            return Err(error.clone());
        }
        let given = self.0.rights.lock().unwrap().get(&peer.principal).cloned();
        Ok(given.unwrap_or_else(|| Rights::new([Role::Auditor], None).unwrap()))
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }
}

impl AuditSink for Guard {
    fn record(&self, record: CallRecord) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let world = Arc::clone(&self.0);
        Box::pin(async move {
            // Takes its time, as a disk does.
            for _ in 0..64 {
                tokio::task::yield_now().await;
            }
            world.kept.lock().unwrap().push(record);
        })
    }
}

/// Guards that allow everything to everybody.
pub(super) fn open() -> Guards {
    guards(&Arc::default())
}

fn guards(world: &Arc<World>) -> Guards {
    Guards {
        access: Arc::new(Guard(Arc::clone(world))),
        audit: Arc::new(Guard(Arc::clone(world))),
    }
}

pub(super) struct Running {
    pub(super) addr: SocketAddr,
    pub(super) world: Arc<World>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    /// Stops the server and waits for its end.
    pub(super) async fn stop(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
    }

    pub(super) fn channel(&self, identity: &Identity) -> Channel {
        self.channel_to(identity, Expect::Node(home()))
    }

    pub(super) fn channel_to(&self, identity: &Identity, expect: Expect) -> Channel {
        channel(identity, &self.addr.to_string(), expect).unwrap()
    }
}

/// Serves the log and health of the home city.
pub(super) async fn serve(ca: &Ca, limits: ServerLimits, grace: Duration) -> Running {
    serve_all(ca, limits, grace, None).await
}

/// The same, accepting people whom this authority of the city certified.
pub(super) async fn serve_with(ca: &Ca, people: Option<&CityAuthority>) -> Running {
    serve_all(ca, ServerLimits::default(), Duration::from_secs(5), people).await
}

async fn serve_all(
    ca: &Ca,
    limits: ServerLimits,
    grace: Duration,
    people: Option<&CityAuthority>,
) -> Running {
    let identity = ca.identity(&format!("city/{HOME}/node"));
    let world: Arc<World> = Arc::default();
    let server = Server::new(identity, Home::City(home()), people, limits, guards(&world)).unwrap();
    let bound = server.bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    let addr = bound.local_addr();
    let (_, health) = tonic_health::server::health_reporter();
    let routes = Routes::new(LogServiceServer::new(Gated::new(Log)))
        .add_service(EnrolmentServiceServer::new(Gated::new(Enrolment(
            Arc::clone(&world),
        ))))
        .add_service(health);
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(async move {
        let stopped = async { stopped.await.unwrap_or_default() };
        server.serve(bound, routes, stopped, grace).await.unwrap();
    });
    Running {
        addr,
        world,
        stop,
        task,
    }
}

pub(super) async fn serve_default(ca: &Ca) -> Running {
    serve(ca, ServerLimits::default(), Duration::from_secs(5)).await
}

/// Opens a log stream and returns the follower's city as the server saw it, and the open stream.
pub(super) async fn follow(channel: Channel) -> Result<(u32, Streaming<FollowResponse>), Error> {
    let opened = async {
        let response = LogServiceClient::new(channel)
            .follow(FollowRequest::default())
            .await?;
        let mut stream = response.into_inner();
        let first = stream.message().await?;
        Ok::<_, Status>((first.unwrap_or_default().epoch, stream))
    };
    let opened = tokio::time::timeout(Duration::from_secs(20), opened).await;
    opened
        .expect("the call hangs")
        .map_err(|status| to_error(&status))
}
