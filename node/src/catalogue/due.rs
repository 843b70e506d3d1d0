//! Deadlines for actions on an entry: review by the bureau, correction by a department.

use chengji_domain::calendar::{CityRules, Deadline, Rule, local_date};
use chengji_domain::catalogue::lifecycle::State;
use jiff::Timestamp;

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
