//! Variants of every kind of move, for walks through the table: with early and late deadlines, with and without a
//! grant, and with grants that are over before they begin.

use jiff::{Timestamp, ToSpan};

use super::table_model::Model;
use crate::calendar::{Deadline, local_date};
use crate::catalogue::ShareClass;
use crate::error::ErrorCode;
use crate::problem::Problem;
use crate::request::MoveKind as K;
use crate::request::terms::GrantTerms;
use crate::request::{CloseCause, DueAct, Grant, Move, RejectReason};

/// Number of variants of a move.
pub(super) fn variants(kind: K) -> u8 {
    match kind {
        K::MoveDeadline => 16,
        _ => 4,
    }
}

/// A variant of a move, made at this time on a request.
pub(super) fn variant(kind: K, at: Timestamp, number: u8, model: &Model) -> Move {
    let drawn = Variant { at, number };
    match kind {
        K::Route
        | K::Reject
        | K::AskSupplement
        | K::Supplement
        | K::Extend
        | K::Grant
        | K::Refuse
        | K::Withdraw => drawn.answering(kind),
        K::Dispute
        | K::Uphold
        | K::Remand
        | K::ProposeSettlement
        | K::AcceptSettlement
        | K::Mediate
        | K::Refer
        | K::Decide
        | K::WithdrawDispute
        | K::MoveDeadline => drawn.of_a_dispute(kind),
        K::Change => Move::Change(match (model.consulted(), drawn.is_odd()) {
            (Some(consulted), false) => consulted.clone(),
            _ => drawn.grant(),
        }),
        _ => drawn.of_a_grant(kind),
    }
}

fn reason() -> String {
    "理由".to_owned()
}

#[derive(Clone, Copy)]
struct Variant {
    at: Timestamp,
    number: u8,
}

impl Variant {
    fn is_odd(self) -> bool {
        self.number & 1 == 1
    }

    fn is_high(self) -> bool {
        self.number & 2 == 2
    }

    /// A deadline so many days later.
    fn by(self, days: i64) -> Deadline {
        Deadline {
            date: local_date(self.at) + days.days(),
            provisional: self.is_odd(),
        }
    }

    fn grant(self) -> Grant {
        let days: i64 = match (self.is_odd(), self.is_high()) {
            (false, false) => 20,
            (true, false) => 4,
            (_, true) => 0,
        };
        Grant {
            scope: "范围".to_owned(),
            conditions: String::new(),
            disposal: String::new(),
            terms: GrantTerms::file(self.at + (24 * days).hours()),
            automatic: false,
            return_flow: None,
        }
    }

    fn optional_grant(self) -> Option<Box<Grant>> {
        self.is_odd().then(|| Box::new(self.grant()))
    }

    fn answering(self, kind: K) -> Move {
        match kind {
            K::Route => Move::Route {
                share_class: ShareClass::Conditional,
                revision: 1,
                deadline: self.by(14),
                approval: None,
            },
            K::Reject => Move::Reject {
                reason: RejectReason::NotAMember,
                problem: Problem::new(ErrorCode::NotFound, DueAct::Answer.label()),
            },
            K::AskSupplement => Move::AskSupplement { missing: reason() },
            K::Supplement => Move::Supplement { text: reason() },
            K::Extend => Move::Extend {
                reason: reason(),
                deadline: self.by(if self.is_high() { 2 } else { 21 }),
            },
            K::Grant => Move::Grant(self.grant()),
            K::Refuse => Move::Refuse {
                reason: reason(),
                legal_basis: reason(),
            },
            _ => Move::Withdraw { reason: reason() },
        }
    }

    fn of_a_grant(self, kind: K) -> Move {
        match kind {
            K::Offer => Move::Offer { note: reason() },
            K::AskAmendment => Move::AskAmendment {
                reason: reason(),
                scope: reason(),
                purpose: String::new(),
                period_days: 0,
                third_party: String::new(),
            },
            K::Amend => Move::Amend {
                grant: self.grant(),
                asked_at: None,
            },
            K::DeclineAmendment => Move::DeclineAmendment {
                reason: reason(),
                legal_basis: reason(),
                asked_at: None,
            },
            K::Suspend => Move::Suspend {
                reason: reason(),
                legal_basis: reason(),
                mend_by: self.by(if self.is_high() { 0 } else { 6 }),
            },
            K::ReportMended => Move::ReportMended {
                statement: reason(),
            },
            K::Resume => Move::Resume { reason: reason() },
            K::Consult => Move::Consult {
                reason: reason(),
                legal_basis: reason(),
                change: self.optional_grant(),
                not_before: None,
            },
            K::AnswerConsultation => Move::AnswerConsultation {
                agrees: self.is_odd(),
                text: reason(),
            },
            K::Terminate => Move::Terminate {
                reason: reason(),
                legal_basis: reason(),
            },
            K::Lapse => Move::Lapse {
                disposal: self.by(14),
            },
            _ => Move::Close {
                cause: CloseCause::PurposeMet,
                statement: reason(),
                evidence: String::new(),
            },
        }
    }

    fn of_a_dispute(self, kind: K) -> Move {
        match kind {
            K::Dispute => Move::Dispute {
                reason: reason(),
                negotiation: String::new(),
            },
            K::Uphold => Move::Uphold { reason: reason() },
            K::Remand => Move::Remand {
                reason: reason(),
                deadline: self.by(14),
            },
            K::ProposeSettlement => Move::ProposeSettlement {
                text: reason(),
                grant: self.optional_grant(),
            },
            K::AcceptSettlement => Move::AcceptSettlement { text: reason() },
            K::WithdrawDispute => Move::WithdrawDispute { reason: reason() },
            K::Mediate => Move::Mediate {
                agreement: reason(),
                document: reason(),
            },
            K::Refer => Move::Refer {
                authority: reason(),
                reason: reason(),
                document: String::new(),
            },
            K::Decide => Move::Decide {
                government: reason(),
                document: reason(),
                reason: reason(),
                deadline: self.is_odd().then(|| self.by(14)),
            },
            _ => Move::MoveDeadline {
                act: DueAct::ALL[usize::from(self.number) % DueAct::ALL.len()],
                deadline: self.by(if self.number < 8 { 30 } else { -30 }),
            },
        }
    }
}
