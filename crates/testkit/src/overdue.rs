//! Requests that are overdue, for tests.

use chengji_domain::Principal;
use chengji_domain::calendar::{Deadline, local_date};
use chengji_domain::catalogue::ShareClass;
use chengji_domain::request::{DueAct, Move, Party, Reminder, RequestRecord, Step};
use jiff::Timestamp;

use crate::requests::submitted;

/// Builds a request to a provider that was not answered by its provisional deadline on the day of `at`, with the notice
/// about it.
#[must_use]
pub fn overdue(number: &str, provider: &str, at: Timestamp) -> RequestRecord {
    let resource = format!("{provider}:103001000001");
    let mut record = RequestRecord::new(submitted(number, &resource, at));
    let deadline = Deadline {
        date: local_date(at),
        provisional: true,
    };
    let routed = Step {
        party: Party::Coordinator,
        actor: Principal::Coordinator.into(),
        at,
        mv: Move::Route {
            share_class: ShareClass::Conditional,
            revision: 1,
            deadline,
            approval: None,
        },
        due: None,
    };
    record.order(routed, None).unwrap();
    record.reminders.push(Reminder {
        at,
        act: DueAct::Answer,
        deadline,
        overdue: true,
    });
    record
}
