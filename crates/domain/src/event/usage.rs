//! Events about the use of granted data.

use super::{Event, EventKind};
use crate::request::Party;
use crate::usage::UsageFact;

/// The event that a fact about use is: that a record is due soon, or overdue.
pub(super) fn of_usage(fact: &UsageFact) -> Option<Event> {
    match fact {
        UsageFact::Recorded { .. } | UsageFact::Vouched { .. } => None,
        UsageFact::Reminded {
            request,
            provider,
            deadline,
            overdue,
            ..
        } => {
            let kind = match overdue {
                true => EventKind::UsageOverdue,
                false => EventKind::UsageDue,
            };
            Some(Event {
                party: Some(Party::Consumer),
                deadline: Some(*deadline),
                ..Event::in_request(kind, *request, *provider)
            })
        }
    }
}
