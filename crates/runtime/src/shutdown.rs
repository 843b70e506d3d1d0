//! Operating system signals: those that end a server, and one that is ignored; and the end of its threads.

use std::time::Duration;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal as listen};

/// Maximum time to wait for the threads of a program that has ended its work.
const LAST_THREADS: Duration = Duration::from_secs(5);

/// Ends the runtime of a program that has ended its work. Work left on its threads is given up after some time: the
/// lookup of a name can occupy one for half a minute, and cannot be interrupted.
pub fn end(runtime: Runtime) {
    runtime.shutdown_timeout(LAST_THREADS);
}

/// Resolves at SIGTERM or SIGINT. Signals are caught from this call on, so that none is lost between the
/// report of readiness and serving. Call it within the tokio runtime.
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

/// Makes this process ignore SIGHUP, except for a log line: a server outlives the terminal it was started
/// from, and reads its settings only at startup. Call it within the tokio runtime.
pub fn ignore_hangup() -> Result<()> {
    let mut hangups = listen(SignalKind::hangup()).map_err(|cause| {
        let signal = "SIGHUP";
        Error::new(
            ErrorCode::Misconfigured,
            msg::SignalUnavailable { cause, signal },
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
