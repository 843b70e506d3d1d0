//! When to stop: the operating system's wish.

use tokio::signal::unix::{SignalKind, signal as listen};

/// Resolves at SIGTERM or SIGINT, from when it is first polled.
pub async fn signal() {
    tokio::select! {
        () = received(SignalKind::terminate(), "SIGTERM") => {}
        () = received(SignalKind::interrupt(), "SIGINT") => {}
    }
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
