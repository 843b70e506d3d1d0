//! What the sources have in common when they read: bounds of batches, and the errors of their interface.

use std::collections::BTreeSet;
use std::path::Path;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::SchemaRef;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::quoted::Quoted;
use chengji_messages::{Message, Value, msg};

use crate::GoOn;

/// Maximum number of rows of a batch.
pub(crate) const BATCH_ROWS: usize = 8_192;
/// Bytes of values from which a batch is full, so that long rows do not fill the memory.
pub(crate) const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// Maximum number of columns of a file: each takes memory before there is a row. Databases have fewer.
pub(crate) const MAX_COLUMNS: usize = 4_096;

/// Checks that the caller still waits.
///
/// # Errors
///
/// `UNAVAILABLE` if it is gone.
pub(crate) fn check_caller(go_on: GoOn<'_>) -> Result<()> {
    match go_on() {
        true => Ok(()),
        false => Err(caller_gone()),
    }
}

/// Makes the error of a call whose caller is gone.
pub(crate) fn caller_gone() -> Error {
    Error::new(ErrorCode::Unavailable, msg::CallerGone)
}

/// Makes an error of a source that cannot be read.
pub(crate) fn unavailable(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::SourceUnavailable, message)
}

/// Returns the name of a file or folder as errors have it: without the folder that it is in.
pub(crate) fn file_name(path: &Path) -> Value {
    let name = path.file_name().unwrap_or(path.as_os_str());
    Value::text(name.display())
}

/// Makes the error for a table that a source does not have.
pub(crate) fn no_such_table(table: &str) -> Error {
    let table = Quoted(table);
    Error::new(ErrorCode::NotFound, msg::SourceTableUnknown { table })
}

/// Makes the error for a table that did not stay the same while it was read.
pub(crate) fn changed_while_read(table: &str) -> Error {
    let table = Quoted(table);
    let message = msg::SourceTableChangedWhileRead { table };
    Error::new(ErrorCode::SourceChanged, message)
}

/// Makes a batch of the columns of a table.
///
/// # Errors
///
/// `SOURCE_UNAVAILABLE` if the columns are not those of the schema.
pub(crate) fn batch(
    schema: &SchemaRef,
    columns: Vec<ArrayRef>,
    table: &str,
) -> Result<RecordBatch> {
    RecordBatch::try_new(SchemaRef::clone(schema), columns).map_err(|cause| {
        let cause = Value::text(cause);
        unavailable(msg::TableSourceUnreadable { name: table, cause })
    })
}

/// Checks that each column has a name of its own, and that there are not too many.
///
/// # Errors
///
/// `SOURCE_UNAVAILABLE`, with the first column that has none.
pub(crate) fn check_names<'a>(file: &str, names: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut seen = BTreeSet::new();
    for (position, name) in names.enumerate() {
        if position == MAX_COLUMNS {
            let most = MAX_COLUMNS;
            return Err(unavailable(msg::SourceColumnsTooMany { file, most }));
        }
        if name.is_empty() {
            let number = position + 1;
            return Err(unavailable(msg::SourceColumnUnnamed { file, number }));
        }
        if !seen.insert(name) {
            let column = Quoted(name);
            return Err(unavailable(msg::SourceColumnRepeated { column, file }));
        }
    }
    Ok(())
}
