//! Moves of a request until it is answered.

use chengji_domain::Error;
use chengji_domain::catalogue::ShareClass;
use chengji_domain::request::{Approval, Move, RejectReason};
use chengji_log::v1;
use chengji_log::v1::r#move::Move as Wire;

use super::super::catalogue::{share_class_from, share_class_to};
use super::super::deadline::{deadline_from, deadline_to};
use super::super::problem::{problem_from, problem_to};
use super::super::{date_from, missing};
use super::{grant_from, grant_to};

/// Converts a move of these from the wire.
pub(super) fn answering_from(wire: Wire) -> Result<Move, Error> {
    Ok(match wire {
        Wire::Route(route) => Move::Route {
            share_class: class_from(route.share_class())?,
            revision: route.revision,
            deadline: deadline_from(&route.deadline, route.provisional)?,
            approval: route.approval.map(approval_from).transpose()?,
        },
        Wire::Reject(reject) => Move::Reject {
            reason: reject_reason_from(reject.reason())?,
            problem: problem_from(reject.problem.as_ref())?,
        },
        Wire::AskSupplement(ask) => Move::AskSupplement {
            missing: ask.missing,
        },
        Wire::Supplement(supplement) => Move::Supplement {
            text: supplement.text,
        },
        Wire::Extend(extend) => Move::Extend {
            reason: extend.reason,
            deadline: deadline_from(&extend.deadline, extend.provisional)?,
        },
        Wire::Grant(grant) => Move::Grant(grant_from(grant)?),
        Wire::Refuse(refuse) => Move::Refuse {
            reason: refuse.reason,
            legal_basis: refuse.legal_basis,
        },
        Wire::Withdraw(withdraw) => Move::Withdraw {
            reason: withdraw.reason,
        },
        _ => return Err(missing("move")),
    })
}

/// Converts a move of these to the wire; `None` for any other.
pub(super) fn answering_to(mv: Move) -> Option<Wire> {
    Some(match mv {
        Move::Route {
            share_class,
            revision,
            deadline,
            approval,
        } => {
            let (deadline, provisional) = deadline_to(deadline);
            Wire::Route(v1::Route {
                share_class: share_class_to(share_class).into(),
                revision,
                deadline,
                provisional,
                approval: approval.map(approval_to),
            })
        }
        Move::Reject { reason, problem } => Wire::Reject(v1::Reject {
            reason: reject_reason_to(reason).into(),
            problem: Some(problem_to(&problem)),
        }),
        Move::AskSupplement { missing } => Wire::AskSupplement(v1::AskSupplement { missing }),
        Move::Supplement { text } => Wire::Supplement(v1::Supplement { text }),
        Move::Extend { reason, deadline } => {
            let (deadline, provisional) = deadline_to(deadline);
            Wire::Extend(v1::Extend {
                reason,
                deadline,
                provisional,
            })
        }
        Move::Grant(grant) => Wire::Grant(grant_to(&grant)),
        Move::Refuse {
            reason,
            legal_basis,
        } => Wire::Refuse(v1::Refuse {
            reason,
            legal_basis,
        }),
        Move::Withdraw { reason } => Wire::Withdraw(v1::Withdraw { reason }),
        _ => return None,
    })
}

fn approval_from(wire: v1::Approval) -> Result<Approval, Error> {
    Ok(Approval {
        authority: wire.authority,
        document: wire.document,
        on: date_from(&wire.on, "on")?,
    })
}

fn approval_to(approval: Approval) -> v1::Approval {
    v1::Approval {
        authority: approval.authority,
        document: approval.document,
        on: approval.on.to_string(),
    }
}

fn class_from(class: v1::ShareClass) -> Result<ShareClass, Error> {
    share_class_from(class).ok_or_else(|| missing("share_class"))
}

fn reject_reason_from(reason: v1::RejectReason) -> Result<RejectReason, Error> {
    match reason {
        v1::RejectReason::Unspecified => Err(missing("reason")),
        v1::RejectReason::NotAMember => Ok(RejectReason::NotAMember),
        v1::RejectReason::NoSuchResource => Ok(RejectReason::NoSuchResource),
        v1::RejectReason::NotShared => Ok(RejectReason::NotShared),
        v1::RejectReason::OwnResource => Ok(RejectReason::OwnResource),
        v1::RejectReason::DatedAhead => Ok(RejectReason::DatedAhead),
        v1::RejectReason::OutsideRegion => Ok(RejectReason::OutsideRegion),
        v1::RejectReason::NotApproved => Ok(RejectReason::NotApproved),
    }
}

fn reject_reason_to(reason: RejectReason) -> v1::RejectReason {
    match reason {
        RejectReason::NotAMember => v1::RejectReason::NotAMember,
        RejectReason::NoSuchResource => v1::RejectReason::NoSuchResource,
        RejectReason::NotShared => v1::RejectReason::NotShared,
        RejectReason::OwnResource => v1::RejectReason::OwnResource,
        RejectReason::DatedAhead => v1::RejectReason::DatedAhead,
        RejectReason::OutsideRegion => v1::RejectReason::OutsideRegion,
        RejectReason::NotApproved => v1::RejectReason::NotApproved,
    }
}
