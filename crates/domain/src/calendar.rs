//! The working-day calendar and the deadline rules: when an answer is due.
//!
//! Working days follow the State Council's yearly holiday notice, make-up working weekends
//! included; a year with no notice yet falls back to Monday–Friday, and every date counted
//! through such a year says so. Notices and rules are versioned tables of text: data, never
//! constants in code. The clock never enters: callers pass the instant or the date.

mod deadlines;
mod table;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::Offset;

pub use deadlines::{DeadlineRules, Rule};

use crate::error::Result;
use crate::tables::sheet::Head;

/// China standard time: one fixed offset for the whole country, without summer time since 1991.
const CHINA: Offset = Offset::constant(8);

/// Which days are working days, from the State Council's holiday notices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    head: Head,
    notices: BTreeMap<i16, String>,
    exceptions: BTreeMap<Date, Exception>,
}

/// What a notice makes of a day, against the ordinary week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exception {
    Off,
    Work,
}

/// The day something is due, and how sure that day is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The last day on which it is in time.
    pub date: Date,
    /// False where a year counted through had no notice: Monday–Friday was taken instead, and a
    /// notice still to come may move the date.
    pub by_notice: bool,
}

impl Calendar {
    /// The table shipped with the program: the notices for 2023 to 2026.
    pub fn built_in() -> Result<Self> {
        Self::parse("working-days.csv", include_str!("../data/working-days.csv"))
    }

    /// Reads a table of the form that stands at the head of `data/working-days.csv`. The error
    /// tells every mistake with `place` and its line.
    pub fn parse(place: &str, csv: &str) -> Result<Self> {
        table::parse(place, csv)
    }

    /// Version and source of the table.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The number of the notice for the year, such as `国办发明电〔2025〕7号`.
    pub fn notice(&self, year: i16) -> Option<&str> {
        self.notices.get(&year).map(String::as_str)
    }

    /// Whether the table holds the notice for the year.
    pub fn has_notice(&self, year: i16) -> bool {
        self.notices.contains_key(&year)
    }

    /// Whether the day is a working day; Monday to Friday where no notice says otherwise.
    pub fn is_working_day(&self, date: Date) -> bool {
        match self.exceptions.get(&date) {
            Some(exception) => *exception == Exception::Work,
            None => is_weekday(date),
        }
    }

    /// The day on which that many working days after `from` have passed. `from` itself does not
    /// count, so 0 gives `from` back; otherwise the answer is a working day. A count past the
    /// last date there is stops at that date, and is not by notice.
    pub fn after(&self, from: Date, working_days: u32) -> Due {
        let mut due = Due {
            date: from,
            by_notice: true,
        };
        let mut left = working_days;
        while left > 0 {
            let Ok(next) = due.date.tomorrow() else {
                return Due {
                    by_notice: false,
                    ..due
                };
            };
            due = Due {
                date: next,
                by_notice: due.by_notice && self.has_notice(next.year()),
            };
            left -= u32::from(self.is_working_day(next));
        }
        due
    }

    /// How many working days there are after `from`, up to and including `to`; 0 where `to` is
    /// not later.
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

/// The date in China at that instant.
pub fn local_date(at: Timestamp) -> Date {
    CHINA.to_datetime(at).date()
}

/// The last nanosecond of the day in China: what happens then is still in time, anything later is
/// not. The very last day of the calendar ends where timestamps end.
pub fn end_of_day(date: Date) -> Timestamp {
    let last = date.at(23, 59, 59, 999_999_999);
    CHINA.to_timestamp(last).unwrap_or(if date.year() > 0 {
        Timestamp::MAX
    } else {
        Timestamp::MIN
    })
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
        // 12–14 February (a Saturday), the festival, 24–28 (a Saturday), 2 and 3 March.
        let due = calendar.after(date(2026, 2, 11), 10);
        assert_eq!(
            due,
            Due {
                date: date(2026, 3, 3),
                by_notice: true
            }
        );
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
    fn a_year_without_notice_is_monday_to_friday_and_says_so() {
        let calendar = Calendar::built_in().unwrap();
        assert!(!calendar.has_notice(2027));
        // 1 January 2027 is a Friday: a holiday to everybody, but no notice has said so yet.
        assert!(calendar.is_working_day(date(2027, 1, 1)));
        assert!(calendar.after(date(2026, 12, 30), 1).by_notice);
        let into_2027 = Due {
            date: date(2027, 1, 1),
            by_notice: false,
        };
        assert_eq!(calendar.after(date(2026, 12, 30), 2), into_2027);
        // Counting back into known years does not mend it.
        assert!(!calendar.after(date(2022, 12, 1), 40).by_notice);
        assert!(calendar.after(date(2022, 12, 31), 40).by_notice);
    }

    #[test]
    fn counting_stops_at_the_last_date_there_is() {
        let calendar = Calendar::built_in().unwrap();
        let due = calendar.after(date(9999, 12, 30), u32::MAX);
        assert_eq!(
            due,
            Due {
                date: Date::MAX,
                by_notice: false
            }
        );
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
        fn a_date_is_by_notice_exactly_where_every_day_counted_has_one(
            from in any_day(), n in 0_u32..300,
        ) {
            let calendar = Calendar::built_in().unwrap();
            let due = calendar.after(from, n);
            let counted = from.series(1.day()).skip(1).take_while(|day| *day <= due.date);
            let known = counted.map(|day| day.year()).all(|year| (2023..=2026).contains(&year));
            prop_assert_eq!(due.by_notice, known);
        }

        #[test]
        fn the_end_of_a_day_belongs_to_it_and_the_next_instant_does_not(day in any_day()) {
            let end = end_of_day(day);
            prop_assert_eq!(local_date(end), day);
            prop_assert_eq!(local_date(end + 1.nanosecond()), day.tomorrow().unwrap());
        }
    }
}
