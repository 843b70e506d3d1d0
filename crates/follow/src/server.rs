//! Streams the own log to permitted readers.

use std::sync::Arc;
use std::time::Duration;

use chengji_clock::Clock;
use chengji_domain::fact::LogOwner;
use chengji_domain::{Digest, Epoch, Error, ErrorCode, Principal, Result};
use chengji_messages::{Value, msg};
use chengji_proto::convert::{KnownLog, LogEnd, epoch_from, epoch_id, time_to};
use chengji_proto::service::{Answers, LogService};
use chengji_proto::v1;
use chengji_runtime::off_thread;
use chengji_store::{Head, Ledger, Position, StoredTree, log};
use chengji_transport::{Held, Permit, Turns};
use tokio::sync::{mpsc, watch};
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

use crate::blocks::{Blocks, RunLimit};
use crate::peer_calls::PeerCalls;
use crate::state::Paced;
use crate::{alarm, copies};

/// The budget that currently paces reading the log of a principal, if any; the principal is informed of it.
pub type PacedReader = Arc<dyn Fn(&Principal) -> Option<Paced> + Send + Sync>;

/// Concurrent message reads for nodes of cities, and for all others.
const READERS: usize = 4;
/// Maximum number of entries in a message of a [`LogServer`].
pub const MESSAGE_ENTRIES: usize = 512;
/// Maximum size of the entries in a message of a [`LogServer`], bytes; a first entry that is larger is sent nevertheless.
/// The effects of the entries at a follower have to fit one batch.
pub const MESSAGE_BYTES: usize = 192 * 1024;
const MESSAGE: RunLimit = RunLimit {
    entries: MESSAGE_ENTRIES,
    bytes: MESSAGE_BYTES,
};
/// Maximum number of ranges in an answer.
const MAX_RANGES: u64 = 16;
/// Maximum number of epochs listed, the newest.
const MAX_EPOCHS: usize = 1_000;
/// Interval at which an idle stream shows that it is alive.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);

/// Serves a program's own log.
#[derive(Clone)]
pub struct LogServer {
    ledger: Ledger,
    clock: Clock,
    paced: Option<PacedReader>,
    /// A peer, and where its calls are noted.
    noted: Option<(Principal, PeerCalls)>,
    blocks: Arc<Blocks>,
    turns: Arc<Turns>,
    shutdown: watch::Receiver<bool>,
}

impl LogServer {
    /// A server of this ledger's log, owned by `owner`. Its streams end when `shutdown` turns true.
    pub fn new(
        ledger: Ledger,
        owner: LogOwner,
        clock: Clock,
        shutdown: watch::Receiver<bool>,
    ) -> Self {
        Self {
            ledger,
            clock,
            paced: None,
            noted: None,
            blocks: Arc::new(Blocks::new(owner)),
            turns: Turns::new(msg::WorkLog, 1, READERS, READERS),
            shutdown,
        }
    }

    /// Informs each reader which budget paces reading its own log.
    #[must_use]
    pub fn with_paced_reader(self, paced: PacedReader) -> Self {
        Self {
            paced: Some(paced),
            ..self
        }
    }

    /// Notes the calls by which a peer begins to follow the log.
    #[must_use]
    pub fn noting_calls_of(self, peer: Principal, calls: PeerCalls) -> Self {
        Self {
            noted: Some((peer, calls)),
            ..self
        }
    }

    fn start(&self, request: &v1::FollowRequest) -> Result<u64> {
        let head = self.ledger.head();
        let asked = epoch_from(request.epoch, &request.epoch_id)?;
        if !asked.is_unknown() {
            check_epoch(asked, head.epoch)?;
        }
        check_position(request.from, head)?;
        Ok(if asked.is_unknown() { 0 } else { request.from })
    }

    fn end(&self) -> Result<LogEnd> {
        let kv = self.ledger.kv().as_ref();
        let Head { position, leaf } = Head::of(kv)?;
        let mut epochs = log::epochs(kv)?;
        let newest = epochs.len().saturating_sub(MAX_EPOCHS);
        Ok(LogEnd {
            head: position,
            leaf,
            epochs: epochs.split_off(newest),
        })
    }

    fn roots(&self, request: &v1::RangeRootsRequest) -> Result<Vec<Digest>> {
        let head = self.ledger.head();
        check_epoch(epoch_from(request.epoch, &request.epoch_id)?, head.epoch)?;
        check_position(request.end, head)?;
        let ranges = request.first..request.first.saturating_add(MAX_RANGES);
        let kv = self.ledger.kv().as_ref();
        StoredTree::of_own_log().range_roots(kv, request.end, ranges)
    }

    /// The known extent of this owner's log.
    fn known_of(&self, owner: LogOwner) -> Result<KnownLog> {
        let kv = self.ledger.kv().as_ref();
        let mut highest = 0;
        for copy in copies(kv, owner)? {
            highest = highest.max(copy.epoch.number);
        }
        let alarm = alarm(kv, owner)?;
        let found = alarm.map_or(0, |alarm| alarm.found.epoch.number);
        let position = crate::position(kv, owner)?;
        let leaf = match position.seq.checked_sub(1) {
            Some(last) => crate::leaf(kv, owner, last)?,
            None => None,
        };
        Ok(KnownLog {
            position,
            leaf,
            highest_epoch: highest.max(found),
        })
    }

    /// Reads items from a position on, as far as this reader may read them, and the leaf before if
    /// requested. The store is read within a concurrency limit, off the threads that serve.
    async fn read(
        &self,
        reader: &Principal,
        (first, head): (u64, u64),
        with_leaf: bool,
    ) -> Result<(Vec<v1::LogItem>, Option<Digest>)> {
        let turn = self.turns.next(reader).await?;
        let (server, reader) = (self.clone(), reader.clone());
        off_thread(move || {
            let _turn = turn;
            let kv = server.ledger.kv().as_ref();
            let leaf_before = match first.checked_sub(1) {
                Some(last) if with_leaf => log::leaf(kv, last)?,
                _ => None,
            };
            server.blocks.drop_removed(server.ledger.removals());
            let items = server.blocks.items(kv, &reader, (first, head), MESSAGE)?;
            Ok((items, leaf_before))
        })
        .await
    }
}

impl LogService<Permit> for LogServer {
    async fn follow(
        &self,
        permit: Permit,
        asked: v1::FollowRequest,
    ) -> Result<Answers<v1::FollowResponse>> {
        if let Some((peer, calls)) = &self.noted
            && permit.principal() == peer
        {
            calls.note();
        }
        let reader = Reader {
            server: self.clone(),
            permit,
            epoch: self.ledger.head().epoch,
            next: self.start(&asked)?,
            has_begun: false,
            until_head: asked.until_head,
        };
        // At most two messages are buffered: a reader that stops reading stops the reading of the log.
        let (sender, receiver) = mpsc::channel(2);
        tokio::spawn(reader.run(sender));
        // Buffered messages are accounted to the reader until they are sent.
        let messages = ReceiverStream::new(receiver).map(|(message, _held)| message);
        Ok(Box::pin(messages))
    }

    async fn head(&self, _: Permit, _: v1::HeadRequest) -> Result<LogEnd> {
        self.end()
    }

    async fn range_roots(&self, _: Permit, asked: v1::RangeRootsRequest) -> Result<Vec<Digest>> {
        let server = self.clone();
        off_thread(move || server.roots(&asked)).await
    }

    async fn known(&self, permit: Permit, _: v1::KnownRequest) -> Result<KnownLog> {
        match permit.principal() {
            Principal::Node(city) => self.known_of(LogOwner::City(*city)),
            Principal::Coordinator => self.known_of(LogOwner::Coordinator),
            other => Err(Error::new(
                ErrorCode::Denied,
                msg::LogNotKept { who: other },
            )),
        }
    }
}

fn check_epoch(asked: Epoch, epoch: Epoch) -> Result<()> {
    if asked == epoch {
        return Ok(());
    }
    let message = msg::LogInAnotherEpoch { asked, epoch };
    Err(Error::new(ErrorCode::EpochUnknown, message))
}

fn check_position(asked: u64, head: Position) -> Result<()> {
    if asked <= head.seq {
        return Ok(());
    }
    let head = Value::text(head);
    let message = msg::LogEndsBefore { asked, head };
    Err(Error::new(ErrorCode::PositionUnknown, message))
}

type Message = (Result<v1::FollowResponse>, Held);

struct Reader {
    server: LogServer,
    permit: Permit,
    epoch: Epoch,
    next: u64,
    /// True once the first message was sent.
    has_begun: bool,
    until_head: bool,
}

impl Reader {
    async fn run(mut self, sender: mpsc::Sender<Message>) {
        let mut head = self.server.ledger.watch();
        let mut shutdown = self.server.shutdown.clone();
        let mut greeted = false;
        loop {
            let now = *head.borrow_and_update();
            if now.epoch != self.epoch {
                let error = Error::new(ErrorCode::EpochUnknown, msg::LogEpochBegun);
                let _ = sender.send((Err(error), self.permit.hold())).await;
                return;
            }
            // An idle log costs no reads; the first message reports the head at once.
            if self.next < now.seq || !greeted {
                let mut held = self.permit.hold();
                let message = self.batch(now.seq, &mut held).await;
                let failed = message.is_err();
                if sender.send((message, held)).await.is_err() || failed {
                    return;
                }
                greeted = true;
                continue;
            }
            if self.until_head {
                return;
            }
            tokio::select! {
                changed = head.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(KEEPALIVE_INTERVAL) => greeted = false,
                () = sender.closed() => return,
                _ = shutdown.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Builds the next message.
    async fn batch(&mut self, head: u64, held: &mut Held) -> Result<v1::FollowResponse> {
        let first = self.next;
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        held.grow(if first < head { MESSAGE.bytes } else { 0 })?;
        let reader = self.permit.principal();
        let (items, leaf_before) = self.server.read(reader, (first, head), is_first).await?;
        self.next += items.len() as u64;
        let paced = self.server.paced.as_ref();
        let paced = paced.and_then(|paced| paced(self.permit.principal()));
        Ok(v1::FollowResponse {
            epoch: self.epoch.number,
            epoch_id: epoch_id(self.epoch),
            first,
            items,
            head,
            sent_at: Some(time_to((self.server.clock)())),
            leaf_before: leaf_before.map(|leaf| leaf.0.to_vec()).unwrap_or_default(),
            paced_since: paced.as_ref().map(|paced| time_to(paced.since)),
            paced_by: paced.map(|paced| paced.budget).unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::{Receiver, channel};

    use chengji_domain::CityCode;
    use chengji_domain::fact::{CityFact, LogEntry};
    use chengji_proto::convert::city_entry_to;
    use chengji_store::{Batch, CommitError, CountingStore, KeyValue, MemoryStore, Pair, RANGE};
    use jiff::Timestamp;

    use super::*;

    /// Maximum time a read waits for its release.
    const BOUND: Duration = Duration::from_secs(10);

    /// A disk on which reads block until released.
    struct SlowStore {
        store: MemoryStore,
        release: Mutex<Option<Receiver<()>>>,
    }

    impl KeyValue for SlowStore {
        fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
            self.store.get(key)
        }

        fn range(&self, lower: &[u8], upper: &[u8], limit: usize) -> Result<Vec<Pair>> {
            if let Some(release) = self.release.lock().unwrap().take() {
                let released = release.recv_timeout(BOUND);
                released.map_err(|e| {
                    Error::new(
                        ErrorCode::Internal,
                        msg::Text {
                            text: e.to_string(),
                        },
                    )
                })?;
            }
            self.store.range(lower, upper, limit)
        }

        fn last(&self, lower: &[u8], upper: &[u8]) -> Result<Option<Pair>> {
            self.store.last(lower, upper)
        }

        fn commit(&self, batch: &Batch) -> Result<(), CommitError> {
            self.store.commit(batch)
        }
    }

    async fn append(ledger: &Ledger, city: CityCode, now: Timestamp) {
        let append = ledger.write(move |tx| {
            tx.append(|position| {
                let entry = LogEntry {
                    log: LogOwner::City(city),
                    epoch: position.epoch,
                    seq: position.seq,
                    at: now,
                    principal: Principal::Node(city),
                    fact: CityFact::Withdrawn {
                        code: "103001000001".parse().unwrap(),
                        reason: "机构改革".to_owned(),
                    },
                };
                city_entry_to(&entry, [7; 16])
            })
        });
        append.await.unwrap();
    }

    #[tokio::test]
    async fn the_head_of_a_long_log_takes_as_few_keys_as_that_of_a_short_one() {
        let city: CityCode = "430100".parse().unwrap();
        let mut keys = Vec::new();
        for count in [20, 200] {
            let store = CountingStore::new(MemoryStore::new());
            let reads = store.reads();
            let ledger = Ledger::create(Arc::new(store), "city/430100", [1; 8]).unwrap();
            for _ in 0..count {
                append(&ledger, city, chengji_clock::now()).await;
            }
            let (_stop, stopped) = watch::channel(false);
            let (owner, clock) = (LogOwner::City(city), chengji_clock::system_clock());
            let server = LogServer::new(ledger, owner, clock, stopped);
            let head = reads.during(|| server.end().unwrap()).0;
            let known = reads.during(|| server.known_of(owner).unwrap()).0;
            keys.push((head, known));
        }
        assert_eq!(keys[0], keys[1]);
        assert!(keys[0].0 <= 10 && keys[0].1 <= 10, "{keys:?}");
    }

    #[tokio::test]
    async fn roots_of_ranges_are_those_of_the_epoch_up_to_the_head() {
        let city: CityCode = "430100".parse().unwrap();
        let store = CountingStore::new(MemoryStore::new());
        let reads = store.reads();
        let ledger = Ledger::create(Arc::new(store), "city/430100", [1; 8]).unwrap();
        for _ in 0..RANGE + 3 {
            append(&ledger, city, chengji_clock::now()).await;
        }
        let head = ledger.head();
        let expected = StoredTree::of_own_log().range_roots(ledger.kv().as_ref(), head.seq, 0..2);
        let (_stop, stopped) = watch::channel(false);
        let clock = chengji_clock::system_clock();
        let server = LogServer::new(ledger, LogOwner::City(city), clock, stopped);
        let roots = |first, end, epoch: Epoch| {
            server.roots(&v1::RangeRootsRequest {
                epoch: epoch.number,
                epoch_id: epoch_id(epoch),
                first,
                end,
            })
        };
        let (keys, answer) = reads.during(|| roots(0, head.seq, head.epoch));
        assert!(keys <= 46, "{keys} keys");
        assert_eq!(answer.unwrap(), expected.unwrap());
        assert_eq!(roots(u64::MAX, head.seq, head.epoch), Ok(Vec::new()));
        let other = Epoch {
            number: head.epoch.number + 1,
            ..head.epoch
        };
        let code = |answer: Result<Vec<Digest>>| answer.unwrap_err().code();
        assert_eq!(code(roots(0, head.seq, other)), ErrorCode::EpochUnknown);
        assert_eq!(
            code(roots(0, head.seq + 1, head.epoch)),
            ErrorCode::PositionUnknown
        );
    }

    #[tokio::test]
    async fn the_log_is_read_off_the_threads_that_serve() {
        let (owner, city) = ("city/430100", "430100".parse().unwrap());
        let store = Arc::new(SlowStore {
            store: MemoryStore::new(),
            release: Mutex::default(),
        });
        let ledger = Ledger::create(Arc::clone(&store) as Arc<dyn KeyValue>, owner, [1; 8]);
        let (ledger, now) = (ledger.unwrap(), chengji_clock::now());
        append(&ledger, city, now).await;
        let (_stop, stopped) = watch::channel(false);
        let clock = chengji_clock::system_clock();
        let server = LogServer::new(ledger, LogOwner::City(city), clock, stopped);

        let (release, released) = channel();
        *store.release.lock().unwrap() = Some(released);
        // This thread continues to serve while the disk is read.
        let serving = async { release.send(()).unwrap() };
        let read = server.read(&Principal::Coordinator, (0, 1), true);
        let (read, ()) = tokio::join!(read, serving);
        assert_eq!(read.unwrap().0.len(), 1);
    }

    #[tokio::test]
    async fn a_reader_reads_one_message_at_a_time() {
        let store = Arc::new(MemoryStore::new());
        let ledger = Ledger::create(store, "city/430100", [1; 8]).unwrap();
        let owner = LogOwner::City("430100".parse().unwrap());
        let (_stop, stopped) = watch::channel(false);
        let server = LogServer::new(ledger, owner, chengji_clock::system_clock(), stopped);
        let reader = Principal::Coordinator;
        let reading = server.turns.next(&reader).await.unwrap();
        let waits = server.read(&reader, (0, 0), false);
        let waits = tokio::time::timeout(Duration::from_millis(20), waits);
        assert!(waits.await.is_err(), "the first message is not read yet");
        drop(reading);
        server.read(&reader, (0, 0), false).await.unwrap();
    }
}
