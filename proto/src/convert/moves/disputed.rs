//! Moves that begin and end a dispute.

use chengji_domain::Error;
use chengji_domain::request::Move;
use chengji_log::v1;
use chengji_log::v1::r#move::Move as Wire;

use super::super::deadline::{deadline_from, deadline_to, due_from, due_to};
use super::super::missing;
use super::{grant_to, optional_grant_from};

/// Converts a move of these from the wire.
pub(super) fn disputed_from(wire: Wire) -> Result<Move, Error> {
    Ok(match wire {
        Wire::Dispute(dispute) => Move::Dispute {
            reason: dispute.reason,
            negotiation: dispute.negotiation,
        },
        Wire::Uphold(uphold) => Move::Uphold {
            reason: uphold.reason,
        },
        Wire::Remand(remand) => Move::Remand {
            reason: remand.reason,
            deadline: deadline_from(&remand.deadline, remand.provisional)?,
        },
        Wire::ProposeSettlement(proposed) => Move::ProposeSettlement {
            text: proposed.text,
            grant: optional_grant_from(proposed.grant)?,
        },
        Wire::AcceptSettlement(accepted) => Move::AcceptSettlement {
            text: accepted.text,
        },
        Wire::Mediate(mediate) => Move::Mediate {
            agreement: mediate.agreement,
            document: mediate.document,
        },
        Wire::Refer(refer) => Move::Refer {
            authority: refer.authority,
            reason: refer.reason,
            document: refer.document,
        },
        Wire::Decide(decide) => Move::Decide {
            government: decide.government,
            document: decide.document,
            reason: decide.reason,
            deadline: due_from(&decide.deadline, decide.provisional)?,
        },
        Wire::WithdrawDispute(withdrawn) => Move::WithdrawDispute {
            reason: withdrawn.reason,
        },
        _ => return Err(missing("move")),
    })
}

/// Converts a move of these to the wire; `None` for any other.
pub(super) fn disputed_to(mv: Move) -> Option<Wire> {
    Some(match mv {
        Move::Dispute {
            reason,
            negotiation,
        } => Wire::Dispute(v1::Dispute {
            reason,
            negotiation,
        }),
        Move::Uphold { reason } => Wire::Uphold(v1::Uphold { reason }),
        Move::Remand { reason, deadline } => {
            let (deadline, provisional) = deadline_to(deadline);
            Wire::Remand(v1::Remand {
                reason,
                deadline,
                provisional,
            })
        }
        Move::ProposeSettlement { text, grant } => Wire::ProposeSettlement(v1::ProposeSettlement {
            text,
            grant: grant.as_deref().map(grant_to),
        }),
        Move::AcceptSettlement { text } => Wire::AcceptSettlement(v1::AcceptSettlement { text }),
        Move::WithdrawDispute { reason } => Wire::WithdrawDispute(v1::WithdrawDispute { reason }),
        Move::Mediate {
            agreement,
            document,
        } => Wire::Mediate(v1::Mediate {
            agreement,
            document,
        }),
        Move::Refer {
            authority,
            reason,
            document,
        } => Wire::Refer(v1::Refer {
            authority,
            reason,
            document,
        }),
        Move::Decide {
            government,
            document,
            reason,
            deadline,
        } => {
            let (deadline, provisional) = due_to(deadline);
            Wire::Decide(v1::Decide {
                government,
                document,
                reason,
                deadline,
                provisional,
            })
        }
        _ => return None,
    })
}
