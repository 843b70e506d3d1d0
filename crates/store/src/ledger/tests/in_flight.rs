//! Groups that are committed on the second thread, while the jobs of the next group run.

use std::future::poll_fn;
use std::panic;
use std::pin::Pin;
use std::task::Poll;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::unconstrained;

use super::*;
use crate::kv::{CommitError, Pair};
use crate::ledger::writer::GROUP_JOBS;
use crate::merkle::RootHasher;
use crate::stored_tree::StoredTree;

/// A store whose next commit waits until the test lets it go on.
struct GatedStore {
    store: Arc<FailingStore>,
    gate: Mutex<Option<mpsc::Receiver<Passage>>>,
}

/// The end of a commit that was held.
#[derive(Clone, Copy)]
enum Passage {
    GoesOn,
    Panics,
}

impl GatedStore {
    /// Returns a store whose commits are not held, and the store that it writes to.
    fn new() -> (Arc<Self>, Arc<FailingStore>) {
        let store = memory();
        let gated = Self {
            store: Arc::clone(&store),
            gate: Mutex::default(),
        };
        (Arc::new(gated), store)
    }

    /// Holds the next commit until the passage is sent.
    fn hold_next(&self) -> mpsc::Sender<Passage> {
        let (passage, gate) = mpsc::channel();
        *self.gate.lock().unwrap() = Some(gate);
        passage
    }
}

impl KeyValue for GatedStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.store.get(key)
    }

    fn range(&self, lower: &[u8], upper: &[u8], limit: usize) -> Result<Vec<Pair>> {
        self.store.range(lower, upper, limit)
    }

    fn last(&self, lower: &[u8], upper: &[u8]) -> Result<Option<Pair>> {
        self.store.last(lower, upper)
    }

    fn commit(&self, batch: &Batch) -> Result<(), CommitError> {
        let gate = self.gate.lock().unwrap().take();
        match gate.map(|gate| gate.recv().unwrap()) {
            None | Some(Passage::GoesOn) => self.store.commit(batch),
            // Not `panic!`: the hook would print it.
            Some(Passage::Panics) => panic::resume_unwind(Box::new("as the test wants it")),
        }
    }
}

/// The answers to the callers of five jobs, of which the first two form a group that is held while the others run.
struct Answers {
    below: [Result<()>; 2],
    above: Result<()>,
    read: Result<bool>,
    appended: Result<Position>,
}

/// Submits two jobs that fill a group, one that no longer fits into it, one that only reads, and one that appends. The
/// commit of the first two ends as given once the others have run.
async fn run(ledger: &Ledger, store: &GatedStore, passage: Passage) -> Answers {
    let gate = store.hold_next();
    let (go, wait) = mpsc::channel();
    let (ran, mut has_run) = unbounded_channel();
    let (held, first, second, read, appended, ()) = tokio::join!(
        ledger.write(held(wait)),
        ledger.write(fill("first", ROOM / 2)),
        ledger.write(fill("second", ROOM / 2 + 1)),
        ledger.write(|tx| Ok(tx.get(&first_part("first"))?.is_some())),
        ledger.write(signals(ran, append("appended"))),
        async {
            go.send(()).unwrap();
            has_run.recv().await.unwrap();
            let stored = ledger.kv().get(&first_part("first"));
            assert_eq!(stored.unwrap(), None, "the commit is held");
            gate.send(passage).unwrap();
        },
    );
    Answers {
        below: [held, first],
        above: second,
        read,
        appended,
    }
}

/// A write that was submitted.
type Submitted<T> = Pin<Box<dyn Future<Output = Result<T>>>>;

/// Submits a job, which is in the queue on return.
async fn submit<T: Send + 'static>(
    ledger: &Ledger,
    job: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
) -> Submitted<T> {
    let ledger = ledger.clone();
    // A constrained future would have to wait for its turn after some hundred others.
    let mut write: Submitted<T> = Box::pin(unconstrained(async move { ledger.write(job).await }));
    assert!(!is_answered(&mut write).await, "answered too early");
    write
}

/// Polls a write once.
async fn is_answered<T>(write: &mut Submitted<T>) -> bool {
    poll_fn(|context| Poll::Ready(write.as_mut().poll(context).is_ready())).await
}

/// Returns a job that sends a signal once it has run.
fn signals<T>(
    ran: UnboundedSender<()>,
    job: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send,
) -> impl FnOnce(&mut Tx<'_>) -> Result<T> + Send {
    move |tx| {
        let done = job(tx);
        ran.send(()).unwrap();
        done
    }
}

/// The first key that [`fill`] writes.
fn first_part(name: &str) -> Vec<u8> {
    [key(name), vec![0]].concat()
}

fn holds(kv: &dyn KeyValue, names: &[&str]) -> Vec<bool> {
    let stored = names.iter().map(|name| kv.get(&first_part(name)).unwrap());
    stored.map(|value| value.is_some()).collect()
}

fn open_gated() -> (Ledger, Arc<GatedStore>, Arc<FailingStore>) {
    let (gated, store) = GatedStore::new();
    let kv = Arc::clone(&gated) as Arc<dyn KeyValue>;
    (Ledger::create(kv, OWNER, ID).unwrap(), gated, store)
}

#[tokio::test]
async fn jobs_run_on_top_of_a_group_in_flight() {
    let (ledger, gated, kv) = open_gated();
    let before = kv.commits();
    let answers = run(&ledger, &gated, Passage::GoesOn).await;
    let [held, first] = answers.below;
    held.and(first).and(answers.above).unwrap();
    assert!(answers.read.unwrap(), "it sees the writes in flight");
    assert_eq!(answers.appended.unwrap(), at(0));
    assert_eq!(kv.commits() - before, 2);
    assert_eq!(holds(&*kv, &["first", "second"]), [true, true]);
    assert_eq!(entries(&*kv), ["appended"]);
}

#[tokio::test]
async fn jobs_that_ran_on_top_of_a_failed_commit_fail_with_it() {
    let (ledger, gated, kv) = open_gated();
    kv.set_outcomes([CommitOutcome::Refused]);
    let answers = run(&ledger, &gated, Passage::GoesOn).await;
    for lost in answers.below.into_iter().chain([answers.above]) {
        assert_eq!(lost.unwrap_err(), full());
    }
    assert_eq!(answers.read.unwrap_err(), full());
    assert_eq!(answers.appended.unwrap_err(), full());
    assert_eq!(ledger.head(), at(0));
    assert_eq!(ledger.write(append("kept")).await.unwrap(), at(0));
    assert_eq!(holds(&*kv, &["first", "second"]), [false, false]);
    assert_eq!(entries(&*kv), ["kept"]);
}

#[tokio::test]
async fn nothing_on_top_of_a_commit_whose_answer_is_lost_is_written() {
    let (ledger, gated, kv) = open_gated();
    kv.set_outcomes([CommitOutcome::AnswerLost]);
    let answers = run(&ledger, &gated, Passage::GoesOn).await;
    assert_eq!(answers.above.unwrap_err(), full());
    assert_eq!(answers.appended.unwrap_err(), full());
    assert_eq!(ledger.write(append("kept")).await.unwrap(), at(0));
    assert_eq!(holds(&*kv, &["first", "second"]), [true, false]);
    assert_eq!(entries(&*kv), ["kept"]);
}

#[tokio::test]
async fn a_commit_that_panics_fails_its_jobs_and_those_on_top_and_others_go_on() {
    let (ledger, gated, kv) = open_gated();
    let answers = run(&ledger, &gated, Passage::Panics).await;
    for lost in answers.below.into_iter().chain([answers.above]) {
        assert_eq!(lost.unwrap_err().code(), ErrorCode::Internal);
    }
    assert_eq!(answers.appended.unwrap_err().code(), ErrorCode::Internal);
    assert_eq!(holds(&*kv, &["first", "second"]), [false, false]);
    assert_eq!(ledger.write(append("kept")).await.unwrap(), at(0));
    assert_eq!(entries(&*kv), ["kept"]);
}

#[tokio::test]
async fn a_job_that_only_reads_what_is_in_flight_is_answered_after_it() {
    let (ledger, gated, _) = open_gated();
    let gate = gated.hold_next();
    let (go, wait) = mpsc::channel();
    let mut below = vec![submit(&ledger, held(wait)).await];
    for _ in 1..GROUP_JOBS {
        below.push(submit(&ledger, put("below", 1)).await);
    }
    let mut read = submit(&ledger, |tx| tx.get(&key("below"))).await;
    let (ran, mut has_run) = unbounded_channel();
    let last = submit(&ledger, signals(ran, |_| Ok(()))).await;
    go.send(()).unwrap();
    has_run.recv().await.unwrap();
    assert!(!is_answered(&mut read).await, "answered too early");
    gate.send(Passage::GoesOn).unwrap();
    assert_eq!(read.await.unwrap(), Some(vec![0]));
    last.await.unwrap();
    for write in below {
        write.await.unwrap();
    }
}

#[tokio::test]
async fn closing_waits_for_the_group_in_flight() {
    let (ledger, gated, kv) = open_gated();
    let gate = gated.hold_next();
    let (go, wait) = mpsc::channel();
    let (ran, mut has_run) = unbounded_channel();
    let writes = tokio::join!(
        ledger.write(held(wait)),
        ledger.write(fill("first", ROOM / 2)),
        ledger.write(fill("second", ROOM / 2 + 1)),
        ledger.write(signals(ran, append("appended"))),
        async {
            go.send(()).unwrap();
            has_run.recv().await.unwrap();
            let own = ledger.clone();
            let closing = std::thread::spawn(move || own.close());
            gate.send(Passage::GoesOn).unwrap();
            closing.join().unwrap();
            assert_eq!(holds(&*kv, &["first", "second"]), [true, true]);
            assert_eq!(entries(&*kv), ["appended"]);
        },
    );
    assert_eq!(writes.3.unwrap(), at(0));
}

#[tokio::test]
async fn the_tree_of_a_log_that_another_writer_moved_to_the_same_head_is_read_again() {
    let kv = memory();
    let (first, second) = (open(&kv), open(&kv));
    second.write(append("other")).await.unwrap();
    kv.set_outcomes([CommitOutcome::Refused]);
    assert_eq!(first.write(append("lost")).await.unwrap_err(), full());
    for _ in 1..16 {
        first.write(append("more")).await.unwrap();
    }
    log::verify_end(&*kv).unwrap();
    let leaves = log::leaves(&*kv, 0, usize::MAX).unwrap();
    let mut of_leaves = RootHasher::new();
    for (_, leaf) in leaves {
        of_leaves.push(leaf);
    }
    let stored = StoredTree::of_own_log().root(&*kv as &dyn KeyValue, 16);
    assert_eq!(stored.unwrap(), of_leaves.root());
}
