//! What a program tells its operator: logs on stderr, figures over HTTP for Prometheus.
//!
//! Neither ever carries data of entries or requests; names, codes and counts only.

use std::io::IsTerminal;
use std::net::SocketAddr;

use chengji_domain::{Error, ErrorCode, Result};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use crate::metering;

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people at a terminal.
    #[default]
    Human,
    /// One JSON object a line, for programs.
    Json,
}

/// Sends logs to stderr. `filter` is as in `RUST_LOG`, such as `info` or `info,h2=warn`. To be
/// called once per process.
pub fn init_logs(format: LogFormat, filter: &str) -> Result<()> {
    let filter = EnvFilter::try_new(filter).map_err(|e| {
        Error::new(
            ErrorCode::Misconfigured,
            format!("'{filter}' is not a log filter: {e}"),
        )
        .with_remedy("use a level such as info, or a list such as info,h2=warn")
    })?;
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_timer(WallTime)
        .with_writer(std::io::stderr);
    let begun = match format {
        LogFormat::Human => logs.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => logs.json().flatten_event(true).try_init(),
    };
    begun.map_err(|e| Error::new(ErrorCode::Internal, format!("logs are set up already: {e}")))?;
    if let Some(file) = chengji_clock::moved_by() {
        tracing::warn!(file = %file.display(), "a build for tests: this file moves the clock");
    }
    Ok(())
}

/// The time of a log line, in UTC to the microsecond.
struct WallTime;

impl FormatTime for WallTime {
    fn format_time(&self, line: &mut Writer<'_>) -> std::fmt::Result {
        write!(line, "{:.6}", chengji_clock::now())
    }
}

/// Serves the figures at `http://<addr>/metrics`. To be called once per process, within the tokio
/// runtime and before any server serves: what was counted earlier is lost.
pub fn serve_metrics(addr: SocketAddr) -> Result<()> {
    PrometheusBuilder::new()
        .with_http_listener(addr)
        .set_buckets_for_metric(
            Matcher::Full(metering::SECONDS.to_owned()),
            &metering::BUCKETS,
        )
        .and_then(PrometheusBuilder::install)
        .map_err(|error| match error {
            BuildError::FailedToCreateHTTPListener(why) => Error::new(
                ErrorCode::Misconfigured,
                format!("cannot serve metrics at {addr}: {why}"),
            )
            .with_remedy("set another address for metrics, or end the program that uses it"),
            other => Error::new(
                ErrorCode::Internal,
                format!("metrics cannot start: {other}"),
            ),
        })?;
    metering::describe();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_is_none_is_refused() {
        let error = init_logs(LogFormat::Json, "info,,=loud=").unwrap_err();
        assert_eq!(error.code(), ErrorCode::Misconfigured);
    }

    #[tokio::test]
    async fn a_taken_metrics_port_is_told() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = taken.local_addr().unwrap();
        let error = serve_metrics(addr).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Misconfigured);
        assert!(error.message().contains(&addr.to_string()), "{error}");
    }
}
