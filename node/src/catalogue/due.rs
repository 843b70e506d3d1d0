//! Deadlines for actions on an entry: review by the bureau, correction by a department.

use chengji_domain::calendar::{Deadline, Rule, local_date};
use chengji_domain::catalogue::lifecycle::State;
use chengji_domain::tables::Tables;
use jiff::Timestamp;

/// The last day to act on an entry that has been in this state since `since`; `None` where no action is due.
pub fn of(tables: &Tables, state: State, since: Timestamp) -> Option<Deadline> {
    let rule = match state {
        State::Submitted | State::WithdrawalAsked => Rule::CatalogueReview,
        State::Returned => Rule::CatalogueChange,
        State::Draft | State::TakenBack | State::Published | State::Withdrawn => return None,
    };
    let day = local_date(since);
    let working_days = tables.rules.days(rule, day);
    Some(tables.calendar.after(day, working_days))
}
