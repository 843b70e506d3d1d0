//! Reading the table of notices. It is edited by hand once a year, so a slip must be found here,
//! with its line, and not in somebody's deadline.

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};

use super::{Calendar, Exception};
use crate::error::{Error, ErrorCode, Result};

/// Reads a table of notices; see [`Calendar::parse`].
pub(super) fn parse(csv: &str) -> Result<Calendar> {
    let mut reading = Reading::default();
    for (line, fields) in rows(csv) {
        reading
            .take(line, &fields)
            .map_err(|problem| wrong("calendar", line, &problem))?;
    }
    reading.finish()
}

/// The lines that say something, with their numbers from 1, split at commas. Spreadsheet programs
/// leave a byte order mark and trailing commas behind; neither carries meaning.
pub(super) fn rows(text: &str) -> impl Iterator<Item = (usize, Vec<&str>)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().map(|line| line.trim().trim_end_matches(','));
    (1..)
        .zip(lines)
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(number, line)| (number, line.split(',').map(str::trim).collect()))
}

/// An error in a table that the operator provides, with its line.
pub(super) fn wrong(table: &str, line: usize, problem: &str) -> Error {
    Error::new(
        ErrorCode::Misconfigured,
        format!("{table} table, line {line}: {problem}"),
    )
    .with_remedy("correct that line of the table and load it again")
}

/// An error about what a table leaves out.
pub(super) fn lacking(table: &str, what: &str) -> Error {
    Error::new(
        ErrorCode::Misconfigured,
        format!("{table} table: there is no line '{what}'"),
    )
    .with_remedy("add that line to the table and load it again")
}

/// The table as far as it has been read.
#[derive(Default)]
struct Reading {
    version: Option<String>,
    /// Number of the notice and the line it stands in, by year.
    notices: BTreeMap<i16, (String, usize)>,
    exceptions: BTreeMap<Date, Exception>,
}

impl Reading {
    fn take(&mut self, line: usize, fields: &[&str]) -> Result<(), String> {
        match *fields {
            ["version", text] if !text.is_empty() => self.version(text),
            ["notice", year, number] if !number.is_empty() => self.notice(line, year, number),
            [date, "off", occasion] if !occasion.is_empty() => self.day(date, Exception::Off),
            [date, "work", occasion] if !occasion.is_empty() => self.day(date, Exception::Work),
            _ => Err(format!(
                "'{}' is none of 'version,<text>', 'notice,<year>,<number>', \
                 '<date>,off,<occasion>' and '<date>,work,<occasion>'",
                fields.join(",")
            )),
        }
    }

    fn version(&mut self, text: &str) -> Result<(), String> {
        match self.version.replace(text.to_owned()) {
            None => Ok(()),
            Some(first) => Err(format!("a second version; the first is '{first}'")),
        }
    }

    fn notice(&mut self, line: usize, year: &str, number: &str) -> Result<(), String> {
        let year = year
            .parse()
            .ok()
            .filter(|year| (1949..=9999).contains(year))
            .ok_or_else(|| format!("'{year}' is not a year such as 2026"))?;
        match self.notices.insert(year, (number.to_owned(), line)) {
            None => Ok(()),
            Some((_, first)) => Err(format!(
                "a second notice for {year}; the first is in line {first}"
            )),
        }
    }

    fn day(&mut self, text: &str, exception: Exception) -> Result<(), String> {
        // The parser takes other forms, too, and drops a time of day; the table has one form.
        let date = text
            .parse::<Date>()
            .ok()
            .filter(|date| date.to_string() == text)
            .ok_or_else(|| format!("'{text}' is not a date such as 2026-03-18"))?;
        if !self.covers(date) {
            return Err(format!(
                "{date} stands before any 'notice,{},<number>'",
                date.year()
            ));
        }
        if exception == Exception::Work && super::is_weekday(date) {
            return Err(format!(
                "{date} is a {}: only a Saturday or Sunday can be made a working day",
                english(date.weekday())
            ));
        }
        match self.exceptions.insert(date, exception) {
            None => Ok(()),
            Some(_) => Err(format!("{date} stands in the table twice")),
        }
    }

    /// A notice sets days of its own year and of the December before.
    fn covers(&self, date: Date) -> bool {
        let next_year = || self.notices.contains_key(&date.year().saturating_add(1));
        self.notices.contains_key(&date.year()) || date.month() == 12 && next_year()
    }

    fn finish(self) -> Result<Calendar> {
        let version = self
            .version
            .ok_or_else(|| lacking("calendar", "version,<text>"))?;
        // A notice without days would pass Monday–Friday off as the State Council's word.
        for (year, (_, line)) in &self.notices {
            if !self.exceptions.keys().any(|date| date.year() == *year) {
                let problem = format!("the notice for {year} is followed by no day of {year}");
                return Err(wrong("calendar", *line, &problem));
            }
        }
        let notices = self
            .notices
            .into_iter()
            .map(|(year, (number, _))| (year, number))
            .collect();
        Ok(Calendar {
            version,
            notices,
            exceptions: self.exceptions,
        })
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
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    const HEAD: &str = "version,t.1\nnotice,2027,国办发明电〔2026〕1号\n2027-01-01,off,元旦\n";

    #[test]
    fn a_new_notice_needs_no_new_build() {
        let calendar = Calendar::parse(HEAD).unwrap();
        assert_eq!(
            (calendar.version(), calendar.has_notice(2027)),
            ("t.1", true)
        );
        assert!(!calendar.is_working_day(date(2027, 1, 1)));
        assert!(calendar.after(date(2026, 12, 31), 1).by_notice);
    }

    #[test]
    fn what_a_spreadsheet_program_leaves_behind_does_no_harm() {
        let saved = format!("\u{feff}{}", HEAD.replace('\n', ",,\r\n"));
        let saved = saved.replace("元旦,,", "元旦");
        assert_eq!(Calendar::parse(&saved), Calendar::parse(HEAD));
    }

    #[test]
    fn every_slip_is_named_with_its_line() {
        let slips = [
            ("version,t.2", "a second version; the first is 't.1'"),
            ("notice,27,x", "'27' is not a year such as 2026"),
            (
                "notice,2027,x",
                "a second notice for 2027; the first is in line 2",
            ),
            (
                "2027-02-30,off,春节",
                "'2027-02-30' is not a date such as 2026-03-18",
            ),
            (
                "20270201,off,春节",
                "'20270201' is not a date such as 2026-03-18",
            ),
            (
                "2027-02-01T08:00,off,春节",
                "'2027-02-01T08:00' is not a date such as 2026-03-18",
            ),
            (
                "2027-01-01,work,元旦",
                "2027-01-01 is a Friday: only a Saturday or Sunday",
            ),
            (
                "2027-01-01,off,元旦",
                "2027-01-01 stands in the table twice",
            ),
            (
                "2028-01-01,off,元旦",
                "2028-01-01 stands before any 'notice,2028,<number>'",
            ),
            (
                "2026-11-30,off,元旦",
                "2026-11-30 stands before any 'notice,2026,<number>'",
            ),
            ("2027-02-06,rest,春节", "'2027-02-06,rest,春节' is none of"),
            ("2027-02-06,off", "'2027-02-06,off' is none of"),
            ("version", "'version' is none of"),
            (
                "notice,2028,x",
                "the notice for 2028 is followed by no day of 2028",
            ),
        ];
        for (slip, problem) in slips {
            let error = Calendar::parse(&format!("{HEAD}{slip}\n")).unwrap_err();
            let expected = format!("calendar table, line 4: {problem}");
            assert!(error.message().starts_with(&expected), "{slip}: {error}");
            assert_eq!(error.code(), ErrorCode::Misconfigured);
        }
        let error = Calendar::parse("# nothing\n").unwrap_err();
        assert_eq!(
            error.message(),
            "calendar table: there is no line 'version,<text>'"
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_fall_over(text in "([a-z0-9,#\n-]|元旦|notice,|2027-){0,60}") {
            let _ = Calendar::parse(&text);
            let _ = Calendar::parse(&format!("{HEAD}{text}"));
        }
    }
}
