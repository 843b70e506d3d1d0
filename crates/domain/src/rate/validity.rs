//! From when and how long a measurement or a read counts, by its date.

use jiff::{SignedDuration, Timestamp};

use crate::catalogue::UpdateCycle;
use crate::request::CLOCK_ALLOWANCE;

/// Returns true if a date is later than the time of the figures by more than the allowance for clocks.
pub(super) fn is_ahead(dated: Timestamp, at: Timestamp) -> bool {
    at < countable_from(dated)
}

/// Returns the first time of figures at which what has this date counts.
pub(super) fn countable_from(dated: Timestamp) -> Timestamp {
    dated.checked_sub(CLOCK_ALLOWANCE).unwrap_or(Timestamp::MIN)
}

/// Returns true if the update cycle has passed since this date.
pub(super) fn is_expired(dated: Timestamp, cycle: UpdateCycle, at: Timestamp) -> bool {
    expires_after(dated, cycle).is_some_and(|last| at > last)
}

/// Returns the last instant at which what has this date still counts; `None` if it does not expire in the range of time.
pub(super) fn expires_after(dated: Timestamp, cycle: UpdateCycle) -> Option<Timestamp> {
    let days = i64::from(cycle.days());
    dated
        .checked_add(SignedDuration::from_hours(24 * days))
        .ok()
}
