//! Reads the columns and the rows of a table.

use std::io::Write as _;
use std::mem::ManuallyDrop;
use std::os::unix::net::UnixStream;

use chengji_odbc_dialog::{Cell, Cells, Column, Described, Failure, Rows, Stage, quoted, send};
use odbc_api::buffers::{AnyColumnBufferSlice, ColumnarDynBuffer};
use odbc_api::handles::StatementImpl;
use odbc_api::sys::{Date, Timestamp};
use odbc_api::{Bit, Cursor, CursorImpl};

use crate::catalog::Found;
use crate::columns::{Fetched, Shape};
use crate::database::{Database, failed};
use crate::end::End;

/// A condition that is true for no row.
const NONE: &str = " WHERE 1 = 0";

/// Describes the columns of a table.
///
/// # Errors
///
/// Those of the driver.
pub(crate) fn columns(database: &Database<'_>, table: &Found) -> Result<Vec<Column>, Failure> {
    match select(database, table, NONE)? {
        Some(mut cursor) => {
            let shape = Shape::of(&mut *cursor, None).map_err(|error| failed(&error))?;
            drop(ManuallyDrop::into_inner(cursor));
            Ok(shape.columns)
        }
        None => Ok(Vec::new()),
    }
}

/// Sends the columns of a table, and its rows.
///
/// # Errors
///
/// Those of the driver, or the node is gone.
pub(crate) fn send_all(
    database: &Database<'_>,
    table: &Found,
    node: &UnixStream,
) -> Result<(), End> {
    let limit = database.ask.limit;
    // Without rows to read, the database need not look for any.
    let condition = if limit == Some(0) { NONE } else { "" };
    let Some(mut cursor) = select(database, table, condition)? else {
        send(node, &Described::default())?;
        return Ok(send(node, &Rows::default())?);
    };
    let shape = Shape::of(&mut *cursor, limit).map_err(|error| failed(&error))?;
    let Shape {
        columns,
        fetched,
        rows,
    } = shape;
    send(node, &Described { columns })?;
    let buffers = fetched.iter().map(|fetched| fetched.buffer());
    let buffer = ColumnarDynBuffer::try_from_descs(rows, buffers);
    let buffer = buffer.map_err(|error| failed(&error))?;
    let bound = ManuallyDrop::into_inner(cursor).bind_buffer(buffer);
    let mut cursor = ManuallyDrop::new(bound.map_err(|error| failed(&error))?);
    let mut rest = limit.unwrap_or(u64::MAX);
    while rest > 0 {
        let fetching = cursor.fetch().map_err(|error| failed(&error))?;
        let Some(batch) = fetching else { break };
        let number = batch
            .num_rows()
            .min(usize::try_from(rest).unwrap_or(usize::MAX));
        if number == 0 {
            continue;
        }
        rest -= number as u64;
        let places = fetched.iter().enumerate();
        let columns = places.map(|(place, fetched)| cells(batch.column(place), *fetched, number));
        send(
            node,
            &Rows {
                rows: u32::try_from(number).unwrap_or(u32::MAX),
                columns: columns.collect(),
            },
        )?;
    }
    send(node, &Rows::default())?;
    drop(ManuallyDrop::into_inner(cursor));
    Ok(())
}

/// Selects all columns of a table; `None` if it has none.
fn select<'c>(
    database: &'c Database<'_>,
    table: &Found,
    condition: &str,
) -> Result<Option<ManuallyDrop<CursorImpl<StatementImpl<'c>>>>, Failure> {
    let connection = &database.connection;
    let mark = connection.identifier_quote_char();
    let mark = mark.map_err(|error| failed(&error))?;
    let name = |name: &str| {
        quoted(name, mark).ok_or_else(|| Failure {
            stage: Stage::Quoting.into(),
            ..Failure::default()
        })
    };
    let mut from = String::new();
    if !table.schema.is_empty() {
        from.push_str(&name(&table.schema)?);
        from.push('.');
    }
    from.push_str(&name(&table.name)?);
    let statement = connection.preallocate();
    let mut statement = statement.map_err(|error| failed(&error))?;
    // A driver that knows no limit is ended by the node.
    let _ = statement.set_query_timeout_sec(database.ask.statement_seconds as usize);
    let cursor = statement.into_cursor(&format!("SELECT * FROM {from}{condition}"), ());
    let cursor = cursor.map_err(|error| failed(&error))?;
    Ok(cursor.map(ManuallyDrop::new))
}

/// The first values of a column.
fn cells(column: AnyColumnBufferSlice<'_>, fetched: Fetched, rows: usize) -> Cells {
    let mut cells = Cells::default();
    let mut text = Vec::new();
    for row in 0..rows {
        match fetched {
            Fetched::Text(most) => match column.as_wide_text().and_then(|texts| texts.get(row)) {
                Some(value) if value.len() > most => cells.push(Cell::TooLong),
                Some(value) => cells.push_utf16(value),
                None => cells.push(Cell::Null),
            },
            Fetched::Bytes(most) => match column.as_binary().and_then(|bytes| bytes.get(row)) {
                Some(value) if value.len() > most => cells.push(Cell::TooLong),
                Some(value) => cells.push(Cell::Value(value)),
                None => cells.push(Cell::Null),
            },
            Fetched::Float => {
                let value = column.as_nullable_slice::<f64>();
                let value = value.and_then(|values| values.get(row));
                write(&mut cells, &mut text, value.map(|value| value.to_string()));
            }
            Fetched::Bit => {
                let value = column.as_nullable_slice::<Bit>();
                let value = value.and_then(|values| values.get(row));
                write(&mut cells, &mut text, value.map(|value| value.0));
            }
            Fetched::Date => {
                let value = column.as_nullable_slice::<Date>();
                let value = value.and_then(|values| values.get(row));
                let written = value.map(|date| {
                    let Date { year, month, day } = date;
                    format!("{year:04}-{month:02}-{day:02}")
                });
                write(&mut cells, &mut text, written);
            }
            Fetched::Timestamp => {
                let value = column.as_nullable_slice::<Timestamp>();
                let value = value.and_then(|values| values.get(row));
                write(&mut cells, &mut text, value.map(timestamp));
            }
        }
    }
    cells
}

fn timestamp(at: &Timestamp) -> String {
    let Timestamp {
        year,
        month,
        day,
        hour,
        minute,
        second,
        fraction,
    } = at;
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{fraction:09}")
}

/// Adds a value by its text, which is written into `text`.
fn write(cells: &mut Cells, text: &mut Vec<u8>, value: Option<impl std::fmt::Display>) {
    text.clear();
    match value.map(|value| write!(text, "{value}")) {
        // Writing to memory does not fail.
        Some(_) => cells.push(Cell::Value(text)),
        None => cells.push(Cell::Null),
    }
}
