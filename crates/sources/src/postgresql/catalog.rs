//! Reads the server's catalogue: which tables the account may read, and their columns.

use chengji_domain::Result;
use postgres::Row;
use postgres::types::FromSql;

use super::column::{Column, Declared, Reading, max_length};
use super::failure;
use super::relation::{self, Relation};
use super::session::Session;
use crate::TableInfo;

/// Selects tables, views and foreign tables `c` of the schemas `n` that are not the server's own.
pub(super) const OF_USERS: &str = "c.relkind IN ('r', 'p', 'v', 'm', 'f') \
     AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'";

/// True of a table `c` in the schema `n` of which the account may read a column at least.
pub(super) const IS_READABLE: &str = "COALESCE(\
     pg_catalog.has_schema_privilege(n.oid, 'USAGE') \
     AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT'), false)";

/// The columns of a table that the account may read, those of domains with the type below.
const COLUMNS: &str = "WITH RECURSIVE base AS (\n\
     SELECT a.attnum, a.atttypid AS typid, a.atttypmod AS typmod\n\
     FROM pg_catalog.pg_attribute a\n\
     WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped\n\
     AND pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT')\n\
     UNION ALL\n\
     SELECT b.attnum, t.typbasetype, CASE WHEN b.typmod >= 0 THEN b.typmod ELSE t.typtypmod END\n\
     FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.typid AND t.typtype = 'd')\n\
     SELECT a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,\n\
     COALESCE(pg_catalog.col_description(a.attrelid, a.attnum), ''),\n\
     CASE WHEN n.nspname = 'pg_catalog' THEN t.typname::text ELSE '' END,\n\
     t.typtype = 'e', b.typmod,\n\
     n.nspname <> 'pg_catalog' AND t.typname IN ('geometry', 'geography') AND EXISTS (\n\
     SELECT FROM pg_catalog.pg_cast k WHERE k.castsource = t.oid\n\
     AND k.casttarget = 'pg_catalog.bytea'::pg_catalog.regtype)\n\
     FROM base b\n\
     JOIN pg_catalog.pg_attribute a ON a.attrelid = $1 AND a.attnum = b.attnum\n\
     JOIN pg_catalog.pg_type t ON t.oid = b.typid AND t.typtype <> 'd'\n\
     JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace\n\
     ORDER BY a.attnum";

/// Lists the tables that the account may read, after the one named `after`. The order is that of the names as bytes in
/// UTF-8, whatever the encoding of the database.
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
        "SELECT name, is_view, estimate, remark FROM (\n\
         SELECT {name} AS name, c.relkind IN ('v', 'm') AS is_view,\n\
         CASE WHEN c.relkind <> 'v' AND (c.reltuples > 0 OR c.reltuples = 0 AND c.relpages > 0)\n\
         THEN c.reltuples::int8 END AS estimate,\n\
         COALESCE(pg_catalog.obj_description(c.oid, 'pg_class'), '') AS remark\n\
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace\n\
         WHERE {OF_USERS} AND {IS_READABLE}) listed\n\
         WHERE pg_catalog.convert_to(name, 'UTF8') > $1\n\
         ORDER BY pg_catalog.convert_to(name, 'UTF8') LIMIT $2",
        name = relation::name_in_sql(),
    );
    let after = after.unwrap_or_default().as_bytes();
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = session.query(&sql, &[&after, &limit])?;
    rows.iter().map(|row| table(session, row)).collect()
}

fn table(session: &Session<'_>, row: &Row) -> Result<TableInfo> {
    let rows: Option<i64> = value(session, row, 2)?;
    Ok(TableInfo {
        name: value(session, row, 0)?,
        is_view: value(session, row, 1)?,
        rows: rows.and_then(|rows| u64::try_from(rows).ok()),
        comment: value(session, row, 3)?,
    })
}

/// Returns the columns of a table that the account may read, in their order.
///
/// # Errors
///
/// `NOT_FOUND` if there is no such table; `SOURCE_UNAVAILABLE`, also if the account may read none of its columns.
pub(super) fn columns(session: &mut Session<'_>, relation: &Relation) -> Result<Vec<Column>> {
    let sql = format!(
        "SELECT c.oid, {IS_READABLE}\n\
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace\n\
         WHERE n.nspname::text = $1 AND c.relname::text = $2 AND {OF_USERS}"
    );
    let found = session.query(&sql, &[&relation.schema, &relation.table])?;
    let settings = session.settings();
    let Some(found) = found.first() else {
        return Err(failure::of_missing_table(settings, relation.to_string()));
    };
    if !value::<bool>(session, found, 1)? {
        return Err(failure::of_right(settings, relation.to_string()));
    }
    let oid: u32 = value(session, found, 0)?;
    let rows = session.query(COLUMNS, &[&oid])?;
    rows.iter().map(|row| column(session, row)).collect()
}

fn column(session: &Session<'_>, row: &Row) -> Result<Column> {
    let declared = Declared {
        built_in: value(session, row, 4)?,
        is_enum: value(session, row, 5)?,
        is_geometry: value(session, row, 7)?,
        modifier: value(session, row, 6)?,
    };
    Ok(Column {
        name: value(session, row, 0)?,
        reading: Reading::of(declared),
        is_nullable: value(session, row, 2)?,
        native_type: value(session, row, 1)?,
        max_length: max_length(declared),
        comment: value(session, row, 3)?,
    })
}

/// Returns a value of a row of the catalogue.
///
/// # Errors
///
/// `SOURCE_UNAVAILABLE` if the server answers with another type.
pub(super) fn value<'r, T: FromSql<'r>>(
    session: &Session<'_>,
    row: &'r Row,
    column: usize,
) -> Result<T> {
    let value = row.try_get(column);
    value.map_err(|error| failure::of(session.settings(), &error))
}
