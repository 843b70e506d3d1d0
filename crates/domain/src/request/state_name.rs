//! The names of the states of a request, for display and lists.

use std::fmt;

use chengji_messages::{Language, Message, msg};

use super::Party;

/// The name of a state for display.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Waits for the coordinator.
    Submitted,
    /// Waits for the provider.
    Routed,
    /// Waits for missing information from the consumer.
    Incomplete,
    /// Waits for the provider again.
    Supplemented,
    /// Granted.
    Granted,
    /// Refused by the provider.
    Refused,
    /// Rejected by the coordinator.
    Rejected,
    /// Taken back by the consumer.
    Withdrawn,
    /// Waits for a settlement of the parties, or for the coordinator.
    Disputed,
    /// Granted, then revoked by the provider's stop, independent of the ordered history.
    Revoked,
    /// Granted; suspended for misuse until it is mended, or deliveries are suspended by the provider's stop,
    /// independent of the ordered history.
    Suspended,
    /// Granted; the period has ended.
    Lapsed,
    /// Granted, then closed by the consumer.
    Closed,
    /// Granted, then ended by the provider after a consultation or for a misuse that was not mended.
    Terminated,
    /// Disputed, and referred to the common superior authority.
    Referred,
}

impl State {
    /// All states.
    pub const ALL: [Self; 15] = [
        Self::Submitted,
        Self::Routed,
        Self::Incomplete,
        Self::Supplemented,
        Self::Granted,
        Self::Refused,
        Self::Rejected,
        Self::Withdrawn,
        Self::Disputed,
        Self::Revoked,
        Self::Suspended,
        Self::Lapsed,
        Self::Closed,
        Self::Terminated,
        Self::Referred,
    ];

    /// Returns the state for people.
    pub fn label(self) -> Message {
        match self {
            Self::Submitted => msg::RequestStateSubmitted.into(),
            Self::Routed => msg::RequestStateRouted.into(),
            Self::Incomplete => msg::RequestStateIncomplete.into(),
            Self::Supplemented => msg::RequestStateSupplemented.into(),
            Self::Granted => msg::RequestStateGranted.into(),
            Self::Refused => msg::RequestStateRefused.into(),
            Self::Rejected => msg::RequestStateRejected.into(),
            Self::Withdrawn => msg::RequestStateWithdrawn.into(),
            Self::Disputed => msg::RequestStateDisputed.into(),
            Self::Revoked => msg::RequestStateRevoked.into(),
            Self::Suspended => msg::RequestStateSuspended.into(),
            Self::Lapsed => msg::RequestStateLapsed.into(),
            Self::Closed => msg::RequestStateClosed.into(),
            Self::Terminated => msg::RequestStateTerminated.into(),
            Self::Referred => msg::RequestStateReferred.into(),
        }
    }

    /// Returns the state in Chinese.
    pub fn zh(self) -> String {
        self.label().render(Language::Chinese)
    }

    /// Returns the party whose turn it is; `None` if the request has ended. Where either party may move, it is
    /// the one on whose move the other waits.
    pub fn turn(self) -> Option<Party> {
        match self {
            Self::Submitted | Self::Disputed | Self::Referred => Some(Party::Coordinator),
            Self::Routed | Self::Supplemented | Self::Suspended => Some(Party::Provider),
            Self::Incomplete
            | Self::Granted
            | Self::Refused
            | Self::Revoked
            | Self::Lapsed
            | Self::Terminated => Some(Party::Consumer),
            Self::Rejected | Self::Withdrawn | Self::Closed => None,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Submitted => "submitted",
            Self::Routed => "routed",
            Self::Incomplete => "incomplete",
            Self::Supplemented => "supplemented",
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Disputed => "disputed",
            Self::Revoked => "revoked",
            Self::Suspended => "suspended",
            Self::Lapsed => "lapsed",
            Self::Closed => "closed",
            Self::Terminated => "terminated",
            Self::Referred => "referred",
        })
    }
}
