//! The record of a request: the case in its order, and what is around it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Case, OutOfTurn, Party, Request, State, Step};
use crate::calendar::Deadline;
use crate::city::CityCode;
use crate::error::{Error, ErrorCode};
use crate::origin::Origin;
use crate::problem::Problem;
use crate::stop::{StopCause, Stops};

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
    pub fn attention(&self, city: CityCode) -> Vec<Attention> {
        let Some(party) = self.case.party_of(city) else {
            return Vec::new();
        };
        let own_refused =
            |refused: &RefusedMove| refused.step.party == party && !refused.acknowledged;
        let standing = self.stops.standing();
        let restored = standing.is_some_and(|(_, cause)| cause == StopCause::Restored);
        [
            (self.refused.iter().any(own_refused), Attention::MoveRefused),
            (party == Party::Provider && restored, Attention::Restored),
            (self.provider_refusal.is_some(), Attention::ProviderRefuses),
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

    /// The case with the pending moves, folded.
    ///
    /// # Errors
    /// `STORAGE_DAMAGED` where a recorded move is out of turn.
    pub fn folded(&self) -> Result<(Case, Request), Error> {
        let case = self.effective();
        let request = folded(&case)?;
        Ok((case, request))
    }

    /// When the provider answered, where that was after its deadline.
    ///
    /// # Errors
    /// `STORAGE_DAMAGED` where a recorded move is out of turn.
    pub fn answered_late(&self) -> Result<Option<Timestamp>, Error> {
        let case = self.effective();
        case.answered_late()
            .map_err(|out_of_turn| damaged(&case, &out_of_turn))
    }
}

/// What asks for a person's attention in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    /// The coordinator refused a move of this city that nobody has acknowledged.
    MoveRefused,
    /// Provider: a grant known to the coordinator is missing in this city's restored log.
    Restored,
    /// Consumer: the provider refuses to deliver what the coordinator says is granted.
    ProviderRefuses,
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
