//! Moves of a request that is granted, until it is closed.

use chengji_domain::Error;
use chengji_domain::calendar::Deadline;
use chengji_domain::request::{CloseCause, Move};
use chengji_log::v1;
use chengji_log::v1::r#move::Move as Wire;

use super::super::deadline::{deadline_from, deadline_to};
use super::super::rules::{day_from, day_to};
use super::super::{missing, newer, time_from, time_to};
use super::{grant_from, grant_to, optional_grant_from};

/// Converts a move of these from the wire.
pub(super) fn granted_from(wire: Wire) -> Result<Move, Error> {
    Ok(match wire {
        Wire::Offer(offer) => Move::Offer { note: offer.note },
        Wire::AskAmendment(asked) => Move::AskAmendment {
            reason: asked.reason,
            scope: asked.scope,
            purpose: asked.purpose,
            period_days: asked.period_days,
            third_party: asked.third_party,
        },
        Wire::Amend(grant) => Move::Amend {
            asked_at: asked_at_from(grant.asked_at.as_ref())?,
            grant: grant_from(grant)?,
        },
        Wire::DeclineAmendment(declined) => Move::DeclineAmendment {
            asked_at: asked_at_from(declined.asked_at.as_ref())?,
            reason: declined.reason,
            legal_basis: declined.legal_basis,
        },
        Wire::Suspend(suspend) => Move::Suspend {
            reason: suspend.reason,
            legal_basis: suspend.legal_basis,
            mend_by: deadline_from(&suspend.mend_by, suspend.provisional)?,
        },
        Wire::ReportMended(mended) => Move::ReportMended {
            statement: mended.statement,
        },
        Wire::Resume(resume) => Move::Resume {
            reason: resume.reason,
        },
        Wire::Consult(consult) => Move::Consult {
            reason: consult.reason,
            legal_basis: consult.legal_basis,
            change: optional_grant_from(consult.change)?,
            not_before: day_from(&consult.not_before, "not_before")?,
        },
        Wire::AnswerConsultation(answer) => Move::AnswerConsultation {
            agrees: answer.agrees,
            text: answer.text,
        },
        Wire::Terminate(terminate) => Move::Terminate {
            reason: terminate.reason,
            legal_basis: terminate.legal_basis,
        },
        Wire::Change(grant) => Move::Change(grant_from(grant)?),
        Wire::Lapse(lapse) => Move::Lapse {
            disposal: deadline_from(&lapse.disposal, lapse.provisional)?,
        },
        Wire::Close(close) => Move::Close {
            cause: close_cause_from(close.cause)?,
            statement: close.statement,
            evidence: close.evidence,
        },
        _ => return Err(missing("move")),
    })
}

/// Converts a move of these to the wire; `None` for any other.
pub(super) fn granted_to(mv: Move) -> Option<Wire> {
    Some(match mv {
        Move::Offer { note } => Wire::Offer(v1::Offer { note }),
        Move::AskAmendment {
            reason,
            scope,
            purpose,
            period_days,
            third_party,
        } => Wire::AskAmendment(v1::AskAmendment {
            reason,
            scope,
            purpose,
            period_days,
            third_party,
        }),
        Move::Amend { grant, asked_at } => Wire::Amend(v1::Grant {
            asked_at: asked_at.map(time_to),
            ..grant_to(&grant)
        }),
        Move::DeclineAmendment {
            reason,
            legal_basis,
            asked_at,
        } => Wire::DeclineAmendment(v1::DeclineAmendment {
            reason,
            legal_basis,
            asked_at: asked_at.map(time_to),
        }),
        Move::Suspend {
            reason,
            legal_basis,
            mend_by,
        } => {
            let (mend_by, provisional) = deadline_to(mend_by);
            Wire::Suspend(v1::Suspend {
                reason,
                legal_basis,
                mend_by,
                provisional,
            })
        }
        Move::ReportMended { statement } => Wire::ReportMended(v1::ReportMended { statement }),
        Move::Resume { reason } => Wire::Resume(v1::Resume { reason }),
        Move::Consult {
            reason,
            legal_basis,
            change,
            not_before,
        } => Wire::Consult(v1::Consult {
            reason,
            legal_basis,
            change: change.as_deref().map(grant_to),
            not_before: day_to(not_before),
        }),
        Move::AnswerConsultation { agrees, text } => {
            Wire::AnswerConsultation(v1::AnswerConsultation { agrees, text })
        }
        Move::Terminate {
            reason,
            legal_basis,
        } => Wire::Terminate(v1::Terminate {
            reason,
            legal_basis,
        }),
        Move::Change(grant) => Wire::Change(grant_to(&grant)),
        Move::Lapse { disposal } => Wire::Lapse(lapse_to(disposal)),
        Move::Close {
            cause,
            statement,
            evidence,
        } => Wire::Close(v1::Close {
            statement,
            cause: close_cause_to(cause).into(),
            evidence,
        }),
        _ => return None,
    })
}

fn lapse_to(disposal: Deadline) -> v1::Lapse {
    let (disposal, provisional) = deadline_to(disposal);
    v1::Lapse {
        disposal,
        provisional,
    }
}

/// Answers to amendments were once recorded without it.
fn asked_at_from(wire: Option<&chengji_log::Timestamp>) -> Result<Option<jiff::Timestamp>, Error> {
    wire.map(|at| time_from(Some(at), "asked_at")).transpose()
}

/// Closings were once recorded without a cause: by a purpose that was met.
fn close_cause_from(cause: i32) -> Result<CloseCause, Error> {
    let cause = v1::CloseCause::try_from(cause).map_err(|_| newer("cause"))?;
    Ok(match cause {
        v1::CloseCause::Unspecified | v1::CloseCause::PurposeMet => CloseCause::PurposeMet,
        v1::CloseCause::Impossible => CloseCause::Impossible,
        v1::CloseCause::NotNeeded => CloseCause::NotNeeded,
    })
}

fn close_cause_to(cause: CloseCause) -> v1::CloseCause {
    match cause {
        CloseCause::PurposeMet => v1::CloseCause::PurposeMet,
        CloseCause::Impossible => v1::CloseCause::Impossible,
        CloseCause::NotNeeded => v1::CloseCause::NotNeeded,
    }
}
