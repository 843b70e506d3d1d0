//! Acts that rest during a dispute: those that the party which did not dispute still had time for. If the dispute is
//! taken back, that party has the time that was left; otherwise the disputing party could use that time up.
//!
//! The disposal of the data (Order 809, art. 27) is not postponed by a dispute of the consumer, nor by one that is open
//! when the period ends: the provider has the data and can deliver it again. It is postponed only by a dispute about
//! the period itself, such as one about an amendment that asks for a longer period.

use jiff::{Timestamp, ToSpan};

use super::{Next, Refusal, Request};
use crate::calendar::Deadline;
use crate::request::due::{Due, DueAct};
use crate::request::{Move, Party, Step};

/// By whom a dispute was raised, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Raised {
    pub(super) by: Party,
    pub(super) at: Timestamp,
}

impl Raised {
    pub(super) fn of(step: &Step) -> Self {
        let (by, at) = (step.party, step.at);
        Self { by, at }
    }

    /// The acts of the other party that were due at that time, and not overdue; the first last day first.
    fn resting(self, before: &Request) -> Vec<Due> {
        let mut dues = before.dues(self.at);
        dues.retain(|due| due.party != self.by && !due.is_overdue(self.at));
        dues.sort_by_key(|due| due.deadline.date);
        dues
    }

    /// The state before a dispute that is taken back. `first` is the last day of the first of the resting acts as it is
    /// counted then; the others are later by as much.
    pub(super) fn taken_back(self, before: Request, first: Option<Deadline>) -> Request {
        let resting = self.resting(&before);
        let (Some(old), Some(first)) = (resting.first(), first) else {
            return before;
        };
        let days = (first.date - old.deadline.date).get_days();
        if days <= 0 {
            return before;
        }
        resting.iter().fold(before, |request, due| {
            let deadline = Deadline {
                date: due.deadline.date.saturating_add(days.days()),
                provisional: due.deadline.provisional || first.provisional,
            };
            request.with_due(due.act, deadline)
        })
    }
}

impl Request {
    /// Returns the first act that rests during a dispute, with the last day that it had, and the time of the dispute.
    pub fn resting(&self) -> Option<(Due, Timestamp)> {
        let (before, raised) = match self {
            Self::Disputed(disputed) => (disputed.before(), disputed.raised()),
            Self::Referred(referred) => (referred.before(), referred.raised()),
            _ => return None,
        };
        let first = raised.resting(before).into_iter().next()?;
        Some((first, raised.at))
    }

    /// Returns the disposal that is due at this time during a dispute about this state.
    pub(super) fn due_in_dispute(&self, raised: Raised, at: Timestamp) -> Vec<Due> {
        match self {
            Self::Granted(granted) if granted.has_lapsed(at) => granted.dues_after_end(),
            Self::Suspended(suspended) if suspended.has_lapsed(at) => {
                suspended.granted().dues_after_end()
            }
            Self::Terminated(terminated) if raised.by == Party::Consumer => terminated.dues(),
            _ => Vec::new(),
        }
    }

    /// Returns the end of the running grant's period that is to be noted during a dispute about this state.
    pub(super) fn lapses_in_dispute(&self) -> Option<Timestamp> {
        match self {
            Self::Granted(granted) if granted.asks_longer() => None,
            other => other.lapses_at(),
        }
    }

    /// Returns the state after a move of the coordinator about the disposal, during a dispute about this state.
    pub(super) fn disposal_in_dispute(self, raised: Raised, step: &Step) -> Next {
        match self {
            Self::Granted(granted) if granted.has_lapsed(step.at) && !granted.asks_longer() => {
                granted.lapsed(step).map(Self::Granted)
            }
            Self::Suspended(suspended) if suspended.has_lapsed(step.at) => suspended.next(step),
            Self::Terminated(terminated) if raised.by == Party::Consumer => terminated.next(step),
            _ => Err(Refusal::NotItsTurn),
        }
    }

    /// Returns the closed request, where the consumer closes during a dispute about this state and so ends it, because
    /// the data is to be disposed of.
    pub(super) fn closed_in_dispute(self, at: Timestamp) -> Next {
        match self {
            Self::Granted(granted) if granted.has_lapsed(at) => {
                Ok(Self::Closed(granted.into_grant()))
            }
            Self::Suspended(suspended) if suspended.has_lapsed(at) => {
                Ok(Self::Closed(suspended.into_granted().into_grant()))
            }
            Self::Terminated(terminated) => Ok(Self::Closed(terminated.grant().clone())),
            _ => Err(Refusal::NotItsTurn),
        }
    }

    /// The request with another last day of an act that is due.
    fn with_due(self, act: DueAct, deadline: Deadline) -> Self {
        match self {
            Self::Granted(granted) => Self::Granted(granted.with_due(act, deadline)),
            Self::Suspended(suspended) => Self::Suspended(suspended.with_due(act, deadline)),
            Self::Terminated(terminated) => Self::Terminated(terminated.with_due(deadline)),
            other => other,
        }
    }
}

/// Returns true for the coordinator's moves about the disposal after the end of a grant: the note that the period has
/// ended, and a later day for the disposal.
pub(super) fn is_of_disposal(step: &Step) -> bool {
    let is_of_it = matches!(
        step.mv,
        Move::Lapse { .. }
            | Move::MoveDeadline {
                act: DueAct::Disposal,
                ..
            }
    );
    is_of_it && step.party == Party::Coordinator
}
