//! The common form of code tables: a first line with version and source, a line of column names, and rows;
//! parsed from text, with the line of every mistake. Tables are edited by hand, mostly in spreadsheet
//! programs, so mistakes must be found here and not in a deadline.

use chengji_messages::{Message, Value, msg};

use crate::error::{Error, ErrorCode, Result, Violation};
use crate::text::TextRule;

/// The form of the first line.
const FIRST: &str = "version,<text>,source,<text>";
/// A cell, of any length.
const CELL: TextRule = TextRule::line(0, usize::MAX);

/// Version and source of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The name of this version, such as `cn-2026.1`.
    pub version: String,
    /// The source of its rows: a notice, a regulation, a standard.
    pub source: String,
    /// Number of rows.
    pub rows: usize,
}

/// A table of `N` columns.
pub(crate) struct Sheet<const N: usize> {
    pub(crate) head: Head,
    pub(crate) rows: Vec<Row<N>>,
    pub(crate) mistakes: Mistakes,
}

/// A row; its cells are in the order of the requested columns.
pub(crate) struct Row<const N: usize> {
    pub(crate) line: usize,
    pub(crate) cells: [String; N],
}

impl<const N: usize> Sheet<N> {
    /// Reads a table. `place` is its source for messages: the path of the file. Errors prevent reading the
    /// table at all; mistakes in single rows are collected in `mistakes`.
    pub(crate) fn read(place: &str, text: &str, columns: [&str; N]) -> Result<Self> {
        let mut mistakes = Mistakes::new(place);
        let mut lines = Vec::new();
        for (line, cells) in lines_of(text) {
            match cells {
                Some(cells) => lines.push((line, cells)),
                None => mistakes.at(line, msg::TableQuotationOpen),
            }
        }
        let mut lines = lines.into_iter();
        let head = first_line(lines.next(), &mut mistakes);
        let order = column_line(lines.next(), &columns, &mut mistakes);
        let (Some((version, source)), Some(order)) = (head, order) else {
            return Err(mistakes.into_error());
        };
        let mut rows = Vec::new();
        for (line, cells) in lines {
            if cells.len() > order.len() {
                let problem = msg::TableCellsTooMany {
                    columns: order.len(),
                    found: cells.len(),
                };
                mistakes.at(line, problem);
                continue;
            }
            let cell = |column: usize| {
                let at = order.iter().position(|place| *place == column);
                at.and_then(|at| cells.get(at)).cloned().unwrap_or_default()
            };
            let cells: [String; N] = std::array::from_fn(cell);
            for (column, cell) in columns.iter().zip(&cells) {
                if let Some(fault) = CELL.fault(cell) {
                    let problem = msg::TableCellWrong {
                        column: *column,
                        problem: fault,
                    };
                    mistakes.at(line, problem);
                }
            }
            rows.push(Row { line, cells });
        }
        let head = Head {
            version,
            source,
            rows: rows.len(),
        };
        Ok(Self {
            head,
            rows,
            mistakes,
        })
    }
}

/// Returns the lines with content, with their numbers from 1, as trimmed cells; `None` for a line that is not
/// valid CSV. Artefacts of spreadsheet programs are removed: a byte order mark, and trailing commas.
fn lines_of(text: &str) -> impl Iterator<Item = (usize, Option<Vec<String>>)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = (1..)
        .zip(text.lines())
        .map(|(number, line)| (number, cells_of(line)));
    lines.filter(|(_, cells)| {
        let first = cells.as_ref().map(|cells| cells.first());
        !matches!(first, Some(None)) && !matches!(first, Some(Some(cell)) if cell.starts_with('#'))
    })
}

fn cells_of(line: &str) -> Option<Vec<String>> {
    if line.trim_start().starts_with('#') {
        return Some(Vec::new());
    }
    // The reader would end an open quotation at the end of the text.
    if !line.matches('"').count().is_multiple_of(2) {
        return None;
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(line.as_bytes());
    let record = reader
        .records()
        .next()
        .transpose()
        .ok()?
        .unwrap_or_default();
    let mut cells: Vec<String> = record.iter().map(str::to_owned).collect();
    while cells.last().is_some_and(String::is_empty) {
        cells.pop();
    }
    Some(cells)
}

fn first_line(
    line: Option<(usize, Vec<String>)>,
    mistakes: &mut Mistakes,
) -> Option<(String, String)> {
    let (line, cells) = line.unwrap_or((1, Vec::new()));
    match cells.as_slice() {
        [version, text, source, origin]
            if version == "version" && source == "source" && !text.is_empty() =>
        {
            Some((text.clone(), origin.clone()))
        }
        _ => {
            let problem = msg::TableFirstLine {
                form: FIRST,
                found: cells.join(","),
            };
            mistakes.at(line, problem);
            None
        }
    }
}

/// Returns the column of each cell of a row.
fn column_line(
    line: Option<(usize, Vec<String>)>,
    columns: &[&str],
    mistakes: &mut Mistakes,
) -> Option<Vec<usize>> {
    let (line, names) = line.unwrap_or((2, Vec::new()));
    let before = mistakes.found.len();
    let known = || columns.iter().copied().collect::<Value>();
    let mut order = Vec::new();
    for name in &names {
        match columns.iter().position(|column| column == name) {
            Some(column) if order.contains(&column) => {
                mistakes.at(line, msg::TableColumnTwice { column: name });
            }
            Some(column) => order.push(column),
            None => {
                let problem = msg::TableColumnUnknown {
                    column: name,
                    known: known(),
                };
                mistakes.at(line, problem);
            }
        }
    }
    for name in columns
        .iter()
        .filter(|name| !names.iter().any(|n| n == *name))
    {
        let problem = msg::TableColumnMissing {
            column: *name,
            known: known(),
        };
        mistakes.at(line, problem);
    }
    (mistakes.found.len() == before).then_some(order)
}

/// The mistakes in a table, with their lines.
#[derive(Debug)]
pub(crate) struct Mistakes {
    place: String,
    found: Vec<Violation>,
}

impl Mistakes {
    pub(crate) fn new(place: &str) -> Self {
        Self {
            place: place.to_owned(),
            found: Vec::new(),
        }
    }

    /// Adds a mistake in this line; `problem` names the value and the remedy.
    pub(crate) fn at(&mut self, line: usize, problem: impl Into<Message>) {
        self.found
            .push(Violation::new(format!("{}:{line}", self.place), problem));
    }

    /// Adds something that is missing in the table as a whole.
    pub(crate) fn lacks(&mut self, problem: impl Into<Message>) {
        self.found.push(Violation::new(self.place.clone(), problem));
    }

    /// Returns the number of mistakes.
    pub(crate) fn count(&self) -> usize {
        self.found.len()
    }

    /// Returns the table, or the error if there are mistakes.
    pub(crate) fn unless_any<T>(self, table: T) -> Result<T> {
        if self.found.is_empty() {
            Ok(table)
        } else {
            Err(self.into_error())
        }
    }

    fn into_error(self) -> Error {
        wrong_tables(self.found)
    }
}

/// Returns the error of tables with these mistakes.
pub fn wrong_tables(violations: Vec<Violation>) -> Error {
    let count = violations.len();
    Error::new(ErrorCode::Misconfigured, msg::TablesWrong { count }).with_violations(violations)
}

#[cfg(test)]
#[path = "sheet_tests.rs"]
mod tests;
