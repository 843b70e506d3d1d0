//! What is to be done about entries by a day (时限), and the reminders (提醒) of it: one before the deadline, one after it.

use jiff::civil::Date;

use super::terms::vocabulary;
use crate::access::Role;
use crate::calendar::Deadline;
use crate::resource::ResourceCode;
use crate::uscc::Uscc;

vocabulary! {
    /// What is to be done about an entry by a day.
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
    /// Returns the role of those who do it.
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
    /// What is to be done.
    pub act: EntryAct,
    /// Its last day.
    pub deadline: Date,
    /// True if that day has passed.
    pub overdue: bool,
}

/// Entries of a department about which the same is to be done by the same day: they are noted together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueEntries {
    /// The department.
    pub department: Uscc,
    /// What is to be done.
    pub act: EntryAct,
    /// Its last day.
    pub deadline: Deadline,
    /// True if that day has passed.
    pub overdue: bool,
    /// The entries, at most [`DueEntries::MAX`].
    pub codes: Vec<ResourceCode>,
}

impl DueEntries {
    /// Maximum number of entries that are noted together, so that a fact is of a bounded size.
    pub const MAX: usize = 500;
}
