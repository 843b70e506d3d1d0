use chengji_domain::catalogue::lifecycle::{Lifecycle, Move, PastStep, State};
use chengji_domain::envelope::Envelope;
use chengji_domain::fact::{ClusterFact, LogEntry, Member};
use chengji_domain::{Digest, Epoch, Principal, ResourceCode};
use chengji_follow::{Apply, Intake, position};
use chengji_proto::convert::{cluster_entry_to, epoch_id, problem_message};
use chengji_runtime::CurrentRules;
use chengji_store::{CountingStore, Entry, KeyValue, Ledger, MemoryStore, StoredTree, log};

use super::super::editor::Editor;
use super::super::lifecycles;
use super::super::samples::{MINE, entry};
use super::super::transitions::{Transition, Transitions};
use super::*;

/// The retention of the tests; with the clock at the beginning of 2030, it ends with 2026.
const DAYS: u32 = 1_096;

/// A catalogue whose entries are moved at given times.
struct World {
    own: OwnLog,
}

impl World {
    fn new() -> Self {
        Self::within(MemoryStore::new())
    }

    fn within(store: impl KeyValue) -> Self {
        let ledger = Ledger::create(Arc::new(store), "city/430200", [1; 8]);
        let own = OwnLog {
            city: "430200".parse().unwrap(),
            ledger: ledger.unwrap(),
            clock: Arc::new(|| "2030-01-01T00:00:00Z".parse().unwrap()),
        };
        Self { own }
    }

    fn retention(&self) -> Retention {
        Retention::new(self.own.clone(), Some(DAYS))
    }

    fn by(&self, name: &str) -> Transitions {
        Transitions {
            ledger: self.own.ledger.clone(),
            city: self.own.city,
            rules: CurrentRules::built_in().unwrap(),
            editor: Editor {
                by: format!("city/430200/person/{name}").parse().unwrap(),
                department: None,
                merged: Default::default(),
            },
            consent: None,
        }
    }

    /// Submits the next revision of an entry.
    async fn submit(&self, serial: u32, name: &str, at: &str) {
        let (officer, at) = (self.by("officer"), at.parse().unwrap());
        let content = entry(serial, name, MINE, &[]);
        let job = move |tx: &mut Tx<'_>| officer.import(tx, &content, false, at);
        self.own.ledger.write(job).await.unwrap();
    }

    async fn make(&self, serial: u32, mv: Move, at: &str) {
        let by = match mv.is_review() {
            true => "reviewer",
            false => "officer",
        };
        let (by, at, code) = (self.by(by), at.parse().unwrap(), code(serial));
        let record = lifecycles::existing(self.kv(), &code).unwrap();
        let seen = (record.lifecycle.newest, record.steps);
        let job = move |tx: &mut Tx<'_>| {
            let reason = "理由";
            by.change(tx, &code, seen, Transition { mv, at, reason })
        };
        self.own.ledger.write(job).await.unwrap();
    }

    /// Makes an entry that was returned, published, to be withdrawn, and published again, all on the day in January
    /// that has its serial number.
    async fn twice_published(&self, serial: u32, year: u16) {
        let at = |hour: u16| format!("{year}-01-{serial:02}T{hour:02}:00:00Z");
        self.submit(serial, "一", &at(1)).await;
        self.make(serial, Move::Return, &at(2)).await;
        self.submit(serial, "二", &at(3)).await;
        self.make(serial, Move::Approve, &at(4)).await;
        self.make(serial, Move::AskWithdrawal, &at(5)).await;
        self.make(serial, Move::Return, &at(6)).await;
        self.submit(serial, "三", &at(7)).await;
        self.make(serial, Move::Approve, &at(8)).await;
    }

    /// Opens a new epoch of the log, which abandons the time of its last entry.
    async fn open_epoch(&self) {
        let job = |tx: &mut Tx<'_>| tx.open_epoch([2; 8], 0, None);
        self.own.ledger.write(job).await.unwrap();
    }

    /// Reads a next entry of the coordinator's log, written at this time.
    async fn hear_coordinator(&self, at: &str) {
        let (own, log) = (&self.own, LogOwner::Coordinator);
        let (epoch, seq) = (Epoch::first([7; 8]), position(self.kv(), log).unwrap().seq);
        let entry = LogEntry {
            log,
            epoch,
            seq,
            at: at.parse().unwrap(),
            principal: Principal::Coordinator,
            fact: ClusterFact::Admitted(Member {
                city: "430100".parse().unwrap(),
                name: "市".to_owned(),
                endpoint: "430100.example:7430".to_owned(),
                log_key: None,
            }),
        };
        let message = v1::FollowResponse {
            epoch: epoch.number,
            epoch_id: epoch_id(epoch),
            first: seq,
            items: vec![cluster_entry_to(&entry, [7; 16]).into()],
            head: seq + 1,
            ..Default::default()
        };
        let (ledger, reader, clock) = (own.ledger.clone(), own.node(), own.clock.clone());
        let intake = Intake::open(ledger, reader, log, Arc::new(Effectless), clock);
        intake.unwrap().take(message).await.unwrap();
    }

    fn kv(&self) -> &(dyn KeyValue + 'static) {
        &**self.own.ledger.kv()
    }

    /// The root of the log's tree.
    fn root(&self) -> Digest {
        let size = self.own.ledger.head().seq;
        StoredTree::of_own_log().root(self.kv(), size).unwrap()
    }

    /// The positions whose body was removed. Every entry matches its leaf, and its body the envelope.
    fn without_body(&self) -> Vec<u64> {
        let entries = log::entries(self.kv(), 0, 10_000, usize::MAX).unwrap();
        let leaves = log::leaves(self.kv(), 0, 10_000).unwrap();
        assert_eq!(entries.len(), leaves.len());
        for ((_, entry), (_, leaf)) in entries.iter().zip(&leaves) {
            assert!(entry.is_whole() && Digest(entry.leaf()) == *leaf);
        }
        let removed = entries.into_iter().filter(|(_, entry)| !entry.has_body());
        removed.map(|(seq, _)| seq).collect()
    }

    /// The numbers of the moves of an entry that have lost their contents.
    fn emptied(&self, serial: u32) -> Vec<u32> {
        let code = code(serial);
        let steps = lifecycles::steps(self.kv(), &code, .., 10);
        let steps = steps.map(Result::unwrap);
        let emptied = steps.filter(|(_, step)| matches!(step, PastStep::Emptied { .. }));
        emptied.map(|(number, _)| number).collect()
    }

    /// The revisions of an entry that have their content, of the first few.
    fn revisions(&self, serial: u32) -> Vec<u32> {
        let has = |revision: &u32| lifecycles::content(self.kv(), &code(serial), *revision).is_ok();
        (1..=5).filter(has).collect()
    }
}

/// Follows a log without any effect.
struct Effectless;

impl Apply for Effectless {
    type Fact = ();
    type Sums = ();

    fn parse(&self, _: &Envelope, _: &Entry) -> Result<()> {
        Ok(())
    }

    fn apply(&self, _: &mut Tx<'_>, (): &mut (), (): &(), _: &Entry) -> Result<()> {
        Ok(())
    }

    fn forget(&self, _: &mut Tx<'_>) -> Result<bool> {
        Ok(true)
    }
}

fn code(serial: u32) -> ResourceCode {
    format!("206001{serial:06}").parse().unwrap()
}

#[tokio::test]
async fn what_precedes_the_published_revision_loses_its_contents_and_the_log_keeps_its_root() {
    let world = World::new();
    world.twice_published(1, 2026).await;
    let (root, retention) = (world.root(), world.retention());
    let found = retention.preview().unwrap();
    let removed = retention.remove().await.unwrap();
    assert_eq!(removed, found);
    assert_eq!(
        (removed.bodies, removed.moves, removed.revisions),
        (5, 5, 1)
    );
    assert_eq!(
        removed.oldest,
        Some("2026-01-01T01:00:00Z".parse().unwrap())
    );
    assert_eq!(world.without_body(), [0, 1, 2, 4, 5]);
    assert_eq!(world.emptied(1), [0, 1, 2, 4, 5]);
    assert_eq!(world.revisions(1), [2, 3]);
    assert_eq!(world.root(), root);

    let error = lifecycles::content(world.kv(), &code(1), 1).unwrap_err();
    assert_eq!(error.message().code(), "revision-removed");
    let error = lifecycles::content(world.kv(), &code(1), 4).unwrap_err();
    assert_eq!(error.message().code(), "revision-not-found");
    assert!(retention.preview().unwrap().is_empty());
    let status = retention.status().unwrap();
    assert_eq!(status.keep_reviews_days, DAYS);
    assert_eq!(status.removed, Some(removed.to_wire()));
}

#[tokio::test]
async fn nothing_young_pending_newest_or_published_is_touched() {
    let world = World::new();
    let on = |day: u16| format!("2026-01-{day:02}T01:00:00Z");
    // Pending, after two revisions.
    world.submit(1, "一", &on(5)).await;
    world.make(1, Move::Return, &on(6)).await;
    world.submit(1, "二", &on(7)).await;
    world.make(1, Move::Return, &on(8)).await;
    // Published in its only revision, after a withdrawal that was declined.
    world.submit(2, "一", &on(9)).await;
    world.make(2, Move::Approve, &on(10)).await;
    world.make(2, Move::AskWithdrawal, &on(11)).await;
    world.make(2, Move::Return, &on(12)).await;
    // Its withdrawal is pending.
    world.twice_published(3, 2026).await;
    world.make(3, Move::AskWithdrawal, &on(13)).await;
    // Young.
    world.twice_published(4, 2028).await;
    assert!(world.retention().preview().unwrap().is_empty());
    assert!(world.retention().remove().await.unwrap().is_empty());
    assert_eq!(world.without_body(), [] as [u64; 0]);
    for serial in 1..=4 {
        assert_eq!(world.emptied(serial), [] as [u32; 0]);
    }
    assert_eq!(world.revisions(1), [1, 2]);
}

#[tokio::test]
async fn of_an_entry_that_was_never_published_the_newest_revision_is_kept() {
    let world = World::new();
    for (name, day) in [("一", 5), ("二", 7)] {
        let on = |day: u16| format!("2026-01-{day:02}T01:00:00Z");
        world.submit(1, name, &on(day)).await;
        world.make(1, Move::TakeBack, &on(day + 1)).await;
    }
    world.retention().remove().await.unwrap();
    assert_eq!(world.without_body(), [0, 1]);
    assert_eq!(world.emptied(1), [0, 1]);
    assert_eq!(world.revisions(1), [2]);
}

#[tokio::test]
async fn an_interrupted_run_goes_on() {
    // Of each entry 8 log entries and moves: two pieces of each.
    let mut wholes = Vec::new();
    for pieces in 0..4 {
        let world = World::new();
        for serial in 1..=20 {
            world.twice_published(serial, 2026).await;
        }
        let retention = world.retention();
        let (whole, before) = (retention.preview().unwrap(), retention.before().unwrap());
        let (mut removed, mut place) = (Removed::default(), START);
        for _ in 0..pieces {
            let piece = next_piece(&retention.own, place, before).unwrap();
            removed.add(retention.apply(piece.due).await.unwrap());
            place = piece.next.unwrap();
        }
        // As after a restart, from the beginning; or from where it stopped.
        let rest = match pieces % 2 {
            0 => world.retention().remove().await,
            _ => retention.remove_from(&mut place).await,
        };
        removed.add(rest.unwrap());
        assert_eq!(removed, whole, "{pieces} pieces");
        assert_eq!(world.without_body().len() as u64, whole.bodies);
        wholes.push(whole);
    }
    wholes.dedup();
    assert_eq!(wholes.len(), 1);
    assert_eq!(
        (wholes[0].bodies, wholes[0].moves, wholes[0].revisions),
        (100, 100, 20)
    );
}

#[tokio::test]
async fn an_entry_that_is_moved_meanwhile_keeps_what_it_retains() {
    let world = World::new();
    world.twice_published(1, 2026).await;
    let retention = world.retention();
    let piece = next_piece(&world.own, START, retention.before().unwrap()).unwrap();
    assert_eq!(piece.due.len(), 5);
    world
        .make(1, Move::AskWithdrawal, "2026-02-01T00:00:00Z")
        .await;
    assert!(retention.apply(piece.due).await.unwrap().is_empty());
    assert_eq!(world.without_body(), [] as [u64; 0]);
    // Once it is not pending any more, the contents that precede the published revision are removed.
    world.make(1, Move::Return, "2026-02-02T00:00:00Z").await;
    assert_eq!(retention.remove().await.unwrap().bodies, 5);
    assert_eq!(world.without_body(), [0, 1, 2, 4, 5]);
}

#[tokio::test]
async fn the_log_is_read_up_to_the_first_young_entry_of_its_last_epoch() {
    let world = World::new();
    world.twice_published(1, 2026).await;
    for serial in 2..=20 {
        world.twice_published(serial, 2028).await;
    }
    let retention = world.retention();
    let next = || {
        let piece = next_piece(&world.own, START, retention.before().unwrap());
        piece.unwrap().next
    };
    assert!(matches!(next(), Some(Place::Moves { .. })), "{:?}", next());
    // After the clock was ahead, older entries follow in a new epoch.
    world.open_epoch().await;
    world.twice_published(21, 2026).await;
    assert_eq!(next(), Some(Place::Log(100)));
    assert_eq!(retention.remove().await.unwrap().bodies, 10);
}

#[tokio::test]
async fn what_follows_moves_by_a_clock_that_was_ahead_is_kept() {
    let world = World::new();
    world.submit(1, "一", "2026-01-01T01:00:00Z").await;
    world.make(1, Move::Approve, "2026-01-01T02:00:00Z").await;
    world.submit(1, "二", "2029-12-01T01:00:00Z").await;
    world.make(1, Move::Approve, "2029-12-01T02:00:00Z").await;
    world.open_epoch().await;
    world
        .make(1, Move::AskWithdrawal, "2026-01-02T01:00:00Z")
        .await;
    world.make(1, Move::Return, "2026-01-02T02:00:00Z").await;
    let removed = world.retention().remove().await.unwrap();
    assert_eq!((removed.bodies, removed.moves), (1, 1));
    assert_eq!(world.without_body(), [0]);
}

/// Number of keys that a dry run reads of an entry whose withdrawal was declined so many times before its published
/// revision.
async fn keys_read(declined: u64) -> u64 {
    let store = CountingStore::new(MemoryStore::new());
    let (reads, world) = (store.reads(), World::within(store));
    let begin: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut at = (1..).map(|hour| (begin + SignedDuration::from_hours(hour)).to_string());
    let mut next = || at.next().unwrap();
    world.submit(1, "一", &next()).await;
    world.make(1, Move::Approve, &next()).await;
    for _ in 0..declined {
        world.make(1, Move::AskWithdrawal, &next()).await;
        world.make(1, Move::Return, &next()).await;
    }
    world.submit(1, "二", &next()).await;
    world.make(1, Move::Approve, &next()).await;
    let (keys, found) = reads.during(|| world.retention().preview().unwrap());
    assert_eq!(found.bodies, 1 + 2 * declined);
    keys
}

#[tokio::test]
async fn what_is_read_grows_with_the_history_of_an_entry_and_not_with_its_square() {
    let (short, long) = (keys_read(40).await, keys_read(80).await);
    assert!(long < 3 * short, "{short} and {long} keys");
}

#[tokio::test]
async fn a_clock_far_ahead_of_the_coordinators_log_removes_nothing() {
    let world = World::new();
    world.twice_published(1, 2026).await;
    let (retention, mut place) = (world.retention(), START);
    // Before anything of that log was read, and with its last entry of 101 days ago.
    for heard in [None, Some("2029-09-22T00:00:00Z")] {
        if let Some(at) = heard {
            world.hear_coordinator(at).await;
        }
        retention.run_once(&mut place).await;
        assert_eq!(world.without_body(), [] as [u64; 0]);
        let status = retention.status().unwrap();
        assert_eq!((status.last_run, status.removed), (None, None));
        let problem = problem_message(status.problem.as_ref());
        assert_eq!(problem.code(), "retention-clock-ahead");
    }
    world.hear_coordinator("2029-09-23T00:00:00Z").await;
    retention.run_once(&mut place).await;
    assert_eq!(world.without_body(), [0, 1, 2, 4, 5]);
    let status = retention.status().unwrap();
    assert_eq!(status.problem, None);
    assert!(status.removed.is_some());
}

#[tokio::test]
async fn a_person_may_remove_what_the_daily_run_does_not() {
    let world = World::new();
    world.twice_published(1, 2026).await;
    let retention = world.retention();
    assert_eq!(
        retention.check_clock().unwrap_err().code(),
        ErrorCode::Unavailable
    );
    assert_eq!(retention.remove().await.unwrap().bodies, 5);
}

#[tokio::test]
async fn without_a_period_nothing_is_removed() {
    let world = World::new();
    world.twice_published(1, 2026).await;
    let retention = Retention::new(world.own.clone(), None);
    assert_eq!(
        retention.remove().await.unwrap_err().code(),
        ErrorCode::Misconfigured
    );
    assert_eq!(retention.status(), None);
    assert_eq!(world.without_body(), [] as [u64; 0]);
}

#[test]
fn contents_from_the_published_revision_on_are_retained() {
    let oldest = |state, newest, published| {
        let lifecycle = Lifecycle {
            state,
            newest,
            published,
        };
        lifecycle.oldest_retained()
    };
    assert_eq!(oldest(State::Published, 3, Some(3)), Some(3));
    assert_eq!(oldest(State::TakenBack, 5, Some(3)), Some(3));
    assert_eq!(oldest(State::TakenBack, 5, None), Some(5));
    assert_eq!(oldest(State::Withdrawn, 3, Some(3)), Some(3));
    for pending in [
        State::Draft,
        State::Submitted,
        State::Returned,
        State::WithdrawalAsked,
    ] {
        assert_eq!(oldest(pending, 5, Some(3)), None);
    }
}
