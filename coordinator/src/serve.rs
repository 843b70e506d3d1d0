//! Assembles the coordinator, serves, and shuts down without loss.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chengji_access::service::MAX_ENROLMENT;
use chengji_access::{EnrolmentPolicy, Registrar, RosterHandle, roster};
use chengji_audit::AuditLog;
use chengji_clock::Clock;
use chengji_domain::checkpoint::Checkpoint;
use chengji_domain::fact::LogOwner;
use chengji_domain::rate::Unit;
use chengji_domain::roster::{Membership, MembershipStatus};
use chengji_domain::tables::Tables;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_follow::{
    ByHand, Confirming, Copies, FollowTurns, IndexChecks, LogPeer, LogPeers, LogServer, rule_table,
    watch_table_sizes,
};
use chengji_messages::msg;
use chengji_pki::{Authority, LogSigner, keys};
use chengji_proto::policy::Home;
use chengji_proto::v1::approval_service_server::ApprovalServiceServer;
use chengji_proto::v1::audit_service_server::AuditServiceServer;
use chengji_proto::v1::broker_service_server::BrokerServiceServer;
use chengji_proto::v1::certificate_service_server::CertificateServiceServer;
use chengji_proto::v1::directory_service_server::DirectoryServiceServer;
use chengji_proto::v1::enrolment_service_server::EnrolmentServiceServer;
use chengji_proto::v1::log_service_server::LogServiceServer;
use chengji_proto::v1::matter_broker_service_server::MatterBrokerServiceServer;
use chengji_proto::v1::member_service_server::MemberServiceServer;
use chengji_proto::v1::person_service_server::PersonServiceServer;
use chengji_proto::v1::probe_service_server::ProbeServiceServer;
use chengji_proto::v1::rate_service_server::RateServiceServer;
use chengji_proto::v1::report_service_server::ReportServiceServer;
use chengji_proto::v1::rule_setting_service_server::RuleSettingServiceServer;
use chengji_proto::v1::rules_service_server::RulesServiceServer;
use chengji_proto::v1::status_service_server::StatusServiceServer;
use chengji_runtime::{Readiness, monitor, watch_notices};
use chengji_store::{IndexedTable, KeyValue, Ledger, Loss, RestoredMark, build_added};
use chengji_transport::{
    Bound, Expect, Gated, GatedServices, Guards, HISTOGRAMS, Identity, Server, ServerLimits, Turns,
    channel,
};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tonic::service::Routes;

use crate::access::CoordinatorAccess;
use crate::approvals::Approvals;
use crate::broker::Broker;
use crate::certificate::OwnCertificate;
use crate::config::Settings;
use crate::deadlines::Deadlines;
use crate::directory::{self, Directory};
use crate::enrolment::{CoordinatorEnrolment, sign_new_epoch};
use crate::followed::FollowedCities;
use crate::following::Following;
use crate::indexing::Indexing;
use crate::journal;
use crate::matters::MatterBroker;
use crate::members::Members;
use crate::probes::{ProbeSettings, Probes};
use crate::quota::Budgets;
use crate::rate::{self, LiveRate, Rates, Sealing, SnapshotWriter};
use crate::reminders::watch_deadlines;
use crate::reports::Reports;
use crate::requests::Disputes;
use crate::rules::Rules;
use crate::status::Status;
use crate::waiting::watch_waiting;

/// The folder of the search index within the data directory. Backups leave it out: it is built anew.
const SEARCH_INDEX: &str = "search";
/// Maximum time calls under way may take to end at shutdown.
const GRACE: Duration = Duration::from_secs(5);

/// The tables of the coordinator that have indexes or tallies.
pub(crate) fn indexed() -> impl Iterator<Item = &'static dyn IndexedTable> {
    let shared = [
        &chengji_access::INDEXED as &[&dyn IndexedTable],
        &chengji_audit::INDEXED,
        &chengji_follow::INDEXED,
        &crate::early_moves::INDEXED,
    ];
    shared.into_iter().flatten().copied()
}

/// A coordinator that listens and follows; it serves once it runs.
pub struct Coordinator {
    ledger: Ledger,
    server: Server,
    bound: Bound,
    routes: Routes,
    stop: watch::Sender<bool>,
    snapshots: JoinHandle<()>,
}

impl Coordinator {
    /// Opens the store, begins to follow the members' logs, and listens. Call it within the tokio runtime.
    pub async fn start(settings: &Settings, clock: Clock) -> Result<Self> {
        let readiness = Readiness::default();
        if let Some(addr) = settings.metrics {
            monitor::serve(addr, readiness.clone(), HISTOGRAMS).await?;
        }
        let ledger = Ledger::open_directory(&settings.data, &owner(), Loss::Refused)?;
        build_added(&ledger, indexed()).await?;
        let enrolment = enrolment(settings)?;
        let certificate =
            OwnCertificate::make(Arc::clone(&enrolment), chengji_clock::system_time())?;
        let identity = certificate.identity.clone();
        let parts = Parts::new(settings, identity.clone(), enrolment, ledger.clone(), clock)?;
        let limits = settings.limits.clone();
        let home = Home::Coordinator;
        let server = Server::new(identity, home, None, limits.clone(), parts.guards())?
            .reporting_to(readiness);
        let bound = server.bind(settings.listen).await?;
        let (stop, stopped) = watch::channel(false);
        let restored = RestoredMark::of(&settings.data)?;
        let by_hand = parts.confirming(restored).spawn(stopped.clone());
        tokio::spawn(sign_new_epoch(
            ledger.clone(),
            parts.registrar(),
            Arc::clone(&parts.enrolment),
            stopped.clone(),
        ));
        parts.follow().spawn(stopped.clone());
        tokio::spawn(certificate.clone().keep_renewed(stopped.clone()));
        tokio::spawn(watch_deadlines(
            ledger.clone(),
            Arc::clone(&parts.deadlines),
            parts.clock.clone(),
            stopped.clone(),
        ));
        tokio::spawn(watch_table_sizes(ledger.clone(), stopped.clone()));
        let (calendar, clock) = (parts.deadlines.0.clone(), parts.clock.clone());
        tokio::spawn(watch_notices(calendar, clock, stopped.clone()));
        tokio::spawn(watch_waiting(
            ledger.clone(),
            Arc::clone(&parts.deadlines),
            parts.clock.clone(),
            parts.cities.is_current(),
            stopped.clone(),
        ));
        tokio::spawn(parts.sealing().watch(stopped.clone()));
        tokio::spawn(parts.probes().watch(stopped.clone()));
        let snapshots = tokio::spawn(parts.snapshots().watch(stopped.clone()));
        let (indexing, unread) = (parts.indexing.clone(), parts.cities.unread());
        tokio::spawn(indexing.watch(unread, stopped.clone()));
        let routes = parts.routes(&limits, certificate, by_hand, stopped).await?;
        Ok(Self {
            ledger,
            server,
            bound,
            routes,
            stop,
            snapshots,
        })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.bound.local_addr()
    }

    /// Serves until `shutdown` resolves; then ends streams and followers, and closes the store.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        let Self {
            ledger,
            server,
            bound,
            routes,
            stop,
            snapshots,
        } = self;
        tracing::info!(address = %bound.local_addr(), "ready");
        let stop_at_shutdown = stop.clone();
        let shutdown = async move {
            shutdown.await;
            // The receivers are gone if everything has already ended.
            let _ = stop_at_shutdown.send(true);
        };
        let served = server.serve(bound, routes, shutdown, GRACE).await;
        let _ = stop.send(true);
        // The next start folds the entries after the last snapshot that was written in time.
        let _ = tokio::time::timeout(GRACE, snapshots).await;
        let closing = move || {
            ledger.close();
            // Otherwise the next start has to recover the write-ahead log.
            ledger.flush()
        };
        let closed = tokio::task::spawn_blocking(closing).await;
        served?;
        let flushed = closed.map_err(|_| Error::new(ErrorCode::Internal, msg::StoreNotClosed))?;
        if let Err(error) = flushed {
            tracing::warn!(%error, "the next start recovers the last writes");
        }
        tracing::info!("stopped");
        Ok(())
    }
}

/// The owner of the coordinator's store.
pub(crate) fn owner() -> String {
    LogOwner::Coordinator.to_string()
}

/// Opens the authority of these settings.
pub(crate) fn enrolment(settings: &Settings) -> Result<Arc<dyn EnrolmentPolicy>> {
    let passphrase = settings
        .passphrase
        .as_deref()
        .map(keys::passphrase)
        .transpose()?;
    let passphrase = passphrase.as_ref().map(|held| held.as_slice());
    let (files, cluster) = (&settings.authority, &settings.cluster);
    let authority = Authority::open(files, cluster, passphrase, chengji_clock::system_time())?;
    let log = LogSigner::beside(&files.key)?;
    let enrolment = CoordinatorEnrolment::new(authority, &log, settings.address.clone());
    Ok(Arc::new(enrolment))
}

/// State shared by the services and followers.
struct Parts {
    identity: Identity,
    ledger: Ledger,
    clock: Clock,
    deadlines: Arc<Deadlines>,
    tables: Arc<Tables>,
    disputes: Disputes,
    probes: ProbeSettings,
    enrolment: Arc<dyn EnrolmentPolicy>,
    members: RosterHandle,
    audit_log: AuditLog,
    cities: FollowedCities,
    live: Arc<LiveRate>,
    backups: PathBuf,
    headline: Unit,
    turns: Arc<Turns>,
    budgets: Arc<Budgets>,
    indexing: Indexing,
    compare_interval: Duration,
}

impl Parts {
    fn new(
        settings: &Settings,
        identity: Identity,
        enrolment: Arc<dyn EnrolmentPolicy>,
        ledger: Ledger,
        clock: Clock,
    ) -> Result<Self> {
        let kv = &**ledger.kv();
        // A removed city's log is folded again when it takes part again.
        let mut cities = Vec::new();
        roster::each_member(kv, |known| {
            let kept = Some(known).filter(|known| known.status != MembershipStatus::Removed);
            cities.extend(kept.map(|known| known.member.city));
            Ok(())
        })?;
        check_cluster(kv, &settings.cluster)?;
        let rules = rule_table::current(kv)?;
        let folder = settings.data.join(SEARCH_INDEX);
        let indexing = Indexing::new(&folder, ledger.clone(), clock.clone())?;
        let copies = Copies::new(Arc::clone(ledger.kv()));
        // The two together take most of the time of a start.
        let live = indexing.read_beside(|| LiveRate::rebuild(copies, clock.clone(), &cities))?;
        Ok(Self {
            identity,
            members: RosterHandle::of(&ledger),
            audit_log: AuditLog::open(ledger.clone(), clock.clone())?,
            enrolment,
            ledger,
            clock,
            deadlines: Arc::new(Deadlines(rules)),
            tables: Arc::clone(&settings.tables),
            disputes: settings.disputes,
            probes: settings.probes,
            cities: FollowedCities::default(),
            live: Arc::new(live),
            headline: settings.headline,
            backups: settings.backups.clone(),
            turns: rate::turns(),
            budgets: Arc::new(Budgets::new(settings.quotas.clone())),
            indexing,
            compare_interval: settings.compare_interval,
        })
    }

    fn guards(&self) -> Guards {
        Guards {
            access: Arc::new(CoordinatorAccess {
                ledger: self.ledger.clone(),
                roster: self.members.clone(),
            }),
            audit: Arc::new(self.audit_log.clone()),
        }
    }

    fn follow(&self) -> Following {
        Following {
            turns: FollowTurns::default(),
            compare_interval: self.compare_interval,
            identity: self.identity.clone(),
            ledger: self.ledger.clone(),
            deadlines: Arc::clone(&self.deadlines),
            clock: self.clock.clone(),
            rate: Arc::clone(&self.live),
            roster: self.members.clone(),
            cities: self.cities.clone(),
            budgets: Arc::clone(&self.budgets),
            disputes: self.disputes,
        }
    }

    /// The confirmation of the own log by the members.
    fn confirming(&self, restored: Option<RestoredMark>) -> Confirming {
        let (identity, members) = (self.identity.clone(), self.members.clone());
        let peers: LogPeers = Arc::new(move || {
            let peer = |known: Membership| {
                let (city, endpoint) = (known.member.city, &known.member.endpoint);
                Ok(LogPeer {
                    name: city.to_string(),
                    channel: channel(&identity, endpoint, Expect::Node(city))?,
                })
            };
            let active = members.with_status(MembershipStatus::Active)?;
            active.into_iter().map(peer).collect()
        });
        Confirming {
            ledger: self.ledger.clone(),
            log: LogOwner::Coordinator,
            peers,
            clock: self.clock.clone(),
            restored,
        }
    }

    fn registrar(&self) -> Registrar {
        let (enrolment, ledger) = (Arc::clone(&self.enrolment), self.ledger.clone());
        Registrar::new(enrolment, ledger, self.clock.clone(), self.members.clone())
    }

    async fn routes(
        &self,
        limits: &ServerLimits,
        certificate: OwnCertificate,
        by_hand: ByHand,
        stopped: watch::Receiver<bool>,
    ) -> Result<Routes> {
        let (ledger, clock) = (self.ledger.clone(), self.clock.clone());
        let log = LogServer::new(ledger, LogOwner::Coordinator, clock, stopped)
            .with_paced_reader(self.cities.paced());
        let registrar = self.registrar();
        let members = Members {
            registrar: registrar.clone(),
            enrolment: Arc::clone(&self.enrolment),
            roster: self.members.clone(),
            tables: Arc::clone(&self.tables),
            clock: self.clock.clone(),
        };
        let services = GatedServices::new(limits.max_message)?
            .with(MemberServiceServer::new(Gated::new(members)))
            .with_limit(
                EnrolmentServiceServer::new(Gated::new(registrar.clone())),
                MAX_ENROLMENT,
            )
            .with(PersonServiceServer::new(Gated::new(registrar)))
            .with(AuditServiceServer::new(Gated::new(self.audit_log.clone())))
            .with(CertificateServiceServer::new(Gated::new(certificate)))
            .with(LogServiceServer::new(Gated::new(log)))
            .with(DirectoryServiceServer::new(Gated::new(self.directory())))
            .with(BrokerServiceServer::new(Gated::new(self.broker())))
            .with(MatterBrokerServiceServer::new(Gated::new(self.matters())))
            .with(ApprovalServiceServer::new(Gated::new(self.approvals())))
            .with(RateServiceServer::new(Gated::new(self.rates())))
            .with(ReportServiceServer::new(Gated::new(self.reports())))
            .with(ProbeServiceServer::new(Gated::new(self.probes())))
            .with(RulesServiceServer::new(Gated::new(self.rules())))
            .with(RuleSettingServiceServer::new(Gated::new(self.rules())))
            .with(StatusServiceServer::new(Gated::new(self.status(by_hand))));
        Ok(services.into_routes().await)
    }

    fn directory(&self) -> Directory {
        Directory {
            ledger: self.ledger.clone(),
            members: self.members.clone(),
            cities: self.cities.clone(),
            live: Arc::clone(&self.live),
            clock: self.clock.clone(),
            indexing: self.indexing.clone(),
            turns: directory::turns(),
            searched: directory::SearchedRoster::default(),
        }
    }

    fn broker(&self) -> Broker {
        Broker {
            ledger: self.ledger.clone(),
            deadlines: Arc::clone(&self.deadlines),
            disputes: self.disputes,
            clock: self.clock.clone(),
        }
    }

    fn matters(&self) -> MatterBroker {
        MatterBroker {
            ledger: self.ledger.clone(),
            deadlines: Arc::clone(&self.deadlines),
            clock: self.clock.clone(),
        }
    }

    fn approvals(&self) -> Approvals {
        Approvals {
            ledger: self.ledger.clone(),
            deadlines: Arc::clone(&self.deadlines),
            clock: self.clock.clone(),
        }
    }

    fn probes(&self) -> Probes {
        let (ledger, cities) = (self.ledger.clone(), self.cities.clone());
        Probes::new(ledger, cities, self.probes, self.clock.clone())
    }

    fn sealing(&self) -> Sealing {
        Sealing {
            copies: self.live.copies().clone(),
            ledger: self.ledger.clone(),
            tables: Arc::clone(&self.tables),
            clock: self.clock.clone(),
            is_confirmed: self.cities.confirm_clock(),
        }
    }

    fn snapshots(&self) -> SnapshotWriter {
        SnapshotWriter {
            ledger: self.ledger.clone(),
            live: Arc::clone(&self.live),
        }
    }

    fn rates(&self) -> Rates {
        Rates {
            ledger: self.ledger.clone(),
            live: Arc::clone(&self.live),
            headline: self.headline,
            clock: self.clock.clone(),
            turns: Arc::clone(&self.turns),
            turn_timeout: rate::TURN_TIMEOUT,
        }
    }

    fn reports(&self) -> Reports {
        Reports {
            rates: self.rates(),
            rules: self.deadlines.0.clone(),
            kept: Arc::default(),
        }
    }

    fn rules(&self) -> Rules {
        Rules {
            ledger: self.ledger.clone(),
            deadlines: Arc::clone(&self.deadlines),
            clock: self.clock.clone(),
        }
    }

    fn status(&self, by_hand: ByHand) -> Status {
        Status {
            ledger: self.ledger.clone(),
            identity: self.identity.clone(),
            cities: self.cities.clone(),
            deadlines: Arc::clone(&self.deadlines),
            clock: self.clock.clone(),
            by_hand,
            backups: self.backups.clone(),
            index_checks: IndexChecks::new(self.ledger.clone(), indexed()),
            indexing: self.indexing.clone(),
        }
    }
}

/// Checks that the store belongs to this cluster, which is named in the signatures of its log.
fn check_cluster(kv: &dyn KeyValue, cluster: &str) -> Result<()> {
    let signed = journal::last_signed(kv)?;
    match signed.as_ref().and_then(Checkpoint::cluster) {
        Some(known) if known != cluster => {
            let message = msg::DataOfAnotherCluster { known, cluster };
            Err(Error::new(ErrorCode::Misconfigured, message))
        }
        _ => Ok(()),
    }
}
