//! Maps the columns of a file to the fields of an entry. Headings are the names of the fields or common
//! synonyms, in any order.

use std::collections::HashMap;

use chengji_domain::catalogue::{FIELDS, FieldProblem, heading};
use chengji_domain::{Error, ErrorCode, Field, Result, Violation};
use chengji_messages::{Language, Message, msg};
use csv::StringRecord;

use super::headings::{clipped, field_of, mentions_secrecy};
use super::records::{Record, trimmed};

/// The heading of the column that a report adds. It names no field, so the column is not read.
pub(super) fn remarks(language: Language) -> String {
    Message::from(msg::ReportRemarks).render(language)
}

/// Returns true if a heading is that of a report's column, in whatever language the report was written.
pub(super) fn is_remarks(heading: &str) -> bool {
    Language::ALL.map(remarks).iter().any(|own| own == heading)
}

/// Fields that every entry requires, in each class and manner.
const REQUIRED: [Field; 14] = [
    Field::Classification,
    Field::Name,
    Field::Code,
    Field::Provider,
    Field::ProviderCode,
    Field::Abstract,
    Field::Formats,
    Field::ShareClass,
    Field::Open,
    Field::UpdateCycle,
    Field::PublishedOn,
    Field::AdministrativeLevel,
    Field::Secret,
    Field::SecurityLevel,
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
        let unknown = unknown.filter(|heading| !mentions_secrecy(heading));
        wrong.extend(unknown.map(|heading| not_a_field(heading)));
        Err(columns.wrong_header(header, file).with_violations(wrong))
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
    pub(super) fn headings(&self) -> HashMap<Field, String> {
        let found = FIELDS.iter().zip(self.places);
        found
            .filter_map(|(field, place)| Some((*field, self.headings[place?].clone())))
            .filter(|(_, heading)| !heading.is_empty())
            .collect()
    }

    /// Notes about columns that are read by a synonym, and about those that are not read.
    pub(super) fn notes(&self) -> Vec<Message> {
        let synonyms = self.synonyms.iter().map(|(column, field)| {
            msg::SheetColumnSynonym {
                field: FIELDS[*field],
                heading: clipped(&self.headings[*column]),
            }
            .into()
        });
        let unknown = self.unknown.iter().map(|column| {
            let heading = clipped(&self.headings[*column]);
            msg::SheetColumnNotRead { heading }.into()
        });
        synonyms.chain(unknown).collect()
    }

    /// The unchanged cell of a field; empty where there is no such column.
    pub(super) fn cell<'a>(&self, field: Field, cells: &'a StringRecord) -> &'a str {
        let at = FIELDS.iter().position(|of| *of == field);
        at.and_then(|at| cells.get(self.places[at]?))
            .unwrap_or_default()
    }

    /// The field of a column, or a placeholder for one without.
    pub(super) fn field(&self, column: usize) -> Field {
        let place = self.places.iter().position(|place| *place == Some(column));
        place
            .and_then(|at| FIELDS.get(at))
            .map_or(Field::Row, |field| *field)
    }

    /// The fields of each column.
    pub(super) fn fields(&self) -> Vec<Vec<Field>> {
        let of = |column| {
            let places = FIELDS.iter().zip(&self.places);
            let here = places.filter(move |(_, place)| **place == Some(column));
            here.map(|(field, _)| *field).collect()
        };
        (0..self.headings.len()).map(of).collect()
    }

    /// The heading of each column of the file.
    pub(super) fn all(&self) -> &[String] {
        &self.headings
    }

    /// Returns true if every entry requires the field.
    pub(super) fn is_required(field: Field) -> bool {
        REQUIRED.contains(&field)
    }

    /// Checks that a record fits the headings.
    pub(super) fn fit(&self, record: &Record) -> Result<(), FieldProblem> {
        fit(&self.headings, record)
    }

    fn missing(&self) -> impl Iterator<Item = Violation> {
        let places = FIELDS.iter().zip(self.places);
        places
            .filter(|(field, place)| place.is_none() && REQUIRED.contains(field))
            .map(|(field, _)| Violation::new(*field, msg::SheetColumnMissing))
    }

    fn wrong_header(&self, header: &Record, file: &str) -> Error {
        let line = header.line;
        let separators = ['\t', ';', '；', '，', '|'];
        let message: Message = match self.headings.as_slice() {
            [only] if only.contains(separators) => {
                msg::SheetHeaderNotSeparated { file, line }.into()
            }
            _ => {
                let headings = FIELDS.map(heading).join(",");
                msg::SheetHeaderWrong {
                    file,
                    headings,
                    line,
                }
                .into()
            }
        };
        Error::new(ErrorCode::InvalidArgument, message)
    }
}

/// Checks that a record has a cell for each heading and a heading for each cell with content. The problem
/// repeats no cell: if cells are out of place, so may be the one that marks the row as secret.
pub(super) fn fit(headings: &[String], record: &Record) -> Result<(), FieldProblem> {
    let (found, expected) = (record.cells.len(), headings.len());
    if found != expected {
        return Err(ragged(record, found, expected));
    }
    let nameless = headings.iter().zip(&record.cells);
    let stray = nameless.filter(|(heading, cell)| heading.is_empty() && !trimmed(cell).is_empty());
    if stray.count() > 0 {
        return Err(FieldProblem::of_row(msg::SheetCellWithoutHeading));
    }
    Ok(())
}

/// Returns true if a record is empty except for a report's remarks.
pub(super) fn only_remarks(headings: &[String], record: &Record) -> bool {
    let mut cells = record.cells.iter().enumerate();
    let remarks = |at: usize| headings.get(at).is_some_and(|heading| is_remarks(heading));
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
    let names = [first, second].map(|column| clipped(&headings[column]));
    let twice = msg::SheetColumnsOfOneField {
        field: FIELDS[field],
        first: first + 1,
        second: second + 1,
    };
    Violation::new(names.join(", "), twice)
}

/// A violation for each heading that is not read and mentions secrecy.
pub(super) fn of_secrecy<'a>(
    unread: impl IntoIterator<Item = &'a str>,
) -> impl Iterator<Item = Violation> {
    let unread = unread.into_iter();
    unread
        .filter(|heading| mentions_secrecy(heading))
        .map(|unread| {
            let own = heading(Field::Secret);
            Violation::new(clipped(unread), msg::SheetColumnOfSecrecy { heading: own })
        })
}

fn not_a_field(heading: &str) -> Violation {
    Violation::new(clipped(heading), msg::SheetHeadingUnknown)
}

fn ragged(record: &Record, found: usize, expected: usize) -> FieldProblem {
    if record.last_line == record.line {
        return FieldProblem::of_row(msg::SheetRowRagged { expected, found });
    }
    let last = record.last_line;
    FieldProblem::of_row(msg::SheetRowRaggedLong {
        expected,
        found,
        last,
    })
}
