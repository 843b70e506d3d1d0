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
    match listen(kind) {
        Ok(mut stream) if stream.recv().await.is_some() => {
            tracing::info!(signal = name, "shutting down");
        }
        Ok(_) => std::future::pending().await,
        Err(error) => {
            tracing::error!(signal = name, %error, "cannot listen for the signal");
            std::future::pending().await
        }
    }
}
