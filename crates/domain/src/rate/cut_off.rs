//! Cut-offs (截止时点): their close, and the months to be sealed.
//!
//! Cities date their own entries, so a date alone settles nothing: an entry counts at a cut-off if it is
//! dated up to it *and* had arrived at the coordinator before the close. Both follow from the cut-off alone;
//! entries that arrive after the close do not change its figures.

use jiff::{SignedDuration, Timestamp};

use crate::calendar::{end_of_day, local_date};

/// The time from a cut-off to its close, a constant of the formula.
///
/// A day is long enough to read a node that was unreachable overnight, and makes the figures of a month known
/// on the second day of the next. It is also the time during which a city could still write entries with an
/// earlier date, which is why it is not longer.
pub const CLOSE_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Returns the close of a cut-off: entries that arrive at or after it do not count.
pub fn close_of(cut_off: Timestamp) -> Timestamp {
    cut_off.checked_add(CLOSE_AFTER).unwrap_or(Timestamp::MAX)
}

/// Returns the next month-end to be sealed, in the cluster's zone: of the month after the last sealed one, or
/// of the first whole month after the cluster was `founded`.
pub fn next_month_end(founded: Timestamp, last_sealed: Option<Timestamp>) -> Timestamp {
    match last_sealed {
        Some(sealed) => end_of_month_after(sealed),
        None => {
            // A cluster founded at the first instant of a month has that month whole.
            let before = founded
                .checked_sub(SignedDuration::from_nanos(1))
                .unwrap_or(founded);
            end_of_month_after(before)
        }
    }
}

/// Returns the last nanosecond of the month of the instant, in the cluster's zone.
pub fn month_end(at: Timestamp) -> Timestamp {
    end_of_day(local_date(at).last_of_month())
}

/// Returns the last nanosecond of the month after that of the instant.
fn end_of_month_after(at: Timestamp) -> Timestamp {
    let month = local_date(at).last_of_month();
    end_of_day(month.tomorrow().unwrap_or(month).last_of_month())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn months_end_in_the_clusters_zone_and_the_first_one_is_whole() {
        let september = at("2026-09-30T15:59:59.999999999Z");
        let october = at("2026-10-31T15:59:59.999999999Z");
        for (founded, first) in [
            ("2026-08-31T16:00:00Z", september),
            ("2026-08-31T16:00:00.000000001Z", october),
            ("2026-09-30T15:59:59Z", october),
            ("2026-09-30T16:00:00Z", october),
        ] {
            assert_eq!(next_month_end(at(founded), None), first, "{founded}");
        }
        let founded = at("2026-08-01T00:00:00Z");
        assert_eq!(next_month_end(founded, Some(september)), october);
        let december = at("2026-12-31T15:59:59.999999999Z");
        let january = at("2027-01-31T15:59:59.999999999Z");
        assert_eq!(next_month_end(founded, Some(december)), january);
        assert_eq!(close_of(october), at("2026-11-01T15:59:59.999999999Z"));
        assert_eq!(close_of(Timestamp::MAX), Timestamp::MAX);
        assert_eq!(month_end(october), october);
        assert_eq!(month_end(at("2026-09-30T16:00:00Z")), october);
    }
}
