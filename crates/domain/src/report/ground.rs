//! The grounds of refusals.

use chengji_messages::{Message, msg};

use crate::request::RejectReason;

/// The ground of a refusal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ground {
    /// The coordinator rejected the request.
    Rejected(RejectReason),
    /// The provider refused on this legal basis, of which the first [`Ground::MOST`] characters are kept.
    Refused(String),
}

impl Ground {
    /// Maximum number of characters that are kept of a legal basis.
    pub const MOST: usize = 100;

    /// Makes the ground of a provider's refusal.
    pub fn refused(legal_basis: &str) -> Self {
        Self::Refused(legal_basis.trim().chars().take(Self::MOST).collect())
    }

    /// Returns the ground for people.
    pub fn label(&self) -> Message {
        match self {
            Self::Rejected(RejectReason::NotAMember) => msg::GroundNotAMember.into(),
            Self::Rejected(RejectReason::NoSuchResource) => msg::GroundNoSuchResource.into(),
            Self::Rejected(RejectReason::NotShared) => msg::GroundNotShared.into(),
            Self::Rejected(RejectReason::OwnResource) => msg::GroundOwnResource.into(),
            Self::Rejected(RejectReason::DatedAhead) => msg::GroundDatedAhead.into(),
            Self::Rejected(RejectReason::OutsideRegion) => msg::GroundOutsideRegion.into(),
            Self::Rejected(RejectReason::NotApproved) => msg::GroundNotApproved.into(),
            Self::Refused(text) => msg::Text { text }.into(),
        }
    }
}
