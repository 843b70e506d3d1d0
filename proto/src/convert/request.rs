//! Requests: submissions, steps and states.

use std::collections::BTreeMap;

use chengji_domain::request::{Party, RequestId, State, Step, Submission, WantedPart};
use chengji_domain::{Error, ResourceRef};
use jiff::Timestamp;
use prost::Message;

use super::actor::{actor_from, actor_to, department_code_from, department_code_to};
use super::catalogue::{share_manner_from, share_manner_to};
use super::deadline::{due_from, due_to};
use super::moves::{bounded, move_from, move_to};
use super::{missing, time_from, time_to};
use crate::v1;

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
        scenario: wire.scenario.clone(),
        scope: wire.scope.clone(),
        manner: share_manner_from(wire.manner()).ok_or_else(|| missing("manner"))?,
        period_days: wire.period_days,
        department: department_code_from(&wire.department)?,
        part: wire.part.as_ref().map(wanted_part_from).map(Box::new),
    })
}

fn wanted_part_from(wire: &v1::WantedPart) -> WantedPart {
    let masks = wire.masks.iter();
    let masks = masks.map(|mask| (mask.column.clone(), mask.mask.clone()));
    WantedPart {
        columns: wire.columns.clone(),
        condition: wire.condition.clone(),
        masks: masks.collect(),
        row_limit: wire.row_limit,
    }
}

/// Converts a submission to the wire.
pub fn submission_to(submission: &Submission) -> v1::Submission {
    v1::Submission {
        provider: submission.resource.city.to_string(),
        code: submission.resource.code.to_string(),
        purpose: submission.purpose.clone(),
        legal_basis: submission.legal_basis.clone(),
        scenario: submission.scenario.clone(),
        scope: submission.scope.clone(),
        manner: share_manner_to(submission.manner).into(),
        period_days: submission.period_days,
        department: department_code_to(submission.department),
        part: submission.part.as_deref().map(wanted_part_to),
    }
}

fn wanted_part_to(part: &WantedPart) -> v1::WantedPart {
    let masks = part.masks.iter();
    let masks = masks.map(|(column, mask)| v1::WantedMask {
        column: column.clone(),
        mask: mask.clone(),
    });
    v1::WantedPart {
        columns: part.columns.clone(),
        condition: part.condition.clone(),
        masks: masks.collect(),
        row_limit: part.row_limit,
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
        due: due_from(&wire.due, wire.due_provisional)?,
    })
}

/// Converts a step to the wire.
pub fn step_to(step: &Step) -> v1::Step {
    let party = match step.party {
        Party::Consumer => v1::Party::Consumer,
        Party::Provider => v1::Party::Provider,
        Party::Coordinator => v1::Party::Coordinator,
    };
    let (due, due_provisional) = due_to(step.due);
    v1::Step {
        party: party.into(),
        at: Some(time_to(step.at)),
        r#move: Some(move_to(&step.mv)),
        arrived_at: None,
        actor: Some(actor_to(&step.actor)),
        due,
        due_provisional,
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
        State::Terminated => v1::RequestState::Terminated,
        State::Referred => v1::RequestState::Referred,
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
        v1::RequestState::Terminated => State::Terminated,
        v1::RequestState::Referred => State::Referred,
    })
}
