//! What a program keeps of a request, and how it is shown.

use std::collections::BTreeMap;

use chengji_domain::calendar::Deadline;
use chengji_domain::fact::Origin;
use chengji_domain::problem::Problem;
use chengji_domain::request::{Case, OutOfTurn, Party, Request, State, Step};
use chengji_domain::stop::{StopCause, Stops};
use chengji_domain::{CityCode, Error, ErrorCode};
use jiff::Timestamp;
use prost::Message;

use super::actor::{actor_from, actor_to};
use super::problem::{fact_problem_from, fact_problem_to};
use super::request::{
    deadline_from, grant_to, state_to, step_from, step_to, steps_to, submission_from, submission_to,
};
use super::stop::{origin_from, origin_to, stops_from, stops_to};
use super::{invalid, time_from, time_to};
use crate::v1;

/// What a program keeps of a request: the case in the coordinator's order, and what is around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRecord {
    /// The case as the coordinator has ordered it.
    pub case: Case,
    /// On a node: own moves that are not ordered yet, with their place in the node's log.
    pub pending: Vec<(Origin, Step)>,
    /// Moves that the coordinator refused, and why.
    pub refused: Vec<RefusedMove>,
    /// Reminders, oldest first.
    pub reminders: Vec<Reminder>,
    /// When the backdated moves of the case arrived at the coordinator, by their place in it.
    pub backdated: BTreeMap<usize, Timestamp>,
    /// The provider's acts on deliveries, beside the ordered case.
    pub stops: Stops,
    /// At the consumer's node: how the provider refused a delivery under a grant that the
    /// coordinator says stands.
    pub provider_refusal: Option<ProviderRefusal>,
}

/// How a provider refused a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderRefusal {
    /// When.
    pub at: Timestamp,
    /// Name of the error code.
    pub code: String,
    /// Its message.
    pub message: String,
}

/// A move that the coordinator refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedMove {
    /// The move.
    pub step: Step,
    /// Why.
    pub problem: Problem,
    /// Whether a person of the city that made it has taken note.
    pub acknowledged: bool,
}

/// That the coordinator reminded of a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// When.
    pub at: Timestamp,
    /// Of which.
    pub deadline: Deadline,
    /// Whether it had passed.
    pub overdue: bool,
}

impl RequestRecord {
    /// The record of a new case.
    pub fn new(case: Case) -> Self {
        Self {
            case,
            pending: Vec::new(),
            refused: Vec::new(),
            reminders: Vec::new(),
            backdated: BTreeMap::new(),
            stops: Stops::default(),
            provider_refusal: None,
        }
    }

    /// Adds the next move of the order, with its arrival where it is backdated.
    pub fn order(&mut self, step: Step, arrived_at: Option<Timestamp>) -> Result<(), Error> {
        let place = self.case.steps.len();
        self.case = self.case.clone().with(step)?;
        self.backdated.extend(arrived_at.map(|at| (place, at)));
        Ok(())
    }

    /// The state as people see it: that of the effective case, unless a stop stands in its way.
    pub fn shown_state(&self, at: Timestamp) -> Result<State, Error> {
        let request = folded(&self.effective())?;
        Ok(self.stops.shown(request.state(at)))
    }

    /// What asks for a person's attention at the node of this city.
    pub fn attention(&self, city: CityCode) -> Vec<v1::Attention> {
        let Some(party) = self.case.party_of(city) else {
            return Vec::new();
        };
        let own_refused =
            |refused: &RefusedMove| refused.step.party == party && !refused.acknowledged;
        let standing = self.stops.standing();
        let restored = standing.is_some_and(|(_, cause)| cause == StopCause::Restored);
        [
            (
                self.refused.iter().any(own_refused),
                v1::Attention::MoveRefused,
            ),
            (
                party == Party::Provider && restored,
                v1::Attention::Restored,
            ),
            (
                self.provider_refusal.is_some(),
                v1::Attention::ProviderRefuses,
            ),
        ]
        .into_iter()
        .filter_map(|(asks, attention)| asks.then_some(attention))
        .collect()
    }

    /// The case with the pending moves, which hold until the coordinator says otherwise; those that
    /// its order has overtaken are left out.
    pub fn effective(&self) -> Case {
        self.pending
            .iter()
            .fold(self.case.clone(), |case, (_, step)| {
                case.clone().with(step.clone()).unwrap_or(case)
            })
    }

    /// Whether nothing is known of the request but the city's own submission and moves.
    pub fn is_bare(&self) -> bool {
        self.case.steps.is_empty()
            && self.refused.is_empty()
            && self.reminders.is_empty()
            && self.stops.acts().is_empty()
    }

    /// Forgets everything the coordinator has said about the request.
    pub fn strip(&mut self) {
        self.case.steps.clear();
        self.backdated.clear();
        self.refused.clear();
        self.reminders.clear();
        self.stops = Stops::default();
    }

    /// The bytes that are stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        let pending = self.pending.iter();
        v1::RequestRecord {
            id: self.case.id.to_string(),
            submission: Some(submission_to(&self.case.submission)),
            submitted_by: Some(actor_to(&self.case.submitted_by)),
            submitted_at: Some(time_to(self.case.submitted_at)),
            steps: steps_to(&self.case.steps, &self.backdated),
            pending: pending
                .map(|(origin, step)| v1::PendingStep {
                    origin: Some(origin_to(*origin)),
                    step: Some(step_to(step)),
                })
                .collect(),
            refused_moves: self.refused.iter().map(refused_to).collect(),
            reminders: self.reminders.iter().map(reminder_to).collect(),
            stops: stops_to(&self.stops),
            provider_refusal: self.provider_refusal.as_ref().map(provider_refusal_to),
        }
        .encode_to_vec()
    }

    /// The record in stored bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::parse(bytes).map_err(|error| {
            Error::new(
                ErrorCode::StorageDamaged,
                format!("a stored request: {error}"),
            )
        })
    }

    fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let wire = v1::RequestRecord::decode(bytes).map_err(|e| invalid("record", e))?;
        let arrivals = wire.steps.iter().enumerate().filter_map(|(place, step)| {
            let at = step.arrived_at.as_ref()?;
            Some(time_from(Some(at), "arrived_at").map(|at| (place, at)))
        });
        let backdated = arrivals.collect::<Result<_, _>>()?;
        let case = Case {
            id: wire.id.parse()?,
            submission: submission_from(wire.submission.as_ref())?,
            submitted_by: actor_from(wire.submitted_by.as_ref())?,
            submitted_at: time_from(wire.submitted_at.as_ref(), "submitted_at")?,
            steps: wire
                .steps
                .iter()
                .map(|s| step_from(Some(s)))
                .collect::<Result<_, _>>()?,
        };
        let pending = wire.pending.iter();
        let refused = wire.refused_moves.iter().map(|refused| {
            let step = step_from(refused.step.as_ref())?;
            Ok::<_, Error>(RefusedMove {
                step,
                problem: fact_problem_from(refused.problem.as_ref())?,
                acknowledged: refused.acknowledged,
            })
        });
        let reminders = wire.reminders.iter().map(|reminder| {
            Ok::<_, Error>(Reminder {
                at: time_from(reminder.at.as_ref(), "at")?,
                deadline: deadline_from(&reminder.deadline, reminder.provisional)?,
                overdue: reminder.overdue,
            })
        });
        Ok(Self {
            case,
            pending: pending
                .map(|p| {
                    let origin = origin_from(p.origin.as_ref())?;
                    Ok::<_, Error>((origin, step_from(p.step.as_ref())?))
                })
                .collect::<Result<_, _>>()?,
            refused: refused.collect::<Result<_, _>>()?,
            reminders: reminders.collect::<Result<_, _>>()?,
            backdated,
            stops: stops_from(&wire.stops)?,
            provider_refusal: wire
                .provider_refusal
                .as_ref()
                .map(provider_refusal_from)
                .transpose()?,
        })
    }
}

fn folded(case: &Case) -> Result<Request, Error> {
    case.state()
        .map_err(|out_of_turn| damaged(case, &out_of_turn))
}

fn damaged(case: &Case, out_of_turn: &OutOfTurn) -> Error {
    let message = format!(
        "request {}: a stored move is out of turn: {out_of_turn}",
        case.id
    );
    Error::new(ErrorCode::StorageDamaged, message)
}

/// The request as it is shown at this time, at the node of this city or at the coordinator.
pub fn view(
    record: &RequestRecord,
    at: Timestamp,
    reader: Option<CityCode>,
) -> Result<v1::Request, Error> {
    let case = record.effective();
    let request = folded(&case)?;
    let answered_late = case
        .answered_late()
        .map_err(|out_of_turn| damaged(&case, &out_of_turn))?;
    let deadline = request.deadline();
    Ok(v1::Request {
        id: case.id.to_string(),
        consumer: case.consumer().to_string(),
        submission: Some(submission_to(&case.submission)),
        submitted_by: Some(actor_to(&case.submitted_by)),
        submitted_at: Some(time_to(case.submitted_at)),
        state: state_to(record.stops.shown(request.state(at))).into(),
        deadline: deadline
            .map(|deadline| deadline.date.to_string())
            .unwrap_or_default(),
        deadline_provisional: deadline.is_some_and(|deadline| deadline.provisional),
        overdue: request.is_overdue(at),
        answered_late: answered_late.map(time_to),
        grant: request.grant().map(grant_to),
        pending: u32::try_from(case.steps.len() - record.case.steps.len()).unwrap_or(u32::MAX),
        steps: steps_to(&case.steps, &record.backdated),
        refused_moves: record.refused.iter().map(refused_to).collect(),
        reminders: record.reminders.iter().map(reminder_to).collect(),
        stops: stops_to(&record.stops),
        provider_refusal: record.provider_refusal.as_ref().map(provider_refusal_to),
        attention: reader
            .map(|city| record.attention(city))
            .unwrap_or_default()
            .into_iter()
            .map(i32::from)
            .collect(),
    })
}

fn refused_to(refused: &RefusedMove) -> v1::RefusedMove {
    v1::RefusedMove {
        step: Some(step_to(&refused.step)),
        problem: Some(fact_problem_to(&refused.problem)),
        acknowledged: refused.acknowledged,
    }
}

fn provider_refusal_to(refusal: &ProviderRefusal) -> v1::ProviderRefusal {
    v1::ProviderRefusal {
        at: Some(time_to(refusal.at)),
        code: refusal.code.clone(),
        message: refusal.message.clone(),
    }
}

fn provider_refusal_from(wire: &v1::ProviderRefusal) -> Result<ProviderRefusal, Error> {
    Ok(ProviderRefusal {
        at: time_from(wire.at.as_ref(), "at")?,
        code: wire.code.clone(),
        message: wire.message.clone(),
    })
}

fn reminder_to(reminder: &Reminder) -> v1::Reminder {
    v1::Reminder {
        at: Some(time_to(reminder.at)),
        deadline: reminder.deadline.date.to_string(),
        overdue: reminder.overdue,
        provisional: reminder.deadline.provisional,
    }
}
