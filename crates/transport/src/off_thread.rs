//! Long work beside the threads that serve: reading much, computing, files.

use chengji_domain::{Error, ErrorCode, Result};

/// Runs a job where it holds up no call.
pub async fn off_thread<T: Send + 'static>(
    job: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let span = tracing::Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(job))
        .await
        .unwrap_or_else(|error| {
            let message = format!("a job broke off: {error}");
            Err(Error::new(ErrorCode::Internal, message))
        })
}
