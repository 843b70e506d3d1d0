//! The catalogue as people keep it: Excel workbooks, and CSV files out of a spreadsheet program, read
//! into drafts.
//!
//! What may be forgiven is forgiven and told in a note (full-width digits, `2024/3/5`); what would
//! be a guess is a problem with its line, column, value and remedy. A secret row is noticed before
//! anything else of it is looked at, and nothing of it is kept or repeated. Nothing here knows the
//! network, the store, or what the node has published.

mod cells;
mod columns;
mod groups;
mod lists;
mod marked;
mod notes;
mod records;
mod report;
mod summary;
mod text;
mod workbook;
mod write;

use std::collections::HashMap;
use std::path::Path;

use chengji_domain::catalogue::{Draft, Entry, Given, Problem};
use chengji_domain::{Error, ErrorCode, ResourceCode, Result};

use self::columns::Columns;
pub use self::groups::{Group, groups, ranges, title, told};
use self::notes::Notes;
use self::records::{Record, Records};
pub use self::report::{Findings, Report};
pub use self::workbook::{template, write as write_workbook};
pub use self::write::write;

/// The most rows a file may have, as many as one import takes.
pub const MOST_ROWS: usize = 200_000;

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The rows that could be read as drafts, in the file's order.
    pub rows: Vec<Row>,
    /// What is wrong with the file's form, row by row.
    pub problems: Vec<SheetProblem>,
    /// What was converted or left aside, in English and Chinese.
    pub notes: Vec<String>,
    headings: HashMap<&'static str, String>,
}

/// A row of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line its record starts in, from 1.
    pub line: u64,
    /// What it says; of a secret row only that it is one.
    pub draft: Draft,
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetProblem {
    /// The line the row starts in, from 1.
    pub line: u64,
    /// The column's heading as it stands in the file; none where the row itself is wrong or the
    /// file has no such column.
    pub column: Option<String>,
    /// What is wrong, and what would be right.
    pub problem: Problem,
}

/// Reads a file: a workbook, of which one sheet counts (the named one, or the first with a header),
/// or a text. An error is about the file as a whole; what is wrong with rows stands in the sheet.
pub fn read(path: &Path, sheet_name: Option<&str>) -> Result<Sheet> {
    let file = path.display().to_string();
    if workbook::is_workbook(path) {
        let read = workbook::read(path, &file, sheet_name)?;
        let mut sheet = gather(read.records.into_iter().map(Ok), &file)?;
        sheet.notes.splice(0..0, read.notes);
        return Ok(sheet);
    }
    if let Some(name) = sheet_name {
        let message = format!("{file} is no workbook and has no sheet '{name}'");
        return Err(Error::new(ErrorCode::InvalidArgument, message)
            .with_remedy("leave --sheet out, or name an .xlsx file"));
    }
    let decoded = text::read(path)?;
    let mut sheet = parse(&decoded.text, &file)?;
    sheet.notes.splice(0..0, decoded.note);
    Ok(sheet)
}

/// The valid entries with their lines, and every problem of the file in order of lines. A row with
/// any problem is no entry.
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

/// The fields of each line that could not be read in full: that one of them then seems empty is not
/// told a second time.
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

fn broken(field: &'static str, cell: &str) -> Problem {
    Problem::new(
        field,
        cell,
        "the cell holds the error of a formula and no value",
        "单元格公式出错，没有取值",
        "mend the formula, or write the value itself 请改正公式或直接填写取值",
    )
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
    fn at(&self, line: u64, problem: Problem) -> SheetProblem {
        SheetProblem {
            line,
            column: self.headings.get(problem.field).cloned(),
            problem,
        }
    }
}

fn parse(text: &str, file: &str) -> Result<Sheet> {
    gather(Records::new(text, file), file)
}

fn gather(mut records: impl Iterator<Item = Result<Record>>, file: &str) -> Result<Sheet> {
    let Some(header) = records.next().transpose()? else {
        return Err(empty(file, "the file is empty"));
    };
    let columns = Columns::read(&header, file)?;
    let mut sheet = Sheet {
        headings: columns.headings(),
        ..Sheet::default()
    };
    let mut notes = Notes::default();
    let mut rows = 0;
    let mut remarks = Vec::new();
    for record in records {
        let record = record?;
        if columns.only_remarks(&record) {
            remarks.push(record.line);
            continue;
        }
        rows += 1;
        if rows > MOST_ROWS {
            return Err(too_many(file));
        }
        take(&mut sheet, &mut notes, &columns, &record);
    }
    if rows == 0 {
        return Err(empty(file, "the file has no rows under its header"));
    }
    sheet.notes = columns.notes();
    sheet.notes.extend(notes.into_texts());
    if !remarks.is_empty() {
        sheet.notes.push(format!(
            "rows that hold nothing but a report's remarks were passed over 仅有报告说明的行未读取 (rows \
             行 {})",
            ranges(&remarks, 10)
        ));
    }
    Ok(sheet)
}

fn take(sheet: &mut Sheet, notes: &mut Notes, columns: &Columns, record: &Record) {
    let line = record.line;
    if let Err(problem) = columns.fit(record) {
        sheet.problems.push(sheet.at(line, problem));
        return;
    }
    let reading = cells::read(columns, &record.cells);
    if !matches!(
        reading.draft,
        Some(Draft {
            secret: Given::Known(true),
            ..
        })
    ) {
        for column in &record.broken {
            let cell = record.cells.get(*column).unwrap_or_default();
            sheet
                .problems
                .push(sheet.at(line, broken(columns.field(*column), cell)));
        }
    }
    for problem in reading.problems {
        sheet.problems.push(sheet.at(line, problem));
    }
    for (field, conversion) in reading.conversions {
        notes.add(field, conversion, line);
    }
    sheet
        .rows
        .extend(reading.draft.map(|draft| Row { line, draft }));
}

fn empty(file: &str, what: &str) -> Error {
    Error::new(ErrorCode::InvalidArgument, format!("{file}: {what}")).with_remedy(
        "write a header row with the columns' names and one row for each entry \
         首行为列名，其下每行一条目录",
    )
}

fn too_many(file: &str) -> Error {
    let message = format!("{file}: there are more than {MOST_ROWS} rows");
    Error::new(ErrorCode::LimitExceeded, message)
        .with_remedy("split the file and import one part after the other 请拆分后分次导入")
}

#[cfg(test)]
mod tests;
