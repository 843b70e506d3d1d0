//! Putting a node together, and running it until it is told to stop.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chengji_access::Registrar;
use chengji_access::service::MOST_ENROLMENT;
use chengji_audit::Trail;
use chengji_clock::{Clock, system_clock};
use chengji_domain::fact::LogOwner;
use chengji_domain::{CityCode, Error, ErrorCode, Principal, Result};
use chengji_follow::{Confirming, Follower, Intake, LogPeer, LogPeers, LogServer};
use chengji_pki::enrolment;
use chengji_proto::policy::Home;
use chengji_proto::v1::audit_service_server::AuditServiceServer;
use chengji_proto::v1::catalogue_service_server::CatalogueServiceServer;
use chengji_proto::v1::certificate_service_server::CertificateServiceServer;
use chengji_proto::v1::delivery_service_server::DeliveryServiceServer;
use chengji_proto::v1::directory_service_server::DirectoryServiceServer;
use chengji_proto::v1::enrolment_service_server::EnrolmentServiceServer;
use chengji_proto::v1::log_service_server::LogServiceServer;
use chengji_proto::v1::person_service_server::PersonServiceServer;
use chengji_proto::v1::request_service_server::RequestServiceServer;
use chengji_proto::v1::status_service_server::StatusServiceServer;
use chengji_proto::{FILE_DESCRIPTOR_SET, convert};
use chengji_runtime::settings::Overrides;
use chengji_runtime::tables;
use chengji_runtime::{Readiness, monitor, process, shutdown, telemetry};
use chengji_store::{Ledger, Loss, RestoredMark};
use chengji_transport::{Bound, Guards, HISTOGRAMS, Identity, Pair, Server, spiffe};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tonic::service::Routes;
use tracing::info;

use crate::access::NodeAccess;
use crate::certificate::{self, OwnCertificate};
use crate::config::Settings;
use crate::heard;
use crate::node::Node;
use crate::requests::follow::CoordinatorLog;
use crate::restored;
use crate::seat::NodeSeat;
use crate::{catalogue, delivery, directory, requests, status};

/// How long open calls may take to end once the node is told to stop.
const GRACE: Duration = Duration::from_secs(5);

/// Runs the node of these settings until SIGTERM or SIGINT.
pub async fn serve(config: &Path, overrides: &Overrides) -> Result<()> {
    let settings = Settings::load(config, overrides)?;
    process::keep_memory_private()?;
    telemetry::init_logs(settings.log_format, &settings.log_filter)?;
    shutdown::ignore_hangup()?;
    let clock = system_clock();
    tables::log(&settings.tables, clock());
    Running::start(settings, clock)
        .await?
        .run(shutdown::signal())
        .await
}

/// A node that listens and follows; it serves once it is run.
pub struct Running {
    node: Arc<Node>,
    server: Server,
    bound: Bound,
    routes: Routes,
    rounds: Option<JoinHandle<()>>,
    stop: watch::Sender<bool>,
}

impl Running {
    /// Opens the store, begins to follow the coordinator, and listens. To be called within the tokio
    /// runtime.
    pub async fn start(settings: Settings, clock: Clock) -> Result<Self> {
        let readiness = Readiness::default();
        if let Some(address) = settings.metrics {
            monitor::serve(address, readiness.clone(), HISTOGRAMS).await?;
        }
        let node = Arc::new(open(settings, clock).await?);
        let seat = Arc::new(NodeSeat::open(Arc::clone(&node))?);
        let trail = Trail::open(node.ledger.clone(), node.clock.clone())?;
        let guards = Guards {
            access: Arc::new(NodeAccess(Arc::clone(&node))),
            audit: Arc::new(trail.clone()),
        };
        let (home, limits) = (Home::City(node.city), node.settings.limits.clone());
        let people = seat.people();
        let server = Server::new(node.identity.clone(), home, Some(&people), limits, guards)?
            .reporting_to(readiness);
        let bound = server.bind(node.settings.listen).await?;

        let (stop, stopped) = watch::channel(false);
        let by_hand = confirming(&node)?.spawn(stopped.clone());
        let apply = Arc::new(CoordinatorLog::new(node.clone()));
        let (ledger, clock) = (node.ledger.clone(), node.clock.clone());
        let follower = Follower {
            intake: Intake::open(ledger, LogOwner::Coordinator, apply, clock)?,
            channel: node.coordinator.clone(),
        };
        let followed = follower.spawn(stopped.clone());
        let keeping = heard::Keeping {
            ledger: node.ledger.clone(),
            live: node.live.clone(),
            clock: node.clock.clone(),
        };
        let (heard, state) = (node.heard.clone(), followed.clone());
        tokio::spawn(heard::keep(heard, keeping, state, stopped.clone()));
        let reading = restored::watch_reading(node.clone(), followed.clone(), stopped.clone());
        tokio::spawn(reading);
        let rounds = node.settings.measuring.map(|every| {
            let rounds = catalogue::rounds::keep(Arc::clone(&node), every, stopped.clone());
            tokio::spawn(rounds)
        });
        let (tables, clock) = (Arc::clone(&node.settings.tables), node.clock.clone());
        tokio::spawn(tables::watch_notices(tables, clock, stopped.clone()));
        let certificate = OwnCertificate::new(Arc::clone(&node), Arc::clone(&seat));
        tokio::spawn(certificate.clone().keep(stopped.clone()));
        let access = Access {
            seat,
            trail,
            certificate,
        };
        let status = status::Service {
            node: node.clone(),
            followed,
            by_hand,
        };
        let routes = routes(&node, access, status, stopped).await?;
        Ok(Self {
            node,
            server,
            bound,
            routes,
            rounds,
            stop,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.bound.local_addr()
    }

    /// Serves until `shutdown` resolves; then ends streams and followers, and closes the store.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        let Self {
            node,
            server,
            bound,
            routes,
            rounds,
            stop,
        } = self;
        let address = bound.local_addr();
        info!(city = %node.city, %address, log = %node.ledger.head(), "ready");
        let told = async move {
            shutdown.await;
            info!("stopping");
            let _ = stop.send(true);
        };
        server.serve(bound, routes, told, GRACE).await?;
        if let Some(rounds) = rounds {
            // It has been told, and breaks off what it reads.
            let _ = rounds.await;
        }
        node.ledger.close();
        info!("stopped");
        Ok(())
    }
}

/// A node on the store of these settings, that neither listens nor follows. The store must exist.
async fn open(settings: Settings, clock: Clock) -> Result<Node> {
    let identity = identity(&settings).await?;
    let ledger = Ledger::open_directory(&settings.data, &owner(settings.city), Loss::Refused)?;
    Node::new(settings, identity, ledger, clock)
}

/// A node that is being set up: its store is made where there is none.
pub(crate) async fn set_up(settings: Settings, clock: Clock) -> Result<Node> {
    let identity = identity(&settings).await?;
    let ledger = create_ledger(&settings.data, settings.city)?;
    Node::new(settings, identity, ledger, clock)
}

/// The store of a city in this folder, made where there is none.
pub(crate) fn create_ledger(data: &Path, city: CityCode) -> Result<Ledger> {
    Ledger::create_directory(data, &owner(city), rand::random())
}

/// The owner of a city's store.
fn owner(city: CityCode) -> String {
    LogOwner::City(city).to_string()
}

/// The node's identity. One whose certificate has ended, as after a long time without the
/// coordinator, gets a new one first.
async fn identity(settings: &Settings) -> Result<Identity> {
    let (_, principal) = enrolment::subject(&settings.identity)?;
    if principal != Principal::Node(settings.city) {
        let message = format!(
            "the certificate {} is of {principal}, but the settings are of city {}",
            settings.identity.identity.display(),
            settings.city
        );
        return Err(Error::new(ErrorCode::Misconfigured, message)
            .with_remedy("name the certificate of this city's node, or correct 'city'"));
    }
    if is_invalid_now(settings)? {
        let lock = certificate::lock(settings).await?;
        // Another process may have renewed it before the lock was free.
        if is_invalid_now(settings)? {
            tracing::warn!(
                "the node's certificate is not valid now; asking the coordinator for a new one"
            );
            certificate::renew(&lock, settings).await?;
        }
    }
    Identity::load(&settings.identity, chengji_clock::system_time())
}

fn is_invalid_now(settings: &Settings) -> Result<bool> {
    let pair = Pair::read(&settings.identity.identity)?;
    let certificate = pair.chain.first();
    let life = certificate.and_then(|certificate| spiffe::life(certificate));
    let now = chengji_clock::system_time();
    Ok(life.is_some_and(|(begin, end)| now < begin || end < now))
}

/// What it takes to serve who may do what.
struct Access {
    seat: Arc<NodeSeat>,
    trail: Trail,
    certificate: OwnCertificate,
}

/// Has the own log confirmed by the coordinator.
fn confirming(node: &Node) -> Result<Confirming> {
    let channel = node.coordinator.clone();
    let peers: LogPeers = Arc::new(move || {
        let name = LogOwner::Coordinator.to_string();
        let channel = channel.clone();
        Ok(vec![LogPeer { name, channel }])
    });
    Ok(Confirming {
        ledger: node.ledger.clone(),
        log: LogOwner::City(node.city),
        peers,
        clock: node.clock.clone(),
        restored: RestoredMark::of(&node.settings.data)?,
    })
}

async fn routes(
    node: &Arc<Node>,
    access: Access,
    status: status::Service,
    stopped: watch::Receiver<bool>,
) -> Result<Routes> {
    let internal =
        |e: tonic_reflection::server::Error| Error::new(ErrorCode::Internal, e.to_string());
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()
        .map_err(internal)?;
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter
        .set_service_status("", tonic_health::ServingStatus::Serving)
        .await;

    let deliveries = delivery::service::Service::new(node.clone());
    deliveries.clone().finish_interrupted().await;
    tokio::spawn(deliveries.clone().keep_clean(stopped.clone()));
    if let Err(error) = catalogue::stage::tidy(&node.mover()).await {
        // Everything else is served: people would rather miss one import than the node.
        tracing::error!("an interrupted import cannot be finished now: {error}");
        catalogue::stage::go_on(Arc::clone(node), node.importing.enter());
    }
    let (ledger, clock) = (node.ledger.clone(), node.clock.clone());
    let log = LogServer::new(ledger, Arc::new(may_read), clock, stopped);
    let catalogue = catalogue::service::Service(node.clone());
    let requests = requests::service::Service(node.clone());
    let directory = directory::Service(node.clone());
    let (ledger, live) = (node.ledger.clone(), node.live.clone());
    let registrar = Registrar::new(access.seat, ledger, node.clock.clone(), live);
    let most = node.settings.limits.max_message;
    Ok(Routes::new(health)
        .add_service(reflection)
        .add_service(CatalogueServiceServer::new(catalogue).max_decoding_message_size(most))
        .add_service(RequestServiceServer::new(requests).max_decoding_message_size(most))
        .add_service(DeliveryServiceServer::new(deliveries).max_decoding_message_size(most))
        .add_service(DirectoryServiceServer::new(directory).max_decoding_message_size(most))
        .add_service(LogServiceServer::new(log).max_decoding_message_size(most))
        .add_service(StatusServiceServer::new(status).max_decoding_message_size(most))
        .add_service(
            EnrolmentServiceServer::new(registrar.clone())
                .max_decoding_message_size(MOST_ENROLMENT),
        )
        .add_service(PersonServiceServer::new(registrar).max_decoding_message_size(most))
        .add_service(AuditServiceServer::new(access.trail).max_decoding_message_size(most))
        .add_service(
            CertificateServiceServer::new(access.certificate).max_decoding_message_size(most),
        ))
}

/// A city's log is for the coordinator, the cluster's auditors and the city itself; another city
/// sees only that there are entries.
fn may_read(reader: &Principal, entry: &[u8]) -> bool {
    match reader {
        Principal::Person { .. } => true,
        // What is on its way into the catalogue is the city's own business until it is published.
        Principal::Coordinator | Principal::Auditor(_) => !convert::is_internal(entry),
        Principal::Node(_) | Principal::Operator(_) | Principal::Newcomer => false,
    }
}
