//! Reads the server's catalogue: which tables of the database the account knows, and their columns that it may read.

use chengji_domain::{Quoted, Result};
use mysql_async::Value;

use super::column::{Column, Declared, Reading, max_length, native_type};
use super::failure;
use super::session::Session;
use crate::TableInfo;

/// Selects tables and views of the database. Names are compared as bytes: the catalogue would fold their letters.
pub(super) const OF_DATABASE: &str = "TABLE_SCHEMA = DATABASE() \
     AND CAST(TABLE_SCHEMA AS BINARY) = CAST(DATABASE() AS BINARY) \
     AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED', 'VIEW')";

const COLUMNS: &str = "SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, IS_NULLABLE, COLUMN_COMMENT,\n\
     CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, PRIVILEGES\n\
     FROM information_schema.COLUMNS\n\
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?\n\
     AND CAST(TABLE_SCHEMA AS BINARY) = CAST(DATABASE() AS BINARY)\n\
     AND CAST(TABLE_NAME AS BINARY) = CAST(? AS BINARY)\n\
     ORDER BY ORDINAL_POSITION";

/// The type of a view in the catalogue.
const VIEW: &str = "VIEW";

/// The name of a table, its type, the estimated number of its rows, and its comment.
type TableRow = (String, String, Option<u64>, Option<String>);

/// A column in the order of the statement.
type ColumnRow = (
    String,
    String,
    String,
    String,
    Option<String>,
    Option<u64>,
    Option<u64>,
    Option<u64>,
    String,
);

/// Lists the tables on which the account has a right, after the one named `after`. The order is that of the names as
/// bytes.
///
/// # Errors
///
/// `SOURCE_UNAVAILABLE`.
pub(super) fn tables(
    session: &mut Session<'_>,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<TableInfo>> {
    let sql = format!(
        "SELECT TABLE_NAME, TABLE_TYPE, TABLE_ROWS, TABLE_COMMENT\n\
         FROM information_schema.TABLES\n\
         WHERE {OF_DATABASE} AND CAST(TABLE_NAME AS BINARY) > CAST(? AS BINARY)\n\
         ORDER BY CAST(TABLE_NAME AS BINARY) LIMIT {limit}"
    );
    let rows = session.select::<TableRow>(&sql, vec![text(after.unwrap_or_default())])?;
    Ok(rows.into_iter().map(table).collect())
}

/// The comment on a view is the word, or the reason why it cannot be read.
fn table((name, kind, rows, comment): TableRow) -> TableInfo {
    let is_view = kind == VIEW;
    let comment = comment.filter(|_| !is_view).unwrap_or_default();
    TableInfo {
        name,
        is_view,
        rows,
        comment,
    }
}

/// Checks that there is a table of this name.
///
/// # Errors
///
/// `NOT_FOUND` if there is none, `SOURCE_UNAVAILABLE`.
pub(super) fn find(session: &mut Session<'_>, table: &str) -> Result<()> {
    let sql = format!(
        "SELECT TABLE_NAME FROM information_schema.TABLES\n\
         WHERE {OF_DATABASE} AND CAST(TABLE_NAME AS BINARY) = CAST(? AS BINARY)"
    );
    let found = session.select::<(String,)>(&sql, vec![text(table)])?;
    if found.is_empty() {
        let table = Quoted(table).into();
        return Err(failure::of_missing_table(session.settings(), table));
    }
    Ok(())
}

/// Returns the columns of a table that the account may read, in their order.
///
/// # Errors
///
/// `NOT_FOUND` if there is no such table; `SOURCE_UNAVAILABLE`, also if the account may read none of its columns.
pub(super) fn columns(session: &mut Session<'_>, table: &str) -> Result<Vec<Column>> {
    find(session, table)?;
    let rows = session.select::<ColumnRow>(COLUMNS, vec![text(table), text(table)])?;
    let columns: Vec<Column> = rows.into_iter().filter_map(column).collect();
    if columns.is_empty() {
        // A view has no columns if it refers to what there is no more, or calls a function that the account may not
        // execute. The server says why, for a function only where the columns are described.
        touch(session, table)?;
        session.execute(&format!("SHOW COLUMNS FROM {}", quoted(table)))?;
        let table = Quoted(table).into();
        return Err(failure::of_right(session.settings(), table));
    }
    Ok(columns)
}

/// Reads no row of a table, which fails if it cannot be read. Its columns do not change until the transaction ends.
///
/// # Errors
///
/// `NOT_FOUND`, `SOURCE_UNAVAILABLE`.
pub(super) fn touch(session: &mut Session<'_>, table: &str) -> Result<()> {
    session.execute(&format!("SELECT 1 FROM {} LIMIT 0", quoted(table)))
}

/// `None` if the account may not read the column.
fn column(row: ColumnRow) -> Option<Column> {
    let (name, type_name, full_type, nullable, comment, length, precision, scale, rights) = row;
    let may_read = rights.split(',').any(|right| right.trim() == "select");
    let declared = Declared {
        name: &type_name,
        full: &full_type,
        length,
        precision,
        scale,
    };
    may_read.then(|| Column {
        name,
        reading: Reading::of(declared),
        is_nullable: nullable == "YES",
        native_type: native_type(declared),
        max_length: max_length(declared),
        comment: comment.unwrap_or_default(),
    })
}

/// Quotes an identifier for SQL.
pub(super) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

fn text(text: &str) -> Value {
    Value::Bytes(text.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_quoted_by_doubling() {
        assert_eq!(quoted("a`; DROP"), "`a``; DROP`");
    }

    #[test]
    fn columns_that_the_account_may_not_read_are_left_out() {
        let row = |rights: &str| -> ColumnRow {
            (
                "code".to_owned(),
                "varchar".to_owned(),
                "varchar(18)".to_owned(),
                "YES".to_owned(),
                None,
                Some(18),
                None,
                None,
                rights.to_owned(),
            )
        };
        let read = column(row("insert,select")).unwrap();
        assert_eq!((read.reading, read.max_length), (Reading::Text, Some(18)));
        assert!(read.is_nullable);
        assert_eq!(column(row("insert,update")), None);
        assert_eq!(column(row("")), None);
    }

    #[test]
    fn a_view_has_no_comment() {
        let listed = |kind: &str| {
            table((
                "t".to_owned(),
                kind.to_owned(),
                Some(3),
                Some("x".to_owned()),
            ))
        };
        assert_eq!(listed("BASE TABLE").comment, "x");
        assert_eq!(listed(VIEW).comment, "");
        assert!(listed(VIEW).is_view && !listed("SYSTEM VERSIONED").is_view);
    }
}
