//! The only writer of a store: log entries and the state derived from them are committed together.
//!
//! Callers submit jobs; one thread runs them in order, and many are committed at once, because syncing the disk
//! costs the same for one job as for a hundred. While a group of jobs is committed on a second thread, the next ones
//! run. A job sees the writes of all jobs before it. The outcome of a job is returned only when everything it saw and
//! wrote is durable; if a commit fails, so do all jobs that ran on top of it.
//!
//! Jobs are quick and use nothing but their transaction: no network, no file, no waiting.

mod committer;
mod job;
mod read_ahead;
mod read_once;
mod tx;
mod writer;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle, ThreadId};

use chengji_domain::epoch::EpochStart;
use chengji_domain::{Epoch, Error, ErrorCode, Position, Result};
use chengji_messages::{Message as Text, msg};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use self::committer::{Commits, Committer};
use self::job::Queued;
pub use self::read_ahead::ReadAhead;
pub use self::tx::Tx;
use self::writer::{Message, Writer};
use crate::head_file::HeadFile;
use crate::keys::{Key, Prefix};
use crate::kv::{Batch, KeyValue};
use crate::log;
use crate::migrations;
use crate::rocks::RocksStore;

/// Maximum number of jobs queued or running at one time; further callers wait before they submit theirs.
const JOBS: usize = 4096;

/// The confirmation by peers that the log is complete, without which it does not grow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// Entries may be appended.
    Confirmed,
    /// Peers are being asked for the first time; writes wait for their answers.
    Asking,
    /// Appending fails with LOG_UNCONFIRMED. Writes that append nothing go on.
    Unconfirmed {
        /// The reason.
        reason: Text,
        /// The peers that have more entries of the log, or other ones.
        contradicted_by: Vec<String>,
    },
}

impl Confirmation {
    /// Returns the error of a job that appends, if appending is refused.
    pub(crate) fn refusal(&self) -> Option<Error> {
        let Self::Unconfirmed {
            reason,
            contradicted_by,
        } = self
        else {
            return None;
        };
        let message: Text = match contradicted_by.as_slice() {
            [] => msg::LogNotWritable { reason }.into(),
            _ => msg::LogNotWritableOutdated { reason }.into(),
        };
        Some(Error::new(ErrorCode::LogUnconfirmed, message))
    }
}

/// A store, its log and the thread that writes them. Clones are the same ledger.
#[derive(Clone)]
pub struct Ledger(Arc<Inner>);

/// Counters of commits since the start, and whether anything was read ahead.
#[derive(Default)]
struct Counts {
    /// Number of commits. Each is counted as soon as it is visible; one that failed is counted, too, since it may be
    /// visible. One that broke off may be counted twice, but none is left out: what was read ahead relies on that.
    commits: AtomicU64,
    /// Number of those that removed bodies of entries.
    removals: AtomicU64,
    /// True once values were read ahead of a job.
    is_read_ahead: AtomicBool,
}

struct Inner {
    kv: Arc<dyn KeyValue>,
    /// The same store, if it is in a data directory.
    directory: Option<Arc<RocksStore>>,
    room: Arc<Semaphore>,
    queue: mpsc::UnboundedSender<Message>,
    head: watch::Receiver<Position>,
    counts: Arc<Counts>,
    confirmation: watch::Sender<Confirmation>,
    /// The thread that may answer callers besides [`Self::thread`], which joins it.
    committing: Option<ThreadId>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Ledger {
    /// Opens the ledger in an initialized store for its owner, such as `city/430100` or `coordinator`. New
    /// stores are made by [`Self::create`].
    pub fn open(kv: Arc<dyn KeyValue>, owner: &str) -> Result<Self> {
        check_claim(&*kv, owner)?;
        Self::start(kv, None, None)
    }

    /// Makes the ledger in a new store, for one permanent owner, or opens the existing one. The first epoch
    /// of a new log gets these random bytes.
    pub fn create(kv: Arc<dyn KeyValue>, owner: &str, epoch_id: [u8; 8]) -> Result<Self> {
        claim(&*kv, owner, epoch_id)?;
        Self::start(kv, None, None)
    }

    /// Starts the thread that writes a store of its owner. In a data directory it also keeps the head file.
    pub(crate) fn start(
        kv: Arc<dyn KeyValue>,
        directory: Option<Arc<RocksStore>>,
        head_file: Option<HeadFile>,
    ) -> Result<Self> {
        migrations::migrate(&*kv)?;
        let head = log::verify_end(&*kv)?;
        let (queue, jobs) = mpsc::unbounded_channel();
        let (moved, watched) = watch::channel(head);
        let confirmation = watch::Sender::new(Confirmation::Confirmed);
        let confirmed = confirmation.subscribe();
        let counts = Arc::<Counts>::default();
        let (store, counted) = (Arc::clone(&kv), Arc::clone(&counts));
        let commits = Commits::start(Committer::new(store, moved, counted, head, head_file))?;
        let committing = commits.thread();
        let writer = Writer::new(Arc::clone(&kv), jobs, commits, confirmed);
        let thread = start_thread("ledger", move || writer.run())?;
        Ok(Self(Arc::new(Inner {
            kv,
            directory,
            room: Arc::new(Semaphore::new(JOBS)),
            queue,
            head: watched,
            counts,
            confirmation,
            committing,
            thread: Mutex::new(Some(thread)),
        })))
    }

    /// Runs the job and returns when all its writes are durable. A job that fails writes nothing.
    ///
    /// A caller that is dropped while it waits does not cancel a submitted job. After an error of the storage
    /// the job is not visible, but if the machine failed in that moment it may turn out to have been written:
    /// retries must use an idempotency key.
    pub async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.first_answers().await;
        let room = Arc::clone(&self.0.room)
            .acquire_owned()
            .await
            .map_err(|_| closed())?;
        let (reply, answer) = oneshot::channel();
        let queued = Queued::new(job, reply, room);
        self.0
            .queue
            .send(Message::Job(Box::new(queued)))
            .map_err(|_| closed())?;
        answer
            .await
            .unwrap_or_else(|_| Err(Error::new(ErrorCode::Internal, msg::WriteBrokeOff)))
    }

    /// Waits until the peers' first answers have arrived.
    async fn first_answers(&self) {
        if *self.0.confirmation.borrow() != Confirmation::Asking {
            return;
        }
        let mut confirmation = self.confirmation();
        // The sender lives as long as this ledger.
        let _ = confirmation
            .wait_for(|state| *state != Confirmation::Asking)
            .await;
    }

    /// Checks that entries may be appended now, before work of many writes is begun. Errors: LOG_UNCONFIRMED.
    pub async fn check_confirmed(&self) -> Result<()> {
        self.first_answers().await;
        let refusal = self.0.confirmation.borrow().refusal();
        refusal.map_or(Ok(()), Err)
    }

    /// Watches whether entries may be appended; [`Confirmation::Confirmed`] until a serving program sets it.
    pub fn confirmation(&self) -> watch::Receiver<Confirmation> {
        self.0.confirmation.subscribe()
    }

    /// Sets whether entries may be appended from now on.
    pub fn set_confirmation(&self, confirmation: Confirmation) {
        self.0.confirmation.send_replace(confirmation);
    }

    /// Returns the store of a data directory.
    pub(crate) fn directory(&self) -> Option<&RocksStore> {
        self.0.directory.as_deref()
    }

    /// Returns the approximate disk use of each prefix in bytes, of what is flushed to sorted files; empty without a
    /// data directory.
    pub fn disk_use(&self) -> Vec<(Prefix, u64)> {
        self.directory()
            .map(RocksStore::disk_use)
            .unwrap_or_default()
    }

    /// Returns the store, for reading committed data.
    pub fn kv(&self) -> &Arc<dyn KeyValue> {
        &self.0.kv
    }

    /// Returns the position of the next entry, after all durable entries.
    pub fn head(&self) -> Position {
        *self.0.head.borrow()
    }

    /// Returns the number of commits since the start that removed bodies of entries. What was read of the log before
    /// it grew may hold removed ones.
    pub fn removals(&self) -> u64 {
        self.0.counts.removals.load(Ordering::Acquire)
    }

    /// Returns the number of commits since the start. While it stays the same, so does what was read of the store after
    /// it was taken: a caller that was answered that something is written finds a higher number.
    pub fn commits(&self) -> u64 {
        self.0.counts.commits.load(Ordering::Acquire)
    }

    /// Looks up keys that a job of this ledger is going to read, which then uses their values with [`Tx::use_ahead`],
    /// unless they are written meanwhile. Writes are recorded after the first call only: what is read before the next commit
    /// is not used. Keys for which there is no room are left out. It blocks: it is called off the threads that serve.
    pub fn read_ahead(&self, keys: Vec<Vec<u8>>) -> Result<ReadAhead> {
        self.0.counts.is_read_ahead.store(true, Ordering::Release);
        ReadAhead::of(&*self.0.kv, self.commits(), keys)
    }

    /// Watches the head: it changes after each durable commit that appended, and with a new epoch.
    pub fn watch(&self) -> watch::Receiver<Position> {
        self.0.head.clone()
    }

    /// Finishes the jobs submitted so far and ends the thread; later writes are refused. Blocks until then.
    /// Dropping the last clone does the same.
    pub fn close(&self) {
        self.0.close();
    }

    /// Flushes what is only in memory and in the write-ahead log to sorted files, so that the next start need not recover
    /// it; does nothing without a data directory. The data is durable either way. Blocks for up to a second.
    ///
    /// # Errors
    ///
    /// `STORAGE_FULL`, and other failures of the disk.
    pub fn flush(&self) -> Result<()> {
        self.directory().map_or(Ok(()), RocksStore::flush)
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger")
            .field("head", &self.head())
            .finish_non_exhaustive()
    }
}

impl Inner {
    fn close(&self) {
        self.room.close();
        // Fails only if the thread has ended already.
        let _ = self.queue.send(Message::Close);
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        // A job or its answer may hold the last clone; a thread cannot wait for itself.
        let here = thread::current().id();
        let thread =
            thread.filter(|thread| thread.thread().id() != here && self.committing != Some(here));
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the ledger's thread had ended with a panic");
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}

/// Makes a new store the owner's, or checks its owner.
pub(crate) fn claim(kv: &dyn KeyValue, owner: &str, epoch_id: [u8; 8]) -> Result<()> {
    let key = Key::new(Prefix::Owner).finish();
    let Some(found) = kv.get(&key)? else {
        check_empty(kv)?;
        let mut batch = Batch::new();
        batch.expect(key.clone(), None);
        batch.expect(log::head_key(), None);
        batch.put(key, owner.into());
        let start = EpochStart {
            epoch: Epoch::first(epoch_id),
            previous: Epoch::UNKNOWN,
            replaced: Epoch::UNKNOWN,
            seq: 0,
        };
        let head = Position {
            epoch: start.epoch,
            seq: start.seq,
        };
        batch.put(log::head_key(), head.to_bytes());
        let (key, value) = log::epoch_record(&start);
        batch.put(key, value);
        migrations::mark_new(&mut batch);
        return kv.commit(&batch).map_err(Error::from);
    };
    check_owner(&found, owner)?;
    migrations::check(kv).map(drop)
}

/// Checks that an initialized store is the owner's and of a known version.
pub(crate) fn check_claim(kv: &dyn KeyValue, owner: &str) -> Result<()> {
    if let Some(found) = kv.get(&Key::new(Prefix::Owner).finish())? {
        check_owner(&found, owner)?;
        return migrations::check(kv).map(drop);
    }
    check_empty(kv)?;
    Err(Error::new(ErrorCode::LogShortened, msg::DatabaseEmpty))
}

fn check_empty(kv: &dyn KeyValue) -> Result<()> {
    if kv.last(&[], &[u8::MAX])?.is_none() {
        return Ok(());
    }
    let message = msg::DataDirectoryWithoutOwner;
    Err(Error::new(ErrorCode::StorageDamaged, message))
}

fn check_owner(found: &[u8], owner: &str) -> Result<()> {
    if found == owner.as_bytes() {
        return Ok(());
    }
    let found = String::from_utf8_lossy(found);
    let message = msg::DataDirectoryOfAnother {
        found: found.into_owned(),
        owner,
    };
    Err(Error::new(ErrorCode::Misconfigured, message))
}

fn start_thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    let started = thread::Builder::new().name(name.into()).spawn(work);
    started.map_err(|cause| Error::new(ErrorCode::Unavailable, msg::LedgerWithoutThread { cause }))
}

fn closed() -> Error {
    Error::new(ErrorCode::Unavailable, msg::LedgerClosed)
}

#[cfg(test)]
mod tests;
