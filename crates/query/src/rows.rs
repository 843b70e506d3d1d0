//! The rows of a running query.

use std::fmt;
use std::io::BufReader;
use std::pin::Pin;
use std::process::ChildStdout;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_schema::{ArrowError, SchemaRef};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use futures_util::{FutureExt, Stream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::{Instant, sleep_until};
use tracing::Instrument;

use crate::dialog::{Ended, receive};
use crate::metering::count_death;
use crate::process::{KilledAtEnd, Process};
use crate::turns::Turn;

/// Number of decoded batches that wait for the forwarding task, and of those that wait for the caller.
const AHEAD: usize = 1;

/// The rows of a running query: a stream of batches that ends after the first error. The process ends when it is
/// dropped, and when the query may not run any longer, whether or not somebody takes its rows.
pub struct Rows {
    batches: mpsc::Receiver<RecordBatch>,
    /// How the query ended; `None` once it is known that all rows are among the batches.
    end: Option<oneshot::Receiver<Result<()>>>,
    is_ended: bool,
    passing: AbortHandle,
}

/// Formats whether it has ended.
impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows")
            .field("is_ended", &self.is_ended)
            .finish_non_exhaustive()
    }
}

/// What ends a query before its rows do.
pub(crate) struct Ends {
    /// The end of the time that the query may take, and that time.
    pub(crate) deadline: (Instant, Duration),
    /// Completes when its tables may not be read any more.
    pub(crate) refused: Pin<Box<dyn Future<Output = Error> + Send>>,
}

impl Rows {
    /// Reads the rows, with these columns, that a process writes.
    pub(crate) fn of(process: Process, schema: SchemaRef, ends: Ends, turn: Turn) -> Self {
        let held = (KilledAtEnd(process.child.clone()), turn);
        Self::read(held, ends, move |to| pass_on(&process, &schema, to))
    }

    /// Forwards the batches that `job` reads on a thread of its own. When the query ends, `held` is dropped, which has to
    /// end the job.
    fn read(
        held: impl Send + 'static,
        ends: Ends,
        job: impl FnOnce(&mpsc::Sender<RecordBatch>) -> Result<()> + Send + 'static,
    ) -> Self {
        let (sender, decoded) = mpsc::channel(AHEAD);
        let (to, batches) = mpsc::channel(AHEAD);
        let (said, end) = oneshot::channel();
        let span = tracing::Span::current();
        // Decoding is done on a thread of its own: some contradictions within a stream make it panic.
        let reading = tokio::task::spawn_blocking(move || span.in_scope(|| job(&sender)));
        let Ends {
            deadline: (deadline, longest),
            refused,
        } = ends;
        let passing = async move {
            let _held = held;
            let end = tokio::select! {
                biased;
                error = refused => Err(error),
                () = sleep_until(deadline) => Err(overtime(longest)),
                end = forward(decoded, reading, to) => end,
            };
            let _ = said.send(end.inspect_err(count_death));
        };
        let passing = tokio::spawn(passing.in_current_span());
        Self {
            batches,
            end: Some(end),
            is_ended: false,
            passing: passing.abort_handle(),
        }
    }

    /// Returns the error that the query ended with, if it did.
    fn poll_failure(&mut self, cx: &mut Context<'_>) -> Option<Error> {
        let Poll::Ready(end) = self.end.as_mut()?.poll_unpin(cx) else {
            return None;
        };
        self.end = None;
        end.unwrap_or_else(|_| Err(broken_off())).err()
    }
}

impl Stream for Rows {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_ended {
            return Poll::Ready(None);
        }
        if let Some(error) = self.poll_failure(cx) {
            self.is_ended = true;
            return Poll::Ready(Some(Err(error)));
        }
        match ready!(self.batches.poll_recv(cx)) {
            Some(batch) => Poll::Ready(Some(Ok(batch))),
            // The outcome, which says whether these were all rows, is still to come.
            None if self.end.is_some() => Poll::Pending,
            None => {
                self.is_ended = true;
                Poll::Ready(None)
            }
        }
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        self.passing.abort();
    }
}

/// The error of a query that takes longer than it may.
pub(crate) fn overtime(longest: Duration) -> Error {
    let seconds = longest.as_secs();
    Error::new(ErrorCode::LimitExceeded, msg::QueryOvertime { seconds })
}

/// The error for a reader that has panicked. The text of the panic may contain a value, and is not shown.
fn broken_off() -> Error {
    let cause = Value::text("panic");
    Error::new(ErrorCode::Internal, msg::QueryEngineBroken { cause })
}

/// Passes decoded batches on to the caller, and returns how reading them ended.
async fn forward(
    mut decoded: mpsc::Receiver<RecordBatch>,
    reading: JoinHandle<Result<()>>,
    to: mpsc::Sender<RecordBatch>,
) -> Result<()> {
    while let Some(batch) = decoded.recv().await {
        if to.send(batch).await.is_err() {
            return Ok(());
        }
    }
    reading.await.unwrap_or_else(|_| Err(broken_off()))
}

/// Passes the batches on until the end of the rows, or until nobody waits for them.
fn pass_on(process: &Process, schema: &SchemaRef, to: &mpsc::Sender<RecordBatch>) -> Result<()> {
    let Some(output) = process.child.output() else {
        return Err(process.ended());
    };
    let mut sent = 0;
    match batches(output) {
        Ok(batches) if batches.schema() == *schema => {
            for batch in batches {
                // What went wrong is said at the end of the dialog.
                let Ok(batch) = batch else { break };
                sent += batch.num_rows() as u64;
                if to.blocking_send(batch).is_err() {
                    return Ok(());
                }
            }
        }
        Ok(_) => return Err(Error::new(ErrorCode::Internal, msg::QueryPlanChanged)),
        Err(_) => {}
    }
    let ended = receive::<Ended>(&process.dialog);
    let ended = ended.map_err(|cause| process.broken_off(&cause))??;
    match ended.rows == sent {
        true => Ok(()),
        false => Err(process.ended()),
    }
}

fn batches(output: ChildStdout) -> Result<StreamReader<BufReader<ChildStdout>>, ArrowError> {
    StreamReader::try_new_buffered(output, None)
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
