//! The thread that runs jobs and commits them in groups.
//!
//! While one group is being synced the next one queues up, so groups grow with the load. A group
//! waits only for callers that are likely to submit a job soon.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use chengji_domain::{Error, ErrorCode, Position, Result};
use chengji_messages::{Value, msg};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{OwnedSemaphorePermit, oneshot, watch};

use super::tx::{ROOM, Tx};
use super::{Confirmation, Counts};
use crate::head_file::{Head, HeadFile};
use crate::kv::{Batch, CommitError, KeyValue};
use crate::log;
use crate::stored_tree::Edge;

/// Maximum number of jobs in a group, which bounds the wait of its first caller.
const GROUP_JOBS: usize = 1024;

/// Maximum time that a group waits for callers that were just answered.
const MAX_BATCHING_DELAY: Duration = Duration::from_millis(2);

/// Size of a group in bytes from which on it waits for nobody: it costs more to write than to sync, and what comes next
/// hardly fits.
const LARGE_GROUP: usize = ROOM / 4;

/// A message to the thread.
pub(super) enum Message {
    /// Runs a job.
    Job(Box<dyn Job>),
    /// Ends the thread after the queued jobs.
    Close,
}

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

/// Jobs that have run and are to be committed together.
struct Group {
    batch: Batch,
    /// The head after the group.
    head: Position,
    /// The right edge of the log's tree after the group, if it is known.
    edge: Option<Edge>,
    /// True if bodies of entries were removed.
    removes_bodies: bool,
    jobs: Vec<Box<dyn Job>>,
}

impl Group {
    fn at(head: Position, edge: Option<Edge>) -> Self {
        Self {
            batch: Batch::new(),
            head,
            edge,
            removes_bodies: false,
            jobs: Vec::new(),
        }
    }

    /// Returns true if it is to wait for a caller, of `answered` ones that are likely to submit again soon.
    fn expects_more(&self, answered: usize) -> bool {
        let waiting = self.jobs.len();
        waiting > 0 && waiting < answered && self.batch.size() < LARGE_GROUP
    }

    fn changes_nothing(&self, head: Position) -> bool {
        self.batch.is_empty() && self.head == head
    }
}

/// The state of the thread that runs jobs.
pub(super) struct Writer {
    kv: Arc<dyn KeyValue>,
    queue: UnboundedReceiver<Message>,
    moved: watch::Sender<Position>,
    /// Counters of commits.
    counts: Arc<Counts>,
    /// The durable head.
    head: Position,
    /// The right edge of the log's tree at the head, if it is known.
    edge: Option<Edge>,
    /// The confirmation that entries may be appended.
    confirmation: watch::Receiver<Confirmation>,
    /// The head file, in a data directory.
    head_file: Option<HeadFile>,
    /// True after a failed commit, until the head is read from the store again.
    in_doubt: bool,
    /// The number of callers that the last commit answered, its time, and the maximum time they are
    /// waited for.
    answered: usize,
    answered_at: Instant,
    batching_delay: Duration,
}

impl Writer {
    pub(super) fn new(
        kv: Arc<dyn KeyValue>,
        queue: UnboundedReceiver<Message>,
        moved: watch::Sender<Position>,
        counts: Arc<Counts>,
        head: Position,
        confirmation: watch::Receiver<Confirmation>,
        head_file: Option<HeadFile>,
    ) -> Self {
        Self {
            kv,
            queue,
            moved,
            counts,
            head,
            edge: None,
            confirmation,
            head_file,
            in_doubt: false,
            answered: 0,
            answered_at: Instant::now(),
            batching_delay: Duration::ZERO,
        }
    }

    /// Runs jobs until the ledger is closed and the queue is empty.
    pub(super) fn run(mut self) {
        while let Some(message) = self.queue.blocking_recv() {
            let mut group = self.begin();
            let mut next = self.job(message);
            while let Some(job) = next {
                self.take(&mut group, job);
                next = self.next(&group);
            }
            // On an error all callers in the group have already been answered with it.
            let _ = self.commit(group);
        }
    }

    fn job(&mut self, message: Message) -> Option<Box<dyn Job>> {
        match message {
            Message::Job(job) => Some(job),
            Message::Close => {
                self.queue.close();
                None
            }
        }
    }

    /// Returns the next job for a group. Callers that were just answered are
    /// likely to submit again soon: committing before they do would halve the groups and double the
    /// syncs.
    fn next(&mut self, group: &Group) -> Option<Box<dyn Job>> {
        if group.jobs.len() >= GROUP_JOBS {
            return None;
        }
        loop {
            match self.queue.try_recv() {
                Ok(message) => return self.job(message),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => {
                    let expects_more = group.expects_more(self.answered);
                    if !expects_more || self.answered_at.elapsed() >= self.batching_delay {
                        return None;
                    }
                    thread::yield_now();
                }
            }
        }
    }

    fn begin(&mut self) -> Group {
        if self.in_doubt {
            self.settle();
        }
        Group::at(self.head, self.edge.take())
    }

    /// Runs a job on top of the group and adds it to the group.
    fn take(&mut self, group: &mut Group, mut job: Box<dyn Job>) {
        let refusal = self.confirmation.borrow().refusal();
        let edge = group.edge.take();
        let mut tx = Tx::new(&*self.kv, group.batch.writes(), group.head, refusal).with_edge(edge);
        let effect = if job.run(&mut tx) {
            tx.into_effect().map_err(|error| job.spoil(error)).ok()
        } else {
            None
        };
        if let Some(effect) = effect {
            if group.batch.size() + effect.batch.size() > ROOM {
                let next = Group::at(group.head, None);
                let full = std::mem::replace(group, next);
                if let Err(error) = self.commit(full) {
                    // The job relied on writes of the group that failed.
                    job.spoil(error);
                    job.answer();
                    *group = self.begin();
                    return;
                }
            }
            group.batch.extend(effect.batch);
            group.head = effect.head;
            group.edge = effect.edge;
            group.removes_bodies |= effect.removes_bodies;
        }
        if group.changes_nothing(self.head) {
            // All it saw is durable: there is nothing to wait for.
            job.answer();
        } else {
            group.jobs.push(job);
        }
    }

    /// Writes the group, then answers all its jobs, including those that failed or only read, since
    /// they may have seen the others' writes.
    fn commit(&mut self, group: Group) -> Result<()> {
        if group.jobs.is_empty() {
            return Ok(());
        }
        let started = Instant::now();
        let written = self.write(group.batch, group.head);
        self.edge = group.edge.filter(|_| written.is_ok());
        if group.removes_bodies {
            // Also after an error, which leaves open whether they are removed.
            self.counts.removals.fetch_add(1, Ordering::Release);
        }
        self.batching_delay = (started.elapsed() / 2).min(MAX_BATCHING_DELAY);
        self.answered = group.jobs.len();
        for mut job in group.jobs {
            if let Err(error) = &written {
                job.spoil(error.clone());
            }
            job.answer();
        }
        self.answered_at = Instant::now();
        self.keep_head();
        written
    }

    /// Updates the head file, after the callers were answered.
    fn keep_head(&mut self) {
        let Some(head_file) = &mut self.head_file else {
            return;
        };
        match Head::of(&*self.kv) {
            Ok(head) => head_file.keep(head),
            Err(error) => tracing::warn!(%error, "the head of the log cannot be read"),
        }
    }

    fn write(&mut self, mut batch: Batch, head: Position) -> Result<()> {
        batch.expect(log::head_key(), Some(self.head.to_bytes()));
        if head != self.head {
            batch.put(log::head_key(), head.to_bytes());
        }
        let committed = self.kv.commit(batch);
        // Counted once its writes are visible: a reader that takes the count first misses none of them. A failed commit
        // counts, too, since its writes may be visible.
        self.counts.commits.fetch_add(1, Ordering::Release);
        match committed {
            Ok(()) => {
                self.advance(head);
                Ok(())
            }
            Err(CommitError::Precondition { .. }) => Err(fenced(self.head)),
            Err(error) => {
                self.in_doubt = true;
                tracing::error!(%error, head = %self.head, "a group of writes was not committed");
                Err(error.into())
            }
        }
    }

    /// Reads the head from the store after a failure. If that fails, the next commit expects the
    /// former head and fails if it is wrong.
    fn settle(&mut self) {
        match log::head(&*self.kv) {
            Ok(head) => {
                self.in_doubt = false;
                self.advance(head);
            }
            Err(error) => tracing::warn!(%error, "the head of the log cannot be read"),
        }
    }

    fn advance(&mut self, head: Position) {
        self.head = head;
        self.moved
            .send_if_modified(|published| std::mem::replace(published, head) != head);
    }
}

/// Another program has written: nothing from this ledger may be committed any more.
fn fenced(head: Position) -> Error {
    let head = Value::text(head);
    Error::new(ErrorCode::Misconfigured, msg::DatabaseFenced { head })
}

fn panicked(cause: &(dyn Any + Send)) -> Error {
    let text = cause.downcast_ref::<&str>().copied();
    let text = text.or_else(|| cause.downcast_ref::<String>().map(String::as_str));
    let text = text.unwrap_or("no message");
    tracing::error!(panic = text, "a write panicked; nothing of it was kept");
    Error::new(ErrorCode::Internal, msg::WritePanicked { cause: text })
}

#[cfg(test)]
mod tests {
    use chengji_domain::Epoch;

    use super::*;

    struct Done;

    impl Job for Done {
        fn run(&mut self, _: &mut Tx<'_>) -> bool {
            true
        }

        fn spoil(&mut self, _: Error) {}

        fn answer(self: Box<Self>) {}
    }

    #[test]
    fn a_small_group_waits_for_callers_and_a_large_one_does_not() {
        let head = Position {
            epoch: Epoch::first([1; 8]),
            seq: 0,
        };
        let mut group = Group::at(head, None);
        assert!(!group.expects_more(2), "without a job it waits for any");
        group.jobs.push(Box::new(Done));
        assert!(group.expects_more(2));
        assert!(!group.expects_more(1), "as many as were answered are there");
        group.batch.put(vec![1], vec![0; LARGE_GROUP - 2]);
        assert!(group.expects_more(2));
        group.batch.put(vec![2], Vec::new());
        assert!(!group.expects_more(2));
    }
}
