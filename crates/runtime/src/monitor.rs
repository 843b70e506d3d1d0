//! The monitoring endpoint: Prometheus metrics and health probes over plain HTTP. It exposes names and
//! counts only, and changes nothing.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Maximum number of connections; further ones wait.
const MAX_CONNECTIONS: usize = 32;
/// Maximum time a connection may idle without a request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// Maximum lifetime of a connection, so that a slow reader cannot hold its slot.
const MAX_LIFE: Duration = Duration::from_secs(600);
/// Interval at which the samples of histograms are folded into their buckets.
const UPKEEP: Duration = Duration::from_secs(5);
/// The pause after a failed accept, as without file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const PLAIN_TEXT: &str = "text/plain; charset=utf-8";

/// The readiness of a program to serve calls. Clones share their state.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<watch::Sender<Phase>>);

/// The phases of a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// The store is being opened and following begins.
    #[default]
    Starting,
    /// It accepts calls.
    Serving,
    /// The server is shutting down and accepts no more calls.
    Stopping,
}

impl Readiness {
    /// Enters this phase.
    pub fn enter(&self, phase: Phase) {
        self.0.send_replace(phase);
    }

    fn phase(&self) -> Phase {
        *self.0.borrow()
    }
}

/// Records metrics from now on, and serves them at `http://<addr>/metrics` beside `/healthz` (the process
/// runs) and `/readyz` (it serves calls). `histograms` are exported in buckets with these upper bounds,
/// all others as quantiles. Call it once per process, within the tokio runtime and before any server
/// serves: earlier counts are lost.
pub async fn serve(
    addr: SocketAddr,
    readiness: Readiness,
    histograms: &[(&str, &[f64])],
) -> Result<()> {
    let listener = TcpListener::bind(addr).await.map_err(|cause| {
        let address = Value::text(addr);
        Error::new(
            ErrorCode::Misconfigured,
            msg::MetricsAddressUnusable { address, cause },
        )
    })?;
    let broken = |e: &dyn std::fmt::Display| {
        let cause = Value::text(e);
        Error::new(ErrorCode::Internal, msg::MetricsFailed { cause })
    };
    let mut builder = PrometheusBuilder::new();
    for (name, bounds) in histograms {
        builder = builder
            .set_buckets_for_metric(Matcher::Full((*name).to_owned()), bounds)
            .map_err(|e| broken(&e))?;
    }
    let figures = builder.install_recorder().map_err(|e| broken(&e))?;
    tokio::spawn(upkeep(figures.clone()));
    tokio::spawn(accept(listener, Endpoint { figures, readiness }));
    Ok(())
}

async fn upkeep(figures: PrometheusHandle) {
    loop {
        tokio::time::sleep(UPKEEP).await;
        figures.run_upkeep();
    }
}

async fn accept(listener: TcpListener, endpoint: Endpoint) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    // The semaphore is never closed.
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        match listener.accept().await {
            Ok((tcp, _)) => {
                tokio::spawn(endpoint.clone().connection(tcp, place));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection for metrics");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

#[derive(Clone)]
struct Endpoint {
    figures: PrometheusHandle,
    readiness: Readiness,
}

impl Endpoint {
    async fn connection(self, tcp: TcpStream, _place: OwnedSemaphorePermit) {
        let service =
            service_fn(|request| std::future::ready(Ok::<_, Infallible>(self.answer(&request))));
        let served = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT)
            .serve_connection(TokioIo::new(tcp), service);
        if let Ok(Err(error)) = tokio::time::timeout(MAX_LIFE, served).await {
            tracing::debug!(%error, "a connection for metrics ended");
        }
    }

    fn answer<B>(&self, request: &Request<B>) -> Response<String> {
        let (status, body) = match request.uri().path() {
            "/metrics" => (StatusCode::OK, self.figures.render()),
            "/healthz" => (StatusCode::OK, "ok\n".to_owned()),
            "/readyz" => match self.readiness.phase() {
                Phase::Serving => (StatusCode::OK, "ready\n".to_owned()),
                Phase::Starting => (StatusCode::SERVICE_UNAVAILABLE, "starting\n".to_owned()),
                Phase::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "stopping\n".to_owned()),
            },
            _ => {
                let served = "not found; /metrics, /healthz and /readyz are served here\n";
                return text(StatusCode::NOT_FOUND, served.to_owned());
            }
        };
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut refused = text(
                StatusCode::METHOD_NOT_ALLOWED,
                "only GET and HEAD are answered\n".to_owned(),
            );
            refused
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return refused;
        }
        let mut response = text(status, body);
        if request.uri().path() == "/metrics" {
            response
                .headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static(PROMETHEUS_TEXT));
        }
        response
    }
}

fn text(status: StatusCode, body: String) -> Response<String> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(PLAIN_TEXT));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint() -> Endpoint {
        Endpoint {
            figures: PrometheusBuilder::new().build_recorder().handle(),
            readiness: Readiness::default(),
        }
    }

    fn ask(endpoint: &Endpoint, method: Method, path: &str) -> (u16, String) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(())
            .unwrap();
        let response = endpoint.answer(&request);
        (response.status().as_u16(), response.into_body())
    }

    #[test]
    fn a_path_that_is_none_is_not_found_and_another_method_is_refused() {
        let endpoint = endpoint();
        for path in ["/", "/metrics/", "/healthz/x", "/favicon.ico", "/METRICS"] {
            assert_eq!(ask(&endpoint, Method::GET, path).0, 404, "{path}");
        }
        for path in ["/metrics", "/healthz", "/readyz"] {
            assert_eq!(ask(&endpoint, Method::POST, path).0, 405, "{path}");
            assert_eq!(ask(&endpoint, Method::DELETE, path).0, 405, "{path}");
        }
        assert_eq!(ask(&endpoint, Method::GET, "/metrics?x=1").0, 200);
    }

    #[test]
    fn a_server_is_ready_only_while_it_serves() {
        let endpoint = endpoint();
        let ready = || ask(&endpoint, Method::GET, "/readyz");
        assert_eq!(ready(), (503, "starting\n".to_owned()));
        endpoint.readiness.enter(Phase::Serving);
        assert_eq!(ready(), (200, "ready\n".to_owned()));
        endpoint.readiness.enter(Phase::Stopping);
        assert_eq!(ready(), (503, "stopping\n".to_owned()));
        assert_eq!(ask(&endpoint, Method::GET, "/healthz").0, 200);
    }

    #[tokio::test]
    async fn a_taken_metrics_port_is_told() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = taken.local_addr().unwrap();
        let error = serve(addr, Readiness::default(), &[]).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::Misconfigured);
        let address = Value::text(addr);
        assert_eq!(error.message().param("address"), Some(&address));
    }
}
