//! Long work outside of the threads that serve: large reads, computation, files.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};

/// Runs a job on a blocking thread.
pub async fn off_thread<T: Send + 'static>(
    job: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let span = tracing::Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(job))
        .await
        .unwrap_or_else(|error| {
            let cause = Value::text(error);
            Err(Error::new(ErrorCode::Internal, msg::JobBrokeOff { cause }))
        })
}

/// Runs a long job for a caller on a blocking thread. The job calls [`Awaited::check`] now and then, so
/// that it ends soon after this future is dropped.
pub async fn off_thread_while_awaited<T: Send + 'static>(
    job: impl FnOnce(&Awaited) -> Result<T> + Send + 'static,
) -> Result<T> {
    let awaited = Awaited::default();
    let _given_up = GivenUp(awaited.clone());
    off_thread(move || job(&awaited)).await
}

/// Tracks whether the result of a job is still awaited.
#[derive(Clone, Debug, Default)]
pub struct Awaited {
    is_given_up: Arc<AtomicBool>,
}

impl Awaited {
    /// Returns an error once the result is no longer awaited.
    pub fn check(&self) -> Result<()> {
        if self.is_given_up.load(Ordering::Relaxed) {
            return Err(Error::new(ErrorCode::Unavailable, msg::CallerGone));
        }
        Ok(())
    }
}

struct GivenUp(Awaited);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.is_given_up.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn a_job_ends_when_nobody_waits_for_it() {
        let (began, begun) = oneshot::channel();
        let (ended, end) = oneshot::channel();
        let caller = tokio::spawn(off_thread_while_awaited(move |awaited| {
            began.send(()).unwrap();
            while awaited.check().is_ok() {
                std::thread::yield_now();
            }
            ended.send(()).unwrap();
            Ok(())
        }));
        begun.await.unwrap();
        caller.abort();
        end.await.unwrap();
    }
}
