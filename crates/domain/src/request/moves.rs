//! The moves of a request and their content.

use chengji_messages::{Message, msg};

use super::terms::GrantTerms;
use super::{OPTIONAL, REQUIRED, violations_to_result};
use crate::calendar::Deadline;
use crate::catalogue::ShareClass;
use crate::error::Error;
use crate::field::Field;
use crate::problem::Problem;
use crate::text::TextRule;

/// One move in the lifecycle of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// The coordinator passes the request on.
    Route {
        /// Class of the entry at that time.
        share_class: ShareClass,
        /// Revision of the entry at that time.
        revision: u32,
        /// Last day to answer.
        deadline: Deadline,
    },
    /// The coordinator cannot pass it on.
    Reject {
        /// The reason.
        reason: RejectReason,
        /// The reason in detail.
        problem: Problem,
    },
    /// The provider asks, once, for missing information (补正).
    AskSupplement {
        /// The missing information.
        missing: String,
    },
    /// The consumer supplies the missing information.
    Supplement {
        /// The supplied text.
        text: String,
    },
    /// The provider extends the deadline, once.
    Extend {
        /// The reason.
        reason: String,
        /// New last day to answer.
        deadline: Deadline,
    },
    /// The provider grants.
    Grant(Grant),
    /// The provider refuses.
    Refuse {
        /// The reason.
        reason: String,
        /// The legal basis.
        legal_basis: String,
    },
    /// The consumer takes the request back.
    Withdraw {
        /// The reason.
        reason: String,
    },
    /// The consumer disputes a refusal, or an overdue answer.
    Dispute {
        /// The reason.
        reason: String,
    },
    /// The coordinator upholds the refusal.
    Uphold {
        /// The reason.
        reason: String,
    },
    /// The coordinator requires a new answer from the provider.
    Remand {
        /// The reason.
        reason: String,
        /// Last day to answer.
        deadline: Deadline,
    },
    /// The consumer closes the grant.
    Close {
        /// The achievement of the purpose and the disposal of the data.
        statement: String,
    },
}

/// The content of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The part of the data and its use in words: recorded only, not enforced.
    pub scope: String,
    /// Conditions of use; may be empty.
    pub conditions: String,
    /// The enforced terms.
    pub terms: GrantTerms,
    /// True if granted automatically, because the resource is unconditional.
    pub automatic: bool,
}

/// The reason that a request cannot be passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RejectReason {
    /// The provider is not a member.
    NotAMember,
    /// The resource does not exist, or was withdrawn.
    NoSuchResource,
    /// The resource is of class 3.
    NotShared,
    /// The resource belongs to the consumer itself.
    OwnResource,
    /// The request is dated ahead of the coordinator's clock by more than the allowance for clocks.
    DatedAhead,
}

/// The kind of a move, without its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is the move of that name")]
pub enum MoveKind {
    Route,
    Reject,
    AskSupplement,
    Supplement,
    Extend,
    Grant,
    Refuse,
    Withdraw,
    Dispute,
    Uphold,
    Remand,
    Close,
}

impl MoveKind {
    /// Returns the move's name for people.
    pub fn label(self) -> Message {
        match self {
            Self::Route => msg::MoveRoute.into(),
            Self::Reject => msg::MoveReject.into(),
            Self::AskSupplement => msg::MoveAskSupplement.into(),
            Self::Supplement => msg::MoveSupplement.into(),
            Self::Extend => msg::MoveExtend.into(),
            Self::Grant => msg::MoveGrant.into(),
            Self::Refuse => msg::MoveRefuse.into(),
            Self::Withdraw => msg::MoveWithdraw.into(),
            Self::Dispute => msg::MoveDispute.into(),
            Self::Uphold => msg::MoveUphold.into(),
            Self::Remand => msg::MoveRemand.into(),
            Self::Close => msg::MoveClose.into(),
        }
    }
}

impl Move {
    /// Returns the kind of the move.
    pub fn kind(&self) -> MoveKind {
        match self {
            Self::Route { .. } => MoveKind::Route,
            Self::Reject { .. } => MoveKind::Reject,
            Self::AskSupplement { .. } => MoveKind::AskSupplement,
            Self::Supplement { .. } => MoveKind::Supplement,
            Self::Extend { .. } => MoveKind::Extend,
            Self::Grant(_) => MoveKind::Grant,
            Self::Refuse { .. } => MoveKind::Refuse,
            Self::Withdraw { .. } => MoveKind::Withdraw,
            Self::Dispute { .. } => MoveKind::Dispute,
            Self::Uphold { .. } => MoveKind::Uphold,
            Self::Remand { .. } => MoveKind::Remand,
            Self::Close { .. } => MoveKind::Close,
        }
    }

    /// Refuses texts that may not be recorded; the error lists all of them.
    pub fn check(&self) -> Result<(), Error> {
        let texts: Vec<(Field, &str, TextRule)> = match self {
            Self::Route { .. } | Self::Reject { .. } => vec![],
            Self::AskSupplement { missing } => vec![(Field::Missing, missing, REQUIRED)],
            Self::Supplement { text } => vec![(Field::Text, text, REQUIRED)],
            Self::Grant(grant) => {
                vec![
                    (Field::Scope, &grant.scope, REQUIRED),
                    (Field::Conditions, &grant.conditions, OPTIONAL),
                ]
            }
            Self::Refuse {
                reason,
                legal_basis,
            } => {
                vec![
                    (Field::Reason, reason, REQUIRED),
                    (Field::LegalBasis, legal_basis, REQUIRED),
                ]
            }
            Self::Extend { reason, .. }
            | Self::Withdraw { reason }
            | Self::Dispute { reason }
            | Self::Uphold { reason }
            | Self::Remand { reason, .. } => vec![(Field::Reason, reason, REQUIRED)],
            Self::Close { statement } => vec![(Field::Statement, statement, REQUIRED)],
        };
        let violations = texts
            .iter()
            .filter_map(|(field, text, rule)| rule.violation(*field, text));
        violations_to_result(violations.collect(), |fields| {
            msg::MoveNotValid { fields }.into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_of_a_move_commands_or_hides() {
        let deadline = Deadline::certain(jiff::civil::date(2026, 12, 7));
        let moves = |text: &str| {
            let (a, b) = (|| text.to_owned(), || "说明".to_owned());
            let grant = |scope, conditions| {
                Move::Grant(Grant {
                    scope,
                    conditions,
                    terms: GrantTerms::file(jiff::Timestamp::MAX),
                    automatic: false,
                })
            };
            let refuse = |reason, legal_basis| Move::Refuse {
                reason,
                legal_basis,
            };
            vec![
                Move::AskSupplement { missing: a() },
                Move::Supplement { text: a() },
                Move::Extend {
                    reason: a(),
                    deadline,
                },
                grant(a(), b()),
                grant(b(), a()),
                refuse(a(), b()),
                refuse(b(), a()),
                Move::Withdraw { reason: a() },
                Move::Dispute { reason: a() },
                Move::Uphold { reason: a() },
                Move::Remand {
                    reason: a(),
                    deadline,
                },
                Move::Close { statement: a() },
            ]
        };
        assert!(moves("两行\n文字").iter().all(|mv| mv.check().is_ok()));
        for text in ["长沙\u{1b}[2J", "长沙\u{7}", "长沙\u{202e}", "长\u{200b}沙"] {
            for mv in moves(text) {
                let violations = mv.check().unwrap_err().violations().len();
                assert_eq!(violations, 1, "{mv:?}");
            }
        }
    }
}
