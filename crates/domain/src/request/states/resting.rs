//! Acts that rest during a dispute: those that the party which did not dispute still had time for. Where the dispute is
//! taken back, it has the time that was left; otherwise the other party could use that up alone.

use jiff::{Timestamp, ToSpan};

use super::Request;
use crate::calendar::Deadline;
use crate::request::due::{Due, DueAct};
use crate::request::{Party, Step};

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
