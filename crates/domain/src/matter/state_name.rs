//! The names of the states of a matter, for display and lists.

use std::fmt;

use chengji_messages::{Message, msg};

use super::MatterKind;
use crate::request::Party;

/// The name of a state for display.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatterState {
    /// Waits for the coordinator.
    Filed,
    /// A demand without a city that has to answer it.
    Open,
    /// Waits for the answer of a city.
    Assigned,
    /// An error that was admitted and is to be corrected.
    Accepted,
    /// The data was corrected.
    Corrected,
    /// A demand with an entry that answers it, until that is delivered.
    Answered,
    /// Declined with reasons.
    Declined,
    /// The entry that answers the demand was received.
    Delivered,
    /// A demand that the consumer has closed.
    Closed,
    /// Taken back by the consumer.
    Withdrawn,
    /// Not admitted by the coordinator.
    Rejected,
}

impl MatterState {
    /// All states.
    pub const ALL: [Self; 11] = [
        Self::Filed,
        Self::Open,
        Self::Assigned,
        Self::Accepted,
        Self::Corrected,
        Self::Answered,
        Self::Declined,
        Self::Delivered,
        Self::Closed,
        Self::Withdrawn,
        Self::Rejected,
    ];

    /// Returns the state for people.
    pub fn label(self) -> Message {
        match self {
            Self::Filed => msg::MatterStateFiled.into(),
            Self::Open => msg::MatterStateOpen.into(),
            Self::Assigned => msg::MatterStateAssigned.into(),
            Self::Accepted => msg::MatterStateAccepted.into(),
            Self::Corrected => msg::MatterStateCorrected.into(),
            Self::Answered => msg::MatterStateAnswered.into(),
            Self::Declined => msg::MatterStateDeclined.into(),
            Self::Delivered => msg::MatterStateDelivered.into(),
            Self::Closed => msg::MatterStateClosed.into(),
            Self::Withdrawn => msg::MatterStateWithdrawn.into(),
            Self::Rejected => msg::MatterStateRejected.into(),
        }
    }

    /// Returns its name in commands and its text form; pinned.
    pub fn name(self) -> &'static str {
        match self {
            Self::Filed => "filed",
            Self::Open => "open",
            Self::Assigned => "assigned",
            Self::Accepted => "accepted",
            Self::Corrected => "corrected",
            Self::Answered => "answered",
            Self::Declined => "declined",
            Self::Delivered => "delivered",
            Self::Closed => "closed",
            Self::Withdrawn => "withdrawn",
            Self::Rejected => "rejected",
        }
    }

    /// Returns the party whose turn it is in a matter of this kind; `None` if it has ended.
    pub fn turn(self, kind: MatterKind) -> Option<Party> {
        match (self, kind) {
            (Self::Filed | Self::Open, _) | (Self::Declined, MatterKind::Demand) => {
                Some(Party::Coordinator)
            }
            (Self::Assigned | Self::Accepted, _) => Some(Party::Provider),
            (Self::Answered, _) => Some(Party::Consumer),
            (Self::Declined, MatterKind::Correction)
            | (
                Self::Corrected | Self::Delivered | Self::Closed | Self::Withdrawn | Self::Rejected,
                _,
            ) => None,
        }
    }
}

impl fmt::Display for MatterState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
