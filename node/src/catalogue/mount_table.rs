//! Mounting tables: links an entry to a table of a declared source, and measures it by reading it. The address of the
//! table and its shape stay on the node; its own name is disclosed in the place of a file name.

use chengji_domain::catalogue::EntryRecord;
use chengji_domain::fact::Measurement;
use chengji_domain::table::{TableAddress, TableSchema, TableShape};
use chengji_domain::{Error, ErrorCode, ResourceCode, Result, TextRule};
use chengji_messages::msg;
use chengji_messages::quoted::Quoted;
use chengji_records::{MountedSource, MountedTable};
use chengji_sources::MeasuredTable;

use super::Catalogue;
use super::editor::Editor;
use super::mounts::{self, Expected, Measured};

/// Mounts a table to the entry, replacing an earlier mount, and measures it while `go_on` returns true. None takes the
/// place of a file while grants of it are running.
pub async fn mount(
    catalogue: &Catalogue,
    editor: &Editor,
    code: ResourceCode,
    address: TableAddress,
    go_on: impl Fn() -> bool + Send + 'static,
) -> Result<EntryRecord> {
    let kv = catalogue.own.ledger.kv().as_ref();
    mounts::own_entry(kv, editor, &code)?;
    check_name(&address.table)?;
    mounts::check_replaced_by_table(kv, &catalogue.own, &code)?;
    let measured = measure(catalogue, address, None, go_on).await?;
    mounts::store(&catalogue.own, editor, code, measured, Expected::Anything).await
}

/// Measures a mounted table again, which must still have its columns, while `go_on` returns true.
pub(super) async fn measure_again(
    catalogue: &Catalogue,
    editor: &Editor,
    (code, table): (ResourceCode, MountedTable),
    go_on: impl Fn() -> bool + Send + 'static,
) -> Result<EntryRecord> {
    let MountedTable { address, shape } = table.clone();
    let measured = measure(catalogue, address, Some(shape), go_on).await?;
    let expected = Expected::Same(MountedSource::Table(table));
    mounts::store(&catalogue.own, editor, code, measured, expected).await
}

/// Records what was found by reading a mounted table for another purpose, if its content has changed since it was measured,
/// and returns the entry with its last measurement, which is of this content.
///
/// # Errors
///
/// `CONFLICT` if something else was mounted meanwhile, or another content was found by a measurement that began after this
/// read; those of an entry that is no longer shared.
pub(crate) async fn note_read(
    catalogue: &Catalogue,
    (code, table): (ResourceCode, MountedTable),
    measurement: Measurement,
) -> Result<EntryRecord> {
    let source = MountedSource::Table(table.clone());
    let measured = Measured {
        name: table.address.table,
        source: source.clone(),
        measurement,
    };
    let (editor, expected) = (catalogue.node_editor(), Expected::Another(source));
    mounts::store(&catalogue.own, &editor, code, measured, expected).await
}

/// Checks that a mounted table is there and has its columns. No rows are read.
pub(super) async fn check(
    catalogue: &Catalogue,
    table: &MountedTable,
    go_on: impl Fn() -> bool + Send + 'static,
) -> Result<()> {
    let MountedTable { address, shape } = table.clone();
    let source = address.source.clone();
    let sources = &catalogue.table_sources;
    sources
        .read(&source, go_on, move |source, go_on| {
            check_shape(&address, &shape, &source.schema(&address.table, go_on)?)
        })
        .await
}

/// Reads a table, which must have the expected shape, if there is one, before and after.
async fn measure(
    catalogue: &Catalogue,
    address: TableAddress,
    expected: Option<TableShape>,
    go_on: impl Fn() -> bool + Send + 'static,
) -> Result<Measured> {
    let (source, at) = (address.source.clone(), catalogue.own.now());
    let sources = &catalogue.table_sources;
    sources
        .read(&source, go_on, move |source, go_on| {
            if let Some(shape) = &expected {
                check_shape(&address, shape, &source.schema(&address.table, go_on)?)?;
            }
            let found = chengji_sources::measure(source, &address.table, go_on)?;
            if let Some(shape) = &expected {
                check_shape(&address, shape, &found.schema)?;
            }
            let MeasuredTable {
                schema,
                rows,
                bytes,
                digest,
            } = found;
            Ok(Measured {
                name: address.table.clone(),
                source: MountedSource::Table(MountedTable {
                    address,
                    shape: TableShape::from(&schema),
                }),
                measurement: Measurement {
                    bytes,
                    rows: Some(rows),
                    digest,
                    at,
                },
            })
        })
        .await
}

/// Fails if a table no longer has its shape. Errors: `SOURCE_CHANGED` with the columns that differ.
fn check_shape(address: &TableAddress, shape: &TableShape, schema: &TableSchema) -> Result<()> {
    let changes = shape.changes_to(&TableShape::from(schema));
    if changes.is_empty() {
        return Ok(());
    }
    let message = msg::MountedTableChanged {
        changes,
        table: address.to_string(),
    };
    Err(Error::new(ErrorCode::SourceChanged, message))
}

/// Refuses a name that cannot be disclosed in the place of a file name. Errors: `INVALID_ARGUMENT`.
fn check_name(name: &str) -> Result<()> {
    if let Some(fault) = TextRule::FILE_NAME.fault(name) {
        let message = msg::TableNameInvalid {
            fault: fault.message(),
            name: Quoted(name),
        };
        return Err(Error::new(ErrorCode::InvalidArgument, message));
    }
    if name.contains('/') || matches!(name, "." | "..") {
        let message = msg::TableNameNotPlain { name: Quoted(name) };
        return Err(Error::new(ErrorCode::InvalidArgument, message));
    }
    Ok(())
}

#[cfg(test)]
#[path = "mount_table_tests.rs"]
mod tests;
