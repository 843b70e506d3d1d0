//! Suspended for misuse, with a time to mend (限期整改).

use jiff::Timestamp;

use super::granted::Granted;
use super::{Next, Refusal, Request, moved, moves_incident};
use crate::calendar::Deadline;
use crate::request::due::{Due, DueAct};
use crate::request::moves::Move;
use crate::request::out_of_turn::MoveRule;
use crate::request::{Party, Step};

/// Suspended by the provider until the misuse is mended. What is open about the grant rests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspended {
    granted: Granted,
    mend_by: Deadline,
    reported_at: Option<Timestamp>,
}

impl Suspended {
    pub(super) fn new(granted: Granted, mend_by: Deadline) -> Self {
        Self {
            granted,
            mend_by,
            reported_at: None,
        }
    }

    pub(super) fn granted(&self) -> &Granted {
        &self.granted
    }

    pub(super) fn into_granted(self) -> Granted {
        self.granted
    }

    pub(super) fn mend_by(&self) -> Deadline {
        self.mend_by
    }

    pub(super) fn reported_at(&self) -> Option<Timestamp> {
        self.reported_at
    }

    /// The suspension with another last day of this act, which is due.
    pub(super) fn with_due(self, act: DueAct, deadline: Deadline) -> Self {
        match act {
            DueAct::Mending => Self {
                mend_by: deadline,
                ..self
            },
            other => Self {
                granted: self.granted.with_due(other, deadline),
                ..self
            },
        }
    }

    pub(super) fn has_lapsed(&self, at: Timestamp) -> bool {
        self.granted.has_lapsed(at)
    }

    pub(super) fn dues(&self) -> Vec<Due> {
        let mend_by = Some(self.mend_by).filter(|_| self.reported_at.is_none());
        DueAct::Mending.by(mend_by).into_iter().collect()
    }

    pub(super) fn next(self, step: &Step) -> Next {
        match (step.party, &step.mv) {
            (Party::Consumer, Move::Close { .. }) => Ok(Request::Closed(self.granted.into_grant())),
            _ if self.has_lapsed(step.at) => {
                let granted = self.granted.lapsed(step)?;
                Ok(Request::Suspended(Self { granted, ..self }))
            }
            (Party::Consumer, Move::ReportMended { .. }) => self.reported(step.at),
            (Party::Provider, Move::Resume { .. }) => Ok(Request::Granted(self.granted)),
            (Party::Provider, Move::Terminate { .. }) => self.terminated(step),
            (Party::Consumer | Party::Provider, Move::Dispute { .. }) => {
                Ok(Request::Suspended(self).disputed(step))
            }
            (
                Party::Coordinator,
                Move::MoveDeadline {
                    act: DueAct::Mending,
                    deadline,
                },
            ) if self.reported_at.is_none() => {
                let mend_by = moved(self.mend_by, *deadline)?;
                Ok(Request::Suspended(Self { mend_by, ..self }))
            }
            _ if moves_incident(step) => Ok(Request::Suspended(self)),
            _ => Err(Refusal::NotItsTurn),
        }
    }

    fn reported(self, at: Timestamp) -> Next {
        if self.reported_at.is_some() {
            return Err(MoveRule::MendingReported.into());
        }
        let reported_at = Some(at);
        Ok(Request::Suspended(Self {
            reported_at,
            ..self
        }))
    }

    /// A misuse that was not mended ends the grant without a consultation.
    fn terminated(self, step: &Step) -> Next {
        if self.reported_at.is_none() && !self.mend_by.has_passed(step.at) {
            return Err(MoveRule::MendingRunning.into());
        }
        Ok(self.granted.terminated(step.due))
    }
}
