//! Maps the columns of a file to the fields of an entry. Headings are the names of the fields or common
//! synonyms, in any order.

use std::collections::HashMap;

use chengji_domain::catalogue::{FIELDS, Problem};
use chengji_domain::{Error, ErrorCode, Result, Violation};
use csv::StringRecord;

use super::headings::{clipped, field_of, speaks_of_secrecy};
use super::records::{Record, trimmed};

/// The heading of the column that a report adds. It names no field, so the column is not read.
pub(super) const REMARKS: &str = "问题 problems";

/// Fields that every entry requires, in each class and manner.
const REQUIRED: [&str; 14] = [
    "classification",
    "name",
    "code",
    "provider",
    "provider_code",
    "abstract",
    "formats",
    "share_class",
    "open",
    "update_cycle",
    "published_on",
    "administrative_level",
    "secret",
    "security_level",
];

/// The columns of a file.
#[derive(Debug)]
pub(super) struct Columns {
    headings: Vec<String>,
    /// The column of each of `FIELDS`.
    places: [Option<usize>; FIELDS.len()],
    /// Columns with a heading that names no field.
    unknown: Vec<usize>,
    /// Columns whose heading is a synonym, with the place of their field.
    synonyms: Vec<(usize, usize)>,
}

impl Columns {
    /// Reads the header row; an error lists all of its problems.
    pub(super) fn read(header: &Record, file: &str) -> Result<Self> {
        let mut columns = Self {
            headings: header.cells.iter().map(|h| trimmed(h).to_owned()).collect(),
            places: [None; FIELDS.len()],
            unknown: Vec::new(),
            synonyms: Vec::new(),
        };
        let mut wrong = Vec::new();
        for (column, heading) in columns.headings.iter().enumerate() {
            let Some(named) = field_of(heading) else {
                if !heading.is_empty() {
                    columns.unknown.push(column);
                }
                continue;
            };
            match columns.places[named.field] {
                None => columns.places[named.field] = Some(column),
                Some(first) => wrong.push(twice(&columns.headings, first, column, named.field)),
            }
            if named.synonym {
                columns.synonyms.push((column, named.field));
            }
        }
        wrong.extend(of_secrecy(
            columns
                .unknown
                .iter()
                .map(|at| columns.headings[*at].as_str()),
        ));
        wrong.extend(columns.missing());
        if wrong.is_empty() {
            return Ok(columns);
        }
        let unknown = columns.unknown.iter().map(|at| &columns.headings[*at]);
        let unknown = unknown.filter(|heading| !speaks_of_secrecy(heading));
        wrong.extend(unknown.map(|heading| not_a_field(heading)));
        let message = format!("{file}: the header in line {} is wrong", header.line);
        Err(Error::new(ErrorCode::InvalidArgument, message)
            .with_violations(wrong)
            .with_remedy(columns.remedy()))
    }

    /// The columns of records that a layout produced: a cell for each of `FIELDS`, with the headings of
    /// its source columns in the user's file; empty where it has no source.
    pub(super) fn mapped(headings: Vec<String>) -> Self {
        Self {
            headings,
            places: std::array::from_fn(Some),
            unknown: Vec::new(),
            synonyms: Vec::new(),
        }
    }

    /// The heading of each field's column, as it is written in the file.
    pub(super) fn headings(&self) -> HashMap<&'static str, String> {
        let found = FIELDS.iter().zip(self.places);
        found
            .filter_map(|((field, _), place)| Some((*field, self.headings[place?].clone())))
            .filter(|(_, heading)| !heading.is_empty())
            .collect()
    }

    /// Notes about columns that are read by a synonym, and about those that are not read.
    pub(super) fn notes(&self) -> Vec<String> {
        let synonyms = self.synonyms.iter().map(|(column, field)| {
            let (heading, (field, zh)) = (clipped(&self.headings[*column]), FIELDS[*field]);
            format!("the column '{heading}' was read as {zh} {field} 列“{heading}”按“{zh}”读取")
        });
        let unknown = self.unknown.iter().map(|column| {
            let heading = clipped(&self.headings[*column]);
            format!("the column '{heading}' names no field and was not read 列“{heading}”未读取")
        });
        synonyms.chain(unknown).collect()
    }

    /// The unchanged cell of a field; empty where there is no such column.
    pub(super) fn cell<'a>(&self, field: &'static str, cells: &'a StringRecord) -> &'a str {
        let at = FIELDS.iter().position(|(name, _)| *name == field);
        at.and_then(|at| cells.get(self.places[at]?))
            .unwrap_or_default()
    }

    /// The field of a column, or a placeholder for one without.
    pub(super) fn field(&self, column: usize) -> &'static str {
        let place = self.places.iter().position(|place| *place == Some(column));
        place
            .and_then(|at| FIELDS.get(at))
            .map_or("row", |(field, _)| field)
    }

    /// The fields of each column.
    pub(super) fn fields(&self) -> Vec<Vec<&'static str>> {
        let of = |column| {
            let places = FIELDS.iter().zip(&self.places);
            let here = places.filter(move |(_, place)| **place == Some(column));
            here.map(|((field, _), _)| *field).collect()
        };
        (0..self.headings.len()).map(of).collect()
    }

    /// The heading of each column of the file.
    pub(super) fn all(&self) -> &[String] {
        &self.headings
    }

    /// Returns true if every entry requires the field.
    pub(super) fn is_required(field: &str) -> bool {
        REQUIRED.contains(&field)
    }

    /// Checks that a record fits the headings.
    pub(super) fn fit(&self, record: &Record) -> Result<(), Problem> {
        fit(&self.headings, record)
    }

    fn missing(&self) -> impl Iterator<Item = Violation> {
        let places = FIELDS.iter().zip(self.places);
        places
            .filter(|((field, _), place)| place.is_none() && REQUIRED.contains(field))
            .map(|((field, zh), _)| Violation {
                field: format!("{zh} {field}").into(),
                problem: "the column is missing 缺少该列".into(),
            })
    }

    fn remedy(&self) -> String {
        let separators = ['\t', ';', '；', '，', '|'];
        if let [only] = self.headings.as_slice()
            && only.contains(separators)
        {
            return "separate the cells with commas (,) 单元格之间请用英文逗号分隔".to_owned();
        }
        let all: Vec<&str> = FIELDS.iter().map(|(_, zh)| *zh).collect();
        format!(
            "name the columns 列名应为: {}; a layout of your own needs a map, which `catalogue map FILE` \
             proposes 其他版式可用 catalogue map 生成映射",
            all.join(",")
        )
    }
}

/// Checks that a record has a cell for each heading and a heading for each cell with content. The problem
/// repeats no cell: if cells are out of place, so may be the one that marks the row as secret.
pub(super) fn fit(headings: &[String], record: &Record) -> Result<(), Problem> {
    let (found, expected) = (record.cells.len(), headings.len());
    if found != expected {
        return Err(ragged(record, found, expected));
    }
    let nameless = headings.iter().zip(&record.cells);
    let stray = nameless.filter(|(heading, cell)| heading.is_empty() && !trimmed(cell).is_empty());
    if stray.count() > 0 {
        return Err(Problem::new(
            "row",
            "",
            "a cell stands in a column without a heading",
            "有单元格所在列没有列名",
            "give the column a heading, or empty the cell",
        ));
    }
    Ok(())
}

/// Returns true if a record is empty except for a report's remarks.
pub(super) fn only_remarks(headings: &[String], record: &Record) -> bool {
    let mut cells = record.cells.iter().enumerate();
    let remarks = |at: usize| headings.get(at).is_some_and(|heading| heading == REMARKS);
    cells.all(|(at, cell)| trimmed(cell).is_empty() || remarks(at))
}

/// Number of cells that are headings of fields.
pub(super) fn known_headings<'a>(cells: impl IntoIterator<Item = &'a str>) -> usize {
    cells
        .into_iter()
        .filter(|cell| field_of(trimmed(cell)).is_some())
        .count()
}

fn twice(headings: &[String], first: usize, second: usize, field: usize) -> Violation {
    let (field, zh) = FIELDS[field];
    let names = [first, second].map(|column| clipped(&headings[column]));
    let (first, second) = (first + 1, second + 1);
    Violation {
        field: names.join(", ").into(),
        problem: format!(
            "columns {first} and {second} both mean {zh} {field}; take one out or rename it \
             第{first}列与第{second}列含义相同，请删去或更名其一"
        )
        .into(),
    }
}

/// A violation for each heading that is not read and mentions secrecy.
pub(super) fn of_secrecy<'a>(
    unread: impl IntoIterator<Item = &'a str>,
) -> impl Iterator<Item = Violation> {
    let unread = unread.into_iter();
    unread
        .filter(|heading| speaks_of_secrecy(heading))
        .map(|heading| Violation {
            field: clipped(heading).into(),
            problem: "the column may say which rows are secret, and is not read: head it 涉密, name it under \
                      [secret] in the map, or take it out of the file \
                      该列可能涉及涉密判定，请将列名改为“涉密”、在映射的 [secret] 中写明，或删除该列"
                .into(),
        })
}

fn not_a_field(heading: &str) -> Violation {
    Violation {
        field: clipped(heading).into(),
        problem: "the heading names no field 列名无法识别".into(),
    }
}

fn ragged(record: &Record, found: usize, expected: usize) -> Problem {
    let mut en = format!("the row has {found} cells, the header {expected}");
    if record.last_line != record.line {
        en = format!("{en}; the row reaches to line {}", record.last_line);
    }
    Problem::new(
        "row",
        "",
        en,
        format!("本行有{found}个单元格，列名有{expected}个"),
        "write a cell for each column, and quotation marks around a text that holds a comma, a \
         line break or a quotation mark 含逗号、换行或引号的文本须加引号",
    )
}
