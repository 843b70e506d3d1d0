//! Requests: submissions, moves and states.

use std::collections::BTreeMap;

use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::ShareClass;
use chengji_domain::request::{
    Grant, Move, Party, RejectReason, RequestId, State, Step, Submission,
};
use chengji_domain::{Error, ResourceRef};
use chengji_messages::msg;
use jiff::Timestamp;
use prost::Message;

use super::actor::{actor_from, actor_to, department_code_from, department_code_to};
use super::catalogue::{share_class_from, share_class_to, share_manner_from, share_manner_to};
use super::grant_terms::{grant_terms_from, grant_terms_to};
use super::problem::{problem_from, problem_to};
use super::{date_from, invalid, missing, time_from, time_to};
use crate::v1;

/// Maximum length of an encoded submission or move, or of the reason for a stop, in bytes: more than
/// admission accepts. With it and the bounds on actors and steps, what a city can add to a request's record
/// is bounded.
const MAX_BYTES: usize = 16 * 1024;

/// Converts a submission of at most 16 KiB from the wire; checks its structure alone. Its validity is checked
/// once, on admission, by [`Submission::check`].
pub fn submission_from(wire: Option<&v1::Submission>) -> Result<Submission, Error> {
    let wire = wire.ok_or_else(|| missing("submission"))?;
    bounded("submission", wire.encoded_len())?;
    Ok(Submission {
        resource: ResourceRef {
            city: wire.provider.parse()?,
            code: wire.code.parse()?,
        },
        purpose: wire.purpose.clone(),
        legal_basis: wire.legal_basis.clone(),
        scope: wire.scope.clone(),
        manner: share_manner_from(wire.manner()).ok_or_else(|| missing("manner"))?,
        period_days: wire.period_days,
        department: department_code_from(&wire.department)?,
    })
}

/// Refuses a part that is larger than admission accepts.
pub(super) fn bounded(field: &str, bytes: usize) -> Result<(), Error> {
    if bytes <= MAX_BYTES {
        return Ok(());
    }
    let most = MAX_BYTES;
    Err(invalid(field, msg::WireTooLarge { bytes, most }))
}

/// Converts a submission to the wire.
pub fn submission_to(submission: &Submission) -> v1::Submission {
    v1::Submission {
        provider: submission.resource.city.to_string(),
        code: submission.resource.code.to_string(),
        purpose: submission.purpose.clone(),
        legal_basis: submission.legal_basis.clone(),
        scope: submission.scope.clone(),
        manner: share_manner_to(submission.manner).into(),
        period_days: submission.period_days,
        department: department_code_to(submission.department),
    }
}

/// Converts a move of at most 16 KiB from the wire; checks its structure alone. Its validity is checked once,
/// on admission, by [`Move::check`].
pub fn move_from(wire: Option<&v1::Move>) -> Result<Move, Error> {
    use v1::r#move::Move as Wire;
    let whole = wire.ok_or_else(|| missing("move"))?;
    bounded("move", whole.encoded_len())?;
    let wire = whole.r#move.as_ref().ok_or_else(|| missing("move"))?;
    Ok(match wire.clone() {
        Wire::Route(route) => Move::Route {
            share_class: class_from(route.share_class())?,
            revision: route.revision,
            deadline: deadline_from(&route.deadline, route.provisional)?,
        },
        Wire::Reject(reject) => Move::Reject {
            reason: reject_reason_from(reject.reason())?,
            problem: problem_from(reject.problem.as_ref())?,
        },
        Wire::AskSupplement(ask) => Move::AskSupplement {
            missing: ask.missing,
        },
        Wire::Supplement(supplement) => Move::Supplement {
            text: supplement.text,
        },
        Wire::Extend(extend) => Move::Extend {
            reason: extend.reason,
            deadline: deadline_from(&extend.deadline, extend.provisional)?,
        },
        Wire::Grant(grant) => Move::Grant(Grant {
            terms: grant_terms_from(grant.terms.as_ref())?,
            scope: grant.scope,
            conditions: grant.conditions,
            automatic: grant.automatic,
        }),
        Wire::Refuse(refuse) => Move::Refuse {
            reason: refuse.reason,
            legal_basis: refuse.legal_basis,
        },
        Wire::Withdraw(withdraw) => Move::Withdraw {
            reason: withdraw.reason,
        },
        Wire::Dispute(dispute) => Move::Dispute {
            reason: dispute.reason,
        },
        Wire::Uphold(uphold) => Move::Uphold {
            reason: uphold.reason,
        },
        Wire::Remand(remand) => Move::Remand {
            reason: remand.reason,
            deadline: deadline_from(&remand.deadline, remand.provisional)?,
        },
        Wire::Close(close) => Move::Close {
            statement: close.statement,
        },
    })
}

/// Converts a move to the wire.
pub fn move_to(mv: &Move) -> v1::Move {
    use v1::r#move::Move as Wire;
    let wire = match mv.clone() {
        Move::Route {
            share_class,
            revision,
            deadline,
        } => Wire::Route(v1::Route {
            share_class: share_class_to(share_class).into(),
            revision,
            deadline: deadline.date.to_string(),
            provisional: deadline.provisional,
        }),
        Move::Reject { reason, problem } => Wire::Reject(v1::Reject {
            reason: reject_reason_to(reason).into(),
            problem: Some(problem_to(&problem)),
        }),
        Move::AskSupplement { missing } => Wire::AskSupplement(v1::AskSupplement { missing }),
        Move::Supplement { text } => Wire::Supplement(v1::Supplement { text }),
        Move::Extend { reason, deadline } => Wire::Extend(v1::Extend {
            reason,
            deadline: deadline.date.to_string(),
            provisional: deadline.provisional,
        }),
        Move::Grant(grant) => Wire::Grant(grant_to(&grant)),
        Move::Refuse {
            reason,
            legal_basis,
        } => Wire::Refuse(v1::Refuse {
            reason,
            legal_basis,
        }),
        Move::Withdraw { reason } => Wire::Withdraw(v1::Withdraw { reason }),
        Move::Dispute { reason } => Wire::Dispute(v1::Dispute { reason }),
        Move::Uphold { reason } => Wire::Uphold(v1::Uphold { reason }),
        Move::Remand { reason, deadline } => Wire::Remand(v1::Remand {
            reason,
            deadline: deadline.date.to_string(),
            provisional: deadline.provisional,
        }),
        Move::Close { statement } => Wire::Close(v1::Close { statement }),
    };
    v1::Move { r#move: Some(wire) }
}

/// Converts a grant to the wire.
pub fn grant_to(grant: &Grant) -> v1::Grant {
    v1::Grant {
        scope: grant.scope.clone(),
        conditions: grant.conditions.clone(),
        terms: Some(grant_terms_to(&grant.terms)),
        automatic: grant.automatic,
    }
}

/// Converts a step from the wire.
pub fn step_from(wire: Option<&v1::Step>) -> Result<Step, Error> {
    let wire = wire.ok_or_else(|| missing("step"))?;
    let party = match wire.party() {
        v1::Party::Unspecified => return Err(missing("party")),
        v1::Party::Consumer => Party::Consumer,
        v1::Party::Provider => Party::Provider,
        v1::Party::Coordinator => Party::Coordinator,
    };
    let at = time_from(wire.at.as_ref(), "at")?;
    Ok(Step {
        party,
        actor: actor_from(wire.actor.as_ref())?,
        at,
        mv: move_from(wire.r#move.as_ref())?,
    })
}

/// Converts a step to the wire.
pub fn step_to(step: &Step) -> v1::Step {
    let party = match step.party {
        Party::Consumer => v1::Party::Consumer,
        Party::Provider => v1::Party::Provider,
        Party::Coordinator => v1::Party::Coordinator,
    };
    v1::Step {
        party: party.into(),
        at: Some(time_to(step.at)),
        r#move: Some(move_to(&step.mv)),
        arrived_at: None,
        actor: Some(actor_to(&step.actor)),
    }
}

/// Converts steps to the wire, with the arrival times of backdated ones, by their index.
pub fn steps_to(steps: &[Step], backdated: &BTreeMap<usize, Timestamp>) -> Vec<v1::Step> {
    let steps = steps.iter().enumerate();
    steps
        .map(|(place, step)| v1::Step {
            arrived_at: backdated.get(&place).copied().map(time_to),
            ..step_to(step)
        })
        .collect()
}

/// Parses a request's number.
pub(super) fn id_from(text: &str) -> Result<RequestId, Error> {
    text.parse()
}

/// Converts a state to the wire.
pub fn state_to(state: State) -> v1::RequestState {
    match state {
        State::Submitted => v1::RequestState::Submitted,
        State::Routed => v1::RequestState::Routed,
        State::Incomplete => v1::RequestState::Incomplete,
        State::Supplemented => v1::RequestState::Supplemented,
        State::Granted => v1::RequestState::Granted,
        State::Refused => v1::RequestState::Refused,
        State::Rejected => v1::RequestState::Rejected,
        State::Withdrawn => v1::RequestState::Withdrawn,
        State::Disputed => v1::RequestState::Disputed,
        State::Revoked => v1::RequestState::Revoked,
        State::Lapsed => v1::RequestState::Lapsed,
        State::Closed => v1::RequestState::Closed,
        State::Suspended => v1::RequestState::Suspended,
    }
}

/// Converts a state from the wire; `None` if it is unspecified.
pub fn state_from(state: v1::RequestState) -> Option<State> {
    Some(match state {
        v1::RequestState::Unspecified => return None,
        v1::RequestState::Submitted => State::Submitted,
        v1::RequestState::Routed => State::Routed,
        v1::RequestState::Incomplete => State::Incomplete,
        v1::RequestState::Supplemented => State::Supplemented,
        v1::RequestState::Granted => State::Granted,
        v1::RequestState::Refused => State::Refused,
        v1::RequestState::Rejected => State::Rejected,
        v1::RequestState::Withdrawn => State::Withdrawn,
        v1::RequestState::Disputed => State::Disputed,
        v1::RequestState::Revoked => State::Revoked,
        v1::RequestState::Lapsed => State::Lapsed,
        v1::RequestState::Closed => State::Closed,
        v1::RequestState::Suspended => State::Suspended,
    })
}

/// Converts a deadline from the wire.
pub fn deadline_from(date: &str, provisional: bool) -> Result<Deadline, Error> {
    let date = date_from(date, "deadline")?;
    Ok(Deadline { date, provisional })
}

fn class_from(class: v1::ShareClass) -> Result<ShareClass, Error> {
    share_class_from(class).ok_or_else(|| missing("share_class"))
}

fn reject_reason_from(reason: v1::RejectReason) -> Result<RejectReason, Error> {
    match reason {
        v1::RejectReason::Unspecified => Err(missing("reason")),
        v1::RejectReason::NotAMember => Ok(RejectReason::NotAMember),
        v1::RejectReason::NoSuchResource => Ok(RejectReason::NoSuchResource),
        v1::RejectReason::NotShared => Ok(RejectReason::NotShared),
        v1::RejectReason::OwnResource => Ok(RejectReason::OwnResource),
        v1::RejectReason::DatedAhead => Ok(RejectReason::DatedAhead),
    }
}

fn reject_reason_to(reason: RejectReason) -> v1::RejectReason {
    match reason {
        RejectReason::NotAMember => v1::RejectReason::NotAMember,
        RejectReason::NoSuchResource => v1::RejectReason::NoSuchResource,
        RejectReason::NotShared => v1::RejectReason::NotShared,
        RejectReason::OwnResource => v1::RejectReason::OwnResource,
        RejectReason::DatedAhead => v1::RejectReason::DatedAhead,
    }
}
