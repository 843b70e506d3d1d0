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
use chengji_messages::msg;
use futures_util::{FutureExt, Stream};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::{Instant, Sleep};

use crate::dialog::{Ended, receive};
use crate::process::{Process, Running};

/// Number of batches that are read ahead of the caller.
const AHEAD: usize = 2;

/// The rows of a running query: a stream of batches that ends after the first error. The process ends when it is dropped.
pub struct Rows {
    child: Running,
    batches: mpsc::Receiver<Result<RecordBatch>>,
    /// The end of the time that the query may take.
    deadline: Pin<Box<Sleep>>,
    ends: Ends,
    is_ended: bool,
    _turn: OwnedSemaphorePermit,
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
    pub(crate) fn of(
        process: Process,
        schema: SchemaRef,
        ends: Ends,
        turn: OwnedSemaphorePermit,
    ) -> Self {
        let (sender, batches) = mpsc::channel(AHEAD);
        let child = process.child.clone();
        let span = tracing::Span::current();
        // Decoding is done on a thread of its own: some contradictions within a stream make it panic.
        tokio::task::spawn_blocking(move || {
            span.in_scope(|| {
                if let Err(error) = pass_on(&process, &schema, &sender) {
                    let _ = sender.blocking_send(Err(error));
                }
            });
        });
        Self {
            child,
            batches,
            deadline: Box::pin(tokio::time::sleep_until(ends.deadline.0)),
            ends,
            is_ended: false,
            _turn: turn,
        }
    }
}

impl Stream for Rows {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_ended {
            return Poll::Ready(None);
        }
        let mut ended = None;
        if let Poll::Ready(error) = self.ends.refused.poll_unpin(cx) {
            ended = Some(error);
        } else if self.deadline.poll_unpin(cx).is_ready() {
            ended = Some(overtime(self.ends.deadline.1));
        }
        if let Some(error) = ended {
            self.is_ended = true;
            self.child.kill();
            return Poll::Ready(Some(Err(error)));
        }
        let next = ready!(self.batches.poll_recv(cx));
        self.is_ended = !matches!(next, Some(Ok(_)));
        Poll::Ready(next)
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        self.child.kill();
    }
}

/// The error of a query that takes longer than it may.
pub(crate) fn overtime(longest: Duration) -> Error {
    let seconds = longest.as_secs();
    Error::new(ErrorCode::LimitExceeded, msg::QueryOvertime { seconds })
}

/// Passes the batches on until the end of the rows, or until nobody waits for them.
fn pass_on(
    process: &Process,
    schema: &SchemaRef,
    to: &mpsc::Sender<Result<RecordBatch>>,
) -> Result<()> {
    let Some(output) = process.child.output() else {
        return Err(process.child.ended());
    };
    let mut sent = 0;
    match batches(output) {
        Ok(batches) if batches.schema() == *schema => {
            for batch in batches {
                // What went wrong is said at the end of the dialog.
                let Ok(batch) = batch else { break };
                sent += batch.num_rows() as u64;
                if to.blocking_send(Ok(batch)).is_err() {
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
        false => Err(process.child.ended()),
    }
}

fn batches(output: ChildStdout) -> Result<StreamReader<BufReader<ChildStdout>>, ArrowError> {
    StreamReader::try_new_buffered(output, None)
}
