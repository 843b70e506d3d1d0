//! Parser of the table of notices.

use std::collections::{BTreeMap, BTreeSet};

use chengji_messages::{Message, msg};
use jiff::civil::Date;

use super::{Calendar, Exception};
use crate::error::Result;
use crate::tables::sheet::{Mistakes, Row, Sheet};
use crate::tables::span::date;

const COLUMNS: [&str; 5] = ["year", "date", "day", "occasion", "notice"];

/// Parses a table of notices; see [`Calendar::parse`].
pub(super) fn parse(place: &str, csv: &str) -> Result<Calendar> {
    let mut sheet = Sheet::read(place, csv, COLUMNS)?;
    let mut parsed = ParsedRows::default();
    for row in &sheet.rows {
        if let Err(problem) = parsed.take(row) {
            sheet.mistakes.at(row.line, problem);
        }
    }
    parsed.check(&mut sheet.mistakes);
    let notices = parsed.notices.into_iter();
    let exceptions = parsed.exceptions.into_iter();
    let ahead = parsed.ahead;
    sheet.mistakes.unless_any(Calendar {
        head: sheet.head,
        notices: notices.map(|(year, (number, _))| (year, number)).collect(),
        exceptions: exceptions.map(|(date, (what, _))| (date, what)).collect(),
        ahead,
        recorded: BTreeMap::new(),
    })
}

/// The part of the table read so far, with line numbers.
#[derive(Default)]
struct ParsedRows {
    notices: BTreeMap<i16, (String, usize)>,
    exceptions: BTreeMap<Date, (Exception, usize)>,
    ahead: BTreeSet<Date>,
}

impl ParsedRows {
    fn take(&mut self, row: &Row<5>) -> Result<(), Message> {
        let [year, day, what, _, notice] = &row.cells;
        let year = year
            .parse()
            .ok()
            .filter(|year| (1949..=9999).contains(year))
            .ok_or(msg::TableYearMalformed { year })?;
        let day = date(day).ok_or(msg::TableDateMalformed {
            column: "date",
            text: day,
        })?;
        let exception = match what.as_str() {
            "off" => Exception::Off,
            "work" => Exception::Work,
            _ => return Err(msg::TableDayUnknown { day: what }.into()),
        };
        // A notice sets days of its own year and of the December before.
        if day.year() != year && (day.year(), day.month()) != (year - 1, 12) {
            return Err(msg::TableDayOfAnotherYear { date: day, year }.into());
        }
        if exception == Exception::Work && super::is_weekday(day) {
            return Err(msg::TableDayNotWeekend { date: day }.into());
        }
        if exception == Exception::Work && super::is_statutory_holiday(day) {
            return Err(msg::TableDayStatutory { date: day }.into());
        }
        self.notice(year, notice, row.line)?;
        if day.year() != year {
            self.ahead.insert(day);
        }
        match self.exceptions.insert(day, (exception, row.line)) {
            None => Ok(()),
            Some((_, line)) => Err(msg::TableDayTwice { date: day, line }.into()),
        }
    }

    fn notice(&mut self, year: i16, number: &str, line: usize) -> Result<(), Message> {
        if number.is_empty() {
            return Err(msg::TableNoticeMissing { year }.into());
        }
        let (first, at) = self
            .notices
            .entry(year)
            .or_insert((number.to_owned(), line));
        if first != number {
            let problem = msg::TableNoticeTwice {
                first: &*first,
                line: *at,
                second: number,
                year,
            };
            return Err(problem.into());
        }
        Ok(())
    }

    /// Refuses a notice with days of the December before only, by which Monday–Friday would pass
    /// for the State Council's working days.
    fn check(&self, mistakes: &mut Mistakes) {
        for (year, (_, line)) in &self.notices {
            if !self.exceptions.keys().any(|date| date.year() == *year) {
                mistakes.at(*line, msg::TableNoticeWithoutDay { year: *year });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::error::Violation;

    const HEAD: &str = "version,t.1,source,测试\nyear,date,day,occasion,notice\n\
                        2027,2027-01-01,off,元旦,国办发明电〔2026〕1号\n";

    fn mistakes(text: &str) -> Vec<Violation> {
        let error = Calendar::parse("w.csv", text).unwrap_err();
        error.violations().to_vec()
    }

    #[test]
    fn a_new_notice_needs_no_new_build() {
        let calendar = Calendar::parse("w.csv", HEAD).unwrap();
        assert_eq!(
            (calendar.head().version.as_str(), calendar.head().rows),
            ("t.1", 1)
        );
        assert!(!calendar.is_working_day(date(2027, 1, 1)));
        assert!(!calendar.after(date(2026, 12, 31), 1).provisional);
    }

    /// Rows in line 4 of a table, and what is wrong with them.
    fn slips() -> Vec<(&'static str, Message)> {
        let (year, number) = (2027, "国办发明电〔2026〕1号");
        vec![
            (
                "27,2027-02-01,off,x,n",
                msg::TableYearMalformed { year: "27" }.into(),
            ),
            (
                "2027,2027-02-30,off,x,n",
                msg::TableDateMalformed {
                    column: "date",
                    text: "2027-02-30",
                }
                .into(),
            ),
            (
                "2027,2027-02-01,rest,x,n",
                msg::TableDayUnknown { day: "rest" }.into(),
            ),
            (
                "2027,2027-02-06,off,x,",
                msg::TableNoticeMissing { year }.into(),
            ),
            (
                "2027,2027-02-06,off,x,n",
                msg::TableNoticeTwice {
                    first: number,
                    line: 3,
                    second: "n",
                    year,
                }
                .into(),
            ),
            (
                "2027,2027-02-01,work,x,n",
                msg::TableDayNotWeekend {
                    date: date(2027, 2, 1),
                }
                .into(),
            ),
            (
                "2027,2027-05-01,work,x,n",
                msg::TableDayStatutory {
                    date: date(2027, 5, 1),
                }
                .into(),
            ),
            (
                "2027,2026-11-30,off,x,n",
                msg::TableDayOfAnotherYear {
                    date: date(2026, 11, 30),
                    year,
                }
                .into(),
            ),
            (
                "2027,2028-01-01,off,x,n",
                msg::TableDayOfAnotherYear {
                    date: date(2028, 1, 1),
                    year,
                }
                .into(),
            ),
            (
                "2027,2027/1/1,off,x,国办发明电〔2026〕1号",
                msg::TableDayTwice {
                    date: date(2027, 1, 1),
                    line: 3,
                }
                .into(),
            ),
            (
                "2028,2027-12-31,off,x,n",
                msg::TableNoticeWithoutDay { year: 2028 }.into(),
            ),
        ]
    }

    #[test]
    fn every_slip_is_told_with_its_line() {
        let slips = slips();
        for (slip, problem) in &slips {
            let found = mistakes(&format!("{HEAD}{slip}\n"));
            let expected = Violation::new("w.csv:4".to_owned(), problem.clone());
            assert_eq!(found, [expected], "{slip}");
        }
        let all: Vec<&str> = slips.iter().map(|(slip, _)| *slip).collect();
        assert_eq!(
            mistakes(&format!("{HEAD}{}\n", all.join("\n"))).len(),
            slips.len()
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(days in prop::collection::btree_map(0_i64..3_000, any::<bool>(), 1..60)) {
            let mut text = HEAD.lines().take(2).collect::<Vec<_>>().join("\n");
            let (mut expected, mut years) = (BTreeMap::new(), BTreeMap::new());
            for (day, work) in days {
                let day = date(2020, 1, 1) + day.days();
                let free = super::super::is_weekday(day) || super::super::is_statutory_holiday(day);
                let what = if work && !free { "work" } else { "off" };
                text.push_str(&format!("\n{},{day},{what},\"a, b\",no. {}", day.year(), day.year()));
                expected.insert(day, if what == "work" { Exception::Work } else { Exception::Off });
                years.insert(day.year(), format!("no. {}", day.year()));
            }
            let calendar = Calendar::parse("w.csv", &text).unwrap();
            prop_assert_eq!(&calendar.exceptions, &expected);
            prop_assert_eq!(&calendar.notices, &years);
        }

        #[test]
        fn no_text_makes_the_reader_fall_over(text in "([a-z0-9,#\n\"-]|元旦|notice,|2027-){0,60}") {
            let _ = Calendar::parse("w.csv", &text);
            let _ = Calendar::parse("w.csv", &format!("{HEAD}{text}"));
        }
    }
}
