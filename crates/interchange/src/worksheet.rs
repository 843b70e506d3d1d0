//! The cells of one sheet of a workbook: read one after the other, so that a sheet that claims a million
//! columns uses no more memory than its cells, and made into records.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use calamine::{DataRef, Xlsx, XlsxError};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use csv::StringRecord;

use super::records::{Record, trimmed};
use super::row_limit::{MAX_ROWS, too_many};

/// Columns further right are ignored.
pub(super) const MAX_COLUMNS: usize = 256;
/// Maximum number of rows above the header that are skipped: a title, or an explanation.
pub(super) const TITLES: usize = 20;
/// Placeholder for the missing result of an unsaved formula.
pub(super) const UNSAVED: &str = "=";
/// Numbers from here on have lost digits of a code.
const EXACT: f64 = 1e15;

/// Cells that are not empty, by their row and column, both counted from 0.
pub(super) type Rows = BTreeMap<u32, Vec<(usize, Value)>>;

/// A cell that is not empty.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Error(String),
}

/// The reason why a sheet's cells could not be read.
pub(super) enum Trouble {
    Unreadable(XlsxError),
    TooMany(Error),
}

impl Trouble {
    pub(super) fn into_error(self, unusable: &impl Fn(&dyn std::fmt::Display) -> Error) -> Error {
        match self {
            Self::Unreadable(error) => unusable(&error),
            Self::TooMany(error) => error,
        }
    }
}

/// All rows of a sheet.
pub(super) fn rows<R: Read + Seek>(
    workbook: &mut Xlsx<R>,
    name: &str,
    file: &str,
) -> Result<Rows, Trouble> {
    let mut rows = Rows::new();
    let mut reader = workbook
        .worksheet_cells_reader(name)
        .map_err(Trouble::Unreadable)?;
    while let Some(cell) = reader
        .next_cell_with_formula_metadata()
        .map_err(Trouble::Unreadable)?
    {
        let (row, column) = cell.pos;
        let Some(value) = value(&cell.value, cell.formula.is_some()) else {
            continue;
        };
        let column = column as usize;
        if column >= MAX_COLUMNS {
            let message = msg::SheetTooManyColumns {
                column: column + 1,
                file,
                most: MAX_COLUMNS,
                row: row + 1,
                sheet: name,
            };
            let error = Error::new(ErrorCode::LimitExceeded, message);
            return Err(Trouble::TooMany(error));
        }
        rows.entry(row).or_default().push((column, value));
        if rows.len() > MAX_ROWS + TITLES + 1 {
            return Err(Trouble::TooMany(too_many(file)));
        }
    }
    Ok(rows)
}

/// The rows that may hold a header and the one below, without cells far to the right.
pub(super) fn first_rows<R: Read + Seek>(
    workbook: &mut Xlsx<R>,
    name: &str,
) -> Result<Rows, XlsxError> {
    let mut rows = Rows::new();
    let mut reader = workbook.worksheet_cells_reader(name)?;
    while rows.len() <= TITLES + 1
        && let Some(cell) = reader.next_cell_with_formula_metadata()?
    {
        let (row, column) = cell.pos;
        if let Some(value) = value(&cell.value, cell.formula.is_some())
            && (column as usize) < MAX_COLUMNS
        {
            rows.entry(row).or_default().push((column as usize, value));
        }
    }
    Ok(rows)
}

/// The content of a cell, as in a CSV file; `None` for an empty one.
fn value(cell: &DataRef<'_>, formula: bool) -> Option<Value> {
    let text = match cell {
        DataRef::Empty if formula => return Some(Value::Error(UNSAVED.to_owned())),
        DataRef::Empty => return None,
        DataRef::Error(error) => return Some(Value::Error(error.to_string())),
        DataRef::String(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => plain(*number),
        DataRef::Bool(yes) => if *yes { "是" } else { "否" }.to_owned(),
        DataRef::DateTime(at) => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            match (hour, minute, second) {
                (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
                _ => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
            }
        }
        DataRef::DateTimeIso(at) => at.strip_suffix("T00:00:00").unwrap_or(at).to_owned(),
    };
    (!trimmed(&text).is_empty()).then_some(Value::Text(text))
}

/// A number as people write it; one that has lost digits as a spreadsheet program shows it, so that the
/// problem is recognizable.
fn plain(number: f64) -> String {
    if number.abs() >= EXACT {
        return format!("{number:E}").replace('E', "E+");
    }
    number.to_string()
}

/// The rows, each with a cell for each heading and further ones only where they have content.
pub(super) fn records(rows: Rows) -> Vec<Record> {
    let mut width = 0;
    let mut records = Vec::with_capacity(rows.len());
    for (row, values) in rows {
        let reach = values
            .iter()
            .map(|(column, _)| column + 1)
            .max()
            .unwrap_or_default();
        if records.is_empty() {
            width = reach;
        }
        let mut texts = vec![String::new(); width.max(reach)];
        let mut broken = Vec::new();
        for (column, value) in values {
            let (Value::Text(text) | Value::Error(text)) = &value;
            if let Some(cell) = texts.get_mut(column) {
                cell.clone_from(text);
            }
            if matches!(value, Value::Error(_)) {
                broken.push(column);
            }
        }
        records.push(record(row, texts, broken));
    }
    records
}

/// The record of a row, counted from 0; `broken` are the columns whose cells hold an error.
pub(super) fn record(row: u32, cells: Vec<String>, broken: Vec<usize>) -> Record {
    let line = u64::from(row) + 1;
    Record {
        line,
        last_line: line,
        cells: StringRecord::from(cells),
        broken,
        problems: Vec::new(),
    }
}
