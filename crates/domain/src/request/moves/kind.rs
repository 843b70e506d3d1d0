//! The kinds of moves, their names, and the person who consents to each.

use chengji_messages::{Message, msg};

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
    Offer,
    AskAmendment,
    Amend,
    DeclineAmendment,
    Suspend,
    ReportMended,
    Resume,
    Consult,
    AnswerConsultation,
    Terminate,
    Change,
    ProposeSettlement,
    AcceptSettlement,
    Mediate,
    Refer,
    Decide,
    MoveDeadline,
    WithdrawDispute,
    Lapse,
}

/// The person of the moving city whose internal consent a move needs (Order 809, art. 20, 21, 27).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Countersigner {
    /// The head of the sharing office (负责人).
    Consenter,
    /// The provider's authority (主管部门), which consents to extensions and takes filings.
    Authority,
}

impl Countersigner {
    /// The one of a submission.
    pub const OF_SUBMISSION: Self = Self::Consenter;
}

impl MoveKind {
    /// All kinds.
    pub const ALL: [Self; 31] = [
        Self::Route,
        Self::Reject,
        Self::AskSupplement,
        Self::Supplement,
        Self::Extend,
        Self::Grant,
        Self::Refuse,
        Self::Withdraw,
        Self::Dispute,
        Self::Uphold,
        Self::Remand,
        Self::Close,
        Self::Offer,
        Self::AskAmendment,
        Self::Amend,
        Self::DeclineAmendment,
        Self::Suspend,
        Self::ReportMended,
        Self::Resume,
        Self::Consult,
        Self::AnswerConsultation,
        Self::Terminate,
        Self::Change,
        Self::ProposeSettlement,
        Self::AcceptSettlement,
        Self::Mediate,
        Self::Refer,
        Self::Decide,
        Self::MoveDeadline,
        Self::WithdrawDispute,
        Self::Lapse,
    ];

    /// Returns the pinned name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Route => "route",
            Self::Reject => "reject",
            Self::AskSupplement => "ask-supplement",
            Self::Supplement => "supplement",
            Self::Extend => "extend",
            Self::Grant => "grant",
            Self::Refuse => "refuse",
            Self::Withdraw => "withdraw",
            Self::Dispute => "dispute",
            Self::Uphold => "uphold",
            Self::Remand => "remand",
            Self::Close => "close",
            Self::Offer => "offer",
            Self::AskAmendment => "ask-amendment",
            Self::Amend => "amend",
            Self::DeclineAmendment => "decline-amendment",
            Self::Suspend => "suspend",
            Self::ReportMended => "report-mended",
            Self::Resume => "resume",
            Self::Consult => "consult",
            Self::AnswerConsultation => "answer-consultation",
            Self::Terminate => "terminate",
            Self::Change => "change",
            Self::ProposeSettlement => "propose-settlement",
            Self::AcceptSettlement => "accept-settlement",
            Self::Mediate => "mediate",
            Self::Refer => "refer",
            Self::Decide => "decide",
            Self::MoveDeadline => "move-deadline",
            Self::WithdrawDispute => "withdraw-dispute",
            Self::Lapse => "lapse",
        }
    }

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
            Self::Offer => msg::MoveOffer.into(),
            Self::AskAmendment => msg::MoveAskAmendment.into(),
            Self::Amend => msg::MoveAmend.into(),
            Self::DeclineAmendment => msg::MoveDeclineAmendment.into(),
            Self::Suspend => msg::MoveSuspend.into(),
            Self::ReportMended => msg::MoveReportMended.into(),
            Self::Resume => msg::MoveResume.into(),
            Self::Consult => msg::MoveConsult.into(),
            Self::AnswerConsultation => msg::MoveAnswerConsultation.into(),
            Self::Terminate => msg::MoveTerminate.into(),
            Self::Change => msg::MoveChange.into(),
            Self::ProposeSettlement => msg::MoveProposeSettlement.into(),
            Self::AcceptSettlement => msg::MoveAcceptSettlement.into(),
            Self::Mediate => msg::MoveMediate.into(),
            Self::Refer => msg::MoveRefer.into(),
            Self::Decide => msg::MoveDecide.into(),
            Self::MoveDeadline => msg::MoveMoveDeadline.into(),
            Self::WithdrawDispute => msg::MoveWithdrawDispute.into(),
            Self::Lapse => msg::MoveLapse.into(),
        }
    }

    /// Returns the person whose consent moves of this kind need; `None` if they need none. A proposal to settle a
    /// dispute by a grant needs one beside: see [`Move::countersigner`](super::Move::countersigner).
    pub(super) fn countersigner(self) -> Option<Countersigner> {
        match self {
            Self::Grant | Self::Refuse | Self::Amend | Self::DeclineAmendment => {
                Some(Countersigner::Consenter)
            }
            Self::Extend | Self::Terminate | Self::Change => Some(Countersigner::Authority),
            Self::Route
            | Self::Reject
            | Self::AskSupplement
            | Self::Supplement
            | Self::Withdraw
            | Self::Dispute
            | Self::Uphold
            | Self::Remand
            | Self::Close
            | Self::Offer
            | Self::AskAmendment
            | Self::Suspend
            | Self::ReportMended
            | Self::Resume
            | Self::Consult
            | Self::AnswerConsultation
            | Self::ProposeSettlement
            | Self::AcceptSettlement
            | Self::Mediate
            | Self::Refer
            | Self::Decide
            | Self::MoveDeadline
            | Self::WithdrawDispute
            | Self::Lapse => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_of_move_has_a_name_of_its_own() {
        let names: BTreeSet<_> = MoveKind::ALL
            .iter()
            .map(|kind| kind.label().code().to_owned())
            .collect();
        assert_eq!(names.len(), MoveKind::ALL.len());
    }

    #[test]
    fn answers_are_consented_to_by_the_head_and_filings_by_the_authority() {
        let of = |countersigner| {
            let kinds = MoveKind::ALL.into_iter();
            kinds
                .filter(|kind| kind.countersigner() == Some(countersigner))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            of(Countersigner::Consenter),
            [
                MoveKind::Grant,
                MoveKind::Refuse,
                MoveKind::Amend,
                MoveKind::DeclineAmendment
            ]
        );
        assert_eq!(
            of(Countersigner::Authority),
            [MoveKind::Extend, MoveKind::Terminate, MoveKind::Change]
        );
        assert_eq!(Countersigner::OF_SUBMISSION, Countersigner::Consenter);
    }
}
