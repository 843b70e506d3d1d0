//! Acts that are due about entries (时限), and their reminders (提醒): one before the deadline, one after it.

use jiff::civil::Date;

use super::terms::vocabulary;
use crate::access::Role;
use crate::calendar::Deadline;
use crate::resource::ResourceCode;
use crate::uscc::Uscc;

vocabulary! {
    /// An act that is due about an entry.
    EntryAct {
        /// The review of a submission, or of a request for withdrawal.
        Review = "审核", "review", EntryActReview;
        /// The correction of a returned submission.
        Correction = "改正", "correction", EntryActCorrection;
        /// The update after a noted change.
        Update = "更新", "update", EntryActUpdate;
    }
}

impl EntryAct {
    /// Returns the role of the people who perform the act.
    pub fn role(self) -> Role {
        match self {
            Self::Review => Role::Reviewer,
            Self::Correction | Self::Update => Role::Publisher,
        }
    }
}

/// A reminder about an entry that was noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryReminder {
    /// The act that is due.
    pub act: EntryAct,
    /// The last day for the act.
    pub deadline: Date,
    /// True if the deadline has passed.
    pub overdue: bool,
}

/// Entries of a department with the same act and the same deadline, which are noted together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueEntries {
    /// The department.
    pub department: Uscc,
    /// The act that is due.
    pub act: EntryAct,
    /// The last day for the act.
    pub deadline: Deadline,
    /// True if the deadline has passed.
    pub overdue: bool,
    /// The entries, at most [`DueEntries::MAX`].
    pub codes: Vec<ResourceCode>,
}

impl DueEntries {
    /// Maximum number of entries that are noted together, so that a fact is of a bounded size.
    pub const MAX: usize = 500;
}
