//! The server: accepts connections, authenticates peers, and shuts down gracefully.
//!
//! Each connection is established and served in a task of its own, so that none delays another.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chengji_domain::{Error, ErrorCode, Principal, Result};
use chengji_messages::{Message, Value, msg};
use chengji_proto::policy::{Home, PolicyTable};
use chengji_runtime::monitor::{Phase, Readiness};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tonic::service::Routes;

use crate::acceptor::Acceptor;
use crate::access::Guards;
use crate::chains::CityAuthority;
use crate::gate::Gate;
use crate::identity::Identity;
use crate::limits::ServerLimits;
use crate::metering;
use crate::tls::server_config;

/// Maximum time the shutdown waits for the last audit records.
const LAST_RECORDS: Duration = Duration::from_secs(10);

/// A server of this identity, not yet serving.
pub struct Server {
    tls: TlsAcceptor,
    cluster: String,
    gate: Gate,
    limits: ServerLimits,
    readiness: Readiness,
}

/// A listening socket, so that callers know the port before serving begins.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    addr: SocketAddr,
}

impl Bound {
    /// The address, with the port that the system chose if 0 was requested.
    pub fn local_addr(&self) -> SocketAddr {
        self.addr
    }
}

impl Server {
    /// A server of `home`, whose certificate must be the home's own. It accepts people of its city if
    /// `people` certified them.
    pub fn new(
        identity: Identity,
        home: Home,
        people: Option<&CityAuthority>,
        limits: ServerLimits,
        guards: Guards,
    ) -> Result<Self> {
        let expected = match home {
            Home::City(city) => Principal::Node(city),
            Home::Coordinator => Principal::Coordinator,
        };
        if *identity.principal() != expected {
            let message = msg::ServerCertificateOfAnother {
                expected,
                found: identity.principal(),
            };
            return Err(Error::new(ErrorCode::Misconfigured, message));
        }
        metering::describe();
        Ok(Self {
            tls: TlsAcceptor::from(Arc::new(server_config(&identity, people)?)),
            cluster: identity.cluster().to_owned(),
            gate: Gate::new(PolicyTable::load()?, home, &limits, guards),
            limits,
            readiness: Readiness::default(),
        })
    }

    /// Sets where the server reports its readiness.
    pub fn reporting_to(mut self, readiness: Readiness) -> Self {
        self.readiness = readiness;
        self
    }

    /// Listens at `addr`.
    pub async fn bind(&self, addr: SocketAddr) -> Result<Bound> {
        let failed = |cause: io::Error| {
            let address = Value::text(addr);
            let message: Message = match cause.kind() {
                io::ErrorKind::AddrInUse => msg::AddressInUse { address, cause }.into(),
                io::ErrorKind::AddrNotAvailable => {
                    msg::AddressOfAnotherMachine { address, cause }.into()
                }
                io::ErrorKind::PermissionDenied => {
                    msg::AddressNotPermitted { address, cause }.into()
                }
                _ => msg::AddressUnusable { address, cause }.into(),
            };
            Error::new(ErrorCode::Misconfigured, message)
        };
        let listener = TcpListener::bind(addr).await.map_err(failed)?;
        let addr = listener.local_addr().map_err(failed)?;
        Ok(Bound { listener, addr })
    }

    /// Serves `routes` until `shutdown` resolves. Then new connections are refused, calls under way may
    /// end within `grace`, and the remaining ones are cut. The audit log is complete when this returns.
    pub async fn serve(
        self,
        bound: Bound,
        routes: Routes,
        shutdown: impl Future<Output = ()> + Send + 'static,
        grace: Duration,
    ) -> Result<()> {
        let (stop, _) = watch::channel(());
        let Self {
            tls,
            cluster,
            gate,
            limits,
            readiness,
        } = self;
        let records = gate.records.clone();
        let acceptor = Arc::new(Acceptor::new(tls, cluster, gate, &limits, routes.prepare()));
        let mut tasks = JoinSet::new();
        readiness.enter(Phase::Serving);
        tokio::select! {
            () = shutdown => {}
            () = accept(&acceptor, &bound.listener, &stop, &mut tasks) => {}
        }
        readiness.enter(Phase::Stopping);
        drop(bound);
        let _ = stop.send(());
        let all_ended = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(grace, all_ended).await.is_err() {
            tracing::warn!(
                connections = tasks.len(),
                ?grace,
                "cutting connections still in use"
            );
            tasks.shutdown().await;
        }
        // Calls that were cut leave a record, too, and the caller closes the store next.
        if tokio::time::timeout(LAST_RECORDS, records.all_kept())
            .await
            .is_err()
        {
            tracing::error!("audit entries of calls that were cut off could not be kept in time");
        }
        Ok(())
    }
}

/// Accepts connections for ever.
async fn accept(
    acceptor: &Arc<Acceptor>,
    listener: &TcpListener,
    stop: &watch::Sender<()>,
    tasks: &mut JoinSet<()>,
) {
    // Out of file descriptors or memory: waiting may help, an immediate retry would not.
    const BREATH: Duration = Duration::from_millis(100);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = tasks.join_next() => continue,
        };
        match accepted {
            Ok((tcp, addr)) => {
                if let Some(entry) = acceptor.enter(addr) {
                    tasks.spawn(Arc::clone(acceptor).connection(
                        tcp,
                        addr,
                        entry,
                        stop.subscribe(),
                    ));
                }
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}
