//! Logs on standard error. They never contain data of entries or requests, only names, codes and counts.

use std::io::IsTerminal;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

/// Format of log lines; `human` or `json` in settings.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people at a terminal.
    #[default]
    Human,
    /// One JSON object a line, for programs.
    Json,
}

/// Sends logs to stderr. `filter` is as in `RUST_LOG`, such as `info` or `info,h2=warn`. Call it once per
/// process.
pub fn init_logs(format: LogFormat, filter: &str) -> Result<()> {
    let filter = EnvFilter::try_new(filter).map_err(|cause| {
        let cause = Value::text(cause);
        Error::new(
            ErrorCode::Misconfigured,
            msg::LogFilterInvalid { cause, filter },
        )
    })?;
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_timer(WallTime)
        // A closed terminal cannot be written to, so the error is not reported either.
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    let begun = match format {
        LogFormat::Human => logs.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => logs.json().flatten_event(true).try_init(),
    };
    begun.map_err(|cause| {
        let cause = Value::text(cause);
        Error::new(ErrorCode::Internal, msg::LogSetUpAlready { cause })
    })?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_is_none_is_refused() {
        let error = init_logs(LogFormat::Json, "info,,=loud=").unwrap_err();
        assert_eq!(error.code(), ErrorCode::Misconfigured);
    }
}
