//! The states of a matter, one type each. A transition takes its state by value and returns the next.

use super::{MatterKind, MatterMove, MatterOutOfTurn, MatterState, MatterStep};
use crate::calendar::Deadline;
use crate::request::{MoveRule, Party};

/// The state of a matter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "each is the state of that name; see `MatterState`"
)]
pub enum Matter {
    Filed(Filed),
    Open(Open),
    Assigned(Assigned),
    Accepted(Accepted),
    Answered(Answered),
    Declined(Declined),
    Ended(Ended),
}

/// The next state, or the rule that the move breaks; `None` if it is not the party's turn, or no move of this state.
type Next = Result<Matter, Option<MoveRule>>;

const NOT_ITS_TURN: Next = Err(None);

/// Waits for the coordinator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed(MatterKind);

/// A demand on the open list, which no city has to answer yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open(());

/// Waits for the answer of a city.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    kind: MatterKind,
    deadline: Deadline,
}

/// A verified error, which is to be corrected within the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    deadline: Deadline,
}

/// A demand with an entry that answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered(());

/// A demand that a city declined: another city may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declined(());

/// A matter that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    kind: MatterKind,
    state: MatterState,
}

impl Matter {
    /// Returns the initial state of a matter.
    pub fn filed(kind: MatterKind) -> Self {
        Self::Filed(Filed(kind))
    }

    /// Returns the state after a move.
    ///
    /// # Errors
    ///
    /// [`MatterOutOfTurn`] if the state does not permit the move to the party.
    pub fn apply(self, step: &MatterStep) -> Result<Self, MatterOutOfTurn> {
        let (of, state) = (self.kind(), self.state());
        let next = match self {
            Self::Filed(filed) => filed.next(step),
            Self::Open(open) => open.next(step),
            Self::Assigned(assigned) => assigned.next(step),
            Self::Accepted(accepted) => accepted.next(step),
            Self::Answered(answered) => answered.next(step),
            Self::Declined(declined) => declined.next(step),
            Self::Ended(_) => NOT_ITS_TURN,
        };
        next.map_err(|why| MatterOutOfTurn {
            of,
            state,
            party: step.party,
            kind: step.mv.kind(),
            why,
        })
    }

    /// Returns the name of the state.
    pub fn state(&self) -> MatterState {
        match self {
            Self::Filed(_) => MatterState::Filed,
            Self::Open(_) => MatterState::Open,
            Self::Assigned(_) => MatterState::Assigned,
            Self::Accepted(_) => MatterState::Accepted,
            Self::Answered(_) => MatterState::Answered,
            Self::Declined(_) => MatterState::Declined,
            Self::Ended(ended) => ended.state,
        }
    }

    /// Returns the last day for the answer, or for the correction of a verified error, while it is due.
    pub fn deadline(&self) -> Option<Deadline> {
        match self {
            Self::Assigned(assigned) => Some(assigned.deadline),
            Self::Accepted(accepted) => Some(accepted.deadline),
            Self::Filed(_)
            | Self::Open(_)
            | Self::Answered(_)
            | Self::Declined(_)
            | Self::Ended(_) => None,
        }
    }

    fn kind(&self) -> MatterKind {
        match self {
            Self::Filed(Filed(kind)) => *kind,
            Self::Assigned(assigned) => assigned.kind,
            Self::Accepted(_) => MatterKind::Correction,
            Self::Open(_) | Self::Answered(_) | Self::Declined(_) => MatterKind::Demand,
            Self::Ended(ended) => ended.kind,
        }
    }

    fn ended(kind: MatterKind, state: MatterState) -> Next {
        Ok(Self::Ended(Ended { kind, state }))
    }

    fn assigned(kind: MatterKind, deadline: Deadline) -> Next {
        Ok(Self::Assigned(Assigned { kind, deadline }))
    }
}

impl Filed {
    fn next(self, step: &MatterStep) -> Next {
        let Self(kind) = self;
        match (step.party, &step.mv, kind) {
            (Party::Coordinator, MatterMove::Assign { deadline, .. }, MatterKind::Correction) => {
                Matter::assigned(kind, *deadline)
            }
            (Party::Coordinator, MatterMove::Open, MatterKind::Demand) => {
                Ok(Matter::Open(Open(())))
            }
            (Party::Coordinator, MatterMove::Reject { .. }, _) => {
                Matter::ended(kind, MatterState::Rejected)
            }
            (Party::Consumer, MatterMove::Withdraw { .. }, _) => {
                Matter::ended(kind, MatterState::Withdrawn)
            }
            _ => NOT_ITS_TURN,
        }
    }
}

impl Open {
    fn next(self, step: &MatterStep) -> Next {
        let kind = MatterKind::Demand;
        match (step.party, &step.mv) {
            (Party::Coordinator, MatterMove::Assign { deadline, .. }) => {
                Matter::assigned(kind, *deadline)
            }
            (Party::Coordinator, MatterMove::Reject { .. }) => {
                Matter::ended(kind, MatterState::Rejected)
            }
            (Party::Consumer, MatterMove::Withdraw { .. }) => {
                Matter::ended(kind, MatterState::Withdrawn)
            }
            _ => NOT_ITS_TURN,
        }
    }
}

impl Assigned {
    fn next(self, step: &MatterStep) -> Next {
        let kind = self.kind;
        match (step.party, &step.mv, kind) {
            (Party::Provider, MatterMove::Accept { .. }, MatterKind::Correction) => {
                let deadline = self.deadline;
                Ok(Matter::Accepted(Accepted { deadline }))
            }
            (Party::Provider, MatterMove::Supply { .. }, MatterKind::Demand) => {
                Ok(Matter::Answered(Answered(())))
            }
            (Party::Provider, MatterMove::Decline { .. }, MatterKind::Correction) => {
                Matter::ended(kind, MatterState::Declined)
            }
            (Party::Provider, MatterMove::Decline { .. }, MatterKind::Demand) => {
                Ok(Matter::Declined(Declined(())))
            }
            // Another city, as where the present one has left the cluster.
            (Party::Coordinator, MatterMove::Assign { deadline, .. }, MatterKind::Demand) => {
                Matter::assigned(kind, *deadline)
            }
            // The present one has left, and no other is asked yet.
            (Party::Coordinator, MatterMove::Open, MatterKind::Demand) => {
                Ok(Matter::Open(Open(())))
            }
            // A city without which the matter cannot go on has left.
            (Party::Coordinator, MatterMove::Reject { .. }, _) => {
                Matter::ended(kind, MatterState::Rejected)
            }
            (Party::Coordinator, MatterMove::MoveDeadline { deadline }, _) => {
                Matter::assigned(kind, moved(self.deadline, *deadline)?)
            }
            (Party::Consumer, MatterMove::Withdraw { .. }, _) => {
                Matter::ended(kind, MatterState::Withdrawn)
            }
            _ => NOT_ITS_TURN,
        }
    }
}

impl Accepted {
    fn next(self, step: &MatterStep) -> Next {
        match (step.party, &step.mv) {
            (Party::Provider, MatterMove::Correct { .. }) => {
                Matter::ended(MatterKind::Correction, MatterState::Corrected)
            }
            (Party::Coordinator, MatterMove::Reject { .. }) => {
                Matter::ended(MatterKind::Correction, MatterState::Rejected)
            }
            (Party::Coordinator, MatterMove::MoveDeadline { deadline }) => {
                let deadline = moved(self.deadline, *deadline)?;
                Ok(Matter::Accepted(Self { deadline }))
            }
            _ => NOT_ITS_TURN,
        }
    }
}

impl Answered {
    fn next(self, step: &MatterStep) -> Next {
        match (step.party, &step.mv) {
            (Party::Coordinator, MatterMove::Deliver { .. }) => {
                Matter::ended(MatterKind::Demand, MatterState::Delivered)
            }
            // The city that would deliver the entry has left.
            (Party::Coordinator, MatterMove::Open) => Ok(Matter::Open(Open(()))),
            (Party::Coordinator, MatterMove::Reject { .. }) => {
                Matter::ended(MatterKind::Demand, MatterState::Rejected)
            }
            (Party::Consumer, MatterMove::Close { .. }) => {
                Matter::ended(MatterKind::Demand, MatterState::Closed)
            }
            _ => NOT_ITS_TURN,
        }
    }
}

impl Declined {
    fn next(self, step: &MatterStep) -> Next {
        match (step.party, &step.mv) {
            (Party::Coordinator, MatterMove::Assign { deadline, .. }) => {
                Matter::assigned(MatterKind::Demand, *deadline)
            }
            (Party::Coordinator, MatterMove::Reject { .. }) => {
                Matter::ended(MatterKind::Demand, MatterState::Rejected)
            }
            (Party::Consumer, MatterMove::Close { .. }) => {
                Matter::ended(MatterKind::Demand, MatterState::Closed)
            }
            _ => NOT_ITS_TURN,
        }
    }
}

/// Returns the deadline to which a holiday notice moves a provisional one: only later.
fn moved(old: Deadline, new: Deadline) -> Result<Deadline, Option<MoveRule>> {
    if !old.provisional {
        Err(Some(MoveRule::DeadlineCertain))
    } else if new.date <= old.date {
        Err(Some(MoveRule::DeadlineNotLater))
    } else {
        Ok(new)
    }
}
