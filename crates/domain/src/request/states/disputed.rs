//! Disputed, and referred to the common superior authority. Both keep the state before the dispute.

use super::answering::ends_by_departure;
use super::resting::{Raised, is_of_disposal};
use super::{Next, Refusal, Request, begins_in_time, moves_incident};
use crate::request::moves::{Grant, Move};
use crate::request::open_matters::Settlement;
use crate::request::out_of_turn::MoveRule;
use crate::request::{Party, Step};

/// Waits for a settlement of the parties, or for the coordinator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disputed {
    before: Box<Request>,
    raised: Raised,
    settlement: Option<Settlement>,
}

/// Waits for the common superior authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referred {
    before: Box<Request>,
    raised: Raised,
}

impl Disputed {
    pub(super) fn about(before: Request, raised: Raised) -> Self {
        Self {
            before: Box::new(before),
            raised,
            settlement: None,
        }
    }

    pub(super) fn before(&self) -> &Request {
        &self.before
    }

    pub(super) fn raised(&self) -> Raised {
        self.raised
    }

    pub(super) fn settlement(&self) -> Option<&Settlement> {
        self.settlement.as_ref()
    }

    pub(super) fn next(self, step: &Step) -> Next {
        match (step.party, &step.mv) {
            (Party::Consumer | Party::Provider, Move::ProposeSettlement { text, grant }) => {
                self.proposed(step, text, grant.as_deref())
            }
            (Party::Consumer | Party::Provider, Move::AcceptSettlement { .. }) => {
                self.settled(step)
            }
            (Party::Coordinator, Move::Refer { .. }) => {
                let (before, raised) = (self.before, self.raised);
                Ok(Request::Referred(Referred { before, raised }))
            }
            (Party::Coordinator, Move::Uphold { .. }) if self.before.lacks_grant() => {
                Ok(Request::refused())
            }
            (Party::Coordinator, Move::Remand { deadline, .. }) if self.before.lacks_grant() => {
                Ok(Request::routed(*deadline))
            }
            _ if moves_incident(step) => Ok(Request::Disputed(self)),
            _ if is_of_disposal(step) => {
                let before = self.before.disposal_in_dispute(self.raised, step)?;
                let before = Box::new(before);
                Ok(Request::Disputed(Self { before, ..self }))
            }
            _ => ended(*self.before, self.raised, step),
        }
    }

    /// A newer proposal takes the place of any earlier one.
    fn proposed(self, step: &Step, text: &str, grant: Option<&Grant>) -> Next {
        if let Some(grant) = grant {
            if step.party != Party::Provider {
                return Err(MoveRule::GrantByProvider.into());
            }
            begins_in_time(grant, step.at)?;
        }
        let settlement = Some(Settlement {
            by: step.party,
            text: text.to_owned(),
            grant: grant.cloned().map(Box::new),
            proposed_at: step.at,
        });
        Ok(Request::Disputed(Self { settlement, ..self }))
    }

    fn settled(self, step: &Step) -> Next {
        let Some(settlement) = self.settlement.filter(|open| open.by != step.party) else {
            return Err(MoveRule::NoProposal.into());
        };
        // An acceptance on its way meanwhile was of an earlier proposal.
        if step.at < settlement.proposed_at {
            return Err(MoveRule::SettlementNewer.into());
        }
        match settlement.grant {
            Some(grant) => self.before.settled_by(&grant, step),
            None => Ok(*self.before),
        }
    }
}

impl Referred {
    pub(super) fn before(&self) -> &Request {
        &self.before
    }

    pub(super) fn raised(&self) -> Raised {
        self.raised
    }

    pub(super) fn next(self, step: &Step) -> Next {
        let raised = self.raised;
        if moves_incident(step) {
            return Ok(Request::Referred(self));
        }
        if is_of_disposal(step) {
            let before = self.before.disposal_in_dispute(raised, step)?;
            let before = Box::new(before);
            return Ok(Request::Referred(Self { before, raised }));
        }
        ended(*self.before, raised, step)
    }
}

/// The end of a dispute: the party that disputed takes it back, the consumer closes after the end of the share, or the
/// coordinator records a mediation or a decision.
fn ended(before: Request, raised: Raised, step: &Step) -> Next {
    match (step.party, &step.mv) {
        (Party::Consumer | Party::Provider, Move::WithdrawDispute { .. }) => {
            match step.party == raised.by {
                true => Ok(raised.taken_back(before, step.due)),
                false => Err(MoveRule::DisputeOfOther.into()),
            }
        }
        (Party::Consumer, Move::Close { .. }) => before.closed_in_dispute(step.at),
        (Party::Coordinator, mv) if ends_by_departure(mv) && before.lacks_grant() => {
            Ok(Request::Rejected)
        }
        (Party::Coordinator, Move::Mediate { .. }) => Ok(before.mediated()),
        (Party::Coordinator, Move::Decide { deadline: None, .. }) => Ok(before),
        (
            Party::Coordinator,
            Move::Decide {
                deadline: Some(deadline),
                ..
            },
        ) => before.answered_anew(*deadline),
        _ => Err(Refusal::NotItsTurn),
    }
}
