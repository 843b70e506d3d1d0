//! The check of a move's texts, where it is made. Recorded moves are not checked again.

use chengji_messages::msg;

use super::super::{MAX_PERIOD_DAYS, OPTIONAL, REQUIRED, violations_to_result};
use super::{Grant, Move};
use crate::error::{Error, Violation};
use crate::field::Field;
use crate::text::TextRule;

/// The rule of a third party's name.
const THIRD_PARTY: TextRule = TextRule::line(0, 200);

/// The texts of a move, each with its field and rule.
type Texts<'m> = Vec<(Field, &'m str, TextRule)>;

impl Move {
    /// Refuses texts that may not be recorded, and an amendment that asks for nothing or for a period out of
    /// range; the error lists all of them.
    pub fn check(&self) -> Result<(), Error> {
        let texts = self.texts();
        let mut violations: Vec<_> = texts
            .iter()
            .filter_map(|(field, text, rule)| rule.violation(*field, text))
            .collect();
        violations.extend(self.amendment_violation());
        violations_to_result(violations, |fields| msg::MoveNotValid { fields }.into())
    }

    fn texts(&self) -> Texts<'_> {
        match self {
            Self::Route { .. }
            | Self::Reject { .. }
            | Self::Lapse { .. }
            | Self::MoveDeadline { .. } => vec![],
            Self::AskSupplement { missing } => vec![(Field::Missing, missing, REQUIRED)],
            Self::Supplement { text } => vec![(Field::Text, text, REQUIRED)],
            Self::Grant(grant) | Self::Amend { grant, .. } | Self::Change(grant) => grant.texts(),
            Self::Refuse {
                reason,
                legal_basis,
            }
            | Self::DeclineAmendment {
                reason,
                legal_basis,
                ..
            }
            | Self::Suspend {
                reason,
                legal_basis,
                ..
            }
            | Self::Terminate {
                reason,
                legal_basis,
            }
            | Self::Consult {
                reason,
                legal_basis,
                change: None,
                ..
            } => reasons(reason, legal_basis),
            Self::Consult {
                reason,
                legal_basis,
                change: Some(grant),
                ..
            } => [reasons(reason, legal_basis), grant.texts()].concat(),
            Self::Extend { reason, .. }
            | Self::Withdraw { reason }
            | Self::Uphold { reason }
            | Self::Remand { reason, .. }
            | Self::Resume { reason }
            | Self::WithdrawDispute { reason } => vec![(Field::Reason, reason, REQUIRED)],
            Self::Close {
                statement,
                evidence,
                ..
            } => vec![
                (Field::Statement, statement, REQUIRED),
                (Field::Evidence, evidence, OPTIONAL),
            ],
            Self::Offer { note } => vec![(Field::Note, note, OPTIONAL)],
            Self::AskAmendment {
                reason,
                scope,
                purpose,
                third_party,
                ..
            } => vec![
                (Field::Reason, reason, REQUIRED),
                (Field::Scope, scope, OPTIONAL),
                (Field::Purpose, purpose, OPTIONAL),
                (Field::ThirdParty, third_party, THIRD_PARTY),
            ],
            Self::ReportMended { statement } => vec![(Field::Statement, statement, REQUIRED)],
            Self::AnswerConsultation { agrees, text } => {
                let rule = if *agrees { OPTIONAL } else { REQUIRED };
                vec![(Field::Text, text, rule)]
            }
            Self::Dispute { .. }
            | Self::ProposeSettlement { .. }
            | Self::AcceptSettlement { .. }
            | Self::Mediate { .. }
            | Self::Refer { .. }
            | Self::Decide { .. } => self.texts_of_dispute(),
        }
    }

    /// The texts of a move that begins or ends a dispute.
    fn texts_of_dispute(&self) -> Texts<'_> {
        match self {
            Self::Dispute {
                reason,
                negotiation,
            } => vec![
                (Field::Reason, reason, REQUIRED),
                (Field::Negotiation, negotiation, OPTIONAL),
            ],
            Self::ProposeSettlement { text, grant } => {
                let proposal: Texts<'_> = vec![(Field::Text, text, REQUIRED)];
                let grant = grant.as_deref().map(Grant::texts).unwrap_or_default();
                [proposal, grant].concat()
            }
            Self::AcceptSettlement { text } => vec![(Field::Text, text, OPTIONAL)],
            Self::Mediate {
                agreement,
                document,
            } => vec![
                (Field::Agreement, agreement, REQUIRED),
                (Field::Document, document, REQUIRED),
            ],
            Self::Refer {
                authority,
                reason,
                document,
            } => vec![
                (Field::Authority, authority, REQUIRED),
                (Field::Reason, reason, REQUIRED),
                (Field::Document, document, OPTIONAL),
            ],
            Self::Decide {
                government,
                document,
                reason,
                ..
            } => vec![
                (Field::Government, government, REQUIRED),
                (Field::Document, document, REQUIRED),
                (Field::Reason, reason, REQUIRED),
            ],
            _ => vec![],
        }
    }

    fn amendment_violation(&self) -> Option<Violation> {
        let Self::AskAmendment {
            scope,
            purpose,
            period_days,
            third_party,
            ..
        } = self
        else {
            return None;
        };
        if *period_days > MAX_PERIOD_DAYS {
            let problem = msg::AmendmentPeriodTooLong {
                days: *period_days,
                most: MAX_PERIOD_DAYS,
            };
            return Some(Violation::new(Field::PeriodDays, problem));
        }
        let asks_nothing = [scope, purpose, third_party]
            .iter()
            .all(|text| text.is_empty());
        (asks_nothing && *period_days == 0)
            .then(|| Violation::new(Field::Scope, msg::AmendmentAsksNothing))
    }
}

impl Grant {
    fn texts(&self) -> Texts<'_> {
        vec![
            (Field::Scope, &self.scope, REQUIRED),
            (Field::Conditions, &self.conditions, OPTIONAL),
            (Field::Disposal, &self.disposal, OPTIONAL),
        ]
    }
}

fn reasons<'m>(reason: &'m str, legal_basis: &'m str) -> Texts<'m> {
    vec![
        (Field::Reason, reason, REQUIRED),
        (Field::LegalBasis, legal_basis, REQUIRED),
    ]
}

#[cfg(test)]
#[path = "texts_tests.rs"]
mod tests;
