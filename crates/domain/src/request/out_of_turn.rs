//! Moves that a state does not permit, and the rules that they break.

use std::fmt;

use chengji_messages::{Message, msg};
use jiff::civil::Date;

use super::Party;
use super::moves::MoveKind;
use super::state_name::State;

/// A rule of moves beside whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoveRule {
    /// An answer is disputed as late only after its deadline.
    DeadlineRunning,
    /// A supplement is asked for only once.
    AskedAlready,
    /// An overdue answer can be neither postponed nor put off by a question.
    DeadlinePassed,
    /// A grant ends after it begins.
    GrantOver,
    /// A deadline is extended only once.
    ExtendedAlready,
    /// An extended deadline is later than the one before.
    DeadlineNotLater,
    /// A deadline is moved only while it is provisional.
    DeadlineCertain,
    /// Granted data is offered once.
    OfferedAlready,
    /// A further amendment is asked for only after the answer to the one before.
    AmendmentOpen,
    /// A consultation ends by its answer or its last day before another begins.
    ConsultationOpen,
    /// A consultation is answered only once.
    ConsultationAnswered,
    /// A grant is ended or changed only after a consultation about that, answered or past its last day.
    ConsultFirst,
    /// A grant is changed only as consulted about.
    NotAsConsulted,
    /// The entry is in use, and supplied until the withdrawal notice has passed.
    NoticeRunning {
        /// First day on which the grant may be ended or changed.
        first: Date,
    },
    /// The time to mend ends after the day of the suspension.
    MendingTimeOver,
    /// The mending of a misuse is reported only once.
    MendingReported,
    /// A suspended grant is ended only after its time to mend, or after the mending was reported.
    MendingRunning,
    /// A running grant is disputed only over a declined or overdue amendment, or an opposed consultation.
    NothingToDispute,
    /// Only the provider proposes a grant.
    GrantByProvider,
    /// Only a proposal of the other party is accepted.
    NoProposal,
    /// A proposal is accepted only after it was made.
    SettlementNewer,
    /// A new answer is ordered only where one was disputed.
    NoAnswerDue,
    /// A dispute is taken back only by the party that disputed.
    DisputeOfOther,
    /// An answer is to the amendment that is open.
    OtherAmendment,
}

impl MoveRule {
    /// Returns the rule for people.
    pub fn label(self) -> Message {
        match self {
            Self::DeadlineRunning => msg::MoveRuleDeadlineRunning.into(),
            Self::AskedAlready => msg::MoveRuleAskedAlready.into(),
            Self::DeadlinePassed => msg::MoveRuleDeadlinePassed.into(),
            Self::GrantOver => msg::MoveRuleGrantOver.into(),
            Self::ExtendedAlready => msg::MoveRuleExtendedAlready.into(),
            Self::DeadlineNotLater => msg::MoveRuleDeadlineNotLater.into(),
            Self::DeadlineCertain => msg::MoveRuleDeadlineCertain.into(),
            Self::OfferedAlready => msg::MoveRuleOfferedAlready.into(),
            Self::AmendmentOpen => msg::MoveRuleAmendmentOpen.into(),
            Self::ConsultationOpen => msg::MoveRuleConsultationOpen.into(),
            Self::ConsultationAnswered => msg::MoveRuleConsultationAnswered.into(),
            Self::ConsultFirst => msg::MoveRuleConsultFirst.into(),
            Self::NotAsConsulted => msg::MoveRuleNotAsConsulted.into(),
            Self::NoticeRunning { first } => msg::MoveRuleNoticeRunning { first }.into(),
            Self::MendingTimeOver => msg::MoveRuleMendingTimeOver.into(),
            Self::MendingReported => msg::MoveRuleMendingReported.into(),
            Self::MendingRunning => msg::MoveRuleMendingRunning.into(),
            Self::NothingToDispute => msg::MoveRuleNothingToDispute.into(),
            Self::GrantByProvider => msg::MoveRuleGrantByProvider.into(),
            Self::NoProposal => msg::MoveRuleNoProposal.into(),
            Self::SettlementNewer => msg::MoveRuleSettlementNewer.into(),
            Self::NoAnswerDue => msg::MoveRuleNoAnswerDue.into(),
            Self::DisputeOfOther => msg::MoveRuleDisputeOfOther.into(),
            Self::OtherAmendment => msg::MoveRuleOtherAmendment.into(),
        }
    }
}

/// A move that was not permitted to this party in this state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfTurn {
    /// The state.
    pub state: State,
    /// The party.
    pub party: Party,
    /// The kind of the move.
    pub kind: MoveKind,
    /// The rule that it broke, if it was not simply out of turn.
    pub why: Option<MoveRule>,
}

impl OutOfTurn {
    /// Returns what is wrong, and whose turn it is.
    pub fn message(&self) -> Message {
        let (party, action, state) = (self.party.label(), self.kind.label(), self.state.label());
        match (self.why, self.state.turn()) {
            (Some(rule), _) => msg::MoveAgainstRule {
                action,
                party,
                rule: rule.label(),
                state,
            }
            .into(),
            (None, Some(turn)) => msg::MoveInTurnOf {
                action,
                party,
                state,
                turn: turn.label(),
            }
            .into(),
            (None, None) => msg::MoveAfterEnd {
                action,
                party,
                state,
            }
            .into(),
        }
    }
}

/// The message in English.
impl fmt::Display for OutOfTurn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl std::error::Error for OutOfTurn {}
