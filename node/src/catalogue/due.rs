//! Until when somebody has to act on an entry: the bureau reviews, a department corrects.

use chengji_domain::calendar::{Deadline, Rule, local_date};
use chengji_domain::catalogue::lifecycle::State;
use chengji_domain::tables::Tables;
use jiff::Timestamp;

/// The last day to act on an entry that is in this state since then; none where nobody has to.
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
