//! Tests of the lifecycle of entries.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::calendar::RuleBook;

proptest! {
    /// After any sequence of moves: a submitted revision was never overwritten, a published one was
    /// submitted and is replaced by an approval alone, and a withdrawn entry stays withdrawn.
    #[test]
    fn a_life_keeps_what_was_submitted_and_published(
        moves in prop::collection::vec(prop::sample::select(Move::ALL), 0..60),
    ) {
        let mut lifecycle: Option<Lifecycle> = None;
        let mut submitted = BTreeSet::new();
        for mv in moves {
            let Ok(after) = Lifecycle::after(lifecycle, mv) else {
                prop_assert_eq!(Lifecycle::after(lifecycle, mv).unwrap_err().code(), ErrorCode::OutOfTurn);
                continue;
            };
            let (newest, published) = lifecycle.map_or((0, None), |l| (l.newest, l.published));
            match mv {
                Move::Save => {
                    prop_assert!(!submitted.contains(&after.newest));
                    prop_assert!((newest..=newest + 1).contains(&after.newest));
                }
                _ => prop_assert_eq!(after.newest, newest),
            }
            if mv == Move::Submit {
                submitted.insert(after.newest);
            }
            if after.published != published {
                prop_assert_eq!((mv, after.published), (Move::Approve, Some(newest)));
                prop_assert!(submitted.contains(&newest));
            }
            let from = lifecycle.map(|lifecycle| lifecycle.state);
            prop_assert_ne!(from, Some(State::Withdrawn));
            let waits = matches!(from, Some(State::Submitted | State::WithdrawalAsked));
            prop_assert!(waits || !mv.is_review());
            let shown = matches!(
                after.state, State::Published | State::WithdrawalAsked | State::Withdrawn
            );
            prop_assert!(!shown || after.published.is_some());
            lifecycle = Some(after);
        }
    }
}

/// The lifecycle after these moves, which must all be permitted.
fn lifecycle(moves: &[Move]) -> Lifecycle {
    let made = moves.iter().try_fold(None, |lifecycle, mv| {
        Lifecycle::after(lifecycle, *mv).map(Some)
    });
    made.unwrap().unwrap()
}

#[test]
fn every_state_is_reached_by_the_moves_that_lead_to_it() {
    use Move::{Approve, AskWithdrawal, Return, Save, Submit, TakeBack};
    let then = |more: &[Move]| [&[Save, Submit, Approve][..], more].concat();
    for (moves, state, newest) in [
        (vec![Save], State::Draft, 1),
        (vec![Save, Save, Submit], State::Submitted, 1),
        (vec![Save, Submit, Save], State::Draft, 2),
        (vec![Save, Submit, Return], State::Returned, 1),
        (
            vec![Save, Submit, Return, Submit, TakeBack],
            State::TakenBack,
            1,
        ),
        (then(&[]), State::Published, 1),
        (then(&[Save]), State::Draft, 2),
        (then(&[AskWithdrawal]), State::WithdrawalAsked, 1),
        (then(&[AskWithdrawal, Return]), State::Published, 1),
        (then(&[AskWithdrawal, TakeBack]), State::Published, 1),
        (then(&[AskWithdrawal, Approve]), State::Withdrawn, 1),
    ] {
        let lifecycle = lifecycle(&moves);
        assert_eq!(
            (lifecycle.state, lifecycle.newest),
            (state, newest),
            "{moves:?}"
        );
    }
    let never_published = lifecycle(&[Save, Submit, Return]);
    assert!(Lifecycle::after(Some(never_published), AskWithdrawal).is_err());
}

#[test]
fn a_move_on_many_is_meant_for_those_in_turn_and_submits_nothing_again() {
    use Move::{Approve, AskWithdrawal, Return, Save, Submit, TakeBack};
    let draft = lifecycle(&[Save]);
    let returned = lifecycle(&[Save, Submit, Return]);
    let published = lifecycle(&[Save, Submit, Approve]);
    assert!(draft.is_selected_for(Submit) && draft.is_selected_for(TakeBack));
    assert!(!draft.is_selected_for(Approve) && !draft.is_selected_for(AskWithdrawal));
    assert!(Lifecycle::after(Some(returned), Submit).is_ok() && !returned.is_selected_for(Submit));
    assert!(!returned.is_selected_for(AskWithdrawal));
    assert!(published.is_selected_for(AskWithdrawal));
}

#[test]
fn a_refused_move_says_where_the_entry_stands_and_whose_turn_it_is() {
    let draft = Lifecycle::after(None, Move::Save).unwrap();
    let error = Lifecycle::after(Some(draft), Move::Approve).unwrap_err();
    let refusal = msg::EntryMoveOfDraft {
        wanted: Move::Approve,
    };
    assert_eq!(error, Error::new(ErrorCode::OutOfTurn, refusal));
}

#[test]
fn nobody_reviews_what_they_submitted() {
    let person = |name: &str| format!("city/430100/person/{name}").parse().unwrap();
    let (li, wang): (Principal, Principal) = (person("li.ming"), person("wang.wei"));
    let zhao: Principal = person("zhao.jun");
    assert!(check_four_eyes(&li, &wang, &zhao).is_ok());
    for (author, by, reviewer) in [(&li, &li, &li), (&li, &wang, &li), (&wang, &li, &li)] {
        let error = check_four_eyes(author, by, reviewer).unwrap_err();
        let own = msg::ReviewOfOwnWork {
            reviewer: reviewer.to_string(),
        };
        assert_eq!(error, Error::new(ErrorCode::Denied, own));
    }
}

fn principal() -> Principal {
    "city/430100/person/li.ming".parse().unwrap()
}

fn record(state: State, newest: u32, published: Option<u32>) -> LifecycleRecord {
    let provider = "91350100M000100Y43".parse().unwrap();
    LifecycleRecord {
        lifecycle: Lifecycle {
            state,
            newest,
            published,
        },
        provider,
        published_provider: published.map(|_| provider),
        digest: Digest([1; 32]),
        author: principal(),
        steps: 3,
        last: LifecycleStep {
            revision: newest,
            mv: Move::Approve,
            state,
            at: Timestamp::UNIX_EPOCH,
            by: principal(),
            reason: String::new(),
            due: None,
            consent: None,
            tightening: None,
        },
        tightenings: 0,
        change: None,
        reminders: Vec::new(),
    }
}

/// The built-in rules of a city.
fn rules() -> CityRules {
    Arc::new(RuleBook::built_in().unwrap()).of("430100".parse().unwrap())
}

fn note(record: &LifecycleRecord, on: Date, today: Date) -> Result<NotedChange> {
    record.note_change(&rules(), (on, today), principal())
}

fn code(result: Result<NotedChange>) -> ErrorCode {
    result.unwrap_err().code()
}

#[test]
fn an_update_is_due_ten_working_days_after_the_change_and_five_more_with_consent() {
    let rules = rules();
    let published = record(State::Published, 1, Some(1));
    let today = date(2026, 3, 5);
    let noted = note(&published, date(2026, 3, 2), today).unwrap();
    assert_eq!(noted.due.date, date(2026, 3, 16));
    let extended = noted.extend(&rules, 5, today).unwrap();
    assert_eq!(
        (extended.due.date, extended.extended_by),
        (date(2026, 3, 23), 5)
    );
    for days in [0, 6] {
        let refused = noted.extend(&rules, days, today);
        assert_eq!(code(refused), ErrorCode::InvalidArgument);
    }
    let twice = extended.extend(&rules, 1, today);
    assert_eq!(code(twice), ErrorCode::OutOfTurn);
    let late = noted.extend(&rules, 1, date(2026, 3, 17));
    assert_eq!(code(late), ErrorCode::OutOfTurn);
}

#[test]
fn a_change_is_noted_once_of_what_is_published_and_not_of_a_day_to_come() {
    let (on, today) = (date(2026, 3, 2), date(2026, 3, 5));
    let unpublished = record(State::Submitted, 1, None);
    assert_eq!(code(note(&unpublished, on, today)), ErrorCode::OutOfTurn);
    let withdrawn = record(State::Withdrawn, 1, Some(1));
    assert_eq!(code(note(&withdrawn, on, today)), ErrorCode::OutOfTurn);
    let mut published = record(State::Published, 1, Some(1));
    let future = note(&published, date(2026, 3, 6), today);
    assert_eq!(code(future), ErrorCode::InvalidArgument);
    published.change = Some(note(&published, on, today).unwrap());
    assert_eq!(code(note(&published, on, today)), ErrorCode::OutOfTurn);
}

#[test]
fn a_revision_that_was_submitted_before_the_change_does_not_settle_it() {
    let (on, today) = (date(2026, 3, 2), date(2026, 3, 5));
    for (state, settled_by) in [
        (State::Submitted, 3),
        (State::Draft, 2),
        (State::Returned, 2),
    ] {
        let mut record = record(state, 2, Some(1));
        let noted = note(&record, on, today).unwrap();
        assert_eq!(noted.settled_by, settled_by);
        record.change = Some(noted.clone());
        let after = |state, published| {
            record.change_after(Lifecycle {
                state,
                newest: published,
                published: Some(published),
            })
        };
        let open = (settled_by > 2).then(|| noted.clone());
        assert_eq!(after(State::Published, 2), open);
        assert_eq!(after(State::Returned, 1), Some(noted));
        assert_eq!(after(State::Published, 3), None);
        assert_eq!(after(State::Withdrawn, 1), None);
    }
}

#[test]
fn an_entry_in_review_waits_for_the_review_alone() {
    let due = |state| {
        let mut record = record(state, 2, Some(1));
        record.last.due = Some(Deadline::certain(date(2026, 3, 30)));
        let noted = note(&record, date(2026, 3, 2), date(2026, 3, 5)).unwrap();
        record.change = Some(noted);
        record.due().unwrap().date
    };
    assert_eq!(due(State::Submitted), date(2026, 3, 30));
    assert_eq!(due(State::Returned), date(2026, 3, 16));
    assert_eq!(due(State::Published), date(2026, 3, 16));
}

#[test]
fn each_act_is_reminded_of_once_before_its_deadline_and_once_after() {
    let mut published = record(State::Published, 1, Some(1));
    let noted = note(&published, date(2026, 3, 2), date(2026, 3, 5)).unwrap();
    published.change = Some(noted);
    let deadline = date(2026, 3, 16);
    let reminder = |overdue| EntryReminder {
        act: EntryAct::Update,
        deadline,
        overdue,
    };
    assert_eq!(published.reminder_to_come(), Some((false, deadline)));
    assert_eq!(published.reminder_on(deadline, deadline), None, "not near");
    let near = published.reminder_on(deadline, date(2026, 3, 17));
    assert_eq!(near, Some(reminder(false)));
    let late = date(2026, 3, 17);
    let at_once = published.reminder_on(late, date(2026, 3, 19));
    assert_eq!(at_once, Some(reminder(true)));

    let reminded = published.reminded(reminder(false));
    assert_eq!(reminded.reminder_to_come(), Some((true, deadline)));
    assert_eq!(reminded.reminder_on(deadline, late), None);
    let passed = reminded.reminder_on(late, date(2026, 3, 19));
    assert_eq!(passed, Some(reminder(true)));
    let chased = reminded.reminded(reminder(true));
    assert_eq!(chased.reminder_to_come(), None);
    assert_eq!(chased.reminders, [reminder(true)]);

    // The review of an update has reminders of its own, and that of the update stays noted.
    let mut submitted = chased;
    submitted.lifecycle.state = State::Submitted;
    submitted.last.due = Some(Deadline::certain(date(2026, 3, 19)));
    assert_eq!(
        submitted.reminder_to_come(),
        Some((false, date(2026, 3, 19)))
    );
    submitted.lifecycle.state = State::Published;
    submitted.last.due = None;
    assert_eq!(submitted.reminder_to_come(), None);
}
