//! Until when somebody has to act on an entry: the bureau reviews, a department corrects.

use std::sync::LazyLock;

use chengji_domain::Result;
use chengji_domain::calendar::{Calendar, local_date};
use chengji_domain::catalogue::life::State;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::node::Node;

static CALENDAR: LazyLock<Result<Calendar>> = LazyLock::new(Calendar::built_in);

/// The last day to act on an entry that is in this state since then; none where nobody has to.
pub fn of(_node: &Node, state: State, since: Timestamp) -> Option<Date> {
    let working_days = match state {
        State::Submitted | State::WithdrawalAsked => 2,
        State::Returned => 10,
        State::Draft | State::TakenBack | State::Published | State::Withdrawn => return None,
    };
    let calendar = CALENDAR.as_ref().ok()?;
    Some(calendar.after(local_date(since), working_days).date)
}
