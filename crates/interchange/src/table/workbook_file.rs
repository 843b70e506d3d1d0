//! A table as a workbook (XLSX) for people: one sheet, its headings in the first row.
//!
//! Texts are cells of texts and never compute. Numbers are numbers as long as spreadsheet programs keep all their
//! digits, and texts otherwise; so are timestamps with a time zone or fractions of seconds, and dates before 1900.

use std::borrow::Cow;
use std::io::{Seek, Write};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use chengji_domain::quoted::Quoted;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::cell::{Cell, cell};
use super::{check_simple, not_written, unwritable};
use crate::sheet_text::{MAX_UNITS, whole, workbook as written};

/// Maximum number of rows of a table in a workbook: those of a sheet without the headings.
pub const MAX_WORKBOOK_ROWS: u64 = 1_048_575;

/// Maximum number of columns of a sheet.
const MAX_COLUMNS: usize = 16_384;

/// Maximum number of digits that spreadsheet programs keep of a number.
const MAX_DIGITS: usize = 15;

/// Checks that so many rows fit in a workbook.
///
/// # Errors
///
/// `LIMIT_EXCEEDED`.
pub fn check_workbook_rows(rows: u64) -> Result<()> {
    if rows <= MAX_WORKBOOK_ROWS {
        return Ok(());
    }
    let message = msg::WorkbookRowsExceeded {
        most: MAX_WORKBOOK_ROWS,
    };
    Err(Error::new(ErrorCode::LimitExceeded, message))
}

/// Writes the batches of a table of this schema. Rows go to a temporary file until the end: memory does not grow.
///
/// # Errors
///
/// `LIMIT_EXCEEDED` for more rows or columns, or a longer text, than a sheet holds; `INVALID_ARGUMENT` for a type or a
/// value that it has no form for; `MISCONFIGURED` if it cannot be written; those of the batches.
pub fn write_workbook(
    schema: &SchemaRef,
    batches: impl Iterator<Item = Result<RecordBatch>>,
    out: impl Write + Seek + Send,
) -> Result<()> {
    check_simple(schema)?;
    let columns = schema.fields().len();
    if columns > MAX_COLUMNS {
        let message = msg::WorkbookColumnsExceeded {
            columns,
            most: MAX_COLUMNS,
        };
        return Err(Error::new(ErrorCode::LimitExceeded, message));
    }
    let mut workbook = Workbook::new();
    let sheet = workbook
        .add_worksheet_with_constant_memory()
        .map_err(|e| not_written(&e))?;
    head(sheet, schema).map_err(|e| not_written(&e))?;
    let formats = Formats::new();
    let mut row = 0_u32;
    for batch in batches {
        let batch = batch?;
        for at in 0..batch.num_rows() {
            row += 1;
            check_workbook_rows(u64::from(row))?;
            put_row(sheet, row, &batch, at, &formats)?;
        }
    }
    workbook.save_to_writer(out).map_err(|e| not_written(&e))
}

fn head(sheet: &mut Worksheet, schema: &SchemaRef) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    sheet.set_freeze_panes(1, 0)?;
    for (at, field) in (0_u16..).zip(schema.fields()) {
        let name = written(field.name());
        sheet.write_string_with_format(0, at, name, &bold)?;
    }
    Ok(())
}

/// The formats of dates and times.
struct Formats {
    date: Format,
    time: Format,
    timestamp: Format,
}

impl Formats {
    fn new() -> Self {
        Self {
            date: Format::new().set_num_format("yyyy-mm-dd"),
            time: Format::new().set_num_format("hh:mm:ss"),
            timestamp: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
        }
    }
}

fn put_row(
    sheet: &mut Worksheet,
    row: u32,
    batch: &RecordBatch,
    at: usize,
    formats: &Formats,
) -> Result<()> {
    for ((position, column), field) in (0_u16..)
        .zip(batch.columns())
        .zip(batch.schema_ref().fields())
    {
        let name = field.name();
        let cell = cell(column.as_ref(), at).ok_or_else(|| unwritable(u64::from(row), name))?;
        let place = (row, position);
        let written = match cell {
            Cell::Null => Ok(()),
            Cell::Boolean(value) => sheet.write_boolean(row, position, value).map(drop),
            Cell::Number(text) if digits(&text) > MAX_DIGITS => put_text(sheet, place, &text),
            Cell::Number(text) | Cell::Float(text) => put_number(sheet, place, &text),
            Cell::Text(text) => put_text(sheet, place, text),
            Cell::Bytes(text) => put_text(sheet, place, &text),
            Cell::Date(text) => put_moment(sheet, place, &text, &formats.date),
            Cell::Time(text) => put_moment(sheet, place, &text, &formats.time),
            Cell::Timestamp(text) => put_moment(sheet, place, &text, &formats.timestamp),
        };
        written.map_err(|error| match error {
            XlsxError::MaxStringLengthExceeded => too_long(row, name),
            error => not_written(&error),
        })?;
    }
    Ok(())
}

/// Writes a text, whose line breaks are those of workbooks.
fn put_text(sheet: &mut Worksheet, at: (u32, u16), text: &str) -> Result<(), XlsxError> {
    let text = match text.contains("\r\n") {
        true => Cow::Owned(text.replace("\r\n", "\n")),
        false => Cow::Borrowed(text),
    };
    let text = whole(&text).ok_or(XlsxError::MaxStringLengthExceeded)?;
    sheet.write_string(at.0, at.1, text).map(drop)
}

fn put_number(sheet: &mut Worksheet, at: (u32, u16), text: &str) -> Result<(), XlsxError> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => sheet.write_number(at.0, at.1, number).map(drop),
        _ => put_text(sheet, at, text),
    }
}

/// Writes a date or a time as one, or as a text where a workbook has no such value.
fn put_moment(
    sheet: &mut Worksheet,
    at: (u32, u16),
    text: &str,
    format: &Format,
) -> Result<(), XlsxError> {
    let is_exact = !text.ends_with('Z') && !text.contains('.') && !text.starts_with(['-', '+']);
    let moment = is_exact.then(|| ExcelDateTime::parse_from_str(text).ok());
    match moment.flatten() {
        Some(moment) => {
            let written = sheet.write_datetime_with_format(at.0, at.1, &moment, format);
            written.map(drop)
        }
        None => put_text(sheet, at, text),
    }
}

/// Number of significant digits of a number.
fn digits(number: &str) -> usize {
    let digits = number.chars().filter(char::is_ascii_digit);
    digits.skip_while(|digit| *digit == '0').count()
}

fn too_long(row: u32, column: &str) -> Error {
    let message = msg::WorkbookTextTooLong {
        column: Quoted(column),
        most: MAX_UNITS,
        row,
    };
    Error::new(ErrorCode::LimitExceeded, message)
}
