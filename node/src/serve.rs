//! Assembles a node, and runs it until it is stopped.

mod of_parts;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chengji_access::Registrar;
use chengji_access::service::MAX_ENROLMENT;
use chengji_audit::AuditLog;
use chengji_clock::{Clock, system_clock};
use chengji_domain::fact::LogOwner;
use chengji_domain::{Principal, Result};
use chengji_follow::{
    Confirming, FollowTurns, Followed, Follower, IndexChecks, Intake, LogPeer, LogPeers, LogServer,
    PeerCalls, watch_table_sizes,
};
use chengji_proto::policy::Home;
use chengji_proto::v1::audit_service_server::AuditServiceServer;
use chengji_proto::v1::catalogue_service_server::CatalogueServiceServer;
use chengji_proto::v1::certificate_service_server::CertificateServiceServer;
use chengji_proto::v1::delivery_service_server::DeliveryServiceServer;
use chengji_proto::v1::enrolment_service_server::EnrolmentServiceServer;
use chengji_proto::v1::log_service_server::LogServiceServer;
use chengji_proto::v1::notification_service_server::NotificationServiceServer;
use chengji_proto::v1::person_service_server::PersonServiceServer;
use chengji_proto::v1::status_service_server::StatusServiceServer;
use chengji_query::Engine;
use chengji_runtime::settings::Overrides;
use chengji_runtime::tables;
use chengji_runtime::{Readiness, monitor, process, shutdown, telemetry, watch_notices};
use chengji_store::{Ledger, RestoredMark};
use chengji_transport::{Bound, Gated, GatedServices, Guards, HISTOGRAMS, Server};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tonic::service::Routes;
use tracing::info;

use crate::access::NodeAccess;
use crate::after_restore;
use crate::catalogue::retention::Retention;
use crate::catalogue::{self, Catalogue, regions, stage};
use crate::certificate::OwnCertificate;
use crate::config::Settings;
use crate::delivery::{self, Budget, Consumer, Provider, Spools};
use crate::enrolment::NodeEnrolment;
use crate::lease;
use crate::notifications::{Dispatcher, FeedHealth, Outlets};
use crate::own_log::OwnLog;
use crate::parts::{Parts, indexed};
use crate::probes::{self, Prober};
use crate::requests::follow::CoordinatorLog;
use crate::requests::records::MachineGrants;
use crate::{notifications, requests, status, usage};

/// Maximum time calls under way may take to end at shutdown.
const GRACE: Duration = Duration::from_secs(5);

/// Runs the node of these settings until SIGTERM or SIGINT.
pub async fn serve(config: &Path, overrides: &Overrides) -> Result<()> {
    let settings = Settings::load(config, overrides)?;
    process::keep_memory_private()?;
    telemetry::init_logs(settings.log_format, &settings.log_filter)?;
    process::raise_open_files();
    shutdown::ignore_hangup()?;
    let clock = system_clock();
    tables::log(&settings.tables);
    Running::start(settings, clock)
        .await?
        .run(shutdown::signal())
        .await
}

/// A node that listens and follows; it serves once it runs.
pub struct Running {
    own: OwnLog,
    server: Server,
    bound: Bound,
    routes: Routes,
    ending: JoinSet<()>,
    stop: watch::Sender<bool>,
}

impl Running {
    /// Opens the store, finishes interrupted work, begins to follow the coordinator, and listens. Call it
    /// within the tokio runtime.
    pub async fn start(settings: Settings, clock: Clock) -> Result<Self> {
        let readiness = monitored(&settings).await?;
        Self::of(Parts::open(settings, clock).await?, readiness).await
    }

    /// Starts it on the open ledger of its city, such as one in memory, instead of its data directory.
    pub async fn start_on(ledger: Ledger, settings: Settings, clock: Clock) -> Result<Self> {
        let readiness = monitored(&settings).await?;
        Self::of(Parts::on(ledger, settings, clock).await?, readiness).await
    }

    async fn of(parts: Parts, readiness: Readiness) -> Result<Self> {
        let services = Services::new(&parts)?;
        let server = services.server(&parts)?.reporting_to(readiness);
        let bound = server.bind(parts.settings.listen).await?;

        let (stop, stopped) = watch::channel(false);
        // First: recovery may write once the log's end is confirmed.
        let by_hand = confirming(&parts)?.spawn(stopped.clone());
        services.recover().await;
        let calls = PeerCalls::default();
        let followed = follow(&parts, calls.clone(), &stopped)?;
        let ending = services.spawn(&parts, &followed, &stopped);
        let status = status::NodeStatusService {
            own: parts.own.clone(),
            identity: parts.identity.clone(),
            lease: parts.cluster.lease.clone(),
            rules: parts.rules.clone(),
            disk: Arc::clone(&services.disk),
            backups: parts.settings.backups.clone(),
            retention: services.retention.clone(),
            notifications: services.health.clone(),
            index_checks: IndexChecks::new(parts.own.ledger.clone(), indexed()),
            followed,
            by_hand,
        };
        let log = log_server(&parts.own, calls, stopped);
        let routes = services.routes(&parts, status, log).await?;
        Ok(Self {
            own: parts.own,
            server,
            bound,
            routes,
            ending,
            stop,
        })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.bound.local_addr()
    }

    /// Serves until `shutdown` resolves; then ends streams and followers, and closes the store.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        let Self {
            own,
            server,
            bound,
            routes,
            mut ending,
            stop,
        } = self;
        let address = bound.local_addr();
        info!(city = %own.city, %address, log = %own.ledger.head(), "ready");
        let stopping = async move {
            shutdown.await;
            info!("stopping");
            let _ = stop.send(true);
        };
        server.serve(bound, routes, stopping, GRACE).await?;
        // They were stopped, and write their last.
        while ending.join_next().await.is_some() {}
        own.ledger.close();
        info!("stopped");
        Ok(())
    }
}

/// The readiness of a node, which its monitoring endpoint reports if these settings name one.
async fn monitored(settings: &Settings) -> Result<Readiness> {
    let readiness = Readiness::default();
    if let Some(address) = settings.metrics {
        let histograms = [HISTOGRAMS, chengji_query::HISTOGRAMS].concat();
        monitor::serve(address, readiness.clone(), &histograms).await?;
    }
    Ok(readiness)
}

/// The confirmation of the own log by the coordinator.
fn confirming(parts: &Parts) -> Result<Confirming> {
    let channel = parts.cluster.coordinator.clone();
    let peers: LogPeers = Arc::new(move || {
        let name = LogOwner::Coordinator.to_string();
        let channel = channel.clone();
        Ok(vec![LogPeer { name, channel }])
    });
    Ok(Confirming {
        ledger: parts.own.ledger.clone(),
        log: LogOwner::City(parts.own.city),
        peers,
        clock: parts.own.clock.clone(),
        restored: RestoredMark::of(&parts.settings.data)?,
    })
}

/// Begins to follow the coordinator's log; its calls end the wait after it has refused this node.
fn follow(
    parts: &Parts,
    calls_of_owner: PeerCalls,
    stopped: &watch::Receiver<bool>,
) -> Result<Followed> {
    let Parts {
        settings,
        identity,
        own,
        cluster,
        rules,
    } = parts;
    let learnt = (cluster.roster.clone(), cluster.lease.clone(), rules.clone());
    let grants = MachineGrants {
        per_day: settings.automatic_grants_per_day,
        standing_required: settings.consent.standing_required,
    };
    let apply = CoordinatorLog::new(own.clone(), identity.clone(), learnt, grants);
    let (ledger, clock) = (own.ledger.clone(), own.clock.clone());
    let follower = Follower {
        intake: Intake::open(
            ledger,
            Principal::Node(own.city),
            LogOwner::Coordinator,
            Arc::new(apply),
            clock,
        )?,
        channel: cluster.coordinator.clone(),
        turns: FollowTurns::default(),
        compare_interval: parts.settings.compare_interval,
        calls_of_owner,
    };
    Ok(follower.spawn(stopped.clone()))
}

/// Serves the city's log, and notes when the coordinator begins to follow it.
fn log_server(own: &OwnLog, calls: PeerCalls, stopped: watch::Receiver<bool>) -> LogServer {
    let (ledger, clock) = (own.ledger.clone(), own.clock.clone());
    LogServer::new(ledger, LogOwner::City(own.city), clock, stopped)
        .noting_calls_of(Principal::Coordinator, calls)
}

/// The engine for other cities' queries, unless queries are turned off. Its turns are separate from those of the own city's
/// queries: otherwise two nodes that query each other could wait for each other.
fn computing(settings: &Settings) -> Option<Engine> {
    let query = settings.query.as_ref();
    query.map(|query| Engine::new(&query.engine))
}

/// The services with state of their own between calls.
struct Services {
    catalogue: Catalogue,
    retention: Retention,
    deliveries: delivery::service::NodeDeliveryService,
    disk: Arc<Budget>,
    enrolment: Arc<NodeEnrolment>,
    audit_log: AuditLog,
    certificate: OwnCertificate,
    dispatcher: Dispatcher,
    health: FeedHealth,
}

impl Services {
    fn new(parts: &Parts) -> Result<Self> {
        let Parts {
            settings,
            identity,
            own,
            cluster,
            rules,
        } = parts;
        let tables = (Arc::clone(&settings.tables), rules.clone());
        let catalogue = Catalogue::new(
            own.clone(),
            tables,
            (
                settings.mount_roots.as_slice().into(),
                settings.sources.clone(),
            ),
            settings.limits.memory / 2,
        );
        let disk = Budget::new(settings.received.clone(), settings.disk_limits);
        let disk = Arc::new(disk);
        let provider = Provider {
            own: own.clone(),
            catalogue: catalogue.clone(),
            spools: Spools::new(&settings.data, Arc::clone(&disk)),
            engine: computing(settings),
            data: settings.data.as_path().into(),
        };
        let consumer = Consumer {
            own: own.clone(),
            cluster: cluster.clone(),
            disk: Arc::clone(&disk),
        };
        let enrolment = Arc::new(NodeEnrolment::open(
            own.clone(),
            identity.clone(),
            settings,
        )?);
        let certificate = OwnCertificate::new(
            identity.clone(),
            cluster.roster.clone(),
            Arc::clone(settings),
            Arc::clone(&enrolment),
        );
        let health = FeedHealth::default();
        let (cluster_name, sent) = (identity.cluster(), settings.notifications.clone());
        let outlets = Arc::new(Outlets::new(sent, cluster_name, own.city));
        Ok(Self {
            dispatcher: Dispatcher::new(own.clone(), outlets, health.clone()),
            health,
            catalogue,
            retention: Retention::new(own.clone(), settings.keep_reviews_days),
            deliveries: delivery::service::NodeDeliveryService::new(provider, consumer),
            disk,
            enrolment,
            audit_log: AuditLog::open(own.ledger.clone(), own.clock.clone())?,
            certificate,
        })
    }

    /// The server, whose gate resolves permissions and records calls.
    fn server(&self, parts: &Parts) -> Result<Server> {
        let access = NodeAccess {
            own: parts.own.clone(),
            cluster: parts.cluster.clone(),
        };
        let guards = Guards {
            access: Arc::new(access),
            audit: Arc::new(self.audit_log.clone()),
        };
        let home = Home::City(parts.own.city);
        let (people, limits) = (self.enrolment.people(), parts.settings.limits.clone());
        Server::new(parts.identity.clone(), home, Some(&people), limits, guards)
    }

    /// Finishes work of an earlier run that was interrupted: fetches that lack only their record, an import that was
    /// being applied, and grants that were being marked.
    async fn recover(&self) {
        self.deliveries.clone().finish_interrupted().await;
        if let Err(error) = stage::tidy(&self.catalogue.transitions()).await {
            // Everything else is served: a missing import is preferable to a missing node.
            tracing::error!("an interrupted import cannot be finished now: {error}");
            stage::resume(self.catalogue.clone(), self.catalogue.importing.enter());
        }
        regions::mark_grants(&self.catalogue.own).await;
    }

    /// Starts the background tasks, until `stopped` turns true. Returns those that shutdown waits for:
    /// they write when they are stopped.
    fn spawn(
        &self,
        parts: &Parts,
        followed: &Followed,
        stopped: &watch::Receiver<bool>,
    ) -> JoinSet<()> {
        let Parts {
            settings,
            own,
            cluster,
            rules,
            ..
        } = parts;
        let keeping = lease::Keeping {
            ledger: own.ledger.clone(),
            roster: cluster.roster.clone(),
            clock: own.clock.clone(),
        };
        let (lease, state) = (cluster.lease.clone(), followed.clone());
        let mut ending = JoinSet::new();
        ending.spawn(lease::run(lease, keeping, state, stopped.clone()));
        let reading = after_restore::run(own.clone(), followed.clone(), stopped.clone());
        tokio::spawn(reading);
        tokio::spawn(requests::idempotency::keep_clean(
            own.clone(),
            stopped.clone(),
        ));
        tokio::spawn(watch_table_sizes(own.ledger.clone(), stopped.clone()));
        let usage = usage::service::OwnUsage {
            own: own.clone(),
            rules: rules.clone(),
        };
        ending.spawn(usage::reminding::run(usage, stopped.clone()));
        let prober = Prober {
            own: own.clone(),
            cluster: cluster.clone(),
        };
        ending.spawn(probes::run(prober, stopped.clone()));
        let (rules, clock) = (rules.clone(), own.clock.clone());
        tokio::spawn(watch_notices(rules, clock, stopped.clone()));
        let catalogue = self.catalogue.clone();
        tokio::spawn(catalogue::moved::watch(catalogue, stopped.clone()));
        tokio::spawn(self.certificate.clone().keep_renewed(stopped.clone()));
        tokio::spawn(self.deliveries.clone().keep_clean(stopped.clone()));
        tokio::spawn(self.retention.clone().run_daily(stopped.clone()));
        ending.spawn(self.dispatcher.clone().run(stopped.clone()));
        ending.spawn(catalogue::remeasurement::run(
            self.catalogue.clone(),
            settings.measuring,
            stopped.clone(),
        ));
        ending
    }

    /// All services.
    async fn routes(
        self,
        parts: &Parts,
        status: status::NodeStatusService,
        log: LogServer,
    ) -> Result<Routes> {
        let Parts {
            settings,
            own,
            cluster,
            ..
        } = parts;
        let catalogue = catalogue::service::NodeCatalogueService(self.catalogue);
        let notifications = notifications::service::NodeNotificationService {
            own: own.clone(),
            dispatcher: self.dispatcher,
        };
        let (ledger, clock, roster) = (
            own.ledger.clone(),
            own.clock.clone(),
            cluster.roster.clone(),
        );
        let registrar = Registrar::new(self.enrolment, ledger, clock, roster);
        let services = GatedServices::new(settings.limits.max_message)?;
        let services = of_parts::with_requests(services, parts);
        let services = of_parts::with_queries(services, parts, &self.deliveries);
        let services = of_parts::with_city(services, parts)
            .with(CatalogueServiceServer::new(Gated::new(catalogue)))
            .with(NotificationServiceServer::new(Gated::new(notifications)))
            .with(DeliveryServiceServer::new(Gated::new(self.deliveries)))
            .with(LogServiceServer::new(Gated::new(log)))
            .with(StatusServiceServer::new(Gated::new(status)))
            .with_limit(
                EnrolmentServiceServer::new(Gated::new(registrar.clone())),
                MAX_ENROLMENT,
            )
            .with(PersonServiceServer::new(Gated::new(registrar)))
            .with(AuditServiceServer::new(Gated::new(self.audit_log)))
            .with(CertificateServiceServer::new(Gated::new(self.certificate)));
        Ok(services.into_routes().await)
    }
}
