//! Compares the states with the table of moves: every move, by every party, from every state that random sequences of
//! moves reach.

use proptest::prelude::*;

use super::MatterMoveKind as M;
use super::MatterState as S;
use super::*;
use crate::principal::Principal;
use crate::request::Party as P;

const PARTIES: [P; 3] = [P::Consumer, P::Provider, P::Coordinator];

/// The table: kind of the matter, state, move, party, next state.
const TABLE: [(MatterKind, S, M, P, S); 28] = {
    use MatterKind::{Correction as C, Demand as D};
    [
        (C, S::Filed, M::Assign, P::Coordinator, S::Assigned),
        (C, S::Filed, M::Reject, P::Coordinator, S::Rejected),
        (C, S::Filed, M::Withdraw, P::Consumer, S::Withdrawn),
        (C, S::Assigned, M::Accept, P::Provider, S::Accepted),
        (C, S::Assigned, M::Decline, P::Provider, S::Declined),
        (C, S::Assigned, M::Withdraw, P::Consumer, S::Withdrawn),
        (C, S::Assigned, M::Reject, P::Coordinator, S::Rejected),
        (C, S::Accepted, M::Reject, P::Coordinator, S::Rejected),
        (C, S::Accepted, M::Correct, P::Provider, S::Corrected),
        (D, S::Filed, M::Open, P::Coordinator, S::Open),
        (D, S::Filed, M::Reject, P::Coordinator, S::Rejected),
        (D, S::Filed, M::Withdraw, P::Consumer, S::Withdrawn),
        (D, S::Open, M::Assign, P::Coordinator, S::Assigned),
        (D, S::Open, M::Withdraw, P::Consumer, S::Withdrawn),
        (D, S::Open, M::Reject, P::Coordinator, S::Rejected),
        (D, S::Assigned, M::Open, P::Coordinator, S::Open),
        (D, S::Assigned, M::Reject, P::Coordinator, S::Rejected),
        (D, S::Assigned, M::Assign, P::Coordinator, S::Assigned),
        (D, S::Assigned, M::Supply, P::Provider, S::Answered),
        (D, S::Assigned, M::Decline, P::Provider, S::Declined),
        (D, S::Assigned, M::Withdraw, P::Consumer, S::Withdrawn),
        (D, S::Answered, M::Deliver, P::Coordinator, S::Delivered),
        (D, S::Answered, M::Close, P::Consumer, S::Closed),
        (D, S::Answered, M::Open, P::Coordinator, S::Open),
        (D, S::Answered, M::Reject, P::Coordinator, S::Rejected),
        (D, S::Declined, M::Reject, P::Coordinator, S::Rejected),
        (D, S::Declined, M::Assign, P::Coordinator, S::Assigned),
        (D, S::Declined, M::Close, P::Consumer, S::Closed),
    ]
};

fn deadline(day: i8, provisional: bool) -> Deadline {
    Deadline {
        date: jiff::civil::date(2027, 1, day),
        provisional,
    }
}

fn text() -> String {
    "理由".to_owned()
}

/// A move of this kind; the day is that of a deadline.
fn make(kind: M, day: i8, provisional: bool) -> MatterMove {
    let resource = || ResourceRef {
        city: "430200".parse().unwrap(),
        code: "103001000001".parse().unwrap(),
    };
    match kind {
        M::Open => MatterMove::Open,
        M::Assign => MatterMove::Assign {
            city: "430200".parse().unwrap(),
            department: None,
            deadline: deadline(day, provisional),
        },
        M::Reject => MatterMove::Reject {
            problem: Problem::new(ErrorCode::NotFound, msg::Text { text: "unknown" }),
        },
        M::Accept => MatterMove::Accept {
            note: String::new(),
        },
        M::Correct => MatterMove::Correct {
            revision: 2,
            content: None,
            note: String::new(),
        },
        M::Supply => MatterMove::Supply {
            resource: resource(),
            is_new: true,
            note: String::new(),
        },
        M::Decline => MatterMove::Decline {
            reason: text(),
            legal_basis: String::new(),
        },
        M::Withdraw => MatterMove::Withdraw { reason: text() },
        M::Close => MatterMove::Close { statement: text() },
        M::Deliver => MatterMove::Deliver {
            request: "430100-1-8-AAAAAAAAAAAAA".parse().unwrap(),
        },
        M::MoveDeadline => MatterMove::MoveDeadline {
            deadline: deadline(day, provisional),
        },
    }
}

fn step(party: P, mv: MatterMove) -> MatterStep {
    MatterStep {
        party,
        actor: Principal::Coordinator.into(),
        at: Timestamp::UNIX_EPOCH,
        mv,
    }
}

/// The state and deadline that the table gives after a move; `None` where it permits none.
fn expected(
    kind: MatterKind,
    (state, due): (S, Option<Deadline>),
    step: &MatterStep,
) -> Option<(S, Option<Deadline>)> {
    if let MatterMove::MoveDeadline { deadline } = &step.mv {
        let old = due?;
        let is_later = old.provisional && deadline.date > old.date;
        return (step.party == P::Coordinator && is_later).then_some((state, Some(*deadline)));
    }
    let mut rows = TABLE.iter();
    let row = rows.find(|(of, from, mv, party, _)| {
        (*of, *from, *mv, *party) == (kind, state, step.mv.kind(), step.party)
    })?;
    let due = match &step.mv {
        MatterMove::Assign { deadline, .. } => Some(*deadline),
        MatterMove::Accept { .. } => due,
        _ => None,
    };
    Some((row.4, due))
}

fn drawn() -> impl Strategy<Value = Vec<(prop::sample::Index, i8, bool)>> {
    let step = (any::<prop::sample::Index>(), 1i8..=28, any::<bool>());
    prop::collection::vec(step, 1..24)
}

proptest! {
    #[test]
    fn every_move_from_every_state_is_as_the_table_says(is_demand in any::<bool>(), drawn in drawn()) {
        let kind = if is_demand { MatterKind::Demand } else { MatterKind::Correction };
        let (mut matter, mut model) = (Matter::filed(kind), (S::Filed, None));
        for (pick, day, provisional) in drawn {
            let mut permitted = Vec::new();
            for mv in M::ALL {
                for party in PARTIES {
                    let step = step(party, make(mv, day, provisional));
                    let (next, due) = (matter.clone().apply(&step), expected(kind, model, &step));
                    let reached = next.as_ref().ok().map(|next| (next.state(), next.deadline()));
                    prop_assert_eq!(reached, due, "{:?} by {:?} in {:?}", mv, party, model);
                    if let Err(refused) = &next {
                        prop_assert_eq!((refused.of, refused.state), (kind, model.0));
                    }
                    permitted.extend(next.ok().zip(due));
                }
            }
            if permitted.is_empty() {
                prop_assert_eq!(model.0.turn(kind), None);
                break;
            }
            (matter, model) = pick.get(&permitted).clone();
        }
    }
}

#[test]
fn a_correction_is_never_extended() {
    let assigned = Matter::filed(MatterKind::Correction)
        .apply(&step(P::Coordinator, make(M::Assign, 8, false)))
        .unwrap();
    let later = step(P::Coordinator, make(M::MoveDeadline, 9, false));
    assert!(assigned.clone().apply(&later).is_err());
    let again = step(P::Coordinator, make(M::Assign, 9, false));
    assert!(assigned.apply(&again).is_err());
}

#[test]
fn the_record_keeps_the_last_refused_moves_and_a_bounded_number_of_moves() {
    let filing = Filing::Demand(DemandFiling {
        name: "停车泊位".to_owned(),
        fields: vec!["编号".to_owned()],
        purpose: text(),
        legal_basis: text(),
        cycle: UpdateCycle::Daily,
        department: None,
    });
    let id = "430100-1-9-AAAAAAAAAAAAA".parse().unwrap();
    let actor = Principal::Coordinator.into();
    let mut record = MatterRecord::new(id, filing, actor, Timestamp::UNIX_EPOCH);
    let open = step(P::Coordinator, MatterMove::Open);
    record.order(open).unwrap();
    let assign = step(P::Coordinator, make(M::Assign, 8, false));
    let error = loop {
        if let Err(error) = record.order(assign.clone()) {
            break error;
        }
    };
    assert_eq!(error.code(), ErrorCode::LimitExceeded);
    // The city that was assigned last answers nevertheless, and the demand ends.
    let answer = step(P::Provider, make(M::Supply, 8, false));
    record.order(answer).unwrap();
    let end = step(P::Coordinator, make(M::Deliver, 8, false));
    record.order(end).unwrap();
    assert!(record.steps.len() <= MatterRecord::MAX_STEPS);
    for day in 1..=5 {
        let problem = Problem::from(&error);
        let step = step(P::Provider, make(M::MoveDeadline, day, true));
        record.refuse(RefusedMatterMove { step, problem });
    }
    assert_eq!(record.refused.len(), 3);
}
