//! The working-day calendar and the deadline rules.
//!
//! Working days follow the State Council's yearly holiday notice, make-up working weekends
//! included. A year without a notice falls back to Monday–Friday less the statutory holidays of
//! fixed date, and every deadline counted through such a year is marked as provisional. Notices and
//! rules are versioned tables of text: data, never constants in code. No clock is read: callers
//! pass the instant or the date.

mod deadlines;
mod table;

use std::collections::BTreeMap;
use std::fmt;

use chengji_messages::{Message, msg};
use jiff::Timestamp;
use jiff::civil::{Date, Weekday};

pub use deadlines::{DeadlineRules, Rule};

use crate::error::Result;
use crate::tables::sheet::Head;

pub(crate) use chengji_messages::moment::CHINA;

/// Working days, by the State Council's holiday notices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    head: Head,
    notices: BTreeMap<i16, String>,
    exceptions: BTreeMap<Date, Exception>,
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
    pub fn parse(place: &str, csv: &str) -> Result<Self> {
        table::parse(place, csv)
    }

    /// Returns version and source of the table.
    pub fn head(&self) -> &Head {
        &self.head
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
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_shipped_table_says_what_the_notices_say() {
        let calendar = Calendar::built_in().unwrap();
        assert_eq!(calendar.head().version, "cn-2026.1");
        assert_eq!(calendar.notice(2026), Some("国办发明电〔2025〕7号"));
        for (year, working_days) in [(2023, 249), (2024, 251), (2025, 248), (2026, 248)] {
            let (before, last) = (date(year - 1, 12, 31), date(year, 12, 31));
            assert_eq!(
                calendar.working_days_between(before, last),
                working_days,
                "{year}"
            );
        }
        let made_up = calendar
            .exceptions
            .values()
            .filter(|what| **what == Exception::Work)
            .count();
        assert_eq!(
            (made_up, calendar.exceptions.len() - made_up),
            (7 + 8 + 5 + 6, 27 + 28 + 28 + 33)
        );
    }

    #[test]
    fn spring_festival_and_national_day_of_2026_are_off_and_made_up_for() {
        let calendar = Calendar::built_in().unwrap();
        let off = |from: Date, to: Date| {
            from.series(1.day())
                .take_while(|d| *d <= to)
                .all(|d| !calendar.is_working_day(d))
        };
        assert!(off(date(2026, 2, 15), date(2026, 2, 23)));
        assert!(off(date(2026, 10, 1), date(2026, 10, 7)));
        for (month, day) in [(2, 14), (2, 28), (9, 20), (10, 10)] {
            let made_up = date(2026, month, day);
            assert!(
                !is_weekday(made_up) && calendar.is_working_day(made_up),
                "{made_up}"
            );
        }
        assert!(calendar.is_working_day(date(2026, 2, 24)));
        assert!(calendar.is_working_day(date(2026, 10, 8)));
        assert!(!calendar.is_working_day(date(2026, 10, 11)));
    }

    #[test]
    fn ten_working_days_skip_the_festival_and_count_the_make_up_saturdays() {
        let calendar = Calendar::built_in().unwrap();
        // Skipped: 12–14 February (a Saturday), the festival, 24–28 (a Saturday), 2 and 3 March.
        let due = calendar.after(date(2026, 2, 11), 10);
        assert_eq!(due, Deadline::certain(date(2026, 3, 3)));
        // The last working day before the National Day holiday, then the first after it.
        assert_eq!(calendar.after(date(2026, 9, 30), 1).date, date(2026, 10, 8));
    }

    #[test]
    fn a_notice_reaches_into_the_december_before_without_covering_that_year() {
        let calendar = Calendar::built_in().unwrap();
        assert_eq!(
            calendar.exceptions.get(&date(2022, 12, 31)),
            Some(&Exception::Off)
        );
        assert!(calendar.has_notice(2023) && !calendar.has_notice(2022));
    }

    #[test]
    fn a_year_without_notice_keeps_the_fixed_holidays_and_is_provisional() {
        let calendar = Calendar::built_in().unwrap();
        assert!(!calendar.has_notice(2028));
        // In 2028: a Saturday, Monday and Tuesday, Sunday to Tuesday.
        for (month, day) in [(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)] {
            assert!(
                !calendar.is_working_day(date(2028, month, day)),
                "{month}-{day}"
            );
        }
        assert!(calendar.is_working_day(date(2028, 5, 3)));
        // 1 January 2027 is a Friday.
        assert!(!calendar.after(date(2026, 12, 30), 1).provisional);
        let into_2027 = Deadline {
            date: date(2027, 1, 4),
            provisional: true,
        };
        assert_eq!(calendar.after(date(2026, 12, 30), 2), into_2027);
        assert_eq!(
            calendar.after(date(2026, 12, 31), 10).date,
            date(2027, 1, 15)
        );
        // Notices of later years do not make it certain.
        assert!(calendar.after(date(2022, 12, 1), 40).provisional);
        assert!(!calendar.after(date(2022, 12, 31), 40).provisional);
        let extended = calendar.extended(into_2027, 0);
        assert_eq!(extended, into_2027);
        let provisional = msg::DeadlineProvisional {
            date: date(2027, 1, 4),
        };
        assert_eq!(into_2027.label(), Message::from(provisional));
    }

    #[test]
    fn a_missing_notice_matters_in_its_year_and_from_november_before() {
        let calendar = Calendar::built_in().unwrap();
        for (today, missing) in [
            (date(2026, 10, 31), vec![]),
            (date(2026, 11, 1), vec![2027]),
            (date(2027, 10, 31), vec![2027]),
            (date(2027, 12, 31), vec![2027, 2028]),
        ] {
            assert_eq!(calendar.missing_notices(today), missing, "{today}");
        }
    }

    #[test]
    fn counting_stops_at_the_last_date_there_is() {
        let calendar = Calendar::built_in().unwrap();
        let due = calendar.after(date(9999, 12, 30), u32::MAX);
        let expected = Deadline {
            date: Date::MAX,
            provisional: true,
        };
        assert_eq!(due, expected);
        assert_eq!(calendar.working_days_between(Date::MAX, Date::MAX), 0);
    }

    #[test]
    fn a_day_in_china_begins_eight_hours_before_it_does_in_greenwich() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(
            local_date(at("2026-03-17T15:59:59.999999999Z")),
            date(2026, 3, 17)
        );
        assert_eq!(local_date(at("2026-03-17T16:00:00Z")), date(2026, 3, 18));
        assert_eq!(
            end_of_day(date(2026, 3, 17)),
            at("2026-03-17T15:59:59.999999999Z")
        );
        assert_eq!(end_of_day(Date::MAX), Timestamp::MAX);
        assert_eq!(end_of_day(Date::MIN), Timestamp::MIN);
        assert_eq!(local_date(Timestamp::MAX), Date::MAX);
    }

    /// Days from 2021 to 2029: years with notices, and years without on both sides.
    fn any_day() -> impl Strategy<Value = Date> {
        (0..3_200_i64).prop_map(|days| date(2021, 1, 1) + days.days())
    }

    proptest! {
        #[test]
        fn the_due_day_is_a_working_day_with_exactly_that_many_counted(
            from in any_day(), n in 0_u32..80,
        ) {
            let calendar = Calendar::built_in().unwrap();
            let due = calendar.after(from, n).date;
            prop_assert!((n == 0 && due == from) || (n > 0 && calendar.is_working_day(due)));
            prop_assert_eq!(calendar.working_days_between(from, due), n);
        }

        #[test]
        fn later_starts_and_longer_terms_never_end_earlier(
            a in any_day(), b in any_day(), n in 0_u32..60, more in 1_u32..20,
        ) {
            let calendar = Calendar::built_in().unwrap();
            let (early, late) = (a.min(b), a.max(b));
            prop_assert!(calendar.after(early, n).date <= calendar.after(late, n).date);
            prop_assert!(calendar.after(a, n).date < calendar.after(a, n + more).date);
        }

        #[test]
        fn terms_add_up(from in any_day(), n in 0_u32..60, m in 0_u32..60) {
            let calendar = Calendar::built_in().unwrap();
            let halfway = calendar.after(from, n).date;
            prop_assert_eq!(calendar.after(from, n + m).date, calendar.after(halfway, m).date);
        }

        #[test]
        fn fixed_holidays_are_off_in_every_year(
            year in 1_i16..=9_999,
            (month, day) in prop::sample::select(vec![(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)]),
        ) {
            let calendar = Calendar::built_in().unwrap();
            prop_assert!(!calendar.is_working_day(date(year, month, day)));
        }

        #[test]
        fn extending_counts_on_and_stays_provisional(
            from in any_day(), n in 1_u32..60, m in 0_u32..60,
        ) {
            let calendar = Calendar::built_in().unwrap();
            let whole = calendar.after(from, n + m);
            prop_assert_eq!(calendar.extended(calendar.after(from, n), m), whole);
        }

        #[test]
        fn a_deadline_has_passed_exactly_after_the_end_of_its_day(day in any_day()) {
            let deadline = Deadline::certain(day);
            prop_assert!(!deadline.has_passed(end_of_day(day)));
            prop_assert!(deadline.has_passed(end_of_day(day) + 1.nanosecond()));
        }

        #[test]
        fn a_deadline_is_certain_exactly_where_every_day_counted_has_a_notice(
            from in any_day(), n in 0_u32..300,
        ) {
            let calendar = Calendar::built_in().unwrap();
            let due = calendar.after(from, n);
            let counted = from.series(1.day()).skip(1).take_while(|day| *day <= due.date);
            let known = counted.map(|day| day.year()).all(|year| (2023..=2026).contains(&year));
            prop_assert_eq!(!due.provisional, known);
        }

        #[test]
        fn the_end_of_a_day_belongs_to_it_and_the_next_instant_does_not(day in any_day()) {
            let end = end_of_day(day);
            prop_assert_eq!(local_date(end), day);
            prop_assert_eq!(local_date(end + 1.nanosecond()), day.tomorrow().unwrap());
        }
    }
}
