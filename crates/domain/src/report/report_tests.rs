//! Compares what requests are counted for with a plain model, over random histories, and with figures computed by hand.

use chengji_messages::msg;
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;

use super::*;
use crate::calendar::{Calendar, Deadline, local_date};
use crate::catalogue::{ShareClass, ShareManner};
use crate::error::ErrorCode;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::request::terms::GrantTerms;
use crate::request::{
    CloseCause, DueAct, Grant, Move, MoveKind, Party, RejectReason, Request, RequestHistory, State,
    Step, Submission,
};
use crate::resource::ResourceRef;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn history(submitted_at: &str) -> RequestHistory {
    let submission = Submission {
        resource: ResourceRef {
            city: "430200".parse().unwrap(),
            code: "103001000001".parse().unwrap(),
        },
        purpose: "核对区划".to_owned(),
        legal_basis: "政务数据共享条例".to_owned(),
        scenario: "区划库月度更新".to_owned(),
        scope: "全部".to_owned(),
        manner: ShareManner::File,
        period_days: 30,
        department: None,
        part: None,
    };
    let id = "430100-1-7-AAAAAAAAAAAAA".parse().unwrap();
    RequestHistory::new(
        id,
        submission,
        Principal::Coordinator.into(),
        at(submitted_at),
    )
}

/// The last day of an act that is due so many days after a time.
fn due(at: Timestamp, days: i64) -> Deadline {
    Deadline::certain(local_date(at) + days.days())
}

/// The moves that are tried, with the party of each.
fn moves(at: Timestamp) -> Vec<(Party, Move)> {
    let text = || "理由".to_owned();
    let grant = Grant {
        scope: text(),
        conditions: String::new(),
        disposal: String::new(),
        terms: GrantTerms::file(at + SignedDuration::from_hours(24 * 60)),
        automatic: false,
        return_flow: None,
    };
    let problem = Problem::new(ErrorCode::NotShared, msg::Text { text: text() });
    let route = Move::Route {
        share_class: ShareClass::Conditional,
        revision: 1,
        deadline: due(at, 14),
        approval: None,
    };
    let decide = Move::Decide {
        government: text(),
        document: text(),
        reason: text(),
        deadline: Some(due(at, 14)),
    };
    let reject = Move::Reject {
        reason: RejectReason::NotShared,
        problem,
    };
    let dispute = Move::Dispute {
        reason: text(),
        negotiation: String::new(),
    };
    let refuse = Move::Refuse {
        reason: text(),
        legal_basis: text(),
    };
    let close = Move::Close {
        cause: CloseCause::PurposeMet,
        statement: text(),
        evidence: String::new(),
    };
    vec![
        (Party::Coordinator, route),
        (Party::Provider, Move::AskSupplement { missing: text() }),
        (Party::Consumer, Move::Supplement { text: text() }),
        (Party::Provider, Move::Grant(grant)),
        (Party::Provider, refuse),
        (Party::Provider, Move::Offer { note: text() }),
        (Party::Consumer, dispute),
        (Party::Coordinator, decide),
        (Party::Coordinator, reject),
        (Party::Consumer, close),
        (Party::Consumer, Move::Withdraw { reason: text() }),
    ]
}

/// Adds a move by its number in [`moves`], if it is its party's turn.
fn add(history: &mut RequestHistory, at: Timestamp, number: usize) {
    let mut moves = moves(at);
    let (party, mv) = moves.swap_remove(number);
    let due = matches!(mv.kind(), MoveKind::Grant).then(|| due(at, 28));
    // A move out of turn leaves the history as it is.
    let _ = history.add(Step {
        party,
        actor: Principal::Coordinator.into(),
        at,
        mv,
        due,
    });
}

/// A random history: each move some hours after the one before it, or dated back by some.
fn drawn() -> impl Strategy<Value = RequestHistory> {
    // The moves that end a request are rare.
    let number = prop_oneof![9 => 0_usize..8, 1 => 8_usize..11];
    let step = (number, 0_i64..24 * 25, 0_i64..48);
    prop::collection::vec(step, 0..40).prop_map(|steps| {
        let mut history = history("2026-03-02T01:00:00Z");
        let mut now = history.submitted_at;
        for (number, later, back) in steps {
            now += SignedDuration::from_hours(later);
            let back = SignedDuration::from_hours(if later % 7 == 0 { back } else { 0 });
            add(&mut history, now - back, number);
        }
        history
    })
}

/// The months from the submission until after the last move.
fn months(history: &RequestHistory) -> Vec<Month> {
    let mut month = Month::of(history.submitted_at);
    let last = dates(history).last().copied();
    let last = Month::of(last.unwrap_or(history.submitted_at));
    let mut months = vec![month.previous().unwrap(), month];
    while month <= last {
        month = Month::of(month.end() + SignedDuration::from_nanos(1));
        months.push(month);
    }
    months
}

/// The date as of which each step counts.
fn dates(history: &RequestHistory) -> Vec<Timestamp> {
    let mut latest = history.submitted_at;
    let steps = history.steps.iter();
    let dates = steps.map(|step| {
        latest = latest.max(step.at);
        latest
    });
    dates.collect()
}

/// The request as of a time; `None` before its submission.
fn as_of(history: &RequestHistory, at: Timestamp) -> Option<Request> {
    let count = dates(history).iter().filter(|date| **date <= at).count();
    let mut first = history.clone();
    first.steps.truncate(count);
    (history.submitted_at <= at).then(|| first.state().unwrap())
}

/// The numbers of answers, of late ones among them, and of offers, in the steps that `counts` admits.
fn plain(history: &RequestHistory, counts: impl Fn(Timestamp) -> bool) -> [usize; 3] {
    let mut numbers = [0; 3];
    let mut request = Request::submitted();
    for (step, date) in history.steps.iter().zip(dates(history)) {
        let is_answered = matches!(step.mv.kind(), MoveKind::Grant | MoveKind::Refuse);
        if counts(date) {
            let is_due = request.deadline().is_some();
            numbers[0] += usize::from(is_answered && is_due);
            numbers[1] += usize::from(is_answered && request.is_overdue(step.at));
            numbers[2] += usize::from(step.mv.kind() == MoveKind::Offer);
        }
        request = request.apply(step).unwrap();
    }
    numbers
}

proptest! {
    #[test]
    fn a_request_is_counted_as_the_plain_model_counts_it(history in drawn()) {
        let calendar = Calendar::built_in().unwrap();
        let mut submitted = 0;
        for month in months(&history) {
            let found = RequestMonth::of(&history, month, Timestamp::MAX, &calendar).unwrap();
            submitted += usize::from(found.submitted);
            let is_moved = month.contains(history.submitted_at)
                || dates(&history).iter().any(|date| month.contains(*date));
            let open = as_of(&history, month.before());
            let open = open.is_some_and(|request| is_in_hand(request.state(month.before())));
            let end = as_of(&history, month.end()).filter(|_| is_moved || open);
            prop_assert_eq!(found.state, end.as_ref().map(|request| request.state(month.end())));
            let overdue: Vec<DueAct> = end
                .iter()
                .flat_map(|request| request.dues(month.end()))
                .filter(|due| due.is_overdue(month.end()))
                .map(|due| due.act)
                .filter(|act| [DueAct::Answer, DueAct::Offer].contains(act))
                .collect();
            prop_assert_eq!(found.overdue.iter().copied().collect::<Vec<_>>(), overdue);
            let late = found.answers.iter().filter(|act| act.late).count();
            let numbers = [found.answers.len(), late, found.offers.len()];
            prop_assert_eq!(numbers, plain(&history, |date| month.contains(date)));
            let refusals = history.steps.iter().zip(dates(&history)).filter(|(step, date)| {
                let kinds = [MoveKind::Refuse, MoveKind::Reject];
                kinds.contains(&step.mv.kind()) && month.contains(*date)
            });
            prop_assert_eq!(found.grounds.len(), refusals.count());
            prop_assert_eq!(found.is_nothing(), found == RequestMonth::default());
        }
        prop_assert_eq!(submitted, 1);
    }

    #[test]
    fn figures_of_requests_add_up_in_any_order(
        histories in prop::collection::vec(drawn(), 0..6), number in 3_u32..8,
    ) {
        let calendar = Calendar::built_in().unwrap();
        let month: Month = format!("2026-{number:02}").parse().unwrap();
        let counted = histories.iter().map(|history| {
            RequestMonth::of(history, month, Timestamp::MAX, &calendar).unwrap()
        });
        let counted: Vec<RequestMonth> = counted.collect();
        let (mut forth, mut back) = (RequestFigures::default(), RequestFigures::default());
        counted.iter().for_each(|one| forth.add(one));
        counted.iter().rev().for_each(|one| back.add(one));
        prop_assert_eq!(&forth, &back);
        let states: u64 = forth.states.values().sum();
        let of_month = counted.iter().filter(|one| !one.is_nothing()).count();
        prop_assert_eq!(states, of_month as u64);
        let answers: usize = counted.iter().map(|one| one.answers.len()).sum();
        prop_assert_eq!(forth.answers.days.count(), answers as u64);
    }
}

#[test]
fn the_time_of_missing_information_is_not_the_providers() {
    let calendar = Calendar::built_in().unwrap();
    // Monday, 2 March 2026.
    let mut history = history("2026-03-02T01:00:00Z");
    let supplied = [
        (0, "2026-03-02T02:00:00Z"),
        // Wednesday to the next Monday: three working days of the consumer.
        (1, "2026-03-04T02:00:00Z"),
        (2, "2026-03-09T02:00:00Z"),
        // Two days before the pause, and one after it.
        (3, "2026-03-10T02:00:00Z"),
        // Friday of the week after: eight working days.
        (5, "2026-03-20T02:00:00Z"),
    ];
    for (number, time) in supplied {
        add(&mut history, at(time), number);
    }
    assert_eq!(history.steps.len(), supplied.len());
    let month = "2026-03".parse().unwrap();
    let of = |now| RequestMonth::of(&history, month, at(now), &calendar).unwrap();
    let whole = of("2026-04-30T00:00:00Z");
    let act = |days| Act { days, late: false };
    assert_eq!(
        (&whole.answers[..], &whole.offers[..]),
        (&[act(3)][..], &[act(8)][..])
    );
    assert_eq!(whole.state, Some(State::Granted));
    // While the month goes on, what has been done so far counts.
    let until = of("2026-03-05T00:00:00Z");
    assert_eq!(
        (until.submitted, until.state),
        (true, Some(State::Incomplete))
    );
    assert!(until.answers.is_empty());
    assert!(of("2026-03-01T00:00:00Z").is_nothing());
}

#[test]
fn a_move_that_is_dated_back_does_not_lengthen_the_time_of_an_answer() {
    let calendar = Calendar::built_in().unwrap();
    let mut history = history("2026-03-02T01:00:00Z");
    let dated = [
        (0, "2026-03-02T02:00:00Z"),
        (1, "2026-03-04T02:00:00Z"),
        // The supplement of the 9th is dated long before the request.
        (2, "1900-01-01T00:00:00Z"),
        (3, "2026-03-10T02:00:00Z"),
    ];
    for (number, time) in dated {
        add(&mut history, at(time), number);
    }
    assert_eq!(history.steps.len(), dated.len());
    let month = "2026-03".parse().unwrap();
    let found = RequestMonth::of(&history, month, Timestamp::MAX, &calendar).unwrap();
    // Tuesday of the next week: six working days from the routing on, at most.
    assert_eq!(
        found.answers,
        [Act {
            days: 6,
            late: false
        }]
    );
}

#[test]
fn an_answer_that_is_not_made_is_overdue_in_each_month_until_it_is() {
    let calendar = Calendar::built_in().unwrap();
    let mut history = history("2026-03-02T01:00:00Z");
    // Due on 16 March.
    add(&mut history, at("2026-03-02T02:00:00Z"), 0);
    add(&mut history, at("2026-05-06T02:00:00Z"), 4);
    let of = |month: &str| {
        let month = month.parse().unwrap();
        RequestMonth::of(&history, month, Timestamp::MAX, &calendar).unwrap()
    };
    for month in ["2026-03", "2026-04"] {
        assert_eq!(of(month).overdue, [DueAct::Answer].into(), "{month}");
        assert_eq!(of(month).state, Some(State::Routed), "{month}");
    }
    let may = of("2026-05");
    assert!(may.overdue.is_empty() && may.answers[0].late);
    assert_eq!(may.grounds, [Ground::refused("理由")]);
    assert!(of("2026-06").is_nothing() && of("2026-02").is_nothing());
}
