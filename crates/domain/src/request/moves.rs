//! The moves of a request and their content.

mod approval;
mod kind;
mod texts;

use jiff::Timestamp;
use jiff::civil::Date;

pub use self::approval::Approval;
pub use self::kind::{Countersigner, MoveKind};
use super::due::DueAct;
use super::number::RequestId;
use super::terms::GrantTerms;
use crate::calendar::Deadline;
use crate::catalogue::ShareClass;
use crate::problem::Problem;

/// One move in the lifecycle of a request. Articles are those of Order 809 (政务数据共享条例).
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
        /// The approval that the entry needed; `None` if it needed none.
        approval: Option<Approval>,
    },
    /// The coordinator cannot pass it on, or ends it before it is answered because a party has left the cluster.
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
    /// The consumer takes the request back, or the amendment of a grant that it has asked for.
    Withdraw {
        /// The reason.
        reason: String,
    },
    /// A party disputes (art. 28): a refusal, an overdue answer, a declined amendment, a suspension, an opposed
    /// consultation or the end of a grant.
    Dispute {
        /// The reason.
        reason: String,
        /// Record of the negotiation before it; may be empty.
        negotiation: String,
    },
    /// The party that disputed takes its dispute back.
    WithdrawDispute {
        /// The reason.
        reason: String,
    },
    /// The coordinator upholds the refusal. No longer made; recorded ones are read.
    Uphold {
        /// The reason.
        reason: String,
    },
    /// The coordinator requires a new answer from the provider. No longer made; recorded ones are read.
    Remand {
        /// The reason.
        reason: String,
        /// Last day to answer.
        deadline: Deadline,
    },
    /// The consumer closes the grant (art. 27).
    Close {
        /// The cause.
        cause: CloseCause,
        /// The achievement of the purpose and the disposal of the data.
        statement: String,
        /// Evidence of the disposal; may be empty.
        evidence: String,
    },
    /// The provider has mounted and checked the data, and tells the consumer (提供, art. 22).
    Offer {
        /// A note to the consumer; may be empty.
        note: String,
    },
    /// The consumer asks for an amendment of the grant (art. 25).
    AskAmendment {
        /// The reason.
        reason: String,
        /// The wanted scope; empty for the granted one.
        scope: String,
        /// The wanted purpose; empty for the one of the request.
        purpose: String,
        /// Further days of use; 0 for the granted end.
        period_days: u32,
        /// The third party to which the data is to be passed on; empty for none.
        third_party: String,
    },
    /// The provider grants the amendment: this is the grant from now on.
    Amend {
        /// The grant.
        grant: Grant,
        /// Time at which the amendment was asked for; `None` in moves recorded before it was stated.
        asked_at: Option<Timestamp>,
    },
    /// The provider declines the amendment.
    DeclineAmendment {
        /// The reason.
        reason: String,
        /// The legal basis.
        legal_basis: String,
        /// As in [`Self::Amend`].
        asked_at: Option<Timestamp>,
    },
    /// The provider suspends the grant for misuse, with a time to mend (限期整改, art. 27).
    Suspend {
        /// The reason.
        reason: String,
        /// The legal basis.
        legal_basis: String,
        /// Last day to mend the misuse.
        mend_by: Deadline,
    },
    /// The consumer reports that the misuse is mended.
    ReportMended {
        /// The statement of what was done.
        statement: String,
    },
    /// The provider accepts the mending: the grant goes on.
    Resume {
        /// The reason.
        reason: String,
    },
    /// The provider consults the consumer about ending or changing the grant (art. 27).
    Consult {
        /// The reason.
        reason: String,
        /// The legal basis.
        legal_basis: String,
        /// The grant as it is to be; `None` if it is to end.
        change: Option<Box<Grant>>,
        /// First day on which the end or the change takes effect, if the entry is to be withdrawn, unmounted or shared
        /// on stricter terms and the provider's rules require a withdrawal notice; else `None`.
        not_before: Option<Date>,
    },
    /// The consumer answers the consultation.
    AnswerConsultation {
        /// True if it agrees.
        agrees: bool,
        /// The answer in words; may be empty if it agrees.
        text: String,
    },
    /// The provider ends the grant, filed with its authority (备案, art. 27).
    Terminate {
        /// The reason.
        reason: String,
        /// The legal basis.
        legal_basis: String,
    },
    /// The provider changes the grant as consulted about, filed with its authority.
    Change(Grant),
    /// A party proposes to settle the dispute.
    ProposeSettlement {
        /// The proposal in words.
        text: String,
        /// A grant, which only the provider can propose; without it the request goes back to its state before.
        grant: Option<Box<Grant>>,
    },
    /// A party accepts the other's proposal.
    AcceptSettlement {
        /// A remark; may be empty.
        text: String,
    },
    /// The coordinator records that the parties agreed in its mediation (协调处理, art. 28).
    Mediate {
        /// The agreement in words.
        agreement: String,
        /// Number of its document.
        document: String,
    },
    /// The coordinator refers the dispute to the common superior authority (共同的上级主管部门).
    Refer {
        /// The authority.
        authority: String,
        /// The reason.
        reason: String,
        /// Number of the document; may be empty.
        document: String,
    },
    /// The coordinator records the decision of a government on the dispute.
    Decide {
        /// The government.
        government: String,
        /// Number of the decision.
        document: String,
        /// The decision in words.
        reason: String,
        /// Last day of the provider's new answer; `None` if everything stays as it was before the dispute.
        deadline: Option<Deadline>,
    },
    /// The coordinator notes that the period of the grant has ended (art. 27).
    Lapse {
        /// The consumer's last day to dispose of the data and close.
        disposal: Deadline,
    },
    /// The coordinator moves a provisional deadline, after a holiday notice.
    MoveDeadline {
        /// The act that is due.
        act: DueAct,
        /// Its new last day.
        deadline: Deadline,
    },
}

/// The content of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The part of the data and its use in words: recorded only, not enforced.
    pub scope: String,
    /// Conditions of use; may be empty.
    pub conditions: String,
    /// The consumer's disposal of the data at the end (处置要求); may be empty.
    pub disposal: String,
    /// The enforced terms.
    pub terms: GrantTerms,
    /// True if granted automatically: because the resource is unconditional, by its rule, or under a return flow.
    pub automatic: bool,
    /// The number of the return flow (回流) under which it was granted.
    pub return_flow: Option<RequestId>,
}

/// The cause of closing a grant (Order 809, art. 27).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseCause {
    /// The purpose is met.
    PurposeMet,
    /// The purpose cannot be met.
    Impossible,
    /// The data is no longer needed.
    NotNeeded,
}

/// The reason that a request cannot be passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RejectReason {
    /// The provider is not a member, or a party has left the cluster.
    NotAMember,
    /// The resource does not exist, or was withdrawn.
    NoSuchResource,
    /// The resource is of class 3.
    NotShared,
    /// The resource belongs to the consumer itself.
    OwnResource,
    /// The request is dated ahead of the coordinator's clock by more than the allowance for clocks.
    DatedAhead,
    /// The data may not leave a region to which the consumer does not belong.
    OutsideRegion,
    /// The common superior authority did not approve the request.
    NotApproved,
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
            Self::Offer { .. } => MoveKind::Offer,
            Self::AskAmendment { .. } => MoveKind::AskAmendment,
            Self::Amend { .. } => MoveKind::Amend,
            Self::DeclineAmendment { .. } => MoveKind::DeclineAmendment,
            Self::Suspend { .. } => MoveKind::Suspend,
            Self::ReportMended { .. } => MoveKind::ReportMended,
            Self::Resume { .. } => MoveKind::Resume,
            Self::Consult { .. } => MoveKind::Consult,
            Self::AnswerConsultation { .. } => MoveKind::AnswerConsultation,
            Self::Terminate { .. } => MoveKind::Terminate,
            Self::Change(_) => MoveKind::Change,
            Self::ProposeSettlement { .. } => MoveKind::ProposeSettlement,
            Self::AcceptSettlement { .. } => MoveKind::AcceptSettlement,
            Self::Mediate { .. } => MoveKind::Mediate,
            Self::Refer { .. } => MoveKind::Refer,
            Self::Decide { .. } => MoveKind::Decide,
            Self::MoveDeadline { .. } => MoveKind::MoveDeadline,
            Self::WithdrawDispute { .. } => MoveKind::WithdrawDispute,
            Self::Lapse { .. } => MoveKind::Lapse,
        }
    }

    /// Returns the grant that the move makes, consults about or proposes.
    pub fn grant(&self) -> Option<&Grant> {
        match self {
            Self::Grant(grant) | Self::Amend { grant, .. } | Self::Change(grant) => Some(grant),
            Self::Consult { change: grant, .. } | Self::ProposeSettlement { grant, .. } => {
                grant.as_deref()
            }
            _ => None,
        }
    }

    /// Returns the person whose consent the move needs; `None` if it needs none. A grant that is proposed to settle a
    /// dispute needs what a grant needs.
    pub fn countersigner(&self) -> Option<Countersigner> {
        match self {
            Self::ProposeSettlement { grant: Some(_), .. } => MoveKind::Grant.countersigner(),
            other => other.kind().countersigner(),
        }
    }

    /// Returns true if the supervising authority of the provider may make the move in its own name, beside the providing
    /// department (art. 27).
    pub fn is_of_authority(&self) -> bool {
        matches!(self, Self::Suspend { .. } | Self::Resume { .. })
    }

    /// Returns true if deliveries may go on by this move of the provider alone, or by the consumer's consent to
    /// it.
    pub fn opens_deliveries(&self) -> bool {
        match self {
            Self::Grant(_) | Self::Amend { .. } | Self::Change(_) | Self::Resume { .. } => true,
            Self::ProposeSettlement { grant, .. } => grant.is_some(),
            _ => false,
        }
    }
}
