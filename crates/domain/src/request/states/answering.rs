//! The states of a request until it is granted: with the coordinator, with the provider for its answer, with the
//! consumer for missing information, and refused.

use jiff::Timestamp;

use super::{Next, Refusal, Request, moved, moved_due};
use crate::calendar::Deadline;
use crate::request::due::{Due, DueAct};
use crate::request::moves::{Move, RejectReason};
use crate::request::out_of_turn::MoveRule;
use crate::request::{Party, Step};

/// Waits for the coordinator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted(());

/// Waits for the provider's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routed {
    deadline: Deadline,
    extended: bool,
    asked: bool,
    /// True if the missing information came after the deadline, which the provider may then still extend.
    supplied_late: bool,
}

/// Waits for missing information from the consumer. The deadline to answer is suspended meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incomplete {
    routed: Routed,
    /// The consumer's last day; `None` until the coordinator has counted it.
    due: Option<Deadline>,
}

/// Waits for the provider again; it may not ask a second time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supplemented(Routed);

/// Refused by the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// True after a mediation: the provider may grant after all.
    mediated: bool,
}

impl Submitted {
    pub(super) fn new() -> Self {
        Self(())
    }

    pub(super) fn next(self, step: &Step) -> Next {
        match (step.party, &step.mv) {
            (Party::Coordinator, Move::Route { deadline, .. }) => Ok(Request::routed(*deadline)),
            (Party::Coordinator, Move::Reject { .. }) => Ok(Request::Rejected),
            (Party::Consumer, Move::Withdraw { .. }) => Ok(Request::Withdrawn),
            _ => Err(Refusal::NotItsTurn),
        }
    }
}

impl Routed {
    pub(super) fn new(deadline: Deadline) -> Self {
        Self {
            deadline,
            extended: false,
            asked: false,
            supplied_late: false,
        }
    }

    pub(super) fn deadline(&self) -> Deadline {
        self.deadline
    }

    pub(super) fn next(self, step: &Step) -> Next {
        self.next_within(step, Request::Routed)
    }

    /// The next state of a request whose answer is due; `waiting` makes the present one.
    fn next_within(self, step: &Step, waiting: fn(Self) -> Request) -> Next {
        match (step.party, &step.mv) {
            (Party::Provider, Move::AskSupplement { .. }) => {
                self.ask(step).map(Request::Incomplete)
            }
            (Party::Provider, Move::Extend { deadline, .. }) => {
                self.extended(step.counted(*deadline), step.at).map(waiting)
            }
            (Party::Provider, Move::Grant(grant)) => Request::granted_by(grant, step),
            (Party::Provider, Move::Refuse { .. }) => Ok(Request::refused()),
            (Party::Consumer, Move::Withdraw { .. }) => Ok(Request::Withdrawn),
            (Party::Coordinator, mv) if ends_by_departure(mv) => Ok(Request::Rejected),
            (Party::Consumer, Move::Dispute { .. }) => match self.is_overdue(step.at) {
                true => Ok(waiting(self).disputed(step)),
                false => Err(MoveRule::DeadlineRunning.into()),
            },
            (
                Party::Coordinator,
                Move::MoveDeadline {
                    act: DueAct::Answer,
                    deadline,
                },
            ) => {
                let deadline = moved(self.deadline, *deadline)?;
                Ok(waiting(Self { deadline, ..self }))
            }
            _ => Err(Refusal::NotItsTurn),
        }
    }

    fn ask(self, step: &Step) -> Result<Incomplete, Refusal> {
        if self.asked {
            return Err(MoveRule::AskedAlready.into());
        }
        if self.is_overdue(step.at) {
            return Err(MoveRule::DeadlinePassed.into());
        }
        let routed = Self {
            asked: true,
            ..self
        };
        let due = step.due;
        Ok(Incomplete { routed, due })
    }

    fn extended(self, deadline: Deadline, at: Timestamp) -> Result<Self, Refusal> {
        if self.extended {
            return Err(MoveRule::ExtendedAlready.into());
        }
        if self.is_overdue(at) && !self.supplied_late {
            return Err(MoveRule::DeadlinePassed.into());
        }
        if deadline.date <= self.deadline.date {
            return Err(MoveRule::DeadlineNotLater.into());
        }
        Ok(Self {
            deadline,
            extended: true,
            ..self
        })
    }

    fn is_overdue(&self, at: Timestamp) -> bool {
        self.deadline.has_passed(at)
    }
}

/// Returns true for the end of an unanswered request because a party has left the cluster. All other reasons for a
/// rejection are decided about before it is routed.
pub(super) fn ends_by_departure(mv: &Move) -> bool {
    matches!(
        mv,
        Move::Reject {
            reason: RejectReason::NotAMember,
            ..
        }
    )
}

impl Incomplete {
    pub(super) fn next(self, step: &Step) -> Next {
        match (step.party, &step.mv) {
            (Party::Consumer, Move::Supplement { .. }) => {
                Ok(Request::Supplemented(self.supplement(step)))
            }
            (Party::Consumer, Move::Withdraw { .. }) => Ok(Request::Withdrawn),
            (Party::Coordinator, mv) if ends_by_departure(mv) => Ok(Request::Rejected),
            (
                Party::Coordinator,
                Move::MoveDeadline {
                    act: DueAct::Supplement,
                    deadline,
                },
            ) => {
                let due = moved_due(self.due, *deadline)?;
                Ok(Request::Incomplete(Self { due, ..self }))
            }
            _ => Err(Refusal::NotItsTurn),
        }
    }

    /// The time without the missing information may not count: the coordinator then gives the supplement a
    /// later last day to answer.
    fn supplement(self, step: &Step) -> Supplemented {
        let old = self.routed.deadline;
        let later = step.due.filter(|due| due.date > old.date);
        let routed = Routed {
            deadline: later.unwrap_or(old),
            ..self.routed
        };
        let supplied_late = routed.is_overdue(step.at);
        Supplemented(Routed {
            supplied_late,
            ..routed
        })
    }

    pub(super) fn dues(&self) -> Vec<Due> {
        DueAct::Supplement.by(self.due).into_iter().collect()
    }
}

impl Supplemented {
    pub(super) fn deadline(&self) -> Deadline {
        self.0.deadline
    }

    pub(super) fn next(self, step: &Step) -> Next {
        self.0
            .next_within(step, |routed| Request::Supplemented(Self(routed)))
    }
}

impl Refused {
    pub(super) fn new() -> Self {
        Self { mediated: false }
    }

    pub(super) fn mediated() -> Self {
        Self { mediated: true }
    }

    pub(super) fn is_mediated(&self) -> bool {
        self.mediated
    }

    pub(super) fn next(self, step: &Step) -> Next {
        match (step.party, &step.mv) {
            (Party::Consumer | Party::Provider, Move::Dispute { .. }) => {
                Ok(Request::Refused(self).disputed(step))
            }
            (Party::Provider, Move::Grant(grant)) if self.mediated => {
                Request::granted_by(grant, step)
            }
            _ => Err(Refusal::NotItsTurn),
        }
    }
}
