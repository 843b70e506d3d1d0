//! Calendar months in China.

use std::fmt;
use std::str::FromStr;

use chengji_messages::{Value, msg};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::calendar::{end_of_day, local_date};
use crate::error::{Error, ErrorCode};
use crate::quoted::Quoted;

/// A calendar month in China, written `2026-11`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(Date);

impl Month {
    /// Returns the month of an instant.
    pub fn of(at: Timestamp) -> Self {
        Self(local_date(at).first_of_month())
    }

    /// Returns the first day.
    pub fn first_day(self) -> Date {
        self.0
    }

    /// Returns the last nanosecond.
    pub fn end(self) -> Timestamp {
        end_of_day(self.0.last_of_month())
    }

    /// Returns the last nanosecond before the month.
    pub fn before(self) -> Timestamp {
        let last = self.0.yesterday().unwrap_or(self.0);
        end_of_day(last)
    }

    /// Returns the month before; `None` for the first one of the calendar.
    pub fn previous(self) -> Option<Self> {
        let last = self.0.yesterday().ok()?;
        Some(Self(last.first_of_month()))
    }

    /// Returns true if an instant is in the month.
    pub fn contains(self, at: Timestamp) -> bool {
        Self::of(at) == self
    }

    /// Refuses a month that has not begun.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`.
    pub fn check_begun(self, now: Timestamp) -> Result<(), Error> {
        if self <= Self::of(now) {
            return Ok(());
        }
        let month = Value::text(self);
        Err(Error::new(
            ErrorCode::InvalidArgument,
            msg::MonthNotBegun { month },
        ))
    }

    /// Returns the time to which the figures of the month refer: its end, or now if it has not ended.
    pub fn as_of(self, now: Timestamp) -> Timestamp {
        self.end().min(now)
    }

    /// Returns true while figures of the month may change: until a day after its end, when late entries have arrived.
    pub fn is_provisional(self, now: Timestamp) -> bool {
        let close = self.end().checked_add(SignedDuration::from_hours(24));
        now < close.unwrap_or(Timestamp::MAX)
    }
}

impl FromStr for Month {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let day = (text.len() == 7).then(|| format!("{text}-01").parse().ok());
        day.flatten().map(Self).ok_or_else(|| {
            let text = Quoted(text);
            Error::new(ErrorCode::InvalidArgument, msg::MonthMalformed { text })
        })
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_begin_and_end_at_midnight_in_china() {
        let november: Month = "2026-11".parse().unwrap();
        assert_eq!(november.to_string(), "2026-11");
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        assert_eq!(november.end(), at("2026-11-30T15:59:59.999999999Z"));
        assert_eq!(november.before(), at("2026-10-31T15:59:59.999999999Z"));
        assert!(november.contains(at("2026-10-31T16:00:00Z")));
        assert!(!november.contains(at("2026-11-30T16:00:00Z")));
        assert_eq!(november.previous(), "2026-10".parse().ok());
        assert_eq!(Month::of(november.before()), "2026-10".parse().unwrap());
        assert!(november.is_provisional(at("2026-12-01T15:59:59Z")));
        assert!(!november.is_provisional(at("2026-12-01T16:00:00Z")));
        assert_eq!(november.check_begun(at("2026-10-31T16:00:00Z")), Ok(()));
        let early = november
            .check_begun(at("2026-10-31T15:59:59Z"))
            .unwrap_err();
        assert_eq!(early.code(), ErrorCode::InvalidArgument);
        for wrong in [
            "",
            "2026",
            "2026-13",
            "2026-1",
            "2026-11-01",
            "26-11-0",
            "二〇一",
        ] {
            let refused = wrong.parse::<Month>().unwrap_err();
            assert_eq!(refused.code(), ErrorCode::InvalidArgument, "{wrong}");
        }
    }
}
