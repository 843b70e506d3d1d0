//! Tables (库表) as they travel and as people take them: the stream of Arrow's IPC format in which a table is delivered,
//! read without trust in its origin, and the CSV, XLSX and Parquet files that are made of it.
//!
//! All of them take batches one by one, so that memory does not grow with the table. Values are written as they are:
//! nothing is cut, rounded or left out, and what a format cannot hold is an error that names the row and the column.

mod cell;
mod csv_file;
mod parquet_file;
mod room;
mod stream;
mod texts;
mod workbook_file;

use arrow_schema::SchemaRef;
use chengji_domain::quoted::Quoted;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};

pub use self::csv_file::write_csv;
pub use self::parquet_file::write_parquet;
pub use self::stream::{ArrowStream, MAX_PART_BYTES};
pub use self::workbook_file::{MAX_WORKBOOK_ROWS, check_workbook_rows, write_workbook};

/// Checks that each column has values that a cell of a sheet can hold.
///
/// # Errors
///
/// `INVALID_ARGUMENT` with the first column that has not.
fn check_simple(schema: &SchemaRef) -> Result<()> {
    let mut fields = schema.fields().iter();
    let Some(field) = fields.find(|field| !cell::is_simple(field.data_type())) else {
        return Ok(());
    };
    let message = msg::TableColumnOfParts {
        column: Quoted(field.name()),
        found: Value::text(field.data_type()),
    };
    Err(Error::new(ErrorCode::InvalidArgument, message))
}

/// A value that its type should not have, such as a date beyond the calendar.
fn unwritable(row: u64, column: &str) -> Error {
    let message = msg::TableValueUnwritable {
        column: Quoted(column),
        row,
    };
    Error::new(ErrorCode::InvalidArgument, message)
}

fn not_written(cause: &dyn std::fmt::Display) -> Error {
    let cause = Value::text(cause);
    Error::new(ErrorCode::Misconfigured, msg::TableNotWritten { cause })
}

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod writers_tests;
