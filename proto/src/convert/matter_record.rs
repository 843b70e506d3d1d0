//! Corrections and demands as answers show them.

use chengji_domain::Error;
use chengji_domain::matter::{MatterRecord, MatterState};
use jiff::Timestamp;

use super::actor::actor_to;
use super::deadline::due_to;
use super::matter::{filing_to, matter_step_to};
use super::problem::problem_to;
use super::time_to;
use crate::v1;

/// Converts a state to the wire.
pub fn matter_state_to(state: MatterState) -> v1::MatterState {
    match state {
        MatterState::Filed => v1::MatterState::Filed,
        MatterState::Open => v1::MatterState::Open,
        MatterState::Assigned => v1::MatterState::Assigned,
        MatterState::Accepted => v1::MatterState::Accepted,
        MatterState::Corrected => v1::MatterState::Corrected,
        MatterState::Answered => v1::MatterState::Answered,
        MatterState::Declined => v1::MatterState::Declined,
        MatterState::Delivered => v1::MatterState::Delivered,
        MatterState::Closed => v1::MatterState::Closed,
        MatterState::Withdrawn => v1::MatterState::Withdrawn,
        MatterState::Rejected => v1::MatterState::Rejected,
    }
}

/// Converts a state from the wire; `None` if it is unspecified.
pub fn matter_state_from(state: v1::MatterState) -> Option<MatterState> {
    Some(match state {
        v1::MatterState::Unspecified => return None,
        v1::MatterState::Filed => MatterState::Filed,
        v1::MatterState::Open => MatterState::Open,
        v1::MatterState::Assigned => MatterState::Assigned,
        v1::MatterState::Accepted => MatterState::Accepted,
        v1::MatterState::Corrected => MatterState::Corrected,
        v1::MatterState::Answered => MatterState::Answered,
        v1::MatterState::Declined => MatterState::Declined,
        v1::MatterState::Delivered => MatterState::Delivered,
        v1::MatterState::Closed => MatterState::Closed,
        v1::MatterState::Withdrawn => MatterState::Withdrawn,
        v1::MatterState::Rejected => MatterState::Rejected,
    })
}

/// A matter, as of a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatterView {
    /// The record.
    pub record: MatterRecord,
    /// The time.
    pub at: Timestamp,
}

/// Converts a matter to the wire.
///
/// # Errors
///
/// `STORAGE_DAMAGED` if its record contradicts itself.
pub fn matter_to(view: &MatterView) -> Result<v1::Matter, Error> {
    let MatterView { record, at } = view;
    let matter = record.state()?;
    let due = matter.deadline();
    let (deadline, deadline_provisional) = due_to(due);
    let provider = record.provider();
    Ok(v1::Matter {
        id: record.id.to_string(),
        filing: Some(filing_to(&record.filing)),
        filed_by: Some(actor_to(&record.filed_by)),
        filed_at: Some(time_to(record.filed_at)),
        consumer: record.consumer().to_string(),
        provider: provider.map(|city| city.to_string()).unwrap_or_default(),
        state: matter_state_to(matter.state()).into(),
        steps: record.steps.iter().map(matter_step_to).collect(),
        pending: record
            .pending
            .iter()
            .map(|(_, step)| matter_step_to(step))
            .collect(),
        refused_moves: record
            .refused
            .iter()
            .map(|refused| v1::RefusedMatterMove {
                step: Some(matter_step_to(&refused.step)),
                problem: Some(problem_to(&refused.problem)),
            })
            .collect(),
        reminders: record
            .reminders
            .iter()
            .map(|reminder| v1::MatterReminder {
                at: Some(time_to(reminder.at)),
                deadline: reminder.deadline.date.to_string(),
                provisional: reminder.deadline.provisional,
                overdue: reminder.overdue,
            })
            .collect(),
        deadline,
        deadline_provisional,
        overdue: due.is_some_and(|due| due.has_passed(*at)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_reads_as_it_was_written() {
        for state in MatterState::ALL {
            assert_eq!(matter_state_from(matter_state_to(state)), Some(state));
        }
    }
}
