//! The moves of a matter.

use chengji_messages::{Message, msg};
use jiff::Timestamp;

use super::{OPTIONAL, REQUIRED};
use crate::calendar::Deadline;
use crate::city::CityCode;
use crate::digest::Digest;
use crate::error::Result;
use crate::field::Field;
use crate::problem::Problem;
use crate::request::{Actor, Party, RequestId, violations_to_result};
use crate::resource::ResourceRef;
use crate::uscc::Uscc;

/// A move of a matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MatterMove {
    /// Coordinator: a demand is on the open list of the cluster.
    Open,
    /// Coordinator: a city has to answer; of a correction, its provider.
    Assign {
        /// The city.
        city: CityCode,
        /// The source department (数源部门) in it; `None` where none is named.
        department: Option<Uscc>,
        /// The city's last day.
        deadline: Deadline,
    },
    /// Coordinator: the matter is not admitted.
    Reject {
        /// The reason.
        problem: Problem,
    },
    /// Provider: the error was verified and is admitted.
    Accept {
        /// Further information; may be empty.
        note: String,
    },
    /// Provider: the data is corrected.
    Correct {
        /// The revision of the entry that is published now.
        revision: u32,
        /// Digest of the newest measurement; `None` if nothing is measured.
        content: Option<Digest>,
        /// Further information; may be empty.
        note: String,
    },
    /// Provider: an entry of its catalogue answers the demand.
    Supply {
        /// The entry.
        resource: ResourceRef,
        /// True if it was published for the demand.
        is_new: bool,
        /// Further information; may be empty.
        note: String,
    },
    /// Provider: there is no error, or no such data.
    Decline {
        /// The reason.
        reason: String,
        /// Its legal basis; may be empty.
        legal_basis: String,
    },
    /// Consumer: takes the matter back before it is answered.
    Withdraw {
        /// The reason.
        reason: String,
    },
    /// Consumer: closes an answered or declined demand.
    Close {
        /// The outcome.
        statement: String,
    },
    /// Coordinator: the consumer has received the entry that answers its demand.
    Deliver {
        /// The request under which it was received.
        request: RequestId,
    },
    /// Coordinator: a holiday notice moves a provisional deadline, only later.
    MoveDeadline {
        /// The new deadline.
        deadline: Deadline,
    },
}

/// The kind of a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(
    missing_docs,
    reason = "each is the move of that name; see `MatterMove`"
)]
pub enum MatterMoveKind {
    Open,
    Assign,
    Reject,
    Accept,
    Correct,
    Supply,
    Decline,
    Withdraw,
    Close,
    Deliver,
    MoveDeadline,
}

impl MatterMoveKind {
    /// All kinds.
    pub const ALL: [Self; 11] = [
        Self::Open,
        Self::Assign,
        Self::Reject,
        Self::Accept,
        Self::Correct,
        Self::Supply,
        Self::Decline,
        Self::Withdraw,
        Self::Close,
        Self::Deliver,
        Self::MoveDeadline,
    ];

    /// Returns the move for people, as a verb.
    pub fn label(self) -> Message {
        match self {
            Self::Open => msg::MatterMoveOpen.into(),
            Self::Assign => msg::MatterMoveAssign.into(),
            Self::Reject => msg::MatterMoveReject.into(),
            Self::Accept => msg::MatterMoveAccept.into(),
            Self::Correct => msg::MatterMoveCorrect.into(),
            Self::Supply => msg::MatterMoveSupply.into(),
            Self::Decline => msg::MatterMoveDecline.into(),
            Self::Withdraw => msg::MatterMoveWithdraw.into(),
            Self::Close => msg::MatterMoveClose.into(),
            Self::Deliver => msg::MatterMoveDeliver.into(),
            Self::MoveDeadline => msg::MatterMoveMoveDeadline.into(),
        }
    }

    /// Returns its name in the text form; pinned.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Assign => "assign",
            Self::Reject => "reject",
            Self::Accept => "accept",
            Self::Correct => "correct",
            Self::Supply => "supply",
            Self::Decline => "decline",
            Self::Withdraw => "withdraw",
            Self::Close => "close",
            Self::Deliver => "deliver",
            Self::MoveDeadline => "move-deadline",
        }
    }

    /// Returns true for the moves of the coordinator, which no city makes.
    pub fn is_of_coordinator(self) -> bool {
        match self {
            Self::Open | Self::Assign | Self::Reject | Self::Deliver | Self::MoveDeadline => true,
            Self::Accept
            | Self::Correct
            | Self::Supply
            | Self::Decline
            | Self::Withdraw
            | Self::Close => false,
        }
    }
}

impl MatterMove {
    /// Returns the kind of the move.
    pub fn kind(&self) -> MatterMoveKind {
        match self {
            Self::Open => MatterMoveKind::Open,
            Self::Assign { .. } => MatterMoveKind::Assign,
            Self::Reject { .. } => MatterMoveKind::Reject,
            Self::Accept { .. } => MatterMoveKind::Accept,
            Self::Correct { .. } => MatterMoveKind::Correct,
            Self::Supply { .. } => MatterMoveKind::Supply,
            Self::Decline { .. } => MatterMoveKind::Decline,
            Self::Withdraw { .. } => MatterMoveKind::Withdraw,
            Self::Close { .. } => MatterMoveKind::Close,
            Self::Deliver { .. } => MatterMoveKind::Deliver,
            Self::MoveDeadline { .. } => MatterMoveKind::MoveDeadline,
        }
    }

    /// Refuses texts that may not be recorded; the error lists all of them. Recorded moves are not checked again.
    pub fn check(&self) -> Result<()> {
        let texts = match self {
            Self::Open
            | Self::Assign { .. }
            | Self::Reject { .. }
            | Self::Deliver { .. }
            | Self::MoveDeadline { .. } => vec![],
            Self::Accept { note } | Self::Correct { note, .. } | Self::Supply { note, .. } => {
                vec![(Field::Note, note, OPTIONAL)]
            }
            Self::Decline {
                reason,
                legal_basis,
            } => vec![
                (Field::Reason, reason, REQUIRED),
                (Field::LegalBasis, legal_basis, OPTIONAL),
            ],
            Self::Withdraw { reason } => vec![(Field::Reason, reason, REQUIRED)],
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

/// A move in the history of a matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatterStep {
    /// The party: the consumer filed the matter, the provider answers it.
    pub party: Party,
    /// The actor.
    pub actor: Actor,
    /// Time of the move, by that party's clock.
    pub at: Timestamp,
    /// The move.
    pub mv: MatterMove,
}
