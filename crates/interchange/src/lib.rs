//! The catalogue in the formats that people use: Excel workbooks, CSV files of spreadsheet programs, and
//! JSON lines of portals, read into drafts; other layouts through a map; and JSON-LD, as exchanged
//! between portals.
//!
//! Tables as they are delivered are written in the formats that people want, too (`table`, with the feature
//! `tables`).
//!
//! Unambiguous deviations are corrected and noted (full-width digits, `2024/3/5`); ambiguous ones are
//! problems with line, column, value and remedy. A secret row is recognized before anything else of it is
//! read, and nothing of it is kept or repeated. Nothing here knows the network, the store, or the node's
//! published entries.

mod allowed;
mod cells;
mod choice;
mod columns;
pub mod csv_writer;
mod dates;
pub mod dcat;
mod defaults;
mod formats;
mod gb18030;
mod groups;
mod header;
mod headings;
mod html;
mod input;
mod item_rows;
mod json_document;
mod json_lines;
mod json_object;
mod json_path;
mod layout;
mod lists;
mod mapping;
mod marked;
mod meaning;
mod merged;
pub mod month_report;
mod notes;
mod read;
mod records;
mod repeats;
mod report;
mod row_limit;
mod sheet_text;
mod summary;
#[cfg(feature = "tables")]
pub mod table;
mod term_reader;
mod text;
mod titled;
mod workbook;
mod workbook_cell;
mod worksheet;
mod write;
mod write_items;
mod write_workbook;

use std::collections::HashMap;

use chengji_domain::catalogue::{Draft, Entry, FieldProblem, heading};
use chengji_domain::{Field, ResourceCode};
use chengji_messages::{Message, msg};

pub use self::defaults::Defaults;
pub use self::gb18030::write_gb18030;
pub use self::groups::{Group, groups, line_of, message, ranges, title};
pub use self::input::Input;
pub use self::layout::Layout;
pub use self::lists::parts;
pub use self::mapping::{Mapping, Pair, PairProblem, Wants, read as read_mapping};
pub use self::read::{Options, propose, read, read_with};
pub use self::report::{Report, is_sheet};
pub use self::row_limit::MAX_ROWS;
pub use self::summary::Findings;
pub use self::write::cells;
pub use self::write::write;
pub use self::write_items::write_items;
pub use self::write_workbook::{template, write as write_workbook};

/// The content of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The rows that could be read as drafts, in the file's order.
    pub rows: Vec<Row>,
    /// Problems of the file's form, row by row.
    pub problems: Vec<SheetProblem>,
    /// Notes of conversions and omissions.
    pub notes: Vec<Message>,
    headings: HashMap<Field, String>,
    /// The rows' own names, by line, for files without visible line numbers.
    names: HashMap<u64, String>,
    /// True if the columns came through a map, which can define the meaning of their values.
    mapped: bool,
}

/// A row of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line its record starts in, or the position of its dataset; from 1.
    pub line: u64,
    /// Its content; of a secret row only that it is secret.
    pub draft: Draft,
}

/// A problem and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetProblem {
    /// The line the row starts in, from 1.
    pub line: u64,
    /// The column's heading as it is written in the file; `None` where the problem concerns the row
    /// itself or the file has no such column.
    pub column: Option<String>,
    /// The row's own name, in files without line numbers.
    pub row_name: Option<String>,
    /// The problem, with its remedy.
    pub problem: FieldProblem,
}

/// Checks a sheet. Returns the valid entries with their lines, and every problem of the file in order of
/// lines. A row with any problem is not an entry.
pub fn check(sheet: &Sheet) -> (Vec<(u64, Entry)>, Vec<SheetProblem>) {
    let mut entries = Vec::new();
    let mut problems = sheet.problems.clone();
    let malformed = Malformed::of(&sheet.problems);
    let mut first_lines: HashMap<ResourceCode, u64> = HashMap::new();
    for row in &sheet.rows {
        let twice = row.draft.code.parse().ok().and_then(|code: ResourceCode| {
            let first = *first_lines.entry(code).or_insert(row.line);
            (first != row.line).then(|| same_code(&row.draft.code, first))
        });
        let found = match row.draft.check() {
            Ok(entry) if twice.is_none() && malformed.fields(row.line).is_empty() => {
                entries.push((row.line, entry));
                continue;
            }
            Ok(_) => Vec::new(),
            Err(found) => found,
        };
        let reported = malformed.fields(row.line);
        let found = found
            .into_iter()
            .filter(|problem| !(problem.value.is_empty() && reported.contains(&problem.field)))
            .map(cells::as_made_by_a_spreadsheet);
        problems.extend(
            found
                .chain(twice)
                .map(|problem| sheet.at(row.line, problem)),
        );
    }
    problems.sort_by_key(|problem| problem.line);
    (entries, problems)
}

/// The fields of each line that could not be read in full, whose absence is not reported a second time.
struct Malformed(HashMap<u64, Vec<Field>>);

impl Malformed {
    fn of(problems: &[SheetProblem]) -> Self {
        let mut lines: HashMap<u64, Vec<Field>> = HashMap::new();
        for found in problems {
            lines
                .entry(found.line)
                .or_default()
                .push(found.problem.field);
        }
        Self(lines)
    }

    fn fields(&self, line: u64) -> &[Field] {
        self.0.get(&line).map_or(&[], Vec::as_slice)
    }
}

fn same_code(code: &str, first: u64) -> FieldProblem {
    FieldProblem::new(Field::Code, code, msg::SheetCodeTwice { line: first })
}

impl Sheet {
    /// The headings as they are written in the file, by field.
    pub fn into_headings(self) -> HashMap<Field, String> {
        self.headings
    }

    fn at(&self, line: u64, mut problem: FieldProblem) -> SheetProblem {
        let column = self.headings.get(&problem.field).cloned();
        if self.mapped {
            problem.message = of_map(&problem, column.is_some());
        }
        SheetProblem {
            line,
            column,
            row_name: self.names.get(&line).cloned(),
            problem,
        }
    }
}

/// The message of a problem with a value that came through a map, whose advice is that the map can help, too.
fn of_map(problem: &FieldProblem, has_column: bool) -> Message {
    let (message, field) = (&problem.message, problem.field.as_str());
    let terms = || message.param("terms").cloned().unwrap_or_else(|| "".into());
    let has_value = has_column && !problem.value.is_empty();
    match (message.code(), problem.field) {
        ("catalogue-field-missing", _) => msg::SheetMapFieldMissing { field }.into(),
        ("catalogue-value-unknown", _) if has_value => {
            let terms = terms();
            msg::SheetMapValueUnknown { field, terms }.into()
        }
        ("sheet-secrecy-unknown", _) if has_value => {
            let terms = terms();
            msg::SheetMapSecrecyUnknown { field, terms }.into()
        }
        (_, Field::Classification | Field::ProviderCode) if has_value => {
            let problem = message;
            msg::SheetMapValueInvalid { field, problem }.into()
        }
        _ => message.clone(),
    }
}

/// Returns true if a heading is the field's own name, so that naming the field names the column.
pub(crate) fn is_own(name: &str, field: Field) -> bool {
    let name = records::trimmed(name.trim_matches(['*', '＊']));
    name == heading(field) || name.eq_ignore_ascii_case(field.as_str())
}

#[cfg(test)]
mod bad_input_tests;
#[cfg(test)]
mod foreign_text_tests;
#[cfg(test)]
mod item_rows_tests;
#[cfg(test)]
mod round_trip_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod workbooks_tests;
