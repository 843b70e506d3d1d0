//! Administrative divisions (GB/T 2260): codes with their names and validity.

use std::collections::BTreeMap;

use chengji_messages::{Message, msg};
use jiff::civil::Date;

use super::sheet::{Head, Mistakes, Row, Sheet};
use super::span::{Span, in_order};
use crate::city::{DivisionCode, DivisionLevel};
use crate::error::Result;

const COLUMNS: [&str; 6] = [
    "code",
    "name",
    "level",
    "valid_from",
    "valid_until",
    "successor",
];

/// The present and former divisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divisions {
    head: Head,
    /// The divisions of each code in order of time; at least one.
    by_code: BTreeMap<DivisionCode, Vec<Division>>,
    has_counties: bool,
}

/// The meaning of a code during its validity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Division {
    /// The code.
    pub code: DivisionCode,
    /// Its name, such as 长沙市.
    pub name: String,
    /// First and last day in force.
    pub valid: Span,
    /// The code that replaced it.
    pub successor: Option<DivisionCode>,
}

/// The validity of a code on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DivisionStatus<'a> {
    /// In force.
    InForce(&'a Division),
    /// No longer in force; the last division.
    Ended(&'a Division),
    /// Not yet in force; the first division.
    NotYet(&'a Division),
    /// Not in the table.
    Unknown,
}

impl Divisions {
    /// Parses a table of the form documented in the first lines of `data/divisions.csv`. The error
    /// lists every mistake with `place` and its line.
    pub fn parse(place: &str, csv: &str) -> Result<Self> {
        let mut sheet = Sheet::read(place, csv, COLUMNS)?;
        let wrong = &mut sheet.mistakes;
        let rows: Vec<_> = sheet
            .rows
            .iter()
            .filter_map(|row| division(row, wrong))
            .collect();
        let by_code = in_order(rows, wrong);
        for (_, line, division) in by_code.values().flatten() {
            if let Some(successor) = division.successor
                && !by_code.contains_key(&successor)
            {
                let problem = msg::TableSuccessorMissing { successor };
                wrong.at(*line, problem);
            }
        }
        let has_counties = by_code
            .keys()
            .any(|code| code.level() == DivisionLevel::County);
        let by_code = by_code.into_iter().map(|(code, rows)| {
            let divisions = rows.into_iter().map(|(_, _, division)| division);
            (code, divisions.collect())
        });
        let by_code = by_code.collect();
        sheet.mistakes.unless_any(Self {
            head: sheet.head,
            by_code,
            has_counties,
        })
    }

    /// Returns version and source of the table.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Returns the validity of this code on this day.
    pub fn on(&self, code: DivisionCode, day: Date) -> DivisionStatus<'_> {
        let rows = self.by_code.get(&code).map_or(&[][..], Vec::as_slice);
        let begun = rows
            .iter()
            .rfind(|row| row.valid.from.is_none_or(|from| from <= day));
        match (begun, rows.first()) {
            (Some(row), _) if row.valid.contains(day) => DivisionStatus::InForce(row),
            (Some(row), _) => DivisionStatus::Ended(row),
            (None, Some(row)) => DivisionStatus::NotYet(row),
            (None, None) => DivisionStatus::Unknown,
        }
    }

    /// Returns a warning with a remedy if this code may be wrong on this day; `None` if it is in
    /// force, and for counties if the table has none. New codes appear every year, so a code
    /// missing in the table may be valid.
    pub fn warning(&self, code: DivisionCode, day: Date) -> Option<Message> {
        if code.level() == DivisionLevel::County && !self.has_counties {
            return None;
        }
        let version = &self.head.version;
        match self.on(code, day) {
            DivisionStatus::InForce(_) => None,
            DivisionStatus::Ended(division) => {
                let (name, until) = (&division.name, division.valid.until);
                let ended: Message = match until {
                    None => msg::DivisionEnded {
                        code,
                        name,
                        version,
                    }
                    .into(),
                    Some(until) => msg::DivisionEndedOn {
                        code,
                        name,
                        until,
                        version,
                    }
                    .into(),
                };
                Some(match division.successor {
                    None => ended,
                    Some(successor) => msg::DivisionSucceeded {
                        ended,
                        name: self.name(successor),
                        successor,
                    }
                    .into(),
                })
            }
            DivisionStatus::NotYet(division) => {
                let name = &division.name;
                Some(match division.valid.from {
                    None => msg::DivisionNotYet {
                        code,
                        name,
                        version,
                    }
                    .into(),
                    Some(from) => msg::DivisionNotUntil {
                        code,
                        from,
                        name,
                        version,
                    }
                    .into(),
                })
            }
            DivisionStatus::Unknown => Some(msg::DivisionUnknown { code, version }.into()),
        }
    }

    /// Returns the newest name of a code; empty if the table does not have it.
    fn name(&self, code: DivisionCode) -> &str {
        let newest = self.by_code.get(&code).and_then(|rows| rows.last());
        newest.map_or("", |row| &row.name)
    }
}

type Read = (DivisionCode, Span, usize, Division);

fn division(row: &Row<6>, wrong: &mut Mistakes) -> Option<Read> {
    let [code, name, level, from, until, successor] = &row.cells;
    let read = |text: &str, column: &str, wrong: &mut Mistakes| {
        let code = text.parse::<DivisionCode>();
        code.map_err(|e| {
            let problem = e.message();
            wrong.at(row.line, msg::TableCellWrong { column, problem });
        })
        .ok()
    };
    let valid = Span::read(from, until, row.line, wrong);
    let code = read(code, "code", wrong);
    if name.is_empty() {
        wrong.at(row.line, msg::TableCellEmpty { column: "name" });
    }
    if let Some(code) = code.filter(|code| code.level().to_string() != *level) {
        let right = code.level().label();
        wrong.at(row.line, msg::TableLevelWrong { code, level, right });
    }
    let successor = match successor.as_str() {
        "" => None,
        text => Some(read(text, "successor", wrong)?),
    };
    let (code, valid) = (code?, valid?);
    if successor == Some(code) {
        wrong.at(row.line, msg::TableSuccessorItself { code });
    }
    if let (Some(successor), None) = (successor, valid.until) {
        let problem = msg::TableSuccessorWithoutEnd { code, successor };
        wrong.at(row.line, problem);
    }
    let name = name.clone();
    let division = Division {
        code,
        name,
        valid,
        successor,
    };
    Some((code, valid, row.line, division))
}

#[cfg(test)]
#[path = "divisions_tests.rs"]
mod tests;
