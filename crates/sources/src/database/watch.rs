//! Runs the work on a connection in a thread of its own, while the caller takes the rows and is asked whether it still
//! waits. When it does not, the statement is cancelled.

use std::ops::ControlFlow;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};

use super::turn::Turn;
use crate::reading::{caller_gone, check_caller};
use crate::{Each, GoOn};

/// Interval at which the caller is asked whether it still waits.
const ASK: Duration = Duration::from_millis(100);
/// Interval at which a statement is cancelled again: a request that arrives between two statements has no effect.
const CANCEL_AGAIN: Duration = Duration::from_millis(500);

/// A connection whose statement another thread can end.
pub(crate) trait Connection {
    /// What ends the statement.
    type Canceller: Cancel;

    /// Returns what ends the statement that the connection executes.
    fn canceller(&self) -> Self::Canceller;
}

/// Ends the statement that a connection executes.
pub(crate) trait Cancel: Send {
    /// Asks the server to end the statement. If it cannot be asked, the limits of the connection end it.
    fn cancel(&self);
}

/// Takes rows to the caller, a batch at a time.
pub(crate) struct Output(SyncSender<RecordBatch>);

impl Output {
    /// Waits until the caller takes the batch before; returns false if it wants no more.
    pub(crate) fn send(&self, rows: RecordBatch) -> bool {
        self.0.send(rows).is_ok()
    }

    /// Sends a batch that was made, if it has rows, as [`send`](Self::send) does.
    ///
    /// # Errors
    ///
    /// `INTERNAL` if it could not be made.
    pub(crate) fn send_made(&self, made: Result<Option<RecordBatch>, ArrowError>) -> Result<bool> {
        let rows = made.map_err(|error| {
            let text = Value::text(error);
            Error::new(ErrorCode::Internal, msg::Text { text })
        })?;
        Ok(rows.is_none_or(|rows| self.send(rows)))
    }
}

/// Whether the work is to stop, and the means to stop it once there is a connection.
struct Stop<C> {
    is_wanted: bool,
    canceller: Option<C>,
}

/// Runs `work` on a connection that `open` makes, in this turn.
///
/// # Errors
///
/// `UNAVAILABLE` if the caller is gone; those of `open` and `work`.
pub(crate) fn ask<S: Connection, T: Send>(
    turn: &Turn,
    open: impl FnOnce() -> Result<S> + Send,
    go_on: GoOn<'_>,
    work: impl FnOnce(&mut S) -> Result<T> + Send,
) -> Result<T> {
    let mut none = |_: RecordBatch| -> Result<ControlFlow<()>> { Ok(ControlFlow::Break(())) };
    let _turn = turn.take(go_on)?;
    let answer = run(open, go_on, &mut none, |session: &mut S, _: &Output| {
        work(session)
    })?;
    answer.ok_or_else(caller_gone)
}

/// Reads rows by a connection that `open` makes, in this turn.
///
/// # Errors
///
/// As of [`run`].
pub(crate) fn read<S: Connection>(
    turn: &Turn,
    open: impl FnOnce() -> Result<S> + Send,
    go_on: GoOn<'_>,
    each: Each<'_>,
    work: impl FnOnce(&mut S, &Output) -> Result<()> + Send,
) -> Result<()> {
    let _turn = turn.take(go_on)?;
    run(open, go_on, each, work).map(drop)
}

/// Runs `work` on a connection that `open` makes. `None` if `each` wanted no more.
///
/// # Errors
///
/// `UNAVAILABLE` if the caller is gone; those of `open`, `work` and `each`.
pub(crate) fn run<S: Connection, T: Send>(
    open: impl FnOnce() -> Result<S> + Send,
    go_on: GoOn<'_>,
    each: Each<'_>,
    work: impl FnOnce(&mut S, &Output) -> Result<T> + Send,
) -> Result<Option<T>> {
    let stop = Mutex::new(Stop {
        is_wanted: false,
        canceller: None,
    });
    let (sender, receiver) = mpsc::sync_channel(1);
    let (ending, ended) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let stop = &stop;
        let worker = scope.spawn(move || {
            // Dropped last, when the connection is closed.
            let _ending = ending;
            let mut session = open()?;
            match offer(stop, session.canceller()) {
                true => work(&mut session, &Output(sender)),
                false => Err(caller_gone()),
            }
        });
        let relayed = relay(&receiver, go_on, each);
        drop(receiver);
        if !matches!(relayed, Ok(ControlFlow::Continue(())))
            && let Some(canceller) = demand(stop)
        {
            // A connection of the driver needs a thread without a runtime.
            scope.spawn(move || cancel(&canceller, &ended));
        }
        let worked = worker.join();
        let worked = worked.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        match relayed? {
            ControlFlow::Continue(()) => worked.map(Some),
            ControlFlow::Break(()) => Ok(None),
        }
    })
}

/// Hands over what is sent until the work ends, which continues, or no more is wanted, which breaks.
fn relay(
    receiver: &Receiver<RecordBatch>,
    go_on: GoOn<'_>,
    each: Each<'_>,
) -> Result<ControlFlow<()>> {
    loop {
        check_caller(go_on)?;
        match receiver.recv_timeout(ASK) {
            Ok(rows) => {
                if each(rows)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(ControlFlow::Continue(())),
        }
    }
}

/// Offers the means to stop the work; returns false if it is to stop already.
fn offer<C>(stop: &Mutex<Stop<C>>, canceller: C) -> bool {
    let mut stop = lock(stop);
    stop.canceller = Some(canceller);
    !stop.is_wanted
}

/// Demands that the work stops, and takes the means to stop it, if there is a connection.
fn demand<C>(stop: &Mutex<Stop<C>>) -> Option<C> {
    let mut stop = lock(stop);
    stop.is_wanted = true;
    stop.canceller.take()
}

fn lock<C>(stop: &Mutex<Stop<C>>) -> MutexGuard<'_, Stop<C>> {
    stop.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Cancels statements until the work has ended.
fn cancel(canceller: &impl Cancel, ended: &Receiver<()>) {
    loop {
        canceller.cancel();
        match ended.recv_timeout(CANCEL_AGAIN) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}
