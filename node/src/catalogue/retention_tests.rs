use chengji_domain::Digest;
use chengji_domain::catalogue::lifecycle::Lifecycle;
use chengji_domain::tables::Tables;
use chengji_store::{KeyValue, Ledger, MemoryStore, StoredTree};

use super::super::editor::Editor;
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
        let ledger = Ledger::create(Arc::new(MemoryStore::new()), "city/430200", [1; 8]);
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
            tables: Arc::new(Tables::built_in().unwrap()),
            editor: Editor {
                by: format!("city/430200/person/{name}").parse().unwrap(),
                department: None,
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
            let (this, from) = (retention.clone(), place);
            let job = move |tx: &mut Tx<'_>| {
                let piece = this.piece(tx, from, before)?;
                piece.apply(tx).map(|()| piece)
            };
            let piece = world.own.ledger.write(job).await.unwrap();
            removed.add(piece.removed);
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
