//! Checks the code against the table: every move, by every party, from every state reached by
//! random sequences of moves.

use std::collections::BTreeSet;

use chengji_messages::Value;
use jiff::ToSpan;
use proptest::prelude::*;

use super::super::{MoveKind as K, Party as P, RequestHistory, Submission};
use super::table_model::{Model, TABLE, row};
use super::table_variants::{variant, variants};
use super::*;
use crate::calendar::{end_of_day, local_date};
use crate::catalogue::ShareManner;
use crate::error::{Error, ErrorCode};
use crate::principal::Principal;
use crate::resource::ResourceRef;

const PARTIES: [P; 3] = [P::Consumer, P::Provider, P::Coordinator];

fn start() -> Timestamp {
    "2026-03-02T01:00:00Z".parse().unwrap()
}

fn deadline() -> Deadline {
    Deadline::certain("2026-03-16".parse().unwrap())
}

fn extended() -> Deadline {
    Deadline::certain(deadline().date + 14.days())
}

/// A move of a kind that was there before further deadlines were, or else its first variant.
fn make(kind: K, at: Timestamp) -> Move {
    match kind {
        K::Route | K::Remand => variant(kind, start(), 0, &Model::submitted()),
        K::Extend => Move::Extend {
            reason: "理由".to_owned(),
            deadline: extended(),
        },
        _ => variant(kind, at, 0, &Model::submitted()),
    }
}

/// One step of a random history.
#[derive(Clone, Debug)]
struct Drawn {
    pick: prop::sample::Index,
    /// 0 for any move, 1 for one that the table permits, more for one that does not end the request.
    guided: u8,
    days: i64,
    due: Option<(i64, bool)>,
}

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    let due = prop::option::weighted(0.8, (0i64..12, any::<bool>()));
    let step = (any::<prop::sample::Index>(), 0u8..8, 0i64..6, due);
    let step = step.prop_map(|(pick, guided, days, due)| Drawn {
        pick,
        guided,
        days,
        due,
    });
    prop::collection::vec(step, 1..60)
}

/// Every variant of every move that one of the parties may try at this time.
fn tried(model: &Model, at: Timestamp, due: Option<Deadline>, guided: u8) -> Vec<Step> {
    let mut tried = Vec::new();
    for kind in K::ALL {
        for party in PARTIES {
            if guided > 0 && row(model.state_at(at), kind, party).is_none() {
                continue;
            }
            for number in 0..variants(kind) {
                let mv = variant(kind, at, number, model);
                let step = Step {
                    due,
                    ..step(party, at, mv)
                };
                let next = (guided > 0).then(|| model.next(&step));
                let ends = |next: &Model| {
                    matches!(
                        next.state_at(at),
                        State::Rejected | State::Withdrawn | State::Closed
                    )
                };
                match next {
                    None => tried.push(step),
                    Some(Some(next)) if guided == 1 || !ends(&next) => tried.push(step),
                    Some(_) => {}
                }
            }
        }
    }
    tried
}

/// The dues without the party, which follows from the act.
fn dues(request: &Request, at: Timestamp) -> Vec<(DueAct, Deadline)> {
    let dues = request.dues(at).into_iter();
    dues.map(|due| (due.act, due.deadline)).collect()
}

/// Asserts that code and model agree about a step; returns what both come to.
fn agree(request: Request, model: Model, step: &Step) -> (Request, Model) {
    let (from, at) = (request.state(step.at), step.at);
    match (request.clone().apply(step), model.next(step)) {
        (Ok(next), Some(want)) => {
            for later in [at, at + (24 * 3).hours(), at + (24 * 30).hours()] {
                assert_eq!(next.state(later), want.state_at(later), "{step:?}");
                assert_eq!(dues(&next, later), want.dues(later), "{step:?}");
                assert_eq!(next.is_in_force(later), want.is_in_force(later), "{step:?}");
            }
            (next, want)
        }
        (Err(refused), None) => {
            assert_eq!(refused.state, from);
            assert!(refused.to_string().len() > 20);
            (request, model)
        }
        (got, want) => panic!("{step:?} from {request:?}: {got:?} instead of {want:?}"),
    }
}

proptest! {
    #[test]
    fn the_code_says_what_the_table_says(drawn in drawn()) {
        let (mut request, mut model) = (Request::submitted(), Model::submitted());
        let mut at = start();
        for Drawn { pick, guided, days, due } in drawn {
            at += (24 * days).hours();
            let due = due.map(|(days, provisional)| Deadline {
                date: local_date(at) + days.days(),
                provisional,
            });
            let steps = tried(&model, at, due, guided);
            if !steps.is_empty() {
                (request, model) = agree(request, model, pick.get(&steps));
            }
        }
    }
}

#[test]
fn every_row_of_the_table_can_be_walked() {
    let named = |from: State, kind: K, by: P| format!("{kind:?} from {from} by {by}");
    let mut open = BTreeSet::new();
    for (states, kind, parties, _) in TABLE {
        for from in *states {
            open.extend(parties.iter().map(|by| named(*from, *kind, *by)));
        }
    }
    // Whoever supplemented was asked, and nobody is asked twice.
    assert!(open.remove(&named(State::Supplemented, K::AskSupplement, P::Provider)));
    // Few walks come so far: `a_decided_answer_is_due_after_the_end_of_the_period` does.
    for answer in [K::Amend, K::DeclineAmendment] {
        assert!(open.remove(&named(State::Lapsed, answer, P::Provider)));
    }
    // Knuth's linear congruential generator: the same walks every time.
    let mut seed = 1_u64;
    let mut draw = move |most: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % most
    };
    for _ in 0..3_000 {
        let (mut request, mut model, mut at) = (Request::submitted(), Model::submitted(), start());
        for _ in 0..40 {
            // Now and then long enough for a deadline to pass.
            let most = if draw(4) == 0 { 40 } else { 6 };
            at += (24 * i64::try_from(draw(most)).unwrap()).hours();
            let due = Some(Deadline {
                date: local_date(at) + i64::try_from(draw(9)).unwrap().days(),
                provisional: draw(2) == 0,
            });
            let guided = if draw(8) == 0 { 1 } else { 2 };
            let steps = tried(&model, at, due, guided);
            if steps.is_empty() {
                break;
            }
            let step = &steps[draw(steps.len())];
            open.remove(&named(model.state_at(at), step.mv.kind(), step.party));
            (request, model) = agree(request, model, step);
        }
        if open.is_empty() {
            return;
        }
    }
    panic!("never walked: {open:?}");
}

#[test]
fn a_grant_lapses_by_the_clock_and_then_only_its_closing_moves_it() {
    let at = start();
    let request = Request::submitted()
        .apply(&step(P::Coordinator, at, make(K::Route, at)))
        .and_then(|r| r.apply(&step(P::Provider, at, make(K::Grant, at))))
        .unwrap();
    let later = at + 24.hours() * 20;
    assert_eq!(request.state(later - 1.second()), State::Granted);
    assert_eq!(request.state(later), State::Lapsed);
    assert!(request.is_in_force(later - 1.second()) && !request.is_in_force(later));
    let offer = step(P::Provider, later, make(K::Offer, later));
    let refused = request.clone().apply(&offer).unwrap_err();
    assert_eq!((refused.state, refused.why), (State::Lapsed, None));
    let close = step(P::Consumer, later, make(K::Close, later));
    assert_eq!(request.apply(&close).unwrap().state(later), State::Closed);
}

/// Makes a step of this party, with any actor.
fn step(party: P, at: Timestamp, mv: Move) -> Step {
    let actor = Principal::Coordinator.into();
    Step {
        party,
        actor,
        at,
        mv,
        due: None,
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
            scenario: "月度更新".to_owned(),
            scope: "全部".to_owned(),
            manner: ShareManner::File,
            period_days: 30,
            department: None,
            part: None,
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
