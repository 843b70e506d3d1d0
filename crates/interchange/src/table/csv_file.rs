//! A table as CSV (RFC 4180) for programs: UTF-8 without a byte order mark, a header row, lines that end with CRLF.
//!
//! Every value reads back as it was, so a text that begins as a formula is not altered, unlike in
//! [`csv_writer`](crate::csv_writer): for spreadsheet programs there is the workbook. NULL is an empty field, and an
//! empty text is a pair of quotation marks, which some readers distinguish; so is NULL in a table of one column, because
//! readers pass over empty lines. Bytes are hexadecimal digits.

use std::io::{BufWriter, Write};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use chengji_domain::Result;

use super::cell::{Cell, cell};
use super::{check_simple, not_written, unwritable};

/// Size of the buffer before the output, bytes.
const BUFFER: usize = 256 << 10;

/// Writes the batches of a table of this schema, and flushes the output.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a type or a value that CSV has no form for, `MISCONFIGURED` if it cannot be written; those of
/// the batches.
pub fn write_csv(
    schema: &SchemaRef,
    batches: impl Iterator<Item = Result<RecordBatch>>,
    out: impl Write,
) -> Result<()> {
    check_simple(schema)?;
    let mut out = BufWriter::with_capacity(BUFFER, out);
    let mut line = String::new();
    let names = schema.fields().iter().map(|field| field.name().as_str());
    for (at, name) in names.enumerate() {
        separate(&mut line, at);
        quote(&mut line, name);
    }
    let mut row = 0_u64;
    put(&mut out, &mut line)?;
    for batch in batches {
        let batch = batch?;
        for at in 0..batch.num_rows() {
            row += 1;
            add_row(&mut line, &batch, at).map_err(|column| unwritable(row, &column))?;
            put(&mut out, &mut line)?;
        }
    }
    out.flush().map_err(|e| not_written(&e))
}

/// Adds the fields of a row. The error is the name of a column whose value has no form.
fn add_row(line: &mut String, batch: &RecordBatch, row: usize) -> Result<(), String> {
    let is_only = batch.num_columns() == 1;
    for (at, column) in batch.columns().iter().enumerate() {
        separate(line, at);
        let Some(cell) = cell(column.as_ref(), row) else {
            return Err(batch.schema_ref().field(at).name().clone());
        };
        match cell {
            Cell::Null if is_only => quote(line, ""),
            Cell::Null => {}
            Cell::Boolean(true) => line.push_str("true"),
            Cell::Boolean(false) => line.push_str("false"),
            Cell::Text(text) => quote(line, text),
            Cell::Bytes(digits) => quote(line, &digits),
            Cell::Number(text)
            | Cell::Float(text)
            | Cell::Date(text)
            | Cell::Time(text)
            | Cell::Timestamp(text) => line.push_str(&text),
        }
    }
    Ok(())
}

fn separate(line: &mut String, at: usize) {
    if at > 0 {
        line.push(',');
    }
}

/// Adds a text, in quotation marks where it needs them.
fn quote(line: &mut String, text: &str) {
    let needs_marks = text.is_empty() || text.contains([',', '"', '\r', '\n']);
    if !needs_marks {
        line.push_str(text);
        return;
    }
    line.push('"');
    for (at, part) in text.split('"').enumerate() {
        if at > 0 {
            line.push_str("\"\"");
        }
        line.push_str(part);
    }
    line.push('"');
}

/// Writes the line, and empties it.
fn put(out: &mut impl Write, line: &mut String) -> Result<()> {
    line.push_str("\r\n");
    out.write_all(line.as_bytes())
        .map_err(|e| not_written(&e))?;
    line.clear();
    Ok(())
}
