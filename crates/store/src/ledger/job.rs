//! The jobs of a ledger, in the queue and after they have run.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::tx::Tx;

/// A job with the type of its answer erased.
pub(super) trait Job: Send {
    /// Runs the job, once, and keeps its answer. Returns true if its writes are to be kept.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;

    /// Replaces the job's answer with an error.
    fn spoil(&mut self, error: Error);

    /// Sends the answer to the caller.
    fn answer(self: Box<Self>);
}

/// A job, its answer after it has run, and the channel to its caller.
pub(super) struct Queued<T, F> {
    work: Option<F>,
    /// `None` until it has run.
    outcome: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
    /// The place in the queue, released when the job is dropped.
    _room: OwnedSemaphorePermit,
}

impl<T, F: FnOnce(&mut Tx<'_>) -> Result<T>> Queued<T, F> {
    pub(super) fn new(
        work: F,
        reply: oneshot::Sender<Result<T>>,
        room: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            work: Some(work),
            outcome: None,
            reply,
            _room: room,
        }
    }
}

impl<T: Send, F: FnOnce(&mut Tx<'_>) -> Result<T> + Send> Job for Queued<T, F> {
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        if let Some(work) = self.work.take() {
            let outcome = panic::catch_unwind(AssertUnwindSafe(|| work(tx)));
            self.outcome = Some(outcome.unwrap_or_else(|cause| Err(panicked(&*cause))));
        }
        matches!(self.outcome, Some(Ok(_)))
    }

    fn spoil(&mut self, error: Error) {
        self.outcome = Some(Err(error));
    }

    fn answer(self: Box<Self>) {
        let not_run = || Err(Error::new(ErrorCode::Internal, msg::WriteNotRun));
        // The caller may be gone; the job is kept nevertheless.
        let _ = self.reply.send(self.outcome.unwrap_or_else(not_run));
    }
}

fn panicked(cause: &(dyn Any + Send)) -> Error {
    let text = cause.downcast_ref::<&str>().copied();
    let text = text.or_else(|| cause.downcast_ref::<String>().map(String::as_str));
    let text = text.unwrap_or("no message");
    tracing::error!(panic = text, "a write panicked; nothing of it was kept");
    Error::new(ErrorCode::Internal, msg::WritePanicked { cause: text })
}
