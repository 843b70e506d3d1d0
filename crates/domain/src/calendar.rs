//! The working-day calendar and the deadline rules.
//!
//! Working days follow the State Council's yearly holiday notice, make-up working weekends
//! included. A year without a notice falls back to Monday–Friday less the statutory holidays of
//! fixed date, and every deadline counted through such a year is marked as provisional. Notices and
//! rules are built-in tables of text, and facts of the coordinator's log that are laid on them
//! ([`RuleBook`]): data, never constants in code. No clock is read: callers pass the instant or the
//! date.

mod deadlines;
mod jurisdiction;
mod rule_book;
mod rules_set;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chengji_messages::{Message, msg};
use jiff::Timestamp;
use jiff::civil::{Date, Weekday};

pub use deadlines::Rule;
pub use jurisdiction::Jurisdiction;
pub use rule_book::{CityRules, RecordedRules, RuleBook, RuleInForce};
pub use rules_set::{HolidayNotice, RuleRow, RulesFact, RulesSet};

use crate::error::Result;
use crate::tables::sheet::Head;

pub(crate) use chengji_messages::moment::CHINA;

/// Working days, by the State Council's holiday notices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    head: Head,
    notices: BTreeMap<i16, String>,
    exceptions: BTreeMap<Date, Exception>,
    /// Days of a December that the notice for the next year sets.
    ahead: BTreeSet<Date>,
    /// The days on which the first notices of the coordinator's log were recorded, by the years for which the built-in
    /// table has none.
    recorded: BTreeMap<i16, Date>,
}

/// A notice's exception to the ordinary week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exception {
    Off,
    Work,
}

/// A last day for acting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// The day.
    pub date: Date,
    /// True if a year counted through had no holiday notice, which may still change the date.
    pub provisional: bool,
}

impl Deadline {
    /// Makes a deadline that no notice will change.
    pub fn certain(date: Date) -> Self {
        Self {
            date,
            provisional: false,
        }
    }

    /// Returns true if it has passed at this instant.
    pub fn has_passed(self, at: Timestamp) -> bool {
        local_date(at) > self.date
    }
}

impl Deadline {
    /// Returns the day for people, with a remark where it is provisional.
    pub fn label(self) -> Message {
        let date = self.date;
        if self.provisional {
            return msg::DeadlineProvisional { date }.into();
        }
        msg::DeadlineCertain { date }.into()
    }
}

/// The label in English.
impl fmt::Display for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.label().fmt(f)
    }
}

impl Calendar {
    /// Returns the built-in table: the notices for 2023 to 2026.
    pub fn built_in() -> Result<Self> {
        Self::parse("working-days.csv", include_str!("../data/working-days.csv"))
    }

    /// Parses a table of the form documented in the first lines of `data/working-days.csv`. The
    /// error lists every mistake with `place` and its line.
    fn parse(place: &str, csv: &str) -> Result<Self> {
        table::parse(place, csv)
    }

    /// Returns version and source of the built-in table.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Returns the notices, in the order of their years.
    fn notices(&self) -> Vec<HolidayNotice> {
        let of = |(year, number): (&i16, &String)| {
            let days = self.exceptions.iter();
            let days = days.filter(|(date, _)| year_of(&self.ahead, **date) == *year);
            HolidayNotice {
                year: *year,
                number: number.clone(),
                days: days
                    .map(|(date, exception)| (*date, *exception == Exception::Work))
                    .collect(),
            }
        };
        self.notices.iter().map(of).collect()
    }

    /// Returns the notice for a year in the form of a fact, if there is one.
    pub fn notice_for(&self, year: i16) -> Option<HolidayNotice> {
        let notices = self.notices();
        notices.into_iter().find(|notice| notice.year == year)
    }

    /// Puts a notice in the place of the one for its year. A day of December that the notice for the next year
    /// sets stays as that one has it.
    fn take(&mut self, notice: &HolidayNotice) {
        let year = notice.year;
        let ahead = &self.ahead;
        self.exceptions
            .retain(|date, _| year_of(ahead, *date) != year);
        self.ahead.retain(|date| date.year() + 1 != year);
        self.notices.insert(year, notice.number.clone());
        for (date, works) in &notice.days {
            let is_ahead = date.year() != year;
            if is_ahead {
                self.ahead.insert(*date);
            } else if self.ahead.contains(date) {
                continue;
            }
            let exception = match works {
                true => Exception::Work,
                false => Exception::Off,
            };
            self.exceptions.insert(*date, exception);
        }
    }

    /// Returns the number of the notice for the year, such as `国办发明电〔2025〕7号`.
    pub fn notice(&self, year: i16) -> Option<&str> {
        self.notices.get(&year).map(String::as_str)
    }

    /// Returns true if the table contains the notice for the year.
    pub fn has_notice(&self, year: i16) -> bool {
        self.notices.contains_key(&year)
    }

    /// Returns true if the day is a working day. Without a notice, working days are Monday to
    /// Friday less the statutory holidays of fixed date.
    pub fn is_working_day(&self, date: Date) -> bool {
        match self.exceptions.get(&date) {
            Some(exception) => *exception == Exception::Work,
            None => is_weekday(date) && !is_statutory_holiday(date),
        }
    }

    /// Returns the day on which `working_days` working days after `from` have passed. `from` itself
    /// does not count, so 0 returns `from`; otherwise the result is a working day. A count past the
    /// last representable date stops there, and is provisional.
    pub fn after(&self, from: Date, working_days: u32) -> Deadline {
        let mut deadline = Deadline::certain(from);
        let mut left = working_days;
        while left > 0 {
            let Ok(next) = deadline.date.tomorrow() else {
                return Deadline {
                    provisional: true,
                    ..deadline
                };
            };
            deadline = Deadline {
                date: next,
                provisional: deadline.provisional || !self.has_notice(next.year()),
            };
            left -= u32::from(self.is_working_day(next));
        }
        deadline
    }

    /// Adds working days to a deadline; provisional if either is.
    pub fn extended(&self, deadline: Deadline, working_days: u32) -> Deadline {
        let extended = self.after(deadline.date, working_days);
        Deadline {
            provisional: extended.provisional || deadline.provisional,
            ..extended
        }
    }

    /// Returns a day counted from `from` as a deadline: provisional if a year counted through has no notice.
    pub fn counted_to(&self, from: Date, date: Date) -> Deadline {
        let first = from.tomorrow().unwrap_or(from);
        let mut years = first.year()..=date.year();
        let provisional = from < date && years.any(|year| !self.has_notice(year));
        Deadline { date, provisional }
    }

    /// Counts a provisional deadline anew that was counted from `from`, by the notices that stood on that day. The result
    /// is never earlier, and provisional while a notice is still missing. A certain deadline stays as it is.
    pub fn recounted(&self, from: Date, deadline: Deadline) -> Deadline {
        if !deadline.provisional {
            return deadline;
        }
        let (mut counted, mut day) = (0, from);
        while day < deadline.date
            && let Ok(next) = day.tomorrow()
        {
            counted += u32::from(self.was_working_day(next, from, deadline.date));
            day = next;
        }
        let recounted = self.after(from, counted);
        if recounted.date < deadline.date {
            return deadline;
        }
        recounted
    }

    /// Returns true if the day was a working day by the notices that stood on the day `from`, from which a provisional
    /// deadline was counted up to `last`.
    fn was_working_day(&self, date: Date, from: Date, last: Date) -> bool {
        let was_missing = |year: i16| match self.recorded.get(&year) {
            Some(day) => *day >= from,
            // A built-in notice may have come with a later version. Counting rarely begins in a year without one: it does
            // where it also ends there.
            None => !self.has_notice(year) || year > from.year() || year == last.year(),
        };
        match was_missing(date.year()) || was_missing(year_of(&self.ahead, date)) {
            true => is_weekday(date) && !is_statutory_holiday(date),
            false => self.is_working_day(date),
        }
    }

    /// Returns the years whose missing notice affects deadlines on this day: the current one, and
    /// from November on the next, whose notice is usually published by then.
    pub fn missing_notices(&self, today: Date) -> Vec<i16> {
        let last = today.year() + i16::from(today.month() >= 11);
        (today.year()..=last)
            .filter(|year| !self.has_notice(*year))
            .collect()
    }

    /// Counts the working days after `from`, up to and including `to`; 0 if `to` is not later.
    pub fn working_days_between(&self, from: Date, to: Date) -> u32 {
        let mut count = 0;
        let mut day = from;
        while day < to
            && let Ok(next) = day.tomorrow()
        {
            count += u32::from(self.is_working_day(next));
            day = next;
        }
        count
    }
}

/// Returns the year of the notice that sets a day.
fn year_of(ahead: &BTreeSet<Date>, date: Date) -> i16 {
    date.year() + i16::from(ahead.contains(&date))
}

/// Returns the date in China at this instant.
pub fn local_date(at: Timestamp) -> Date {
    CHINA.to_datetime(at).date()
}

/// Returns the last nanosecond of the day in China, which is the last instant in time for a
/// deadline. The very last day of the calendar ends at the greatest timestamp.
pub fn end_of_day(date: Date) -> Timestamp {
    let last = date.at(23, 59, 59, 999_999_999);
    CHINA.to_timestamp(last).unwrap_or(if date.year() > 0 {
        Timestamp::MAX
    } else {
        Timestamp::MIN
    })
}

/// Returns true for holidays of fixed date: New Year, Labour Day, National Day (全国年节及纪念日放假办法,
/// article 2, as amended by State Council Order 795).
fn is_statutory_holiday(date: Date) -> bool {
    matches!(
        (date.month(), date.day()),
        (1, 1) | (5, 1 | 2) | (10, 1..=3)
    )
}

fn is_weekday(date: Date) -> bool {
    !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

#[cfg(test)]
#[path = "calendar/calendar_tests.rs"]
mod tests;
