//! Tests of the ledger: dense, all or nothing, durable before answered, with jobs that fail and
//! commits that fail. Property tests with random jobs are in `laws`.

mod in_flight;
mod laws;

use std::sync::mpsc;

use chengji_domain::Digest;

use super::*;
use crate::counting::CountingStore;
use crate::failing::{CommitOutcome, FailingStore, full};
use crate::kv::MAX_VALUE;
use crate::ledger::tx::ROOM;
use crate::memory::MemoryStore;
use crate::rocks::RocksStore;

const OWNER: &str = "city/430100";
const ID: [u8; 8] = [1; 8];

fn refusal() -> Error {
    Error::new(
        ErrorCode::OutOfTurn,
        msg::Text {
            text: "refused by a rule",
        },
    )
}

fn memory() -> Arc<FailingStore> {
    Arc::new(FailingStore::default())
}

fn open(kv: &Arc<FailingStore>) -> Ledger {
    Ledger::create(Arc::clone(kv) as Arc<dyn KeyValue>, OWNER, ID).unwrap()
}

fn at(seq: u64) -> Position {
    Position {
        epoch: Epoch::first(ID),
        seq,
    }
}

/// A key for tests, outside the table of prefixes.
fn key(name: &str) -> Vec<u8> {
    [b"\x7f", name.as_bytes()].concat()
}

fn append(text: &'static str) -> impl FnOnce(&mut Tx<'_>) -> Result<Position> + Send + 'static {
    move |tx| {
        tx.put(key(text), text.into());
        tx.append(|_| Vec::from(text))
    }
}

fn put(name: &'static str, size: usize) -> impl FnOnce(&mut Tx<'_>) -> Result<()> + Send {
    move |tx| {
        tx.put(key(name), vec![0; size]);
        Ok(())
    }
}

fn entries(kv: &dyn KeyValue) -> Vec<String> {
    let entries = log::entries(kv, 0, usize::MAX, usize::MAX).unwrap();
    entries
        .into_iter()
        .map(|(_, entry)| String::from_utf8(entry.envelope.to_vec()).unwrap())
        .collect()
}

/// A job that blocks the thread until it is released, so that others queue up behind it.
fn held(go: mpsc::Receiver<()>) -> impl FnOnce(&mut Tx<'_>) -> Result<()> + Send + 'static {
    move |tx| {
        tx.put(key("held"), b"held".to_vec());
        go.recv().map_err(|_| refusal())
    }
}

/// Writes `size` bytes in total, in many values.
fn fill(name: &'static str, size: usize) -> impl FnOnce(&mut Tx<'_>) -> Result<()> + Send {
    move |tx| {
        let mut left = size;
        for part in 0_u8.. {
            let key = [key(name), vec![part]].concat();
            let value = left.saturating_sub(key.len()).min(MAX_VALUE);
            left -= key.len() + value;
            tx.put(key, vec![part; value]);
            if left == 0 {
                break;
            }
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_new_log_starts_at_nothing_and_grows_densely() {
    let kv = memory();
    let ledger = open(&kv);
    assert_eq!(ledger.head(), at(0));
    assert_eq!(ledger.write(append("a")).await.unwrap(), at(0));
    assert_eq!(ledger.write(append("b")).await.unwrap(), at(1));
    assert_eq!(ledger.head(), at(2));
    assert_eq!(log::head(&*kv).unwrap(), at(2));
    assert_eq!(entries(&*kv), ["a", "b"]);
    assert_eq!(ledger.kv().get(&key("b")).unwrap(), Some(b"b".to_vec()));
}

#[test]
fn a_store_belongs_to_its_first_owner() {
    let kv = memory();
    open(&kv).close();
    open(&kv).close();
    let error = Ledger::open(kv, "coordinator").unwrap_err();
    let message = msg::DataDirectoryOfAnother {
        found: OWNER,
        owner: "coordinator",
    };
    assert_eq!(error, Error::new(ErrorCode::Misconfigured, message));
}

#[test]
fn records_of_nobody_are_not_taken_over() {
    let kv = memory();
    let mut batch = Batch::new();
    batch.put(key("stray"), Vec::new());
    kv.commit(&batch).unwrap();
    let error = Ledger::open(kv, OWNER).unwrap_err();
    assert_eq!(error.code(), ErrorCode::StorageDamaged);
}

#[tokio::test]
async fn a_log_that_lost_its_end_does_not_open() {
    let kv = memory();
    open(&kv).write(append("a")).await.unwrap();
    let mut batch = Batch::new();
    batch.delete(Key::new(Prefix::LogLeaf).u64(0).finish());
    kv.commit(&batch).unwrap();
    let error = Ledger::open(kv, OWNER).unwrap_err();
    assert_eq!(error.code(), ErrorCode::StorageDamaged);
}

#[tokio::test]
async fn the_head_moves_only_when_the_log_does() {
    let ledger = open(&memory());
    let mut watch = ledger.watch();
    ledger.write(put("state", 0)).await.unwrap();
    ledger.write(|tx| tx.get(&key("state"))).await.unwrap();
    assert!(!watch.has_changed().unwrap());
    ledger.write(append("a")).await.unwrap();
    assert!(watch.has_changed().unwrap());
    assert_eq!(*watch.borrow_and_update(), at(1));
}

#[tokio::test]
async fn a_commit_is_counted_before_its_caller_is_answered() {
    let ledger = open(&memory());
    assert_eq!(ledger.commits(), 0);
    ledger.write(put("state", 0)).await.unwrap();
    assert_eq!(ledger.commits(), 1);
    ledger.write(|tx| tx.get(&key("state"))).await.unwrap();
    let failed = ledger.write(|_| Err::<(), _>(refusal())).await;
    assert_eq!(failed.unwrap_err(), refusal());
    assert_eq!(ledger.commits(), 1, "nothing was written");
    ledger.write(append("a")).await.unwrap();
    assert_eq!(ledger.commits(), 2);
}

#[tokio::test]
async fn a_job_uses_what_was_read_ahead_unless_it_was_written_since() {
    let kv = Arc::new(CountingStore::new(MemoryStore::new()));
    let reads = kv.reads();
    let ledger = Ledger::create(Arc::clone(&kv) as Arc<dyn KeyValue>, OWNER, ID).unwrap();
    let read = async |ahead| {
        let before = reads.gets();
        let values = ledger.write(move |tx| {
            tx.use_ahead(ahead);
            Ok([tx.get(&key("a"))?, tx.get(&key("b"))?])
        });
        let sizes = values
            .await
            .unwrap()
            .map(|value| value.map(|value| value.len()));
        (sizes, reads.gets() - before)
    };
    let ahead = || ledger.read_ahead(vec![key("a"), key("b")]).unwrap();
    // Writes are recorded from this job on.
    assert_eq!(read(ahead()).await, ([None, None], 2));
    ledger.write(put("c", 1)).await.unwrap();
    let (first, second) = (ahead(), ahead());
    assert_eq!(read(first).await, ([None, None], 0));
    ledger.write(put("a", 3)).await.unwrap();
    assert_eq!(read(second).await, ([Some(3), None], 1));
    assert_eq!(read(ahead()).await, ([Some(3), None], 0));
}

#[tokio::test]
async fn a_job_that_fails_or_panics_leaves_nothing_and_others_go_on() {
    let kv = memory();
    let ledger = open(&kv);
    let failed = ledger
        .write(|tx| append("failed")(tx).and(Err::<(), _>(refusal())))
        .await;
    assert_eq!(failed.unwrap_err(), refusal());
    let panicked = ledger.write(|tx| -> Result<()> {
        append("panicked")(tx)?;
        panic!("as the test wants it");
    });
    let error = panicked.await.unwrap_err();
    let message = msg::WritePanicked {
        cause: "as the test wants it",
    };
    assert_eq!(error, Error::new(ErrorCode::Internal, message));
    assert_eq!(kv.commits(), 1, "only opening wrote");
    assert_eq!(ledger.write(append("kept")).await.unwrap(), at(0));
    assert_eq!(entries(&*kv), ["kept"]);
    assert_eq!(kv.get(&key("failed")).unwrap(), None);
    assert_eq!(kv.get(&key("panicked")).unwrap(), None);
}

#[tokio::test]
async fn what_queued_up_is_committed_at_once_and_seen_in_order() {
    let kv = memory();
    let ledger = open(&kv);
    let before = kv.commits();
    let (go, wait) = mpsc::channel();
    let (held, first, refused, panicked, second, seen, ()) = tokio::join!(
        ledger.write(held(wait)),
        ledger.write(append("first")),
        ledger.write(|tx| append("refused")(tx).and(Err::<(), _>(refusal()))),
        ledger.write(|tx| -> Result<()> {
            append("panicked")(tx)?;
            panic!("as the test wants it");
        }),
        ledger.write(append("second")),
        ledger.write(|tx| Ok((tx.next(), tx.range(&key(""), &[0xff], 9)?.len()))),
        async { go.send(()).unwrap() },
    );
    held.unwrap();
    assert_eq!((first.unwrap(), second.unwrap()), (at(0), at(1)));
    assert_eq!(refused.unwrap_err(), refusal());
    assert_eq!(panicked.unwrap_err().code(), ErrorCode::Internal);
    assert_eq!(seen.unwrap(), (at(2), 3));
    assert_eq!(kv.commits() - before, 1);
    assert_eq!(entries(&*kv), ["first", "second"]);
}

#[tokio::test]
async fn a_commit_that_fails_fails_everyone_who_relied_on_it() {
    let kv = memory();
    let ledger = open(&kv);
    kv.set_outcomes([CommitOutcome::Refused]);
    let (go, wait) = mpsc::channel();
    let (held, appended, misled, ()) = tokio::join!(
        ledger.write(held(wait)),
        ledger.write(append("lost")),
        // It would report a write that never took place.
        ledger.write(|tx| match tx.get(&key("lost"))? {
            Some(_) => Err::<(), _>(refusal()),
            None => Ok(()),
        }),
        async { go.send(()).unwrap() },
    );
    assert_eq!(held.unwrap_err(), full());
    assert_eq!(appended.unwrap_err(), full());
    assert_eq!(misled.unwrap_err(), full());
    assert_eq!(ledger.head(), at(0));
    assert_eq!(ledger.write(append("kept")).await.unwrap(), at(0));
    assert_eq!(entries(&*kv), ["kept"]);
}

#[tokio::test]
async fn a_lost_answer_is_found_out_and_the_log_goes_on() {
    let kv = memory();
    let ledger = open(&kv);
    kv.set_outcomes([CommitOutcome::AnswerLost]);
    assert_eq!(ledger.write(append("doubtful")).await.unwrap_err(), full());
    assert_eq!(ledger.write(append("next")).await.unwrap(), at(1));
    assert_eq!(entries(&*kv), ["doubtful", "next"]);
    assert_eq!(ledger.head(), at(2));
}

#[tokio::test]
async fn another_writer_of_the_store_shuts_this_one_out() {
    let kv = memory();
    let (first, second) = (open(&kv), open(&kv));
    second.write(append("second")).await.unwrap();
    for _ in 0..2 {
        let error = first.write(append("first")).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::Misconfigured);
    }
    assert_eq!(entries(&*kv), ["second"]);
}

#[tokio::test]
async fn a_group_that_is_full_is_committed_before_the_next_job() {
    let kv = memory();
    let ledger = open(&kv);
    let before = kv.commits();
    let (go, wait) = mpsc::channel();
    let (held, first, second, third, ()) = tokio::join!(
        ledger.write(held(wait)),
        ledger.write(fill("first", ROOM / 2)),
        ledger.write(fill("second", ROOM / 2 + 1)),
        ledger.write(append("third")),
        async { go.send(()).unwrap() },
    );
    held.and(first).and(second).unwrap();
    assert_eq!(third.unwrap(), at(0));
    assert_eq!(kv.commits() - before, 2);
    assert!(kv.get(&[key("first"), vec![0]].concat()).unwrap().is_some());
    assert!(
        kv.get(&[key("second"), vec![0]].concat())
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn limits_of_a_job_are_kept_and_can_be_reached() {
    let kv = memory();
    let ledger = open(&kv);
    ledger.write(fill("all", ROOM)).await.unwrap();
    let too_much = ledger.write(fill("too much", ROOM + 1)).await;
    let too_long = ledger.write(put("long", MAX_VALUE + 1)).await;
    let entry_too_long = ledger
        .write(|tx| tx.append(|_| vec![0; MAX_VALUE + 1]))
        .await
        .map(drop);
    for refused in [too_much, too_long, entry_too_long] {
        assert_eq!(refused.unwrap_err().code(), ErrorCode::LimitExceeded);
    }
    assert_eq!(kv.range(&key("long"), &key("lonh"), 1).unwrap(), []);
    assert_eq!(kv.range(&key("too"), &key("top"), 1).unwrap(), []);
    assert_eq!(
        ledger
            .write(|tx| tx.append(|_| vec![0; MAX_VALUE - 1]))
            .await
            .unwrap(),
        at(0)
    );
}

#[tokio::test]
async fn a_new_epoch_goes_on_where_the_log_stands() {
    let kv = memory();
    let ledger = open(&kv);
    ledger.write(append("a")).await.unwrap();
    let mut watch = ledger.watch();
    let second = Epoch {
        number: 2,
        id: [2; 8],
    };
    let opened = ledger.write(|tx| {
        let start = tx.open_epoch([2; 8], 0, None)?;
        tx.append(|_| b"opened".to_vec())?;
        Ok(start)
    });
    let start = EpochStart {
        epoch: second,
        previous: Epoch::first(ID),
        replaced: Epoch::UNKNOWN,
        seq: 1,
    };
    assert_eq!(opened.await.unwrap(), start);
    let head = |seq| Position { epoch: second, seq };
    assert_eq!(*watch.borrow_and_update(), head(2));
    assert_eq!(ledger.write(append("b")).await.unwrap(), head(2));
    drop(ledger);
    assert_eq!(open(&kv).head(), head(3));
    let first = EpochStart {
        epoch: Epoch::first(ID),
        previous: Epoch::UNKNOWN,
        replaced: Epoch::UNKNOWN,
        seq: 0,
    };
    assert_eq!(log::epochs(&*kv as &dyn KeyValue).unwrap(), [first, start]);
}

#[tokio::test]
async fn a_new_epoch_comes_after_all_that_anybody_knows() {
    let ledger = open(&memory());
    let known = Epoch {
        number: 6,
        id: [6; 8],
    };
    let opened = ledger.write(move |tx| tx.open_epoch([7; 8], 7, Some(known)));
    let start = opened.await.unwrap();
    assert_eq!((start.epoch.number, start.replaced), (8, known));
    assert_eq!(start.previous, Epoch::first(ID));
    let own = ledger.head().epoch;
    let opened = ledger.write(move |tx| tx.open_epoch([9; 8], 0, Some(own)));
    assert_eq!(opened.await.unwrap().replaced, Epoch::UNKNOWN);
}

#[test]
fn opening_makes_no_log() {
    let error = Ledger::open(memory(), OWNER).unwrap_err();
    assert_eq!(error.code(), ErrorCode::LogShortened);
}

#[tokio::test]
async fn closing_finishes_what_was_handed_in_and_refuses_the_rest() {
    let kv = memory();
    let ledger = open(&kv);
    let (go, wait) = mpsc::channel();
    let (held, queued, late) = tokio::join!(
        ledger.write(held(wait)),
        ledger.write(append("queued")),
        async {
            go.send(()).unwrap();
            ledger.close();
            ledger.write(append("late")).await
        },
    );
    held.unwrap();
    assert_eq!(queued.unwrap(), at(0));
    assert_eq!(late.unwrap_err().code(), ErrorCode::Unavailable);
    ledger.close();
    assert_eq!(entries(&*kv), ["queued"]);
}

#[tokio::test]
async fn a_job_may_hold_the_last_of_its_ledger() {
    let kv = memory();
    let ledger = open(&kv);
    let (go, wait) = mpsc::channel::<()>();
    let own = ledger.clone();
    let queued = tokio::spawn(async move {
        let own_too = own.clone();
        own.write(move |tx| {
            let result = wait
                .recv()
                .map_err(|_| refusal())
                .and_then(|()| append("a")(tx));
            drop(own_too);
            result
        })
        .await
    });
    tokio::task::yield_now().await;
    let mut watch = ledger.watch();
    drop(ledger);
    // The caller is dropped; its job, which holds the ledger, is not.
    queued.abort();
    assert!(queued.await.unwrap_err().is_cancelled());
    go.send(()).unwrap();
    // The thread ends by itself once it has committed, and with it the sender of heads.
    while watch.changed().await.is_ok() {}
    assert_eq!(*watch.borrow(), at(1));
    assert_eq!(entries(&*kv), ["a"]);
}

#[tokio::test]
async fn a_durable_ledger_is_as_it_was_after_reopening() {
    let dir = tempfile::TempDir::new().unwrap();
    let rocks = || Arc::new(RocksStore::create(dir.path()).unwrap()) as Arc<dyn KeyValue>;
    let ledger = Ledger::create(rocks(), OWNER, ID).unwrap();
    for round in 0..20_u64 {
        let (one, other) = tokio::join!(
            ledger.write(|tx| tx.append(|at| at.to_bytes())),
            ledger.write(|tx| tx.append(|at| at.to_bytes())),
        );
        assert_eq!(
            (one.unwrap(), other.unwrap()),
            (at(2 * round), at(2 * round + 1))
        );
    }
    drop(ledger);

    let ledger = Ledger::open(rocks(), OWNER).unwrap();
    assert_eq!(ledger.head(), at(40));
    assert_eq!(
        ledger
            .write(|tx| tx.append(|at| at.to_bytes()))
            .await
            .unwrap(),
        at(40)
    );
    let entries = log::entries(&**ledger.kv(), 0, usize::MAX, usize::MAX).unwrap();
    let leaves = log::leaves(&**ledger.kv(), 0, usize::MAX).unwrap();
    for (seq, (entry, leaf)) in (0..).zip(entries.iter().zip(&leaves)) {
        assert_eq!(*entry, (seq, at(seq).to_bytes().into()));
        assert_eq!(*leaf, (seq, Digest(entry.1.leaf())));
    }
    assert_eq!((entries.len(), leaves.len()), (41, 41));
    drop(ledger);
    assert!(Ledger::open(rocks(), "coordinator").is_err());
}
