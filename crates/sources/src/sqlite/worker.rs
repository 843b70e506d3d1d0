//! Reads on a thread of its own, so that a statement which computes for long without a row, such as the sorting of a
//! view, ends when the caller is gone.

use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use arrow_array::RecordBatch;
use chengji_domain::Result;
use chengji_messages::msg;
use rusqlite::{Connection, InterruptHandle};

use crate::reading::{check_caller, unavailable};
use crate::{Each, GoOn};

/// Interval at which the caller is asked while there is no batch.
const INTERVAL: Duration = Duration::from_millis(50);

/// Takes a batch; returns false if no more are wanted.
pub(super) type HandOver<'a> = &'a dyn Fn(RecordBatch) -> bool;

/// The reason for which no further batches are received.
enum Received {
    All,
    Enough,
}

/// Runs `work` with the connection, and passes the batches that it hands over to `each` on the caller's thread.
///
/// # Errors
///
/// `UNAVAILABLE` if the caller is gone; `SOURCE_UNAVAILABLE` if no batch comes for longer than `silence_timeout`; those of
/// `work` and `each`.
pub(super) fn run(
    connection: Connection,
    go_on: GoOn<'_>,
    silence_timeout: Duration,
    each: Each<'_>,
    work: impl FnOnce(&Connection, HandOver<'_>) -> Result<()> + Send,
) -> Result<()> {
    let interrupt = connection.get_interrupt_handle();
    thread::scope(|scope| {
        // Both ends are within the scope: if `each` panics, the worker finds the other end gone.
        let (sender, receiver) = sync_channel(1);
        let worker = scope.spawn(move || {
            let hand_over = |batch: RecordBatch| sender.send(batch).is_ok();
            work(&connection, &hand_over)
        });
        let received = receive(&receiver, go_on, silence_timeout, each);
        stop(&receiver, &interrupt);
        let worked = match worker.join() {
            Ok(worked) => worked,
            Err(panic) => resume_unwind(panic),
        };
        match received? {
            Received::All => worked,
            Received::Enough => Ok(()),
        }
    })
}

fn receive(
    receiver: &Receiver<RecordBatch>,
    go_on: GoOn<'_>,
    silence_timeout: Duration,
    each: Each<'_>,
) -> Result<Received> {
    let mut silence = Duration::ZERO;
    loop {
        check_caller(go_on)?;
        match receiver.recv_timeout(INTERVAL) {
            Ok(batch) => {
                silence = Duration::ZERO;
                if let ControlFlow::Break(()) = each(batch)? {
                    return Ok(Received::Enough);
                }
            }
            Err(RecvTimeoutError::Timeout) if silence < silence_timeout => silence += INTERVAL,
            Err(RecvTimeoutError::Timeout) => {
                let seconds = silence_timeout.as_secs();
                return Err(unavailable(msg::SqliteReadStopped { seconds }));
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(Received::All),
        }
    }
}

/// Interrupts the worker until it has ended: an interruption between two statements has no effect.
fn stop(receiver: &Receiver<RecordBatch>, interrupt: &InterruptHandle) {
    loop {
        interrupt.interrupt();
        if let Err(RecvTimeoutError::Disconnected) = receiver.recv_timeout(INTERVAL) {
            return;
        }
    }
}
