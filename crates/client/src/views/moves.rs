//! The moves of a request in words.

use chengji_messages::{Message, msg};
use chengji_proto::convert::{due_act_from, problem_message};
use chengji_proto::v1;
use chengji_proto::v1::r#move::Move;

use super::grant_terms;
use crate::cells;

/// A move in words, such as `refused: …`; empty for one that is not known here.
pub(super) fn mv(wire: Option<&v1::Move>) -> Message {
    let Some(wire) = wire.and_then(|wire| wire.r#move.as_ref()) else {
        return msg::Text { text: "" }.into();
    };
    match wire {
        Move::Route(m) => {
            let deadline = cells::deadline(&m.deadline, m.provisional);
            routed(deadline, m.approval.as_ref())
        }
        Move::Reject(m) => {
            let problem = problem_message(m.problem.as_ref());
            msg::StepRejected { problem }.into()
        }
        Move::AskSupplement(m) => msg::StepAsked {
            missing: &m.missing,
        }
        .into(),
        Move::Supplement(m) => msg::StepSupplemented { text: &m.text }.into(),
        Move::Extend(m) => {
            let deadline = cells::deadline(&m.deadline, m.provisional);
            let reason = &m.reason;
            msg::StepExtended { deadline, reason }.into()
        }
        Move::Grant(m) => granted(m),
        Move::Refuse(m) => {
            let (reason, basis) = (&m.reason, &m.legal_basis);
            msg::StepRefused { basis, reason }.into()
        }
        Move::Withdraw(m) => msg::StepWithdrawn { reason: &m.reason }.into(),
        Move::MoveDeadline(m) => {
            let deadline = cells::deadline(&m.deadline, m.provisional);
            let act = due_act(m.act);
            msg::StepDeadlineMoved { act, deadline }.into()
        }
        Move::Dispute(_)
        | Move::Uphold(_)
        | Move::Remand(_)
        | Move::ProposeSettlement(_)
        | Move::AcceptSettlement(_)
        | Move::Mediate(_)
        | Move::Refer(_)
        | Move::Decide(_)
        | Move::WithdrawDispute(_) => of_a_dispute(wire),
        Move::Offer(_)
        | Move::AskAmendment(_)
        | Move::Amend(_)
        | Move::DeclineAmendment(_)
        | Move::Suspend(_)
        | Move::ReportMended(_)
        | Move::Resume(_)
        | Move::Consult(_)
        | Move::AnswerConsultation(_)
        | Move::Terminate(_)
        | Move::Change(_)
        | Move::Lapse(_)
        | Move::Close(_) => of_a_grant(wire),
    }
}

/// A move in words for people who decide about it: with the end and the terms of a grant in it.
pub(super) fn to_decide(wire: Option<&v1::Move>) -> Message {
    let step = mv(wire);
    match wire.and_then(grant_of) {
        Some(grant) => grant_terms::after(step, grant.terms.as_ref()),
        None => step,
    }
}

/// A move of a history in words: with the terms of a grant in it where another party answers it.
pub(super) fn of_history(wire: Option<&v1::Move>) -> Message {
    match wire.and_then(|wire| wire.r#move.as_ref()) {
        Some(Move::Consult(_) | Move::ProposeSettlement(_)) => to_decide(wire),
        _ => mv(wire),
    }
}

/// The grant that a move makes or proposes.
pub(super) fn grant_of(wire: &v1::Move) -> Option<&v1::Grant> {
    match wire.r#move.as_ref()? {
        Move::Grant(grant) | Move::Amend(grant) | Move::Change(grant) => Some(grant),
        Move::Consult(m) => m.change.as_ref(),
        Move::ProposeSettlement(m) => m.grant.as_ref(),
        _ => None,
    }
}

fn routed(deadline: Message, approval: Option<&v1::Approval>) -> Message {
    match approval {
        None => msg::StepRouted { deadline }.into(),
        Some(approval) => {
            let (authority, document) = (&approval.authority, &approval.document);
            let on = &approval.on;
            let approved = msg::StepRoutedApproved {
                authority,
                deadline,
                document,
                on,
            };
            approved.into()
        }
    }
}

/// An act that is due in words; empty for one that is not known here.
pub(super) fn due_act(act: i32) -> Message {
    match due_act_from(act) {
        Ok(act) => act.label(),
        Err(_) => msg::Text { text: "" }.into(),
    }
}

fn granted(m: &v1::Grant) -> Message {
    let scope = &m.scope;
    if !m.return_flow.is_empty() {
        let flow = &m.return_flow;
        return msg::StepGrantedByReturnFlow { flow, scope }.into();
    }
    if m.automatic {
        return msg::StepGrantedAutomatically { scope }.into();
    }
    if m.conditions.is_empty() {
        return msg::StepGranted { scope }.into();
    }
    let conditions = &m.conditions;
    msg::StepGrantedUnder { conditions, scope }.into()
}

/// The moves of a granted request.
fn of_a_grant(wire: &Move) -> Message {
    match wire {
        Move::Offer(m) if m.note.is_empty() => msg::StepOffered.into(),
        Move::Offer(m) => msg::StepOfferedWith { note: &m.note }.into(),
        Move::AskAmendment(m) => {
            let (days, purpose, reason, scope) = (m.period_days, &m.purpose, &m.reason, &m.scope);
            let asked: Message = msg::StepAmendmentAsked {
                days,
                purpose,
                reason,
                scope,
            }
            .into();
            let third_party = &m.third_party;
            match third_party.is_empty() {
                true => asked,
                false => msg::StepAmendmentForThirdParty { asked, third_party }.into(),
            }
        }
        Move::Amend(m) => msg::StepAmended { scope: &m.scope }.into(),
        Move::DeclineAmendment(m) => {
            let (reason, basis) = (&m.reason, &m.legal_basis);
            msg::StepAmendmentDeclined { basis, reason }.into()
        }
        Move::Suspend(m) => {
            let deadline = cells::deadline(&m.mend_by, m.provisional);
            let (reason, basis) = (&m.reason, &m.legal_basis);
            let suspended = msg::StepSuspended {
                basis,
                deadline,
                reason,
            };
            suspended.into()
        }
        Move::ReportMended(m) => msg::StepMended {
            statement: &m.statement,
        }
        .into(),
        Move::Resume(m) => msg::StepResumed { reason: &m.reason }.into(),
        Move::Consult(m) => consulted(m),
        Move::AnswerConsultation(m) if m.agrees => msg::StepAgreed { text: &m.text }.into(),
        Move::AnswerConsultation(m) => msg::StepOpposed { text: &m.text }.into(),
        Move::Terminate(m) => {
            let (reason, basis) = (&m.reason, &m.legal_basis);
            msg::StepTerminated { basis, reason }.into()
        }
        Move::Change(m) => msg::StepChanged { scope: &m.scope }.into(),
        Move::Lapse(m) => {
            let deadline = cells::deadline(&m.disposal, m.provisional);
            msg::StepLapsed { deadline }.into()
        }
        Move::Close(m) => closed(m),
        _ => msg::Text { text: "" }.into(),
    }
}

/// A consultation, with the first day on which it takes effect.
fn consulted(m: &v1::Consult) -> Message {
    let (reason, basis) = (&m.reason, &m.legal_basis);
    let about: Message = match &m.change {
        None => msg::StepConsultedAboutEnd { basis, reason }.into(),
        Some(grant) => {
            let scope = &grant.scope;
            msg::StepConsultedAboutChange {
                basis,
                reason,
                scope,
            }
            .into()
        }
    };
    match m.not_before.as_str() {
        "" => about,
        first => msg::StepConsultedWithNotice { about, first }.into(),
    }
}

fn closed(m: &v1::Close) -> Message {
    let statement = &m.statement;
    match m.cause() {
        v1::CloseCause::Unspecified | v1::CloseCause::PurposeMet => {
            msg::StepClosed { statement }.into()
        }
        v1::CloseCause::Impossible => msg::StepClosedImpossible { statement }.into(),
        v1::CloseCause::NotNeeded => msg::StepClosedNotNeeded { statement }.into(),
    }
}

/// The moves that begin and end a dispute.
fn of_a_dispute(wire: &Move) -> Message {
    match wire {
        Move::Dispute(m) => msg::StepDisputed { reason: &m.reason }.into(),
        Move::Uphold(m) => msg::StepUpheld { reason: &m.reason }.into(),
        Move::Remand(m) => {
            let deadline = cells::deadline(&m.deadline, m.provisional);
            let reason = &m.reason;
            msg::StepRemanded { deadline, reason }.into()
        }
        Move::ProposeSettlement(m) => match &m.grant {
            None => msg::StepSettlementProposed { text: &m.text }.into(),
            Some(grant) => {
                let (scope, text) = (&grant.scope, &m.text);
                msg::StepGrantProposed { scope, text }.into()
            }
        },
        Move::AcceptSettlement(m) => msg::StepSettled { text: &m.text }.into(),
        Move::WithdrawDispute(m) => msg::StepDisputeWithdrawn { reason: &m.reason }.into(),
        Move::Mediate(m) => {
            let (agreement, document) = (&m.agreement, &m.document);
            let mediated = msg::StepMediated {
                agreement,
                document,
            };
            mediated.into()
        }
        Move::Refer(m) => {
            let (authority, reason) = (&m.authority, &m.reason);
            msg::StepReferred { authority, reason }.into()
        }
        Move::Decide(m) => {
            let (document, government, reason) = (&m.document, &m.government, &m.reason);
            if m.deadline.is_empty() {
                let decided = msg::StepDecided {
                    document,
                    government,
                    reason,
                };
                return decided.into();
            }
            let deadline = cells::deadline(&m.deadline, m.provisional);
            let decided = msg::StepDecidedAnew {
                deadline,
                document,
                government,
                reason,
            };
            decided.into()
        }
        _ => msg::Text { text: "" }.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chengji_proto::convert::move_to;
    use chengji_testkit::requests::every_move;

    use super::*;

    #[test]
    fn every_move_has_words_of_its_own() {
        let moves = every_move(jiff::Timestamp::UNIX_EPOCH);
        let count = moves.len();
        let words: BTreeSet<_> = moves
            .iter()
            .map(|known| mv(Some(&move_to(known))).code().to_owned())
            .collect();
        assert_eq!(words.len(), count, "{words:?}");
        assert!(!words.contains("text"));
    }
}
