//! The cut-offs of a series of figures.

use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::cut_off::month_end;
use crate::calendar::{end_of_day, local_date};

/// The distance between the cut-offs of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeriesInterval {
    /// The end of each day.
    Day,
    /// The end of each Sunday.
    Week,
    /// The end of each month.
    Month,
}

/// Returns the cut-offs from `from` to `to`, in the cluster's zone, from the earliest: the end of each day, week or
/// month within, and `to` itself, up to which the last one may not be complete.
pub fn cut_offs(
    interval: SeriesInterval,
    from: Timestamp,
    to: Timestamp,
) -> impl Iterator<Item = Timestamp> {
    let first = (from <= to).then(|| interval.end_after(from).min(to));
    std::iter::successors(first, move |before| {
        let next = before.checked_add(SignedDuration::from_nanos(1)).ok()?;
        (*before < to).then(|| interval.end_after(next).min(to))
    })
}

impl SeriesInterval {
    /// Returns the end of the period of this instant.
    fn end_after(self, at: Timestamp) -> Timestamp {
        let day = local_date(at);
        match self {
            Self::Day => end_of_day(day),
            Self::Week => {
                let left = day.weekday().until(Weekday::Sunday);
                let sunday = day.checked_add(i64::from(left).days());
                end_of_day(sunday.unwrap_or(day))
            }
            Self::Month => month_end(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(interval: SeriesInterval, from: &str, to: &str) -> Vec<String> {
        let found = cut_offs(interval, from.parse().unwrap(), to.parse().unwrap());
        found.map(|at| at.to_string()).collect()
    }

    #[test]
    fn a_series_has_the_ends_of_its_periods_and_its_own_end() {
        use SeriesInterval::*;
        let (from, to) = ("2026-11-29T12:00:00Z", "2026-12-07T00:00:00Z");
        let days: Vec<_> = (29..=30)
            .map(|day| format!("2026-11-{day}T15:59:59.999999999Z"))
            .chain((1..=6).map(|day| format!("2026-12-{day:02}T15:59:59.999999999Z")))
            .chain([to.to_owned()])
            .collect();
        assert_eq!(series(Day, from, to), days);
        // The 29th of November and the 6th of December are Sundays.
        let sundays = [days[0].clone(), days[7].clone(), to.to_owned()];
        assert_eq!(series(Week, from, to), sundays);
        assert_eq!(series(Month, from, to), [days[1].clone(), to.to_owned()]);
    }

    #[test]
    fn a_series_that_ends_with_a_period_has_its_end_once() {
        let end = "2026-11-30T15:59:59.999999999Z";
        let month = series(SeriesInterval::Month, "2026-11-01T00:00:00Z", end);
        assert_eq!(month, [end]);
        assert_eq!(series(SeriesInterval::Month, end, end), [end]);
        let later = "2026-11-30T16:00:00Z";
        assert!(series(SeriesInterval::Month, later, end).is_empty());
    }
}
