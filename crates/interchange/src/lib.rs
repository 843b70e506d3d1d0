//! The catalogue in the formats that people use: Excel workbooks, CSV files of spreadsheet programs, and
//! JSON lines of portals, read into drafts; other layouts through a map; and JSON-LD, as exchanged
//! between portals.
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
mod notes;
mod read;
mod records;
mod repeats;
mod report;
mod row_limit;
mod summary;
mod terms;
mod text;
mod titled;
mod workbook;
mod workbook_cell;
mod worksheet;
mod write;
mod write_workbook;

use std::collections::HashMap;

use chengji_domain::ResourceCode;
use chengji_domain::catalogue::{Draft, Entry, Problem, field_zh};

pub use self::gb18030::write_gb18030;
pub use self::groups::{Group, groups, ranges, title, told};
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
pub use self::write_workbook::{template, write as write_workbook};

/// The content of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The rows that could be read as drafts, in the file's order.
    pub rows: Vec<Row>,
    /// Problems of the file's form, row by row.
    pub problems: Vec<SheetProblem>,
    /// Notes about conversions and omissions, in English and Chinese.
    pub notes: Vec<String>,
    headings: HashMap<&'static str, String>,
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
    /// The problem, with its remedy.
    pub problem: Problem,
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
        let told = malformed.fields(row.line);
        let found = found
            .into_iter()
            .filter(|problem| !(problem.value.is_empty() && told.contains(&problem.field)))
            .map(cells::better_told);
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
struct Malformed(HashMap<u64, Vec<&'static str>>);

impl Malformed {
    fn of(problems: &[SheetProblem]) -> Self {
        let mut lines: HashMap<u64, Vec<&'static str>> = HashMap::new();
        for found in problems {
            lines
                .entry(found.line)
                .or_default()
                .push(found.problem.field);
        }
        Self(lines)
    }

    fn fields(&self, line: u64) -> &[&'static str] {
        self.0.get(&line).map_or(&[], Vec::as_slice)
    }
}

fn same_code(code: &str, first: u64) -> Problem {
    Problem::new(
        "code",
        code,
        format!("the code is that of line {first} already"),
        format!("代码与第{first}行重复"),
        "give each entry a code of its own (with or without '/' it is the same code), or take one \
         of the two rows out 每条目录的代码须唯一，或删除重复行",
    )
}

impl Sheet {
    /// The headings as they are written in the file, by field.
    pub fn into_headings(self) -> HashMap<&'static str, String> {
        self.headings
    }

    fn at(&self, line: u64, mut problem: Problem) -> SheetProblem {
        if let Some(name) = self.names.get(&line) {
            problem.problem = format!("dataset {name}: {}", problem.problem);
            problem.problem_zh = format!("数据集 {name}：{}", problem.problem_zh);
        }
        let column = self.headings.get(problem.field).cloned();
        let field = problem.field;
        if self.mapped && column.is_some() && !problem.value.is_empty() && has_terms(field) {
            problem.remedy = format!(
                "{}; or say under [{field}.values] in the map what it means 或在映射中写明其含义",
                problem.remedy
            );
        }
        if self.mapped && problem.value.is_empty() && problem.remedy.starts_with("fill it in") {
            problem.remedy = format!(
                "{}; or say under [{field}] in the map what holds 或在映射的 [{field}] 中写明",
                problem.remedy
            );
        }
        if let Some(heading) = column.as_deref().filter(|heading| !is_own(heading, field)) {
            problem.problem = format!("in column '{heading}': {}", problem.problem);
            problem.problem_zh = format!("列“{heading}”：{}", problem.problem_zh);
        }
        SheetProblem {
            line,
            column,
            problem,
        }
    }
}

/// Returns true if a heading is the field's own name, so that naming the field names the column.
fn is_own(heading: &str, field: &'static str) -> bool {
    let name = records::trimmed(heading.trim_matches(['*', '＊']));
    name == field_zh(field) || name.eq_ignore_ascii_case(field)
}

/// Returns true if a map's table can convert the field's values.
fn has_terms(field: &str) -> bool {
    matches!(field, "classification" | "provider_code" | "formats")
        || !allowed::terms(field).is_empty()
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
