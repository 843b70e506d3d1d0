//! The steps of an entry's review.

use jiff::civil::Date;

use crate::calendar::Deadline;
use crate::catalogue::DueEntries;
use crate::digest::Digest;
use crate::request::Consent;
use crate::resource::ResourceCode;

/// The steps of an entry's review, which lead to the public facts `Published` and `Withdrawn`, and the changes that
/// an entry has to follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReviewFact {
    /// A revision was submitted.
    Submitted {
        /// The entry.
        code: ResourceCode,
        /// Its revision, from 1.
        revision: u32,
        /// SHA-256 of the content, as the contract encodes it.
        digest: Digest,
        /// The consent of the department's head; `None` where none was recorded.
        consent: Option<Consent>,
    },
    /// A revision was returned.
    Returned {
        /// The entry.
        code: ResourceCode,
        /// The revision.
        revision: u32,
        /// The reason.
        reason: String,
    },
    /// A revision, or the request for withdrawal, was taken back.
    TakenBack {
        /// The entry.
        code: ResourceCode,
        /// The newest revision.
        revision: u32,
    },
    /// Withdrawal was requested.
    WithdrawalAsked {
        /// The entry.
        code: ResourceCode,
        /// The reason.
        reason: String,
    },
    /// Withdrawal was declined.
    WithdrawalDeclined {
        /// The entry.
        code: ResourceCode,
        /// The reason.
        reason: String,
    },
    /// A change was noted that the entry has to follow.
    ChangeNoted {
        /// The entry.
        code: ResourceCode,
        /// The day of the change.
        on: Date,
    },
    /// The deadline for following the noted change was extended.
    UpdateExtended {
        /// The entry.
        code: ResourceCode,
        /// Number of working days.
        working_days: u32,
        /// The consent of the authority.
        consent: Consent,
    },
    /// A revision that follows the noted change was published after the deadline; the coordinator counts it.
    UpdatedLate {
        /// The entry.
        code: ResourceCode,
        /// The revision.
        revision: u32,
        /// The day of the change.
        on: Date,
        /// The last day for the update.
        due: Deadline,
    },
    /// The node reminds of an act that is due about entries.
    Reminded(DueEntries),
}
