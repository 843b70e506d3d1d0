//! The only writer of a store. State and log entries that belong together are written together.
//!
//! Callers hand in jobs; one thread runs them in order and commits many at once, because syncing
//! the disk costs the same for one job as for a hundred. A job sees all jobs before it. Nobody
//! learns the outcome of a job before everything it saw and wrote is durable.
//!
//! Jobs are quick and touch nothing but their transaction: no network, no file, no waiting.

mod tx;
mod writer;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use chengji_domain::epoch::EpochStart;
use chengji_domain::{Epoch, Error, ErrorCode, Result};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

pub use self::tx::Tx;
use self::writer::{Message, Queued, Writer};
use crate::head_file::HeadFile;
use crate::keys::{Key, Prefix};
use crate::kv::{Batch, KeyValue};
use crate::log::{self, Position};
use crate::migrations;
use crate::rocks::RocksStore;

/// Jobs that wait or run at one time; further callers wait before they hand theirs in.
const JOBS: usize = 4096;

/// Whether the log is known to be whole, so that it may grow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// Entries are appended.
    Confirmed,
    /// Peers are being asked for the first time; writes wait for what they say.
    Asking,
    /// Nothing is appended: LOG_UNCONFIRMED. Writes that append nothing go on.
    Unconfirmed {
        /// Why.
        reason: String,
        /// The peers that know more of the log, or something else.
        contradicted_by: Vec<String>,
    },
}

impl Confirmation {
    /// The error of a job that appends, unless it may.
    pub(crate) fn refusal(&self) -> Option<Error> {
        let Self::Unconfirmed {
            reason,
            contradicted_by,
        } = self
        else {
            return None;
        };
        let message = format!("nothing is written to the log now: {reason}");
        let error = Error::new(ErrorCode::LogUnconfirmed, message);
        Some(if contradicted_by.is_empty() {
            error
        } else {
            error.with_remedy(
                "the store is not the newest: restore the newest backup, or stop the program and run \
                 'log new-epoch', which accepts the loss 请恢复最新备份，或停机后执行 log new-epoch",
            )
        })
    }
}

/// A store, its log and the thread that writes them. Clones are the same ledger.
#[derive(Clone)]
pub struct Ledger(Arc<Inner>);

struct Inner {
    kv: Arc<dyn KeyValue>,
    /// The same store, where it is in a data directory.
    directory: Option<Arc<RocksStore>>,
    room: Arc<Semaphore>,
    queue: mpsc::UnboundedSender<Message>,
    head: watch::Receiver<Position>,
    confirmation: watch::Sender<Confirmation>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Ledger {
    /// Opens the ledger in this store for its owner, such as `city/430100` or `coordinator`. The store
    /// must have one: see [`Self::create`].
    pub fn open(kv: Arc<dyn KeyValue>, owner: &str) -> Result<Self> {
        check_claim(&*kv, owner)?;
        Self::start(kv, None, None)
    }

    /// Makes the ledger in a new store, for one owner for ever, or opens the one that is there. The
    /// first epoch of a new log gets these random bytes.
    pub fn create(kv: Arc<dyn KeyValue>, owner: &str, epoch_id: [u8; 8]) -> Result<Self> {
        claim(&*kv, owner, epoch_id)?;
        Self::start(kv, None, None)
    }

    /// Starts the thread that writes a store which is its owner's. In a data directory it keeps the head
    /// file, too.
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
        let writer = Writer::new(Arc::clone(&kv), jobs, moved, head, confirmed, head_file);
        let thread = thread::Builder::new()
            .name("ledger".into())
            .spawn(move || writer.run())
            .map_err(|error| {
                Error::new(
                    ErrorCode::Unavailable,
                    format!("no thread for the ledger: {error}"),
                )
            })?;
        Ok(Self(Arc::new(Inner {
            kv,
            directory,
            room: Arc::new(Semaphore::new(JOBS)),
            queue,
            head: watched,
            confirmation,
            thread: Mutex::new(Some(thread)),
        })))
    }

    /// Runs the job and returns once all it wrote is durable. A job that fails leaves nothing.
    ///
    /// A caller that goes away while it waits does not stop a job that was handed in. After an
    /// error of the storage the job is not visible, but a machine that failed in that moment may
    /// turn out to have written it: whoever tries again does so under an idempotency key.
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
        answer.await.unwrap_or_else(|_| {
            Err(Error::new(
                ErrorCode::Internal,
                "the ledger's thread ended within a write",
            ))
        })
    }

    /// Waits until peers that are asked for the first time have answered.
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

    /// Checks that entries are appended now: for work of many writes that is not to be begun in vain.
    /// Errors: LOG_UNCONFIRMED.
    pub async fn check_confirmed(&self) -> Result<()> {
        self.first_answers().await;
        let refusal = self.0.confirmation.borrow().refusal();
        refusal.map_or(Ok(()), Err)
    }

    /// Whether entries are appended. They are, unless a program that serves has said otherwise.
    pub fn confirmation(&self) -> watch::Receiver<Confirmation> {
        self.0.confirmation.subscribe()
    }

    /// Says whether entries are appended from now on.
    pub fn set_confirmation(&self, confirmation: Confirmation) {
        self.0.confirmation.send_replace(confirmation);
    }

    /// The store of a data directory.
    pub(crate) fn directory(&self) -> Option<&RocksStore> {
        self.0.directory.as_deref()
    }

    /// The store, for reading what is committed.
    pub fn kv(&self) -> &Arc<dyn KeyValue> {
        &self.0.kv
    }

    /// The position the next entry will get, after all that is durable.
    pub fn head(&self) -> Position {
        *self.0.head.borrow()
    }

    /// The head as it moves: after each durable commit that appended, and with a new epoch.
    pub fn watch(&self) -> watch::Receiver<Position> {
        self.0.head.clone()
    }

    /// Finishes the jobs handed in so far and ends the thread; later writes are refused. Blocks
    /// until that is done. The last clone that is dropped does the same.
    pub fn close(&self) {
        self.0.close();
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
        // Refused only where the thread has ended already.
        let _ = self.queue.send(Message::Close);
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        // A job may hold the last clone; the thread cannot wait for itself.
        let thread = thread.filter(|thread| thread.thread().id() != thread::current().id());
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

/// Makes a new store the owner's, or checks that it is.
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
        return kv.commit(batch).map_err(Error::from);
    };
    check_owner(&found, owner)?;
    migrations::check(kv).map(drop)
}

/// Checks that a store that has been written before is the owner's, of a version that is known.
pub(crate) fn check_claim(kv: &dyn KeyValue, owner: &str) -> Result<()> {
    if let Some(found) = kv.get(&Key::new(Prefix::Owner).finish())? {
        check_owner(&found, owner)?;
        return migrations::check(kv).map(drop);
    }
    check_empty(kv)?;
    let message = "the database is empty: its whole log is lost 数据库为空";
    Err(Error::new(ErrorCode::LogShortened, message)
        .with_remedy("restore the newest backup 请恢复最新备份"))
}

fn check_empty(kv: &dyn KeyValue) -> Result<()> {
    if kv.last(&[], &[u8::MAX])?.is_none() {
        return Ok(());
    }
    let message = "the data directory holds records but does not say whose they are";
    Err(Error::new(ErrorCode::StorageDamaged, message))
}

fn check_owner(found: &[u8], owner: &str) -> Result<()> {
    if found == owner.as_bytes() {
        return Ok(());
    }
    let found = String::from_utf8_lossy(found);
    Err(Error::new(
        ErrorCode::Misconfigured,
        format!("the data directory belongs to {found} and cannot be opened as {owner}'s"),
    )
    .with_remedy(format!(
        "name the data directory of {owner}, or an empty one for a new log"
    )))
}

fn closed() -> Error {
    Error::new(
        ErrorCode::Unavailable,
        "the ledger is closed: the program is shutting down",
    )
}

#[cfg(test)]
mod tests;
