//! Checks the code against the table: every move, by every party, from every state reached by
//! random sequences of moves.

use chengji_messages::Value;
use chengji_messages::msg;
use jiff::ToSpan;
use proptest::prelude::*;

use super::super::terms::GrantTerms;
use super::super::{MoveKind as K, Party as P, RejectReason, RequestHistory, Submission};
use super::*;
use crate::calendar::end_of_day;
use crate::catalogue::{ShareClass, ShareManner};
use crate::error::{Error, ErrorCode};
use crate::principal::Principal;
use crate::problem::Problem;
use crate::resource::ResourceRef;

/// The table of the domain's §3: from, move, by, to.
const TABLE: &[(State, K, P, State)] = &[
    (State::Submitted, K::Route, P::Coordinator, State::Routed),
    (State::Submitted, K::Reject, P::Coordinator, State::Rejected),
    (
        State::Routed,
        K::AskSupplement,
        P::Provider,
        State::Incomplete,
    ),
    (
        State::Supplemented,
        K::AskSupplement,
        P::Provider,
        State::Incomplete,
    ),
    (
        State::Incomplete,
        K::Supplement,
        P::Consumer,
        State::Supplemented,
    ),
    (State::Routed, K::Extend, P::Provider, State::Routed),
    (
        State::Supplemented,
        K::Extend,
        P::Provider,
        State::Supplemented,
    ),
    (State::Routed, K::Grant, P::Provider, State::Granted),
    (State::Supplemented, K::Grant, P::Provider, State::Granted),
    (State::Routed, K::Refuse, P::Provider, State::Refused),
    (State::Supplemented, K::Refuse, P::Provider, State::Refused),
    (State::Submitted, K::Withdraw, P::Consumer, State::Withdrawn),
    (State::Routed, K::Withdraw, P::Consumer, State::Withdrawn),
    (
        State::Incomplete,
        K::Withdraw,
        P::Consumer,
        State::Withdrawn,
    ),
    (
        State::Supplemented,
        K::Withdraw,
        P::Consumer,
        State::Withdrawn,
    ),
    (State::Refused, K::Dispute, P::Consumer, State::Disputed),
    (State::Routed, K::Dispute, P::Consumer, State::Disputed),
    (
        State::Supplemented,
        K::Dispute,
        P::Consumer,
        State::Disputed,
    ),
    (State::Disputed, K::Uphold, P::Coordinator, State::Refused),
    (State::Disputed, K::Remand, P::Coordinator, State::Routed),
    (State::Granted, K::Close, P::Consumer, State::Closed),
];

/// Further state needed for the table's words "once" and "overdue".
#[derive(Clone, Copy, Default)]
struct Used {
    asked: bool,
    extended: bool,
    supplied_late: bool,
}

fn start() -> Timestamp {
    "2026-03-02T01:00:00Z".parse().unwrap()
}

fn deadline() -> Deadline {
    Deadline::certain("2026-03-16".parse().unwrap())
}

fn extended() -> Deadline {
    Deadline::certain(deadline().date + 14.days())
}

fn make(kind: K, at: Timestamp) -> Move {
    let reason = || "理由".to_owned();
    match kind {
        K::Route => Move::Route {
            share_class: ShareClass::Conditional,
            revision: 1,
            deadline: deadline(),
        },
        K::Reject => Move::Reject {
            reason: RejectReason::NotShared,
            problem: Problem::new(ErrorCode::NotFound, msg::Text { text: reason() }),
        },
        K::AskSupplement => Move::AskSupplement { missing: reason() },
        K::Supplement => Move::Supplement { text: reason() },
        K::Extend => Move::Extend {
            reason: reason(),
            deadline: extended(),
        },
        K::Grant => Move::Grant(Grant {
            scope: reason(),
            conditions: String::new(),
            terms: GrantTerms::file(at + 24.hours() * 20),
            automatic: false,
        }),
        K::Refuse => Move::Refuse {
            reason: reason(),
            legal_basis: reason(),
        },
        K::Withdraw => Move::Withdraw { reason: reason() },
        K::Dispute => Move::Dispute { reason: reason() },
        K::Uphold => Move::Uphold { reason: reason() },
        K::Remand => Move::Remand {
            reason: reason(),
            deadline: deadline(),
        },
        K::Close => Move::Close {
            statement: reason(),
        },
    }
}

const KINDS: [K; 12] = [
    K::Route,
    K::Reject,
    K::AskSupplement,
    K::Supplement,
    K::Extend,
    K::Grant,
    K::Refuse,
    K::Withdraw,
    K::Dispute,
    K::Uphold,
    K::Remand,
    K::Close,
];

/// Returns the next state by the table, or `None`.
fn expected(request: &Request, used: Used, step: &Step) -> Option<State> {
    let kind = step.mv.kind();
    let from = request.state(step.at);
    let row = TABLE
        .iter()
        .find(|(f, k, by, _)| (*f, *k, *by) == (from, kind, step.party))?;
    let answering = matches!(from, State::Routed | State::Supplemented);
    let allowed = match kind {
        K::AskSupplement => !used.asked && !request.is_overdue(step.at),
        K::Extend => !used.extended && (used.supplied_late || !request.is_overdue(step.at)),
        K::Dispute if answering => request.is_overdue(step.at),
        _ => true,
    };
    allowed.then_some(row.3)
}

fn steps() -> impl Strategy<Value = Vec<(usize, usize, i64)>> {
    prop::collection::vec((0..KINDS.len(), 0usize..3, 0i64..9), 1..40)
}

proptest! {
    #[test]
    fn the_code_says_what_the_table_says(steps in steps()) {
        let mut request = Request::submitted();
        let mut used = Used::default();
        let mut at = start();
        for (kind, party, days) in steps {
            at += (24 * days).hours();
            let mv = make(KINDS[kind], at);
            let step = step([P::Consumer, P::Provider, P::Coordinator][party], at, mv);
            let mut want = expected(&request, used, &step);
            if let Move::Extend { deadline, .. } = &step.mv
                && request.deadline().is_some_and(|old| deadline.date <= old.date)
            {
                want = None;
            }
            match (request.clone().apply(&step), want) {
                (Ok(next), Some(want)) => {
                    prop_assert_eq!(next.state(at), want);
                    match step.mv.kind() {
                        K::AskSupplement => used.asked = true,
                        K::Extend => used.extended = true,
                        K::Supplement => used.supplied_late = next.is_overdue(at),
                        K::Remand => used = Used::default(),
                        _ => {}
                    }
                    request = next;
                }
                (Err(refused), None) => {
                    prop_assert_eq!(refused.state, request.state(at));
                    prop_assert!(refused.to_string().len() > 20);
                }
                (got, want) => prop_assert!(false, "{:?} from {:?}: {:?} instead of {:?}",
                    step, request, got, want),
            }
        }
    }
}

#[test]
fn every_row_of_the_table_can_be_walked() {
    let walk = |kinds: &[(K, P)], late: i64| {
        let at = start() + (24 * late).hours();
        kinds
            .iter()
            .fold(Request::submitted(), |request, (kind, party)| {
                request.apply(&step(*party, at, make(*kind, at))).unwrap()
            })
    };
    let routed = (K::Route, P::Coordinator);
    let refused = (K::Refuse, P::Provider);
    let disputed = (K::Dispute, P::Consumer);
    let asked = [
        (K::AskSupplement, P::Provider),
        (K::Supplement, P::Consumer),
    ];
    let granted = (K::Grant, P::Provider);
    walk(
        &[
            routed,
            asked[0],
            asked[1],
            (K::Extend, P::Provider),
            granted,
        ],
        0,
    );
    walk(&[routed, refused, disputed, (K::Uphold, P::Coordinator)], 0);
    walk(
        &[
            routed,
            refused,
            disputed,
            (K::Remand, P::Coordinator),
            granted,
        ],
        0,
    );
    walk(&[routed, disputed], 30);
    walk(&[routed, granted, (K::Close, P::Consumer)], 0);
    walk(&[(K::Reject, P::Coordinator)], 0);
}

#[test]
fn a_grant_lapses_by_the_clock_and_then_nothing_moves_it() {
    let at = start();
    let request = Request::submitted()
        .apply(&step(P::Coordinator, at, make(K::Route, at)))
        .and_then(|r| r.apply(&step(P::Provider, at, make(K::Grant, at))))
        .unwrap();
    let later = at + 24.hours() * 20;
    assert_eq!(request.state(later - 1.second()), State::Granted);
    assert_eq!(request.state(later), State::Lapsed);
    let close = step(P::Consumer, later, make(K::Close, later));
    assert_eq!(request.apply(&close).unwrap_err().state, State::Lapsed);
}

/// Makes a step of this party, with any actor.
fn step(party: P, at: Timestamp, mv: Move) -> Step {
    let actor = Principal::Coordinator.into();
    Step {
        party,
        actor,
        at,
        mv,
    }
}

/// A request that was routed, with these further moves; each on that day of March 2026, 12:00.
fn history(moves: &[(K, P, i8)]) -> Result<RequestHistory, Error> {
    let noon = |day: i8| {
        let noon = jiff::civil::date(2026, 3, day).at(12, 0, 0, 0);
        noon.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)))
            .unwrap()
            .timestamp()
    };
    let history = RequestHistory {
        id: "430100-1-1-AAAAAAAAAAAAA".parse().unwrap(),
        submission: Submission {
            resource: ResourceRef {
                city: "430200".parse().unwrap(),
                code: "103001000001".parse().unwrap(),
            },
            purpose: "核对区划".to_owned(),
            legal_basis: "政务数据共享条例".to_owned(),
            scope: "全部".to_owned(),
            manner: ShareManner::File,
            period_days: 30,
            department: None,
        },
        submitted_by: Principal::Coordinator.into(),
        submitted_at: noon(2),
        steps: Vec::new(),
    };
    let routed = (K::Route, P::Coordinator, 2);
    std::iter::once(&routed)
        .chain(moves)
        .try_fold(history, |history, (kind, party, day)| {
            let at = noon(*day);
            history.with(step(*party, at, make(*kind, at)))
        })
}

#[test]
fn a_request_has_a_bounded_number_of_moves() {
    let mut full = history(&[]).unwrap();
    let at = full.steps[0].at;
    let withdraw = || step(P::Consumer, at, make(K::Withdraw, at));
    let routed = full.steps[0].clone();
    full.steps = vec![routed; RequestHistory::MAX_STEPS];
    let error = full.clone().with(withdraw()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::LimitExceeded);
    full.steps.truncate(1);
    assert_eq!(full.with(withdraw()).unwrap().steps.len(), 2);
}

#[test]
fn an_overdue_provider_can_answer_and_cannot_put_the_answer_off() {
    for kind in [K::Extend, K::AskSupplement] {
        history(&[(kind, P::Provider, 16)]).unwrap();
        let error = history(&[(kind, P::Provider, 17)]).unwrap_err();
        let Some(Value::Message(cause)) = error.message().param("cause") else {
            panic!("{error:?}");
        };
        let rule = MoveRule::DeadlinePassed.label();
        assert_eq!(cause.param("rule"), Some(&rule.into()));
    }
    let overdue = history(&[]).unwrap();
    let day_after = end_of_day(deadline().date) + 1.nanosecond();
    assert!(overdue.state().unwrap().is_overdue(day_after));
    history(&[(K::Dispute, P::Consumer, 17)]).unwrap();
    history(&[(K::Grant, P::Provider, 17)]).unwrap();
    // After an extension in time, the new deadline applies.
    assert!(history(&[(K::Extend, P::Provider, 16), (K::Dispute, P::Consumer, 17)]).is_err());
}

#[test]
fn a_provider_whose_papers_came_after_the_deadline_can_extend_it_once() {
    let supplied_late = [
        (K::AskSupplement, P::Provider, 16),
        (K::Supplement, P::Consumer, 20),
    ];
    let extended = [&supplied_late[..], &[(K::Extend, P::Provider, 20)]].concat();
    history(&extended).unwrap();
    history(&[&extended[..], &[(K::Extend, P::Provider, 20)]].concat()).unwrap_err();
    let in_time = [
        (K::AskSupplement, P::Provider, 16),
        (K::Supplement, P::Consumer, 16),
    ];
    history(&[&in_time[..], &[(K::Extend, P::Provider, 17)]].concat()).unwrap_err();
}

#[test]
fn a_late_answer_stays_visible_as_late() {
    let answered_late = |moves: &[(K, P, i8)]| history(moves).unwrap().answered_late().unwrap();
    assert_eq!(answered_late(&[]), None);
    assert_eq!(answered_late(&[(K::Grant, P::Provider, 16)]), None);
    assert_eq!(
        answered_late(&[(K::Extend, P::Provider, 16), (K::Refuse, P::Provider, 30)]),
        None
    );
    for then in [&[][..], &[(K::Close, P::Consumer, 18)]] {
        let late = [&[(K::Grant, P::Provider, 17)], then].concat();
        assert!(answered_late(&late).is_some(), "{then:?}");
    }
}
