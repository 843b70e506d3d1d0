//! Dues of a request: acts with a last day, and the party that owes each of them.

use std::fmt;

use chengji_messages::{Message, msg};
use jiff::Timestamp;

use super::Party;
use crate::calendar::Deadline;

/// An act that is due by a last day (Order 809).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DueAct {
    /// The provider answers the request (art. 21).
    Answer,
    /// The consumer supplies the missing information (art. 21).
    Supplement,
    /// The provider offers the granted data (art. 22).
    Offer,
    /// The provider answers an amendment (art. 25).
    Amendment,
    /// The consumer mends a misuse (art. 27).
    Mending,
    /// The consumer answers a consultation (art. 27).
    Consultation,
    /// The provider follows an incident stop up, by a suspension or a consultation (art. 35).
    Incident,
    /// The consumer disposes of the data and closes the request (art. 27).
    Disposal,
    /// The coordinator obtains the approval of the common superior authority before it routes the request.
    Approval,
}

impl DueAct {
    /// All acts.
    pub const ALL: [Self; 9] = [
        Self::Answer,
        Self::Supplement,
        Self::Offer,
        Self::Amendment,
        Self::Mending,
        Self::Consultation,
        Self::Incident,
        Self::Disposal,
        Self::Approval,
    ];

    /// Returns the pinned name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Supplement => "supplement",
            Self::Offer => "offer",
            Self::Amendment => "amendment",
            Self::Mending => "mending",
            Self::Consultation => "consultation",
            Self::Incident => "incident",
            Self::Disposal => "disposal",
            Self::Approval => "approval",
        }
    }

    /// Returns the act for people.
    pub fn label(self) -> Message {
        match self {
            Self::Answer => msg::DueAnswer.into(),
            Self::Supplement => msg::DueSupplement.into(),
            Self::Offer => msg::DueOffer.into(),
            Self::Amendment => msg::DueAmendment.into(),
            Self::Mending => msg::DueMending.into(),
            Self::Consultation => msg::DueConsultation.into(),
            Self::Incident => msg::DueIncident.into(),
            Self::Disposal => msg::DueDisposal.into(),
            Self::Approval => msg::DueApproval.into(),
        }
    }

    /// Returns the party that owes the act.
    pub fn party(self) -> Party {
        match self {
            Self::Answer | Self::Offer | Self::Amendment | Self::Incident => Party::Provider,
            Self::Supplement | Self::Mending | Self::Consultation | Self::Disposal => {
                Party::Consumer
            }
            Self::Approval => Party::Coordinator,
        }
    }

    /// Returns the due of this act; `None` without a deadline.
    pub(super) fn by(self, deadline: Option<Deadline>) -> Option<Due> {
        deadline.map(|deadline| Due {
            act: self,
            party: self.party(),
            deadline,
        })
    }
}

impl fmt::Display for DueAct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An act that a party of a request owes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The act.
    pub act: DueAct,
    /// The party that owes it.
    pub party: Party,
    /// Its last day.
    pub deadline: Deadline,
}

impl Due {
    /// Returns true if the last day has passed at this time.
    pub fn is_overdue(self, at: Timestamp) -> bool {
        self.deadline.has_passed(at)
    }
}
