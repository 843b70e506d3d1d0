//! Events about acts that are due about entries of the city.

use super::{Event, EventKind};
use crate::catalogue::{DueEntries, EntryAct};
use crate::uscc::Uscc;

/// Entries with a deadline, as an event names them: by their number alone. The department says who may see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntriesDue {
    /// The act that is due.
    pub act: EntryAct,
    /// The department of the entries.
    pub department: Uscc,
    /// Their number.
    pub count: usize,
}

/// The reminder of an act that is due about entries.
pub(super) fn of_entries(due: &DueEntries) -> Event {
    let kind = match due.overdue {
        true => EventKind::EntriesOverdue,
        false => EventKind::EntriesNear,
    };
    Event {
        deadline: Some(due.deadline),
        entries: Some(EntriesDue {
            act: due.act,
            department: due.department,
            count: due.codes.len(),
        }),
        ..Event::new(kind, None)
    }
}
