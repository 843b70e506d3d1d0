//! Deadlines for actions on an entry: review by the bureau, correction by a department.

use chengji_domain::calendar::{CityRules, Deadline, Rule, local_date};
use chengji_domain::catalogue::lifecycle::{LifecycleRecord, State};
use chengji_domain::{CityCode, ResourceCode, Result};
use chengji_store::View;
use jiff::Timestamp;

use super::running;

/// The last day to act on an entry that has been in this state since `since`; `None` where no action is due.
pub fn of(rules: &CityRules, state: State, since: Timestamp) -> Option<Deadline> {
    let rule = match state {
        State::Submitted | State::WithdrawalAsked => Rule::CatalogueReview,
        State::Returned => Rule::CatalogueChange,
        State::Draft | State::TakenBack | State::Published | State::Withdrawn => return None,
    };
    let day = local_date(since);
    let working_days = rules.days(rule, day);
    Some(rules.calendar().after(day, working_days))
}

/// Returns true while running grants delay a requested withdrawal: nobody could approve it, so that it is not overdue.
pub(crate) fn is_delayed(
    view: &(impl View + ?Sized),
    (city, code): (CityCode, &ResourceCode),
    record: &LifecycleRecord,
    now: Timestamp,
) -> Result<bool> {
    match record.lifecycle.state {
        State::WithdrawalAsked => Ok(running::of(view, (city, code), now)?.count > 0),
        State::Draft
        | State::Submitted
        | State::Returned
        | State::TakenBack
        | State::Published
        | State::Withdrawn => Ok(false),
    }
}
