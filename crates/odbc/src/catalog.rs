//! The tables of the database, and the comments on their columns, as its driver lists them.

use std::collections::BTreeMap;
use std::mem::ManuallyDrop;

use chengji_odbc_dialog::{Checked, Column, Failure, Listed, Stage, Table, address};
use odbc_api::buffers::{BufferDesc, ColumnarDynBuffer};
use odbc_api::{Cursor, CursorImpl, Error, handles::StatementRef};

use crate::database::{Database, failed};

/// The pattern of all names.
const ALL: &str = "%";
/// The types of tables that are listed; those of the system are not.
const TYPES: &str = "TABLE,VIEW";
/// The type of a view.
const VIEW: &str = "VIEW";
/// Maximum length of a name, UTF-16 units.
const NAME: usize = 256;
/// Maximum length of a comment that is not cut, UTF-16 units.
const COMMENT: usize = 1_024;
/// Rows of a list that are fetched at a time.
const AT_ONCE: usize = 500;

/// The columns of the list of tables: catalog, schema, name, type, comment.
const OF_TABLES: [(u16, usize); 5] = [(1, NAME), (2, NAME), (3, NAME), (4, NAME), (5, COMMENT)];
/// The columns of the list of columns: schema, table, name, comment.
const OF_COLUMNS: [(u16, usize); 4] = [(2, NAME), (3, NAME), (4, NAME), (12, COMMENT)];

/// A table with the parts of its name.
pub(crate) struct Found {
    /// The schema; empty without one.
    pub(crate) schema: String,
    /// The name within the schema.
    pub(crate) name: String,
    is_view: bool,
    comment: String,
}

/// Says what the database is.
///
/// # Errors
///
/// Those of the driver.
pub(crate) fn check(database: &Database<'_>) -> Result<Checked, Failure> {
    let product = database.connection.database_management_system_name();
    Ok(Checked {
        product: product.map_err(|error| failed(&error))?,
        tables: tables(database)?.len() as u64,
    })
}

/// Lists the tables that were asked for.
///
/// # Errors
///
/// Those of the driver.
pub(crate) fn list(database: &Database<'_>) -> Result<Listed, Failure> {
    let ask = database.ask;
    let limit = ask.limit.and_then(|limit| usize::try_from(limit).ok());
    let tables = tables(database)?.into_iter();
    let after = tables.filter(|(name, _)| ask.table.is_empty() || *name > ask.table);
    let listed = after.take(limit.unwrap_or(usize::MAX));
    let tables = listed.map(|(name, found)| Table {
        name,
        is_view: found.is_view,
        comment: found.comment,
    });
    Ok(Listed {
        tables: tables.collect(),
    })
}

/// Finds the table of this name.
///
/// # Errors
///
/// There is none; those of the driver.
pub(crate) fn find(database: &Database<'_>, name: &str) -> Result<Found, Failure> {
    let found = tables(database)?.remove(name);
    found.ok_or_else(|| Failure {
        stage: Stage::Finding.into(),
        ..Failure::default()
    })
}

/// All tables by their names within the source. Schemas are compared here, since drivers take theirs as a pattern.
fn tables(database: &Database<'_>) -> Result<BTreeMap<String, Found>, Failure> {
    let of_source = database.ask.schema.as_str();
    let read = || -> Result<_, Error> {
        let catalog = catalog(database);
        let mut statement = database.connection.preallocate()?;
        let cursor = statement.tables_cursor(&catalog, pattern(of_source), ALL, TYPES)?;
        let mut tables = BTreeMap::new();
        texts(cursor, OF_TABLES, |[of, schema, name, kind, comment]| {
            let is_of_catalog = of.is_empty() || catalog == ALL || of == catalog;
            let is_of_schema = of_source.is_empty() || schema == of_source;
            if is_of_catalog && is_of_schema && !name.is_empty() {
                let is_view = kind == VIEW;
                let found = Found {
                    schema,
                    name,
                    is_view,
                    comment,
                };
                let name = address(of_source, &found.schema, &found.name);
                tables.entry(name).or_insert(found);
            }
        })?;
        Ok(tables)
    };
    read().map_err(|error| failed(&error))
}

/// Adds the comments to the columns of a table, if the driver lists them.
pub(crate) fn commented(
    database: &Database<'_>,
    table: &Found,
    mut columns: Vec<Column>,
) -> Vec<Column> {
    let mut comments = BTreeMap::new();
    let mut read = || -> Result<(), Error> {
        let catalog = catalog(database);
        let mut statement = database.connection.preallocate()?;
        let schema = pattern(&table.schema);
        let cursor = statement.columns_cursor(&catalog, schema, &table.name, ALL)?;
        texts(cursor, OF_COLUMNS, |[schema, of, name, comment]| {
            if schema == table.schema && of == table.name {
                comments.insert(name, comment);
            }
        })
    };
    // A failure is ignored: the columns are described without comments.
    let _ = read();
    for column in &mut columns {
        if let Some(comment) = comments.remove(&column.name) {
            column.comment = comment;
        }
    }
    columns
}

fn pattern(schema: &str) -> &str {
    if schema.is_empty() { ALL } else { schema }
}

/// The database within the server; all databases if the driver's answer is unusable: the driver of PostgreSQL, whose
/// connections are to one database, truncates the name and pads it with zeros.
fn catalog(database: &Database<'_>) -> String {
    let catalog = database.connection.current_catalog().unwrap_or_default();
    if catalog.is_empty() || catalog.contains('\0') {
        return ALL.to_owned();
    }
    catalog
}

/// Reads columns of a list as texts, empty for NULL. Longer ones are cut.
fn texts<const N: usize>(
    cursor: CursorImpl<StatementRef<'_>>,
    columns: [(u16, usize); N],
    mut each: impl FnMut([String; N]),
) -> Result<(), Error> {
    let buffers = columns.map(|(column, max_str_len)| (column, BufferDesc::WText { max_str_len }));
    let buffer = ColumnarDynBuffer::from_descs_and_indices(AT_ONCE, buffers.into_iter());
    let mut cursor = ManuallyDrop::new(cursor.bind_buffer(buffer)?);
    while let Some(rows) = cursor.fetch()? {
        for row in 0..rows.num_rows() {
            each(std::array::from_fn(|column| {
                let texts = rows.column(column).as_wide_text();
                let text = texts.and_then(|texts| texts.get(row));
                String::from_utf16_lossy(text.unwrap_or_default())
            }));
        }
    }
    drop(ManuallyDrop::into_inner(cursor));
    Ok(())
}
