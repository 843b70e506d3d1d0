//! The record of a request: the history in its order, and related records.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chengji_messages::msg;
use jiff::Timestamp;

use super::{Due, DueAct, Move, OutOfTurn, Party, Request, RequestHistory, State, Step};
use crate::calendar::Deadline;
use crate::city::CityCode;
use crate::error::{Error, ErrorCode};
use crate::origin::Origin;
use crate::problem::Problem;
use crate::stop::{StopCause, Stops};

/// A program's record of a request: the history in the coordinator's order, and related records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRecord {
    /// The history as ordered by the coordinator.
    pub history: RequestHistory,
    /// On a node: own moves that are not yet ordered, with their position in the node's log.
    pub pending: Vec<(Origin, Step)>,
    /// Moves that the coordinator refused, with the reasons.
    pub refused: Vec<RefusedMove>,
    /// Reminders, oldest first.
    pub reminders: Vec<Reminder>,
    /// Times of arrival at the coordinator of the history's backdated moves, by their index in it.
    pub backdated: BTreeMap<usize, Timestamp>,
    /// The provider's acts on deliveries, independent of the ordered history.
    pub stops: Stops,
    /// At the consumer's node: the provider's last refusal to deliver under a grant that is in
    /// force according to the coordinator.
    pub provider_refusal: Option<ProviderRefusal>,
}

/// A provider's refusal of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderRefusal {
    /// Time of the refusal.
    pub at: Timestamp,
    /// The provider's reason.
    pub problem: Problem,
}

/// A move that the coordinator refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedMove {
    /// The move.
    pub step: Step,
    /// The reason for the refusal.
    pub problem: Problem,
    /// True if a person of the city that made the move has acknowledged it.
    pub acknowledged: bool,
}

/// A reminder or overdue notice from the coordinator about a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// Time of the reminder.
    pub at: Timestamp,
    /// The act that is due.
    pub act: DueAct,
    /// The deadline.
    pub deadline: Deadline,
    /// True if it had passed.
    pub overdue: bool,
}

impl RequestRecord {
    /// Creates the record of a new request.
    pub fn new(history: RequestHistory) -> Self {
        Self {
            history,
            pending: Vec::new(),
            refused: Vec::new(),
            reminders: Vec::new(),
            backdated: BTreeMap::new(),
            stops: Stops::default(),
            provider_refusal: None,
        }
    }

    /// Adds the next move of the order, with its time of arrival if it is backdated.
    pub fn order(&mut self, step: Step, arrived_at: Option<Timestamp>) -> Result<(), Error> {
        let place = self.history.steps.len();
        self.history.add(step)?;
        self.backdated.extend(arrived_at.map(|at| (place, at)));
        Ok(())
    }

    /// Returns the state for display: that of the effective history, unless a stop overrides it.
    pub fn shown_state(&self, at: Timestamp) -> Result<State, Error> {
        let request = folded(&self.with_pending())?;
        Ok(self.stops.shown(request.state(at)))
    }

    /// Returns what the parties owe at this time, with the last days: by the effective history, and by an
    /// incident stop in force.
    ///
    /// # Errors
    /// `STORAGE_DAMAGED` if a recorded move is out of turn.
    pub fn dues(&self, at: Timestamp) -> Result<Vec<Due>, Error> {
        let history = self.with_pending();
        let request = folded(&history)?;
        let mut dues = request.dues(at);
        dues.extend(self.incident_due(&history, &request, at));
        Ok(dues)
    }

    /// The provider follows an incident stop up by a suspension or by a consultation about the end or a change of
    /// the grant, unless it lifts the stop.
    fn incident_due(
        &self,
        history: &RequestHistory,
        request: &Request,
        at: Timestamp,
    ) -> Option<Due> {
        let is_followed = request.state(at) != State::Granted || request.consultation().is_some();
        let stop = self.stops.in_force();
        let (stop, _) = stop.filter(|(_, cause)| *cause == StopCause::Incident && !is_followed)?;
        let moved = history.steps.iter().filter_map(|step| match step.mv {
            Move::MoveDeadline {
                act: DueAct::Incident,
                deadline,
            } => Some(deadline),
            _ => None,
        });
        // Deadlines of incidents before this one are earlier.
        let deadline = std::iter::once(stop.due?).chain(moved);
        DueAct::Incident.by(deadline.max_by_key(|deadline| deadline.date))
    }

    /// Returns the reasons that the request needs a person's attention at the node of this city.
    pub fn attention(&self, city: CityCode) -> Vec<Attention> {
        let Some(party) = self.history.party_of(city) else {
            return Vec::new();
        };
        let own_refused =
            |refused: &RefusedMove| refused.step.party == party && !refused.acknowledged;
        let stop = self.stops.in_force();
        let restored = stop.is_some_and(|(_, cause)| cause == StopCause::Restored);
        [
            (self.refused.iter().any(own_refused), Attention::MoveRefused),
            (party == Party::Provider && restored, Attention::Restored),
            (self.provider_refusal.is_some(), Attention::ProviderRefuses),
        ]
        .into_iter()
        .filter_map(|(asks, attention)| asks.then_some(attention))
        .collect()
    }

    /// Returns the history with the pending moves, which apply until the coordinator decides on them;
    /// those overtaken by its order are left out.
    pub fn effective(&self) -> RequestHistory {
        self.with_pending().into_owned()
    }

    fn with_pending(&self) -> Cow<'_, RequestHistory> {
        let mut history = Cow::Borrowed(&self.history);
        for (_, step) in &self.pending {
            // One that is out of turn leaves the history as it is.
            let _ = history.to_mut().add(step.clone());
        }
        history
    }

    /// Returns true if the record contains only the city's own submission and moves.
    pub fn is_bare(&self) -> bool {
        self.history.steps.is_empty()
            && self.refused.is_empty()
            && self.reminders.is_empty()
            && self.stops.acts().is_empty()
    }

    /// Removes all data from the coordinator.
    pub fn strip(&mut self) {
        self.history.steps.clear();
        self.backdated.clear();
        self.refused.clear();
        self.reminders.clear();
        self.stops = Stops::default();
    }

    /// Returns the history with the pending moves, and its fold.
    ///
    /// # Errors
    /// `STORAGE_DAMAGED` if a recorded move is out of turn.
    pub fn folded(&self) -> Result<(RequestHistory, Request), Error> {
        let history = self.effective();
        let request = folded(&history)?;
        Ok((history, request))
    }

    /// Returns the time of the provider's answer, if it was after its deadline.
    ///
    /// # Errors
    /// `STORAGE_DAMAGED` if a recorded move is out of turn.
    pub fn answered_late(&self) -> Result<Option<Timestamp>, Error> {
        let history = self.with_pending();
        history
            .answered_late()
            .map_err(|out_of_turn| damaged(&history, &out_of_turn))
    }
}

/// A reason that a request needs a person's attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    /// The coordinator refused a move of this city, which nobody has acknowledged yet.
    MoveRefused,
    /// Provider: a grant known to the coordinator is missing in this city's restored log.
    Restored,
    /// Consumer: the provider refuses deliveries that are granted according to the coordinator.
    ProviderRefuses,
}

fn folded(history: &RequestHistory) -> Result<Request, Error> {
    history
        .state()
        .map_err(|out_of_turn| damaged(history, &out_of_turn))
}

/// The error of a record with a move that is out of turn.
pub(crate) fn damaged(history: &RequestHistory, out_of_turn: &OutOfTurn) -> Error {
    let message = msg::RequestMoveDamaged {
        cause: out_of_turn.message(),
        id: history.id,
    };
    Error::new(ErrorCode::StorageDamaged, message)
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
