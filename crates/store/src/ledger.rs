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

use chengji_domain::{Error, ErrorCode, Result};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

pub use self::tx::Tx;
use self::writer::{Message, Queued, Writer};
use crate::keys::{Key, Prefix};
use crate::kv::{Batch, KeyValue};
use crate::log::{self, Position};

/// Jobs that wait or run at one time; further callers wait before they hand theirs in.
const JOBS: usize = 4096;

/// A store, its log and the thread that writes them. Clones are the same ledger.
#[derive(Clone)]
pub struct Ledger(Arc<Inner>);

struct Inner {
    kv: Arc<dyn KeyValue>,
    room: Arc<Semaphore>,
    queue: mpsc::UnboundedSender<Message>,
    head: watch::Receiver<Position>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Ledger {
    /// Opens the ledger in this store for its owner, such as `city/430100` or `coordinator`. A
    /// store belongs to one owner for ever: the first one that opens it.
    pub fn open(kv: Arc<dyn KeyValue>, owner: &str) -> Result<Self> {
        claim(&*kv, owner)?;
        let head = log::verify_end(&*kv)?;
        let (queue, jobs) = mpsc::unbounded_channel();
        let (moved, watched) = watch::channel(head);
        let writer = Writer::new(Arc::clone(&kv), jobs, moved, head);
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
            room: Arc::new(Semaphore::new(JOBS)),
            queue,
            head: watched,
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

    /// Starts a new epoch, after the store was restored from a backup. Positions go on.
    pub async fn new_epoch(&self) -> Result<Position> {
        self.new_epoch_after(0).await
    }

    /// Starts a new epoch that comes after this one, too: of an owner whose earlier store is lost.
    pub async fn new_epoch_after(&self, epoch: u32) -> Result<Position> {
        self.write(move |tx| tx.start_epoch(epoch)).await
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
fn claim(kv: &dyn KeyValue, owner: &str) -> Result<()> {
    let key = Key::new(Prefix::Owner).finish();
    let Some(found) = kv.get(&key)? else {
        if kv.last(&[], &[u8::MAX])?.is_some() {
            return Err(Error::new(
                ErrorCode::StorageDamaged,
                "the data directory holds records but does not say whose they are",
            ));
        }
        let mut batch = Batch::new();
        batch.expect(key.clone(), None);
        batch.expect(log::head_key(), None);
        batch.put(key, owner.into());
        batch.put(log::head_key(), Position::START.to_bytes());
        return kv.commit(batch).map_err(Error::from);
    };
    if found == owner.as_bytes() {
        return Ok(());
    }
    let found = String::from_utf8_lossy(&found);
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
