//! The moves that parties try, as their cities record them.

use chengji_domain::calendar::Deadline;
use chengji_domain::request::{CloseCause, Move};
use chengji_testkit::requests::grant;

use super::table::Try;

/// The move, with texts.
#[rustfmt::skip]
pub(super) fn to_move(what: Try) -> Move {
    let (reason, legal_basis) = ("理由".to_owned(), "条例".to_owned());
    match what {
        Try::AskSupplement => Move::AskSupplement { missing: reason },
        Try::Supplement => Move::Supplement { text: reason },
        Try::Extend(date) => Move::Extend { reason, deadline: Deadline::certain(date) },
        Try::Grant(until) => Move::Grant(grant(until)),
        Try::Refuse => Move::Refuse { reason, legal_basis },
        Try::Withdraw => Move::Withdraw { reason },
        Try::Dispute => Move::Dispute { reason, negotiation: String::new() },
        Try::WithdrawDispute => Move::WithdrawDispute { reason },
        Try::Close => {
            let cause = CloseCause::PurposeMet;
            Move::Close { cause, statement: reason, evidence: String::new() }
        }
        Try::Offer => Move::Offer { note: reason },
        Try::AskAmendment => {
            let (scope, purpose) = (reason.clone(), String::new());
            let third_party = String::new();
            Move::AskAmendment { reason, scope, purpose, period_days: 0, third_party }
        }
        Try::Amend(until) => Move::Amend { grant: grant(until), asked_at: None },
        Try::Decline => Move::DeclineAmendment { reason, legal_basis, asked_at: None },
        Try::Suspend(date) => {
            Move::Suspend { reason, legal_basis, mend_by: Deadline::certain(date) }
        }
        Try::ReportMended => Move::ReportMended { statement: reason },
        Try::Resume => Move::Resume { reason },
        Try::Consult(until) => {
            let change = until.map(|until| Box::new(grant(until)));
            Move::Consult { reason, legal_basis, change, not_before: None }
        }
        Try::Answer(agrees) => Move::AnswerConsultation { agrees, text: reason },
        Try::Terminate => Move::Terminate { reason, legal_basis },
        Try::Change(until) => Move::Change(grant(until)),
        Try::Propose(until) => {
            let grant = until.map(|until| Box::new(grant(until)));
            Move::ProposeSettlement { text: reason, grant }
        }
        Try::Accept => Move::AcceptSettlement { text: reason },
        Try::Mediate | Try::Refer | Try::Decide(_) => panic!("{what:?} is the coordinator's"),
    }
}
