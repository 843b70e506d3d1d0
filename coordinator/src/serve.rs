//! Putting the coordinator together, serving, and stopping without losing anything.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chengji_domain::fact::LogOwner;
use chengji_domain::{CityCode, Error, ErrorCode, Principal, Result};
use chengji_follow::{Clock, Follower, LogServer};
use chengji_proto::convert::cluster_entry_from;
use chengji_proto::policy::Home;
use chengji_proto::v1::broker_service_server::BrokerServiceServer;
use chengji_proto::v1::directory_service_server::DirectoryServiceServer;
use chengji_proto::v1::log_service_server::LogServiceServer;
use chengji_proto::v1::rate_service_server::RateServiceServer;
use chengji_proto::v1::status_service_server::StatusServiceServer;
use chengji_store::{Ledger, RocksStore};
use chengji_transport::{Bound, Expect, Identity, Server, ServerLimits, channel, telemetry};
use tokio::sync::watch;
use tonic::service::Routes;

use crate::broker::Broker;
use crate::config::Settings;
use crate::directory::Directory;
use crate::federation::Federation;
use crate::followed::FollowedCities;
use crate::members;
use crate::rate::{LiveRate, Rates};
use crate::reminders::watch_deadlines;
use crate::status::Status;
use crate::terms::Terms;
use crate::waiting::watch_waiting;

/// How long calls under way may go on once the program is to stop.
const GRACE: Duration = Duration::from_secs(5);

/// A coordinator that listens and follows; it serves once it is run.
pub struct Coordinator {
    ledger: Ledger,
    server: Server,
    bound: Bound,
    routes: Routes,
    stop: watch::Sender<bool>,
}

impl Coordinator {
    /// Opens the store, begins to follow the members' logs, and listens. To be called within the
    /// tokio runtime.
    pub async fn start(settings: &Settings, clock: Clock) -> Result<Self> {
        let identity = Identity::load(&settings.identity, SystemTime::now())?;
        check_cluster(&identity, settings)?;
        let limits = ServerLimits::default();
        let server = Server::new(identity.clone(), Home::Coordinator, limits.clone())?;
        let store = Arc::new(RocksStore::open(&settings.data)?);
        let ledger = Ledger::open(store, &LogOwner::Coordinator.to_string())?;
        members::admit(&ledger, settings.members.clone(), clock()).await?;

        if let Some(addr) = settings.metrics {
            telemetry::serve_metrics(addr)?;
        }
        let bound = server.bind(settings.listen).await?;
        let (stop, stopped) = watch::channel(false);
        let parts = Parts::new(settings, identity, ledger.clone(), clock)?;
        parts.follow(settings, &stopped)?;
        tokio::spawn(watch_deadlines(
            ledger.clone(),
            Arc::clone(&parts.terms),
            parts.clock.clone(),
            stopped.clone(),
        ));
        tokio::spawn(watch_waiting(
            ledger.clone(),
            Arc::clone(&parts.terms),
            parts.clock.clone(),
            parts.cities.is_current(),
            stopped.clone(),
        ));
        let routes = parts.routes(&limits, stopped).await?;
        Ok(Self {
            ledger,
            server,
            bound,
            routes,
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
            ledger,
            server,
            bound,
            routes,
            stop,
        } = self;
        tracing::info!(address = %bound.local_addr(), "ready");
        let told = stop.clone();
        let shutdown = async move {
            shutdown.await;
            // Nobody listens any more where everything has ended already.
            let _ = told.send(true);
        };
        let served = server.serve(bound, routes, shutdown, GRACE).await;
        let _ = stop.send(true);
        let closed = tokio::task::spawn_blocking(move || ledger.close()).await;
        served?;
        closed.map_err(|_| Error::new(ErrorCode::Internal, "closing the store failed"))?;
        tracing::info!("stopped");
        Ok(())
    }
}

/// What the services and followers share.
struct Parts {
    identity: Identity,
    ledger: Ledger,
    clock: Clock,
    terms: Arc<Terms>,
    members: Arc<BTreeSet<CityCode>>,
    cities: FollowedCities,
    live: Arc<LiveRate>,
    headline: chengji_proto::v1::RateUnit,
}

impl Parts {
    fn new(settings: &Settings, identity: Identity, ledger: Ledger, clock: Clock) -> Result<Self> {
        let members = settings.cities();
        let cities: Vec<CityCode> = members.iter().copied().collect();
        let live = LiveRate::rebuild(&**ledger.kv(), &cities)?;
        Ok(Self {
            identity,
            ledger,
            clock,
            terms: Arc::new(Terms::built_in()?),
            members: Arc::new(members),
            cities: FollowedCities::default(),
            live: Arc::new(live),
            headline: settings.headline,
        })
    }

    fn follow(&self, settings: &Settings, stopped: &watch::Receiver<bool>) -> Result<()> {
        for member in &settings.members {
            let city = member.city;
            let follower = Follower {
                ledger: self.ledger.clone(),
                log: LogOwner::City(city),
                channel: channel(&self.identity, &member.endpoint, Expect::Node(city))?,
                apply: Arc::new(Federation {
                    city,
                    terms: Arc::clone(&self.terms),
                    clock: self.clock.clone(),
                    rate: Arc::clone(&self.live),
                    is_current: self.cities.is_current(),
                }),
                clock: self.clock.clone(),
            };
            self.cities.insert(city, follower.spawn(stopped.clone())?);
        }
        Ok(())
    }

    async fn routes(
        &self,
        limits: &ServerLimits,
        stopped: watch::Receiver<bool>,
    ) -> Result<Routes> {
        let most = limits.max_message;
        let (health, health_service) = tonic_health::server::health_reporter();
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(chengji_proto::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1()
            .map_err(|e| Error::new(ErrorCode::Internal, format!("the compiled contract: {e}")))?;
        let log = LogServer::new(self.ledger.clone(), self.may_read(), stopped);
        health.set_serving::<LogServiceServer<LogServer>>().await;
        health
            .set_serving::<DirectoryServiceServer<Directory>>()
            .await;
        health.set_serving::<BrokerServiceServer<Broker>>().await;
        health.set_serving::<RateServiceServer<Rates>>().await;
        health.set_serving::<StatusServiceServer<Status>>().await;
        Ok(Routes::new(health_service)
            .add_service(reflection)
            .add_service(LogServiceServer::new(log).max_decoding_message_size(most))
            .add_service(
                DirectoryServiceServer::new(self.directory()).max_decoding_message_size(most),
            )
            .add_service(BrokerServiceServer::new(self.broker()).max_decoding_message_size(most))
            .add_service(RateServiceServer::new(self.rates()).max_decoding_message_size(most))
            .add_service(StatusServiceServer::new(self.status()).max_decoding_message_size(most)))
    }

    /// Nodes of members read what concerns their city; operators and auditors read everything.
    fn may_read(&self) -> chengji_follow::MayRead {
        let members = Arc::clone(&self.members);
        Arc::new(move |reader: &Principal, entry: &[u8]| match reader {
            Principal::Node(city) => {
                members.contains(city)
                    && cluster_entry_from(entry).is_ok_and(|entry| entry.fact.concerns(*city))
            }
            Principal::Coordinator | Principal::Operator(_) | Principal::Auditor(_) => true,
            Principal::Person { .. } => false,
        })
    }

    fn directory(&self) -> Directory {
        Directory {
            ledger: self.ledger.clone(),
            members: Arc::clone(&self.members),
            cities: self.cities.clone(),
            live: Arc::clone(&self.live),
            clock: self.clock.clone(),
        }
    }

    fn broker(&self) -> Broker {
        Broker {
            ledger: self.ledger.clone(),
            terms: Arc::clone(&self.terms),
            clock: self.clock.clone(),
        }
    }

    fn rates(&self) -> Rates {
        Rates {
            ledger: self.ledger.clone(),
            members: Arc::clone(&self.members),
            cities: self.cities.clone(),
            live: Arc::clone(&self.live),
            headline: self.headline,
            clock: self.clock.clone(),
        }
    }

    fn status(&self) -> Status {
        Status {
            ledger: self.ledger.clone(),
            identity: self.identity.clone(),
            cities: self.cities.clone(),
        }
    }
}

fn check_cluster(identity: &Identity, settings: &Settings) -> Result<()> {
    if identity.cluster() == settings.cluster {
        return Ok(());
    }
    let message = format!(
        "the certificate is of the cluster '{}', the settings are of '{}'",
        identity.cluster(),
        settings.cluster
    );
    Err(Error::new(ErrorCode::Misconfigured, message)
        .with_remedy("set cluster to the name in the certificate, or set another certificate"))
}
