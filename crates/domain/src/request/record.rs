//! The record of a request: the history in its order, and related records.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chengji_messages::msg;
use jiff::Timestamp;

use super::{
    AwaitedApproval, Due, DueAct, Move, OutOfTurn, Party, Request, RequestHistory, State, Step,
};
use crate::calendar::Deadline;
use crate::city::CityCode;
use crate::error::{Error, ErrorCode};
use crate::origin::Origin;
use crate::problem::Problem;
use crate::roster::is_before;
use crate::stop::{RecordedAct, StopAct, StopCause, Stops};

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
    /// At the coordinator: reminders that became due and were not given, because a city had left the cluster.
    pub withheld: Vec<Reminder>,
    /// Times of arrival at the coordinator of the history's backdated moves, by their index in it.
    pub backdated: BTreeMap<usize, Timestamp>,
    /// The provider's acts on deliveries, independent of the ordered history.
    pub stops: Stops,
    /// At the consumer's node: the provider's last refusal to deliver under a grant that is in
    /// force according to the coordinator.
    pub provider_refusal: Option<ProviderRefusal>,
    /// On a node: position in its log of the last own move that the coordinator has decided on.
    pub decided: Option<Origin>,
    /// The wait for an approval before the request is routed; kept when it is over.
    pub awaited: Option<AwaitedApproval>,
    /// At the provider's node: the entry of the running grant was bound to a region later, and the consumer is outside.
    pub outside_region: bool,
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
            withheld: Vec::new(),
            backdated: BTreeMap::new(),
            stops: Stops::default(),
            provider_refusal: None,
            decided: None,
            awaited: None,
            outside_region: false,
        }
    }

    /// Notes that the coordinator has decided on the own move at this position, so that it is pending no longer.
    /// Returns false if it has decided on a later one before: moves are decided in the order of the log that contains
    /// them.
    pub fn decide(&mut self, origin: Origin) -> bool {
        self.pending.retain(|(pending, _)| *pending != origin);
        if (self.decided).is_some_and(|last| is_before(origin, last)) {
            return false;
        }
        self.decided = Some(origin);
        true
    }

    /// Returns true if the reminder of a due act before its deadline, or the notice after it, was given or withheld.
    pub fn is_reminded(&self, act: DueAct, deadline: Deadline, overdue: bool) -> bool {
        self.reminders.iter().chain(&self.withheld).any(|reminder| {
            reminder.act == act && reminder.deadline == deadline && reminder.overdue == overdue
        })
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

    /// Returns what the parties owe at this time, with the last days: by the effective history, by an incident stop in
    /// force, and by the wait for an approval.
    ///
    /// # Errors
    /// `STORAGE_DAMAGED` if a recorded move is out of turn.
    pub fn dues(&self, at: Timestamp) -> Result<Vec<Due>, Error> {
        let history = self.with_pending();
        let request = folded(&history)?;
        Ok(self.dues_of(&history, &request, at))
    }

    /// Returns the dues as [`Self::dues`] does, of the history with the pending moves and its fold.
    pub fn dues_of(&self, history: &RequestHistory, request: &Request, at: Timestamp) -> Vec<Due> {
        let mut dues = request.dues(at);
        dues.extend(self.incident_due(history, request, at));
        let awaited = self.awaited.filter(|_| history.steps.is_empty());
        dues.extend(DueAct::Approval.by(awaited.map(|awaited| awaited.deadline)));
        dues
    }

    /// Returns the end of the period of the running grant, as [`Request::runs_until`] does: by the order or by the own
    /// moves that are to be ordered, whichever is later, since one that ends or shortens the grant may be refused. A
    /// damaged record has none.
    pub fn runs_until(&self) -> Option<Timestamp> {
        let until = |history: &RequestHistory| history.state().ok()?.runs_until();
        match self.pending.is_empty() {
            true => until(&self.history),
            false => until(&self.history).max(until(&self.with_pending())),
        }
    }

    /// Returns the wait for the approval of the common superior authority, while it lasts.
    pub fn awaited_approval(&self) -> Option<AwaitedApproval> {
        self.awaited
            .filter(|_| self.with_pending().steps.is_empty())
    }

    /// The provider follows each incident stop up by a suspension or by a consultation about the end or a change of
    /// the grant after it, unless it lifts the stop. Of several, the first day counts.
    fn incident_due(
        &self,
        history: &RequestHistory,
        request: &Request,
        at: Timestamp,
    ) -> Option<Due> {
        let (_, cause) = self.stops.in_force()?;
        if cause != StopCause::Incident || request.state(at) != State::Granted {
            return None;
        }
        let consulted_at = request.consultation().map(|open| open.asked_at);
        let acts = self.stops.acts().iter().rev();
        let in_force = acts.take_while(|act| matches!(act.act, StopAct::Stopped { .. }));
        let open = in_force.filter(|stop| {
            is_incident(stop) && consulted_at.is_none_or(|consulted| consulted < stop.at)
        });
        let deadlines = open.filter_map(|stop| incident_deadline(history, stop));
        DueAct::Incident.by(deadlines.min_by_key(|deadline| deadline.date))
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
            (
                party == Party::Provider && self.outside_region,
                Attention::OutsideRegion,
            ),
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
            && self.withheld.is_empty()
            && self.stops.acts().is_empty()
            && self.awaited.is_none()
    }

    /// Removes all data from the coordinator.
    pub fn strip(&mut self) {
        self.history.steps.clear();
        self.decided = None;
        self.backdated.clear();
        self.refused.clear();
        self.reminders.clear();
        self.withheld.clear();
        self.stops = Stops::default();
        self.awaited = None;
    }

    /// Returns the history with the pending moves, and its fold. Without pending moves it is not copied.
    ///
    /// # Errors
    /// `STORAGE_DAMAGED` if a recorded move is out of turn.
    pub fn folded(&self) -> Result<(Cow<'_, RequestHistory>, Request), Error> {
        let history = self.with_pending();
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
    /// Provider: the consumer of a running grant is outside the region to which the entry was bound later.
    OutsideRegion,
}

fn is_incident(act: &RecordedAct) -> bool {
    matches!(
        act.act,
        StopAct::Stopped {
            cause: StopCause::Incident,
            ..
        }
    )
}

/// The last day to follow a stop up, as the notices since have moved it. Those before moved the day of an earlier stop.
fn incident_deadline(history: &RequestHistory, stop: &RecordedAct) -> Option<Deadline> {
    let since = history.steps.iter().filter(|step| step.at >= stop.at);
    let moved = since.filter_map(|step| match step.mv {
        Move::MoveDeadline {
            act: DueAct::Incident,
            deadline,
        } => Some(deadline),
        _ => None,
    });
    let mut due = stop.due?;
    for later in moved {
        if due.provisional && later.date > due.date {
            due = later;
        }
    }
    Some(due)
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
