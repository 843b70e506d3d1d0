//! Commits groups of jobs and answers their callers: at once, or on a thread of its own while the next jobs run.

use std::mem;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, SendError, SyncSender, TryRecvError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, ThreadId};
use std::time::{Duration, Instant};

use chengji_domain::{Error, ErrorCode, Position, Result};
use chengji_messages::{Value, msg};
use tokio::sync::watch;

use super::Counts;
use super::job::Job;
use crate::head_file::{Head, HeadFile};
use crate::kv::{Batch, CommitError, KeyValue, Writes};
use crate::log;

/// A group of jobs that have run and are to be committed together.
pub(super) struct Commit {
    /// Their writes, which expect the head before them.
    pub(super) batch: Arc<Batch>,
    /// The head after them.
    pub(super) head: Position,
    /// True if bodies of entries were removed.
    pub(super) removes_bodies: bool,
    pub(super) jobs: Vec<Box<dyn Job>>,
}

/// A commit that has ended and whose callers were answered.
pub(super) struct Committed {
    pub(super) outcome: Result<()>,
    /// Number of the callers.
    pub(super) answered: usize,
    pub(super) answered_at: Instant,
    /// Time that it took to write.
    pub(super) took: Duration,
}

/// Writes groups to the store; keeps the durable head, its file and the counters.
pub(super) struct Committer {
    kv: Arc<dyn KeyValue>,
    moved: watch::Sender<Position>,
    counts: Arc<Counts>,
    /// The durable head.
    head: Position,
    /// The head file, in a data directory.
    head_file: Option<HeadFile>,
    /// True after a failed commit, until the head is read from the store again.
    in_doubt: bool,
}

impl Committer {
    pub(super) fn new(
        kv: Arc<dyn KeyValue>,
        moved: watch::Sender<Position>,
        counts: Arc<Counts>,
        head: Position,
        head_file: Option<HeadFile>,
    ) -> Self {
        Self {
            kv,
            moved,
            counts,
            head,
            head_file,
            in_doubt: false,
        }
    }

    /// Writes the group, then answers all its jobs, including those that failed or only read, since
    /// they may have seen the others' writes.
    fn commit(&mut self, group: Commit) -> Committed {
        let started = Instant::now();
        let outcome = self.write(&group.batch, group.head);
        let took = started.elapsed();
        if group.removes_bodies {
            // Also after an error, which leaves open whether they are removed.
            self.counts.removals.fetch_add(1, Ordering::Release);
        }
        let answered = group.jobs.len();
        for mut job in group.jobs {
            if let Err(error) = &outcome {
                job.spoil(error.clone());
            }
            job.answer();
        }
        let answered_at = Instant::now();
        self.keep_head();
        Committed {
            outcome,
            answered,
            answered_at,
            took,
        }
    }

    fn write(&mut self, batch: &Batch, head: Position) -> Result<()> {
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
            .send_if_modified(|published| mem::replace(published, head) != head);
    }
}

/// Another program has written: nothing from this ledger may be committed any more.
fn fenced(head: Position) -> Error {
    let head = Value::text(head);
    Error::new(ErrorCode::Misconfigured, msg::DatabaseFenced { head })
}

/// The committer, and the thread on which it works while further jobs run.
pub(super) struct Commits {
    committer: Arc<Mutex<Committer>>,
    counts: Arc<Counts>,
    /// The writes that are being committed on the thread.
    in_flight: Option<Arc<Batch>>,
    /// `None` at the end.
    groups: Option<SyncSender<Commit>>,
    ended: Receiver<Committed>,
    /// `None` at the end.
    thread: Option<JoinHandle<()>>,
}

impl Commits {
    /// Starts the thread. Errors: UNAVAILABLE.
    pub(super) fn start(committer: Committer) -> Result<Self> {
        let counts = Arc::clone(&committer.counts);
        let committer = Arc::new(Mutex::new(committer));
        let (groups, begun) = mpsc::sync_channel::<Commit>(1);
        let (done, ended) = mpsc::sync_channel(1);
        let own = Arc::clone(&committer);
        let thread = super::start_thread("ledger-commit", move || {
            for group in begun {
                let committed = lock(&own).commit(group);
                if done.send(committed).is_err() {
                    break;
                }
            }
        })?;
        Ok(Self {
            committer,
            counts,
            in_flight: None,
            groups: Some(groups),
            ended,
            thread: Some(thread),
        })
    }

    /// Returns the thread on which it may answer callers.
    pub(super) fn thread(&self) -> Option<ThreadId> {
        self.thread.as_ref().map(|thread| thread.thread().id())
    }

    /// Returns the writes that are being committed on the thread. The store may have them or not.
    pub(super) fn in_flight(&self) -> Option<&Writes> {
        self.in_flight.as_deref().map(Batch::writes)
    }

    /// Commits a group at once. No other may be in flight.
    pub(super) fn commit(&mut self, group: Commit) -> Committed {
        lock(&self.committer).commit(group)
    }

    /// Has a group committed on the thread. No other may be in flight.
    pub(super) fn hand_over(&mut self, group: Commit) -> Option<Committed> {
        let writes = Arc::clone(&group.batch);
        let handed_over = match &self.groups {
            Some(groups) => groups.send(group),
            None => Err(SendError(group)),
        };
        match handed_over {
            Ok(()) => {
                self.in_flight = Some(writes);
                None
            }
            // The thread has ended.
            Err(SendError(group)) => Some(self.commit(group)),
        }
    }

    /// Waits for the end of the commit on the thread, if there is one.
    pub(super) fn wait(&mut self) -> Option<Committed> {
        self.in_flight.take()?;
        Some(self.ended.recv().unwrap_or_else(|_| self.broken_off()))
    }

    /// Returns the commit on the thread if it has ended.
    pub(super) fn poll(&mut self) -> Option<Committed> {
        self.in_flight.as_ref()?;
        let committed = match self.ended.try_recv() {
            Ok(committed) => committed,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => self.broken_off(),
        };
        self.in_flight = None;
        Some(committed)
    }

    /// Returns the number of the next commit, or a higher one: that in flight may be counted already.
    pub(super) fn next_number(&self) -> u64 {
        let in_flight = u64::from(self.in_flight.is_some());
        self.counts.commits.load(Ordering::Acquire) + in_flight + 1
    }

    /// Returns true if values were ever read ahead of a job.
    pub(super) fn is_read_ahead(&self) -> bool {
        self.counts.is_read_ahead.load(Ordering::Acquire)
    }

    /// Returns the head after the last commit, of which none may be in flight. After a failed one it is read from the store.
    pub(super) fn head(&self) -> Position {
        let mut committer = lock(&self.committer);
        if committer.in_doubt {
            committer.settle();
        }
        committer.head
    }

    /// Returns the end of a commit on the thread that panicked.
    fn broken_off(&self) -> Committed {
        let mut committer = lock(&self.committer);
        committer.in_doubt = true;
        // Its writes may be visible.
        committer.counts.commits.fetch_add(1, Ordering::Release);
        committer.counts.removals.fetch_add(1, Ordering::Release);
        Committed {
            outcome: Err(Error::new(ErrorCode::Internal, msg::WriteBrokeOff)),
            answered: 0,
            answered_at: Instant::now(),
            took: Duration::ZERO,
        }
    }
}

impl Drop for Commits {
    fn drop(&mut self) {
        self.groups = None;
        if self
            .thread
            .take()
            .is_some_and(|thread| thread.join().is_err())
        {
            tracing::error!("the thread that commits had ended with a panic");
        }
    }
}

/// Locks the committer. Each of its changes is complete, so a panic elsewhere cannot corrupt it.
fn lock(committer: &Mutex<Committer>) -> MutexGuard<'_, Committer> {
    committer.lock().unwrap_or_else(PoisonError::into_inner)
}
