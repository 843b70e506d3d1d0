//! The thread that runs jobs, in groups that are committed together.
//!
//! While one group is being committed the next one queues up, so groups grow with the load. If jobs wait already when a
//! group is to be committed, they run meanwhile, on top of it. A group waits only for callers that are likely to submit a
//! job soon.

use std::mem;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use chengji_domain::{Error, Position, Result};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::watch;

use super::Confirmation;
use super::committer::{Commit, Commits, Committed};
use super::job::Job;
use super::read_ahead::LastWrites;
use super::tx::{ROOM, Tx};
use crate::kv::{Batch, KeyValue};
use crate::log;
use crate::stored_tree::Edge;

/// Maximum number of jobs in a group, which bounds the wait of its first caller.
pub(super) const GROUP_JOBS: usize = 1024;

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

    /// Returns the commit of the group, which expects the head before it, and the right edge of the log's tree after it.
    fn close(mut self, from: Position) -> (Commit, Option<Edge>) {
        self.batch.expect(log::head_key(), Some(from.to_bytes()));
        if self.head != from {
            self.batch.put(log::head_key(), self.head.to_bytes());
        }
        let commit = Commit {
            batch: Arc::new(self.batch),
            head: self.head,
            removes_bodies: self.removes_bodies,
            jobs: self.jobs,
        };
        (commit, self.edge)
    }

    /// Answers all its jobs with an error.
    fn fail(self, error: &Error) {
        for mut job in self.jobs {
            job.spoil(error.clone());
            job.answer();
        }
    }
}

/// The state of the thread that runs jobs.
pub(super) struct Writer {
    kv: Arc<dyn KeyValue>,
    queue: UnboundedReceiver<Message>,
    commits: Commits,
    /// `None` until a job has succeeded after something was read ahead.
    last_writes: Option<LastWrites>,
    /// The head after all groups so far, with that in flight.
    head: Position,
    /// The right edge of the log's tree at this head, if it is known.
    edge: Option<Edge>,
    /// The confirmation that entries may be appended.
    confirmation: watch::Receiver<Confirmation>,
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
        commits: Commits,
        confirmation: watch::Receiver<Confirmation>,
    ) -> Self {
        let head = commits.head();
        Self {
            kv,
            queue,
            commits,
            last_writes: None,
            head,
            edge: None,
            confirmation,
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
                next = self.next(&mut group);
            }
            // On an error all callers in the group have already been answered with it.
            let _ = self.commit(group);
        }
        let _ = self.finish();
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

    /// Returns the next job for a group, or `None` if the group is to be committed. While another one is in flight, it
    /// could not be. Callers that were just answered are likely to submit again soon: committing before they do would halve
    /// the groups and double the syncs.
    fn next(&mut self, group: &mut Group) -> Option<Box<dyn Job>> {
        if group.jobs.len() >= GROUP_JOBS {
            return None;
        }
        let mut in_flight = self.poll();
        loop {
            if let Err(error) = in_flight {
                mem::replace(group, self.begin()).fail(&error);
                return None;
            }
            match self.queue.try_recv() {
                Ok(message) => return self.job(message),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) if group.jobs.is_empty() => return None,
                Err(TryRecvError::Empty) if self.commits.in_flight().is_some() => {
                    in_flight = self.finish();
                }
                Err(TryRecvError::Empty) if group.changes_nothing(self.head) => return None,
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
        // On an error no job has run since.
        let _ = self.poll();
        if self.commits.in_flight().is_none() {
            let durable = self.commits.head();
            if self.head != durable {
                (self.head, self.edge) = (durable, None);
            }
        }
        Group::at(self.head, self.edge.take())
    }

    /// Runs a job on top of the group and adds it to the group.
    fn take(&mut self, group: &mut Group, mut job: Box<dyn Job>) {
        let refusal = self.confirmation.borrow().refusal();
        let edge = group.edge.take();
        let mut tx = Tx::new(&*self.kv, group.batch.writes(), group.head, refusal)
            .over(self.commits.in_flight())
            .with_last_writes(self.last_writes.as_ref())
            .with_edge(edge);
        let effect = if job.run(&mut tx) {
            tx.into_effect().map_err(|error| job.spoil(error)).ok()
        } else {
            None
        };
        if let Some(effect) = effect {
            if group.batch.size() + effect.batch.size() > ROOM {
                let next = Group::at(group.head, None);
                let full = mem::replace(group, next);
                if let Err(error) = self.commit(full) {
                    // The job relied on writes of the group that failed.
                    job.spoil(error);
                    job.answer();
                    *group = self.begin();
                    return;
                }
            }
            self.record_writes(effect.batch.writes().keys());
            group.batch.extend(effect.batch);
            group.head = effect.head;
            group.edge = effect.edge;
            group.removes_bodies |= effect.removes_bodies;
        }
        if self.commits.in_flight().is_none() && group.changes_nothing(self.head) {
            // All it saw is durable: there is nothing to wait for.
            job.answer();
        } else {
            group.jobs.push(job);
        }
    }

    /// Commits the group once that in flight is durable: on the other thread if further jobs wait. On an error all its
    /// callers are answered with it.
    fn commit(&mut self, group: Group) -> Result<()> {
        if group.jobs.is_empty() {
            return Ok(());
        }
        if let Err(error) = self.finish() {
            group.fail(&error);
            return Err(error);
        }
        if group.changes_nothing(self.head) {
            self.edge = group.edge;
            for job in group.jobs {
                job.answer();
            }
            return Ok(());
        }
        self.record_writes([&log::head_key()]);
        let (group, edge) = group.close(self.head);
        (self.head, self.edge) = (group.head, edge);
        let committed = match self.queue.is_empty() {
            true => Some(self.commits.commit(group)),
            false => self.commits.hand_over(group),
        };
        committed.map_or(Ok(()), |committed| self.note(committed))
    }

    /// Records that the next commit writes these keys. Recording begins once something was read ahead; all keys then count as
    /// written by that commit.
    fn record_writes<'k>(&mut self, keys: impl IntoIterator<Item = &'k Vec<u8>>) {
        let number = self.commits.next_number();
        if let Some(last_writes) = &mut self.last_writes {
            last_writes.record(keys, number);
        } else if self.commits.is_read_ahead() {
            self.last_writes = Some(LastWrites::after(number));
        }
    }

    /// Waits for the commit in flight, if there is one. On an error all that ran since has relied on writes that failed.
    fn finish(&mut self) -> Result<()> {
        let committed = self.commits.wait();
        committed.map_or(Ok(()), |committed| self.note(committed))
    }

    /// Takes note of the commit in flight if it has ended. Errors: as of [`Self::finish`].
    fn poll(&mut self) -> Result<()> {
        let committed = self.commits.poll();
        committed.map_or(Ok(()), |committed| self.note(committed))
    }

    /// Takes note of a commit that has ended.
    fn note(&mut self, committed: Committed) -> Result<()> {
        self.answered = committed.answered;
        self.answered_at = committed.answered_at;
        self.batching_delay = (committed.took / 2).min(MAX_BATCHING_DELAY);
        if committed.outcome.is_err() {
            (self.head, self.edge) = (self.commits.head(), None);
        }
        committed.outcome
    }
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
