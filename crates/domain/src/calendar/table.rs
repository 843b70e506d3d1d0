//! Parser of the table of notices.

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};

use super::{Calendar, Exception};
use crate::error::Result;
use crate::tables::sheet::{Mistakes, Row, Sheet};
use crate::tables::span::date;

const COLUMNS: [&str; 5] = ["year", "date", "day", "occasion", "notice"];

/// Parses a table of notices; see [`Calendar::parse`].
pub(super) fn parse(place: &str, csv: &str) -> Result<Calendar> {
    let mut sheet = Sheet::read(place, csv, COLUMNS)?;
    let mut reading = Reading::default();
    for row in &sheet.rows {
        if let Err(problem) = reading.take(row) {
            sheet.mistakes.at(row.line, problem);
        }
    }
    reading.check(&mut sheet.mistakes);
    let notices = reading.notices.into_iter();
    let exceptions = reading.exceptions.into_iter();
    sheet.mistakes.unless_any(Calendar {
        head: sheet.head,
        notices: notices.map(|(year, (number, _))| (year, number)).collect(),
        exceptions: exceptions.map(|(date, (what, _))| (date, what)).collect(),
    })
}

/// The part of the table read so far, with line numbers.
#[derive(Default)]
struct Reading {
    notices: BTreeMap<i16, (String, usize)>,
    exceptions: BTreeMap<Date, (Exception, usize)>,
}

impl Reading {
    fn take(&mut self, row: &Row<5>) -> Result<(), String> {
        let [year, day, what, _, notice] = &row.cells;
        let year = year
            .parse()
            .ok()
            .filter(|year| (1949..=9999).contains(year))
            .ok_or_else(|| format!("year is '{year}', no year such as 2026 年份有误"))?;
        let day = date(day)
            .ok_or_else(|| format!("date is '{day}', no date such as 2026-03-18 日期有误"))?;
        let exception = match what.as_str() {
            "off" => Exception::Off,
            "work" => Exception::Work,
            _ => return Err(format!("day is '{what}', neither off nor work 取值有误")),
        };
        // A notice sets days of its own year and of the December before.
        if day.year() != year && (day.year(), day.month()) != (year - 1, 12) {
            return Err(format!(
                "{day} is neither of {year} nor of the December before 日期不在该年度"
            ));
        }
        if exception == Exception::Work && super::is_weekday(day) {
            return Err(format!(
                "{day} is a {}: only a Saturday or Sunday can be made a working day 非周末不可调休上班",
                english(day.weekday())
            ));
        }
        if exception == Exception::Work && super::is_statutory_holiday(day) {
            return Err(format!(
                "{day} is a statutory holiday in every year 法定节假日不可调休上班"
            ));
        }
        self.notice(year, notice, row.line)?;
        match self.exceptions.insert(day, (exception, row.line)) {
            None => Ok(()),
            Some((_, first)) => Err(format!("{day} stands in line {first}, too 日期重复")),
        }
    }

    fn notice(&mut self, year: i16, number: &str, line: usize) -> Result<(), String> {
        if number.is_empty() {
            return Err(format!(
                "notice is empty; it is the number of the notice for {year} 缺少文号"
            ));
        }
        let (first, at) = self
            .notices
            .entry(year)
            .or_insert((number.to_owned(), line));
        if first != number {
            return Err(format!(
                "a second notice for {year}, '{number}'; line {at} has '{first}' 同一年度有两个通知"
            ));
        }
        Ok(())
    }

    /// Refuses a notice with days of the December before only, by which Monday–Friday would pass
    /// for the State Council's working days.
    fn check(&self, mistakes: &mut Mistakes) {
        for (year, (_, line)) in &self.notices {
            if !self.exceptions.keys().any(|date| date.year() == *year) {
                let problem = format!("the notice for {year} has no day of {year} 缺少当年日期");
                mistakes.at(*line, problem);
            }
        }
    }
}

fn english(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    const HEAD: &str = "version,t.1,source,测试\nyear,date,day,occasion,notice\n\
                        2027,2027-01-01,off,元旦,国办发明电〔2026〕1号\n";

    fn mistakes(text: &str) -> Vec<(String, String)> {
        let error = Calendar::parse("w.csv", text).unwrap_err();
        let told = error.violations().iter();
        told.map(|v| (v.field.to_string(), v.problem.to_string()))
            .collect()
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

    #[test]
    fn every_slip_is_told_with_its_line() {
        let slips = [
            ("27,2027-02-01,off,x,n", "year is '27'"),
            ("2027,2027-02-30,off,x,n", "date is '2027-02-30'"),
            ("2027,2027-02-01,rest,x,n", "day is 'rest'"),
            ("2027,2027-02-06,off,x,", "notice is empty"),
            (
                "2027,2027-02-06,off,x,n",
                "a second notice for 2027, 'n'; line 3",
            ),
            ("2027,2027-02-01,work,x,n", "2027-02-01 is a Monday: only"),
            (
                "2027,2027-05-01,work,x,n",
                "2027-05-01 is a statutory holiday",
            ),
            ("2027,2026-11-30,off,x,n", "2026-11-30 is neither of 2027"),
            ("2027,2028-01-01,off,x,n", "2028-01-01 is neither of 2027"),
            (
                "2027,2027/1/1,off,x,国办发明电〔2026〕1号",
                "2027-01-01 stands in line 3, too",
            ),
            (
                "2028,2027-12-31,off,x,n",
                "the notice for 2028 has no day of 2028",
            ),
        ];
        for (slip, problem) in slips {
            let told = mistakes(&format!("{HEAD}{slip}\n"));
            assert_eq!(told.len(), 1, "{told:?}");
            assert_eq!(told[0].0, "w.csv:4");
            assert!(told[0].1.starts_with(problem), "{slip}: {told:?}");
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
