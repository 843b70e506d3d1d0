//! The code against the table: every move, by every party, from every state that random lives of
//! requests reach.

use jiff::ToSpan;
use proptest::prelude::*;

use super::super::{MoveKind as K, Party as P, RejectReason};
use super::*;
use crate::catalogue::ShareClass;

/// The table of the domain's §3, as it stands there: from, move, by, to.
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
    (State::Granted, K::Revoke, P::Provider, State::Revoked),
    (State::Granted, K::Close, P::Consumer, State::Closed),
];

/// What the table's words ("once", "overdue") need beside the state.
#[derive(Clone, Copy, Default)]
struct Used {
    asked: bool,
    extended: bool,
}

fn start() -> Timestamp {
    "2026-03-02T01:00:00Z".parse().unwrap()
}

fn deadline() -> Date {
    "2026-03-16".parse().unwrap()
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
            explanation: reason(),
        },
        K::AskSupplement => Move::AskSupplement { missing: reason() },
        K::Supplement => Move::Supplement { text: reason() },
        K::Extend => Move::Extend {
            reason: reason(),
            deadline: deadline() + 14.days(),
        },
        K::Grant => Move::Grant(Grant {
            scope: reason(),
            conditions: String::new(),
            until: at + 24.hours() * 20,
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
        K::Revoke => Move::Revoke { reason: reason() },
        K::Close => Move::Close {
            statement: reason(),
        },
    }
}

const KINDS: [K; 13] = [
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
    K::Revoke,
    K::Close,
];

/// What the table says of a move: the next state, or nothing.
fn expected(request: &Request, used: Used, step: &Step) -> Option<State> {
    let kind = step.mv.kind();
    let from = request.state(step.at);
    let row = TABLE
        .iter()
        .find(|(f, k, by, _)| (*f, *k, *by) == (from, kind, step.party))?;
    let answering = matches!(from, State::Routed | State::Supplemented);
    let allowed = match kind {
        K::AskSupplement => !used.asked,
        K::Extend => !used.extended,
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
            let step = Step { party: [P::Consumer, P::Provider, P::Coordinator][party], at, mv };
            let mut want = expected(&request, used, &step);
            if let Move::Extend { deadline, .. } = &step.mv
                && request.deadline().is_some_and(|old| *deadline <= old)
            {
                want = None;
            }
            match (request.clone().apply(&step), want) {
                (Ok(next), Some(want)) => {
                    prop_assert_eq!(next.state(at), want);
                    match step.mv.kind() {
                        K::AskSupplement => used.asked = true,
                        K::Extend => used.extended = true,
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
                request
                    .apply(&Step {
                        party: *party,
                        at,
                        mv: make(*kind, at),
                    })
                    .unwrap()
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
    walk(&[routed, granted, (K::Revoke, P::Provider)], 0);
    walk(&[routed, granted, (K::Close, P::Consumer)], 0);
    walk(&[(K::Reject, P::Coordinator)], 0);
}

#[test]
fn a_grant_lapses_by_the_clock_and_then_nothing_moves_it() {
    let at = start();
    let request = Request::submitted()
        .apply(&Step {
            party: P::Coordinator,
            at,
            mv: make(K::Route, at),
        })
        .and_then(|r| {
            r.apply(&Step {
                party: P::Provider,
                at,
                mv: make(K::Grant, at),
            })
        })
        .unwrap();
    let later = at + 24.hours() * 20;
    assert_eq!(request.state(later - 1.second()), State::Granted);
    assert_eq!(request.state(later), State::Lapsed);
    let close = Step {
        party: P::Consumer,
        at: later,
        mv: make(K::Close, later),
    };
    assert_eq!(request.apply(&close).unwrap_err().state, State::Lapsed);
}
