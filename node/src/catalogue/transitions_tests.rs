use std::cell::Cell;
use std::sync::Arc;

use chengji_proto::convert::draft_from;
use chengji_proto::v1;
use chengji_store::{FailingStore, KeyValue, MAX_VALUE, Pair};
use proptest::prelude::*;

use super::super::samples::{MINE, OTHER, entry};
use super::super::stage::{self, Pieces};
use super::super::{lifecycles, listing};
use super::*;

const MONDAY: &str = "2026-11-23T01:00:00Z";
const TUESDAY: &str = "2026-11-24T01:00:00Z";

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

struct Catalogue {
    store: Arc<FailingStore>,
    ledger: Ledger,
}

impl Catalogue {
    fn new() -> Self {
        let store = Arc::new(FailingStore::default());
        let kv = Arc::clone(&store) as Arc<dyn KeyValue>;
        let ledger = Ledger::create(kv, "city/430200", [1; 8]).unwrap();
        Self { store, ledger }
    }

    fn transitions(&self, name: &str, department: Option<&str>) -> Transitions {
        Transitions {
            ledger: self.ledger.clone(),
            city: "430200".parse().unwrap(),
            rules: CurrentRules::built_in().unwrap(),
            editor: Editor {
                by: format!("city/430200/person/{name}").parse().unwrap(),
                department: department.map(|code| code.parse().unwrap()),
                merged: Default::default(),
            },
            consent: None,
        }
    }

    fn lifecycle(&self, code: &str) -> Option<LifecycleRecord> {
        lifecycles::find(self.ledger.kv().as_ref(), &code.parse().unwrap()).unwrap()
    }

    /// Makes a move on the current state of an entry.
    async fn make(
        &self,
        transitions: &Transitions,
        code: &str,
        mv: Move,
    ) -> Result<LifecycleRecord> {
        let record = self.lifecycle(code).unwrap();
        let seen = (record.lifecycle.newest, record.steps);
        let code = code.parse().unwrap();
        let transitions = transitions.clone();
        let transition = Transition {
            mv,
            at: at(TUESDAY),
            reason: "理由",
        };
        let job = move |tx: &mut Tx<'_>| transitions.change(tx, &code, seen, transition);
        self.ledger.write(job).await
    }

    async fn import(&self, transitions: &Transitions, entry: Entry) -> Result<Change> {
        let transitions = transitions.clone();
        let job = move |tx: &mut Tx<'_>| transitions.import(tx, &entry, false, at(MONDAY));
        self.ledger.write(job).await
    }

    /// Number of listed entries of this provider.
    fn listed(&self, provider: &str) -> usize {
        let filter = v1::EntryFilter {
            provider_codes: vec![provider.to_owned()],
            ..v1::EntryFilter::default()
        };
        let request = v1::ListLifecyclesRequest {
            filter: Some(filter),
            ..v1::ListLifecyclesRequest::default()
        };
        let city = "430200".parse().unwrap();
        let page = listing::page(self.ledger.kv().as_ref(), city, &request, at(TUESDAY));
        page.unwrap().items.len()
    }
}

#[tokio::test]
async fn whose_an_entry_is_goes_by_what_its_state_is_about() {
    let catalogue = Catalogue::new();
    let city = catalogue.transitions("officer", None);
    let reviewer = catalogue.transitions("reviewer", None);
    let mine = catalogue.transitions("wang.wu", Some(MINE));
    let other = catalogue.transitions("li.si", Some(OTHER));
    let code = "206001000001";
    let denied = |done: Result<LifecycleRecord>| done.unwrap_err().code() == ErrorCode::Denied;

    catalogue
        .import(&mine, entry(1, "区划", MINE, &[]))
        .await
        .unwrap();
    catalogue
        .make(&reviewer, code, Move::Approve)
        .await
        .unwrap();
    // Only the publisher of the whole city can hand the entry over; the reviewer then returns it.
    let handed_over = entry(1, "区划", OTHER, &[]);
    assert!(catalogue.import(&other, handed_over.clone()).await.is_err());
    catalogue.import(&city, handed_over).await.unwrap();
    assert!(denied(catalogue.make(&mine, code, Move::TakeBack).await));
    catalogue.make(&reviewer, code, Move::Return).await.unwrap();
    assert_eq!((catalogue.listed(MINE), catalogue.listed(OTHER)), (0, 1));

    // A withdrawal, and taking that back, concerns the published content.
    assert!(denied(
        catalogue.make(&other, code, Move::AskWithdrawal).await
    ));
    catalogue
        .make(&mine, code, Move::AskWithdrawal)
        .await
        .unwrap();
    assert_eq!((catalogue.listed(MINE), catalogue.listed(OTHER)), (1, 0));
    assert!(denied(catalogue.make(&other, code, Move::TakeBack).await));
    catalogue.make(&mine, code, Move::TakeBack).await.unwrap();
}

#[tokio::test]
async fn what_is_published_and_comes_again_replaces_nothing_that_is_on_its_way() {
    let catalogue = Catalogue::new();
    let city = catalogue.transitions("officer", None);
    let reviewer = catalogue.transitions("reviewer", None);
    let code = "206001000001";
    let (published, pending) = (
        entry(1, "区划", MINE, &[]),
        entry(1, "区划与邮编", MINE, &[]),
    );
    catalogue.import(&city, published.clone()).await.unwrap();
    catalogue
        .make(&reviewer, code, Move::Approve)
        .await
        .unwrap();
    catalogue.import(&city, pending.clone()).await.unwrap();

    let submitted = catalogue.lifecycle(code);
    let again = catalogue.import(&city, published.clone()).await.unwrap();
    assert_eq!(again, Change::Unchanged);
    assert_eq!(catalogue.lifecycle(code), submitted);

    catalogue.make(&reviewer, code, Move::Return).await.unwrap();
    let again = catalogue.import(&city, published).await.unwrap();
    assert_eq!(again, Change::Unchanged);
    // A correction is a revision of its own.
    let corrected = entry(1, "区划及邮编", MINE, &[]);
    let change = catalogue.import(&city, corrected).await.unwrap();
    assert_eq!(change, Change::Revised);
    assert_eq!(catalogue.lifecycle(code).unwrap().lifecycle.newest, 3);
}

#[tokio::test]
async fn what_was_admitted_by_other_rules_is_approved_as_it_is() {
    let catalogue = Catalogue::new();
    let (li, wang) = (
        catalogue.transitions("li", None),
        catalogue.transitions("wang", None),
    );
    let mut old = entry(1, "停车\u{200b}场", MINE, &[]);
    old.summary = "摘".repeat(5_000);
    old.sharing.class = ShareClass::Conditional;
    old.sharing.condition = "仅限停车管理".to_owned();
    old.share_uses = "停车管理".to_owned();
    assert!(draft_from(entry_to(&old)).check().is_err());
    catalogue.import(&li, old.clone()).await.unwrap();
    catalogue
        .make(&wang, old.code.as_str(), Move::Approve)
        .await
        .unwrap();
    let kv = catalogue.ledger.kv().as_ref();
    let record = entries::find(kv, &old.code).unwrap().unwrap();
    assert_eq!(record.entry, old);
}

#[tokio::test]
async fn what_was_returned_or_taken_back_can_be_submitted_again_as_it_is() {
    let catalogue = Catalogue::new();
    let city = catalogue.transitions("officer", None);
    let reviewer = catalogue.transitions("reviewer", None);
    let code = "206001000001";
    catalogue
        .import(&city, entry(1, "区划", MINE, &[]))
        .await
        .unwrap();
    for (by, mv) in [(&reviewer, Move::Return), (&city, Move::TakeBack)] {
        catalogue.make(by, code, mv).await.unwrap();
        let lifecycle = catalogue.make(&city, code, Move::Submit).await.unwrap();
        assert_eq!(
            lifecycle.lifecycle.newest, 1,
            "the content is that of before"
        );
        assert_eq!(lifecycle.lifecycle.state, State::Submitted);
    }
    // Importing the sheet again submits it, too.
    catalogue.make(&city, code, Move::TakeBack).await.unwrap();
    catalogue
        .import(&city, entry(1, "区划", MINE, &[]))
        .await
        .unwrap();
    let lifecycle = catalogue
        .make(&reviewer, code, Move::Approve)
        .await
        .unwrap();
    assert_eq!(
        lifecycle.lifecycle.published,
        Some(lifecycle.lifecycle.newest)
    );
}

/// Entries so large that two of them fill a piece.
fn large(count: u32, provider: &str) -> Vec<Entry> {
    let large = |serial| Entry {
        summary: "数".repeat(7_000),
        ..entry(serial, &format!("条目{serial}"), provider, &[])
    };
    (1..=count).map(large).collect()
}

fn pieces(entries: &[Entry]) -> Pieces {
    let mut pieces = Pieces::default();
    for entry in entries {
        pieces.push(&entry_to(entry));
    }
    pieces
}

/// An import from its first write to its last.
async fn import(transitions: &Transitions, entries: &[Entry]) -> Result<()> {
    stage::put_aside(transitions, at(MONDAY), pieces(entries), false).await?;
    let mut next = 0;
    while let Some((_, rest)) = stage::next_pieces(transitions, (at(MONDAY), false), next).await? {
        next = rest;
    }
    Ok(())
}

#[tokio::test]
async fn an_import_that_a_full_disk_stops_anywhere_is_there_whole_or_not_at_all() {
    // Twenty pieces of two entries.
    let entries = large(40, MINE);
    for room in 0.. {
        let catalogue = Catalogue::new();
        let transitions = catalogue.transitions("wang.wu", Some(MINE));
        catalogue.store.refuse_after(room);
        let done = import(&transitions, &entries).await;
        catalogue.store.set_outcomes([]);
        let was_whole = done.is_ok() || room >= 3;
        stage::tidy(&catalogue.transitions("node", None))
            .await
            .unwrap();

        let lifecycles: Vec<_> = entries
            .iter()
            .filter_map(|e| catalogue.lifecycle(e.code.as_str()))
            .collect();
        assert_eq!(
            lifecycles.len(),
            if was_whole { entries.len() } else { 0 },
            "room for {room}"
        );
        for lifecycle in lifecycles {
            // The author and the time are those of the import's begin, regardless of who finishes it.
            let state = lifecycle.last.state;
            let expected = (&transitions.editor.by, State::Submitted);
            assert_eq!((&lifecycle.author, state), expected);
            assert_eq!(lifecycle.last.at, at(MONDAY));
        }
        for prefix in [
            chengji_store::Prefix::Staged,
            chengji_store::Prefix::ImportUnderWay,
        ] {
            let (lower, upper) = chengji_store::Key::new(prefix).range();
            assert_eq!(catalogue.store.range(&lower, &upper, 9).unwrap(), []);
        }
        if done.is_ok() {
            // The pieces aside in two transactions, that they are whole, six pieces at a time, the end.
            assert_eq!(room, 2 + 1 + 4 + 1);
            return;
        }
    }
}

#[tokio::test]
async fn what_is_another_departments_by_then_is_left_out_alone() {
    let catalogue = Catalogue::new();
    let mine = catalogue.transitions("wang.wu", Some(MINE));
    let entries = [entry(1, "一", MINE, &[]), entry(2, "二", OTHER, &[])];
    stage::put_aside(&mine, at(MONDAY), pieces(&entries), false)
        .await
        .unwrap();
    let (outcome, next) = stage::next_pieces(&mine, (at(MONDAY), false), 0)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(next, 1);
    assert_eq!(outcome[0].1, Ok(Change::Added));
    assert_eq!(outcome[1].1.as_ref().unwrap_err().code(), ErrorCode::Denied);
    assert_eq!(catalogue.lifecycle(entries[1].code.as_str()), None);
}

#[tokio::test]
async fn each_transaction_has_its_own_time() {
    let catalogue = Catalogue::new();
    let city = catalogue.transitions("officer", None);
    catalogue
        .import(&city, entry(1, "一", MINE, &[]))
        .await
        .unwrap();
    let code = "206001000001";
    catalogue.make(&city, code, Move::TakeBack).await.unwrap();
    let (kv, code) = (catalogue.ledger.kv().as_ref(), code.parse().unwrap());
    let steps = lifecycles::steps(kv, &code, .., 10);
    let times: Vec<_> = steps.map(|step| step.unwrap().1.at()).collect();
    assert_eq!(times, [at(MONDAY), at(TUESDAY)]);
}

#[tokio::test]
async fn a_move_is_never_dated_before_the_last_entry_of_the_log() {
    let catalogue = Catalogue::new();
    let city = catalogue.transitions("officer", None);
    let first = entry(1, "一", MINE, &[]);
    catalogue.import(&city, first).await.unwrap();
    let code = "206001000001";
    catalogue.make(&city, code, Move::TakeBack).await.unwrap();
    // The clock is behind: an import on Monday, after a move on Tuesday.
    let second = entry(2, "二", MINE, &[]);
    catalogue.import(&city, second).await.unwrap();
    let submitted = catalogue.lifecycle("206001000002").unwrap().last;
    assert_eq!(submitted.at, at(TUESDAY));
    let due = due::of(&city.rules.of(city.city), State::Submitted, at(TUESDAY));
    assert_eq!(submitted.due, due);
}

/// A view that counts look-ups.
struct Counting<'a>(&'a dyn KeyValue, Cell<usize>);

impl View for Counting<'_> {
    fn value(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.1.set(self.1.get() + 1);
        self.0.get(key)
    }

    fn pairs(&self, lower: &[u8], upper: &[u8], limit: usize) -> Result<Vec<Pair>> {
        self.0.range(lower, upper, limit)
    }
}

#[tokio::test]
async fn entries_named_by_code_are_listed_once_and_looked_up_about_once() {
    let catalogue = Catalogue::new();
    let city = catalogue.transitions("officer", None);
    let job = move |tx: &mut Tx<'_>| {
        for serial in (1..=1_000).step_by(3) {
            let entry = entry(serial, "一", MINE, &[]);
            city.import(tx, &entry, false, at(MONDAY))?;
        }
        Ok(())
    };
    catalogue.ledger.write(job).await.unwrap();
    let codes = (1..=1_000).rev().map(|serial| format!("206001{serial:06}"));
    let filter = v1::EntryFilter {
        codes: codes.collect(),
        ..v1::EntryFilter::default()
    };
    let view = Counting(catalogue.ledger.kv().as_ref(), Cell::new(0));
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let request = v1::ListLifecyclesRequest {
            filter: Some(filter.clone()),
            page: Some(v1::PageRequest { size: 50, cursor }),
        };
        let answer =
            listing::page(&view, "430200".parse().unwrap(), &request, at(TUESDAY)).unwrap();
        found.extend(
            answer
                .items
                .into_iter()
                .filter_map(|listed| listed.lifecycle),
        );
        cursor = answer.next_cursor;
        if cursor.is_empty() {
            break;
        }
    }
    let found: Vec<String> = found.into_iter().map(|lifecycle| lifecycle.code).collect();
    let expected = (1..=1_000)
        .step_by(3)
        .map(|serial| format!("206001{serial:06}"));
    assert_eq!(found, expected.collect::<Vec<_>>());
    // The lifecycle of each, and the content of existing ones; and some again at the end of a page.
    assert!(view.1.get() < 2_500, "{}", view.1.get());
}

#[tokio::test]
async fn conditions_added_after_publication_are_marked_and_counted() {
    let catalogue = Catalogue::new();
    let city = catalogue.transitions("officer", None);
    let reviewer = catalogue.transitions("reviewer", None);
    let (code, open) = ("206001000001", entry(1, "区划", MINE, &[]));
    let mut conditional = open.clone();
    conditional.sharing.class = ShareClass::Conditional;
    conditional.sharing.condition = "仅限民政部门".to_owned();
    conditional.share_uses = "区划核验".to_owned();
    let stricter = Some(Tightening::StricterClass);
    for (content, tightening, count) in [
        (open.clone(), None, 0),
        (conditional, stricter, 1),
        (open, None, 1),
    ] {
        catalogue.import(&city, content).await.unwrap();
        let submitted = catalogue.lifecycle(code).unwrap();
        assert_eq!(submitted.last.tightening, tightening);
        let number = "市民函〔2026〕8号".to_owned();
        assert_eq!(submitted.last.consent, Some(Consent::Paper { number }));
        let approved = catalogue
            .make(&reviewer, code, Move::Approve)
            .await
            .unwrap();
        assert_eq!(approved.last.tightening, tightening);
        assert_eq!((approved.last.consent, approved.tightenings), (None, count));
    }
}

#[tokio::test]
async fn a_submission_without_its_papers_is_refused_and_one_with_a_given_consent_records_it() {
    let catalogue = Catalogue::new();
    let city = catalogue.transitions("officer", None);
    let mut without = entry(1, "区划", MINE, &[]);
    without.papers.consent_document.clear();
    let error = catalogue.import(&city, without.clone()).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
    assert_eq!(error.violations().len(), 1);
    let number = "市民函〔2026〕9号".to_owned();
    let given = Some(Consent::Paper { number });
    let city = city.with_consent(given.clone());
    catalogue.import(&city, without).await.unwrap();
    let submitted = catalogue.lifecycle("206001000001").unwrap();
    assert_eq!(submitted.last.consent, given);
}

proptest! {
    #[test]
    fn entries_of_any_size_fit_into_pieces(sizes in prop::collection::vec(0..32_000_usize, 0..30)) {
        let entries: Vec<Entry> = (1..)
            .zip(&sizes)
            .map(|(serial, size)| Entry {
                summary: "a".repeat(*size),
                ..entry(serial, "一", MINE, &[])
            })
            .collect();
        let pieces = pieces(&entries);
        let back: Result<Vec<_>> = pieces.entries().collect();
        prop_assert_eq!(back.unwrap(), entries);
        for piece in pieces.into_pieces() {
            prop_assert!(piece.size() <= MAX_VALUE);
        }
    }
}
