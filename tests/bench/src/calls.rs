//! Cost of the gate per call. The floor is a bare server: the same echo by tonic's own trait, routes, HTTP/2
//! and mutual TLS, and the same client, but no policy, request id, deadline, spans or metering.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chengji_domain::access::{Rights, Role};
use chengji_domain::{Error, ErrorCode};
use chengji_messages::msg;
use chengji_proto::convert::{AcceptOrder, LogAlarm};
use chengji_proto::policy::Home;
use chengji_proto::service::{Answers, Page, StatusService};
use chengji_proto::v1::status_service_client::StatusServiceClient;
use chengji_proto::v1::status_service_server::{self, StatusServiceServer};
use chengji_proto::v1::{
    AcceptLogRequest, AcceptLogResponse, Backup, CheckIndexesRequest, CheckIndexesResponse,
    ConfirmLogRequest, ConfirmLogResponse, CreateBackupRequest, ListQuarantineRequest,
    ListQuarantineResponse, QuarantinedEntry, StatusRequest, StatusResponse,
};
use chengji_transport::{
    Access, AuditSink, CallRecord, Expect, Gated, Guards, Identity, Peer, Permit, Server,
    ServerLimits, channel,
};
use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tonic::service::Routes;
use tonic::{Request, Response, Status};
use tower::Service;

use crate::cluster::Cluster;
use crate::measure::{Outcome, Row, median, quiet};
use crate::tls;

const CALLERS: [u32; 2] = [1, 16];
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(1);

/// Answers at once, behind the gate.
struct Echo;

impl StatusService<Permit> for Echo {
    async fn status(&self, _: Permit, _: StatusRequest) -> Result<StatusResponse, Error> {
        Ok(StatusResponse::default())
    }

    async fn list_quarantine(
        &self,
        _: Permit,
        _: ListQuarantineRequest,
    ) -> Result<Page<QuarantinedEntry>, Error> {
        Ok(Page {
            items: Vec::new(),
            next_cursor: String::new(),
        })
    }

    async fn create_backup(&self, _: Permit, _: CreateBackupRequest) -> Result<Backup, Error> {
        Ok(Backup::default())
    }

    async fn confirm_log(&self, _: Permit, _: ConfirmLogRequest) -> Result<(), Error> {
        Ok(())
    }

    async fn check_indexes(
        &self,
        _: Permit,
        _: CheckIndexesRequest,
    ) -> Result<Answers<CheckIndexesResponse>, Error> {
        Ok(Box::pin(tokio_stream::empty()))
    }

    async fn accept_log(&self, _: Permit, _: AcceptOrder) -> Result<LogAlarm, Error> {
        Err(Error::new(ErrorCode::NotFound, msg::Text { text: "none" }))
    }
}

/// The same by tonic alone.
struct Bare;

#[tonic::async_trait]
impl status_service_server::StatusService for Bare {
    async fn status(&self, _: Request<StatusRequest>) -> Result<Response<StatusResponse>, Status> {
        Ok(Response::new(StatusResponse::default()))
    }

    async fn list_quarantine(
        &self,
        _: Request<ListQuarantineRequest>,
    ) -> Result<Response<ListQuarantineResponse>, Status> {
        Ok(Response::new(ListQuarantineResponse::default()))
    }

    async fn create_backup(
        &self,
        _: Request<CreateBackupRequest>,
    ) -> Result<Response<Backup>, Status> {
        Ok(Response::new(Backup::default()))
    }

    async fn confirm_log(
        &self,
        _: Request<ConfirmLogRequest>,
    ) -> Result<Response<ConfirmLogResponse>, Status> {
        Ok(Response::new(ConfirmLogResponse::default()))
    }

    type CheckIndexesStream = tokio_stream::Empty<Result<CheckIndexesResponse, Status>>;

    async fn check_indexes(
        &self,
        _: Request<CheckIndexesRequest>,
    ) -> Result<Response<Self::CheckIndexesStream>, Status> {
        Ok(Response::new(tokio_stream::empty()))
    }

    async fn accept_log(
        &self,
        _: Request<AcceptLogRequest>,
    ) -> Result<Response<AcceptLogResponse>, Status> {
        Ok(Response::new(AcceptLogResponse::default()))
    }
}

/// Every caller is a publisher. Rights are resolved once a connection, as in production.
struct Publishers;

impl Access for Publishers {
    fn rights(&self, _: &Peer) -> chengji_domain::Result<Rights> {
        Rights::new([Role::Publisher], None)
    }

    fn changes(&self) -> watch::Receiver<u64> {
        watch::Sender::new(0).subscribe()
    }
}

impl AuditSink for Publishers {
    fn record(&self, _: CallRecord) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::ready(()))
    }
}

pub(crate) async fn run() -> Outcome<Vec<Row>> {
    // As in production: spans are recorded and calls counted.
    tracing_subscriber::fmt()
        .with_writer(std::io::sink)
        .try_init()?;
    let _recorder = metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder()?;
    let cluster = Cluster::new(1)?;
    let node = cluster.identity(&cluster.node_folder(0))?;
    let client = cluster.identity(&cluster.person_folder(0))?;
    let bare = bare(&cluster, Routes::new(StatusServiceServer::new(Bare))).await?;
    let routes = Routes::new(StatusServiceServer::new(Gated::new(Echo)));
    let home = Home::City("430100".parse()?);
    let limits = ServerLimits {
        calls_per_second: NonZeroU32::MAX,
        ..ServerLimits::default()
    };
    let guards = Guards {
        access: Arc::new(Publishers),
        audit: Arc::new(Publishers),
    };
    let server = Server::new(node, home, None, limits, guards)?;
    let bound = server.bind(([127, 0, 0, 1], 0).into()).await?;
    let gated = bound.local_addr();
    tokio::spawn(server.serve(bound, routes, std::future::pending(), Duration::ZERO));

    let mut rows = Vec::new();
    for callers in CALLERS {
        quiet().await?;
        let (mut floors, mut figures) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            floors.push(calls_per_second(&client, bare, callers).await?);
            figures.push(calls_per_second(&client, gated, callers).await?);
        }
        let (floor, figure) = (median(floors), median(figures));
        rows.push(Row {
            what: format!("authorised calls, {callers} callers"),
            figure: format!("{figure:.0}/s"),
            floor: format!("bare tonic {floor:.0}/s"),
            ratio: format!("{:.2}", figure / floor),
            target: ">= 0.7".to_owned(),
            met: figure >= 0.7 * floor,
        });
    }
    Ok(rows)
}

async fn bare(cluster: &Cluster, routes: Routes) -> Outcome<SocketAddr> {
    let mut config = tls::server(&cluster.node_folder(0))?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    let tls = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let addr = listener.local_addr()?;
    let routes = routes.prepare();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            tcp.set_nodelay(true)?;
            let tls = tls.accept(tcp).await?;
            let routes = routes.clone();
            let calls = hyper::service::service_fn(move |request| routes.clone().call(request));
            let http2 = http2::Builder::new(TokioExecutor::new());
            tokio::spawn(http2.serve_connection(TokioIo::new(tls), calls));
        }
        Ok::<_, std::io::Error>(())
    });
    Ok(addr)
}

async fn calls_per_second(client: &Identity, addr: SocketAddr, callers: u32) -> Outcome<f64> {
    let channel = channel(client, &addr.to_string(), Expect::AnyNode)?;
    let mut first = StatusServiceClient::new(channel.clone());
    first.status(StatusRequest::default()).await?;
    let begun = Instant::now();
    let callers = (0..callers).map(|_| {
        let mut client = StatusServiceClient::new(channel.clone());
        tokio::spawn(async move {
            let mut done = 0_u32;
            while begun.elapsed() < ROUND {
                client.status(StatusRequest::default()).await?;
                done += 1;
            }
            Ok::<u32, Status>(done)
        })
    });
    let mut all = 0;
    for caller in callers.collect::<Vec<_>>() {
        all += caller.await??;
    }
    Ok(f64::from(all) / begun.elapsed().as_secs_f64())
}
