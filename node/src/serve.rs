//! Putting a node together, and running it until it is told to stop.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chengji_domain::calendar::{Calendar, DeadlineRules};
use chengji_domain::fact::LogOwner;
use chengji_domain::{Error, ErrorCode, Principal, Result};
use chengji_follow::{Follower, LogServer, system_clock};
use chengji_proto::FILE_DESCRIPTOR_SET;
use chengji_proto::policy::Home;
use chengji_proto::v1;
use chengji_store::{Ledger, RocksStore};
use chengji_terminal::settings::Overrides;
use chengji_transport::{Identity, Server, ServerLimits, shutdown, telemetry};
use tokio::sync::watch;
use tonic::service::Routes;
use tracing::info;

use crate::config::Settings;
use crate::node::Node;
use crate::requests::follow::CoordinatorLog;
use crate::{catalogue, delivery, directory, requests, status};

/// How long open calls may take to end once the node is told to stop.
const GRACE: Duration = Duration::from_secs(5);

/// Runs the node of these settings until SIGTERM or SIGINT.
pub async fn serve(config: &Path, overrides: &Overrides) -> Result<()> {
    let settings = Settings::load(config, overrides)?;
    telemetry::init_logs(settings.log_format, &settings.log_filter)?;
    if let Some(address) = settings.metrics {
        telemetry::serve_metrics(address)?;
    }
    let node = Arc::new(open(settings)?);
    let home = Home::City(node.city);
    let server = Server::new(node.identity.clone(), home, ServerLimits::default())?;
    let bound = server.bind(node.settings.listen).await?;

    let (stop, stopped) = watch::channel(false);
    let follower = Follower {
        ledger: node.ledger.clone(),
        log: LogOwner::Coordinator,
        channel: node.coordinator.clone(),
        apply: Arc::new(CoordinatorLog(node.clone())),
        clock: node.clock.clone(),
    };
    let followed = follower.spawn(stopped.clone())?;
    let routes = routes(&node, followed, stopped).await?;
    info!(city = %node.city, address = %bound.local_addr(), log = %node.ledger.head(), "ready");
    let told = async move {
        shutdown::signal().await;
        info!("stopping");
        let _ = stop.send(true);
    };
    server.serve(bound, routes, told, GRACE).await?;
    node.ledger.close();
    info!("stopped");
    Ok(())
}

/// Starts a new epoch of the log in this data directory, after it was restored from a backup. The
/// node must not be running.
pub async fn new_epoch(config: &Path) -> Result<String> {
    let node = open(Settings::load(config, &Overrides::default())?)?;
    let position = node.ledger.new_epoch().await?;
    node.ledger.close();
    Ok(position.to_string())
}

fn open(settings: Settings) -> Result<Node> {
    let identity = Identity::load(&settings.identity, SystemTime::now())?;
    if *identity.principal() != Principal::Node(settings.city) {
        let message = format!(
            "the certificate {} is of {}, but the settings are of city {}",
            settings.identity.certificate.display(),
            identity.principal(),
            settings.city
        );
        return Err(Error::new(ErrorCode::Misconfigured, message)
            .with_remedy("name the certificate of this city's node, or correct 'city'"));
    }
    let store = RocksStore::open(&settings.data)?;
    let owner = LogOwner::City(settings.city).to_string();
    let ledger = Ledger::open(Arc::new(store), &owner)?;
    Node::new(settings, identity, ledger, system_clock())
}

async fn routes(
    node: &Arc<Node>,
    followed: chengji_follow::Followed,
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
    let calendar = Arc::new(Calendar::built_in()?);
    let rules = Arc::new(DeadlineRules::built_in()?);
    let log = LogServer::new(node.ledger.clone(), Arc::new(may_read), stopped);
    Ok(Routes::new(health)
        .add_service(reflection)
        .add_service(v1::catalogue_service_server::CatalogueServiceServer::new(
            catalogue::service::Service(node.clone()),
        ))
        .add_service(v1::request_service_server::RequestServiceServer::new(
            requests::service::Service::new(node.clone(), calendar, rules),
        ))
        .add_service(v1::delivery_service_server::DeliveryServiceServer::new(
            deliveries,
        ))
        .add_service(v1::directory_service_server::DirectoryServiceServer::new(
            directory::Service(node.clone()),
        ))
        .add_service(v1::log_service_server::LogServiceServer::new(log))
        .add_service(v1::status_service_server::StatusServiceServer::new(
            status::Service {
                node: node.clone(),
                followed,
            },
        )))
}

/// A city's log is for the coordinator, the cluster's auditors and the city itself; another city
/// sees only that there are entries.
fn may_read(reader: &Principal, _entry: &[u8]) -> bool {
    match reader {
        Principal::Coordinator | Principal::Auditor(_) | Principal::Person { .. } => true,
        Principal::Node(_) | Principal::Operator(_) => false,
    }
}
