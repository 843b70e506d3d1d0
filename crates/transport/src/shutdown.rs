//! Signals of the operating system: which ones end a server, and which one does not.

use chengji_domain::{Error, ErrorCode, Result};
use tokio::signal::unix::{SignalKind, signal as listen};

/// Resolves at SIGTERM or SIGINT, from when it is first polled.
pub async fn signal() {
    tokio::select! {
        () = received(SignalKind::terminate(), "SIGTERM") => {}
        () = received(SignalKind::interrupt(), "SIGINT") => {}
    }
}

/// Makes this process ignore SIGHUP from now on, but for a log line: a server outlives the terminal
/// it was started from, and its settings are read at its start alone. To be called within the tokio
/// runtime.
pub fn ignore_hangup() -> Result<()> {
    let mut hangups = listen(SignalKind::hangup()).map_err(|e| {
        Error::new(
            ErrorCode::Misconfigured,
            format!("cannot listen for SIGHUP: {e}"),
        )
    })?;
    tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            tracing::info!("SIGHUP is ignored; settings are read at the start");
        }
    });
    Ok(())
}

async fn received(kind: SignalKind, name: &str) {
    let mut stream = match listen(kind) {
        Ok(stream) => stream,
        Err(error) => {
            tracing::error!(signal = name, %error, "cannot listen for the signal");
            return std::future::pending().await;
        }
    };
    if stream.recv().await.is_none() {
        return std::future::pending().await;
    }
    tracing::info!(signal = name, "shutting down");
}
