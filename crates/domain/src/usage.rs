//! The use of granted data, as its consumer records it.

use crate::principal::Principal;
use crate::request::RequestId;
use crate::request::terms::Voucher;

/// A fact about the use of granted data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsageFact {
    /// The consumer's node vouches for the user and the operation of a fetch.
    Vouched {
        /// The request.
        request: RequestId,
        /// The user and the operation.
        voucher: Voucher,
    },
}

impl UsageFact {
    /// Returns every principal that it names.
    pub fn principals(&self) -> impl Iterator<Item = &Principal> {
        match self {
            Self::Vouched { voucher, .. } => std::iter::once(&voucher.user),
        }
    }
}
