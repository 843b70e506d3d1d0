//! Signals of the operating system: which ones end a server, and which one does not.

use chengji_domain::{Error, ErrorCode, Result};
use tokio::signal::unix::{SignalKind, signal as listen};

/// Resolves at SIGTERM or SIGINT. They are listened for from this call on, so that none is lost between
/// a program saying that it is ready and its serving. To be called within the tokio runtime.
pub fn signal() -> impl Future<Output = ()> + Send + 'static {
    let terminated = received(SignalKind::terminate(), "SIGTERM");
    let interrupted = received(SignalKind::interrupt(), "SIGINT");
    async move {
        tokio::select! {
            () = terminated => {}
            () = interrupted => {}
        }
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

fn received(kind: SignalKind, name: &'static str) -> impl Future<Output = ()> + Send + 'static {
    let listening = listen(kind);
    async move {
        match listening {
            Ok(mut stream) => {
                if stream.recv().await.is_some() {
                    tracing::info!(signal = name, "shutting down");
                    return;
                }
            }
            Err(error) => {
                tracing::error!(signal = name, %error, "cannot listen for the signal");
            }
        }
        std::future::pending().await
    }
}
