//! The columns of a table or view, and the meaning of their declared types: the usual names first, then the rules of
//! affinity (<https://www.sqlite.org/datatype3.html>, section 3.1).

use chengji_domain::table::{ColumnType, TableColumn, TableSchema};
use rusqlite::Connection;

/// A table or view with this name, which is compared exactly.
const EXISTS: &str = "SELECT 1 FROM sqlite_schema WHERE type IN ('table', 'view') AND name = ?1 \
    AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
/// Its columns, without the hidden ones of virtual tables.
const COLUMNS: &str = "SELECT name, type, \"notnull\", pk FROM pragma_table_xinfo(?1) \
    WHERE hidden <> 1 ORDER BY cid";

/// Describes a table or view; `None` if there is none of this name.
pub(super) fn schema(
    connection: &Connection,
    table: &str,
) -> rusqlite::Result<Option<TableSchema>> {
    if !connection.prepare(EXISTS)?.exists([table])? {
        return Ok(None);
    }
    let mut statement = connection.prepare(COLUMNS)?;
    let rows = statement.query_map([table], |row| {
        let name: String = row.get(0)?;
        let native_type: Option<String> = row.get(1)?;
        let is_required: bool = row.get(2)?;
        let key: u32 = row.get(3)?;
        Ok((name, native_type.unwrap_or_default(), is_required, key))
    })?;
    let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let keys = rows.iter().filter(|(.., key)| *key > 0).count();
    let columns = rows
        .into_iter()
        .map(|(name, native_type, is_required, key)| {
            // Only a column of this type is the number of the row, of all primary keys: others may be NULL.
            let is_number = keys == 1 && key > 0 && native_type.eq_ignore_ascii_case("integer");
            let (column_type, max_length) = declared(&native_type);
            TableColumn {
                name,
                column_type,
                is_nullable: !is_required && !is_number,
                native_type,
                max_length,
                comment: String::new(),
            }
        });
    Ok(Some(TableSchema {
        columns: columns.collect(),
    }))
}

/// Returns the type of a column and the maximum length of its texts by its declared type.
fn declared(native_type: &str) -> (ColumnType, Option<u32>) {
    let name = native_type.to_ascii_uppercase();
    let (name, arguments) = name.split_once('(').unwrap_or((name.as_str(), ""));
    let length = || arguments.split_once(')')?.0.trim().parse().ok();
    let column_type = match name.trim() {
        "BOOLEAN" | "BOOL" => ColumnType::Boolean,
        "DATE" => ColumnType::Date,
        "TIME" => ColumnType::Time,
        "DATETIME" => ColumnType::Timestamp,
        "DECIMAL" | "DEC" | "NUMERIC" | "NUMBER" => ColumnType::Decimal,
        "BINARY" | "VARBINARY" | "BYTEA" => ColumnType::Bytes,
        name if name.starts_with("TIMESTAMP") => ColumnType::Timestamp,
        name => by_affinity(name),
    };
    match column_type {
        ColumnType::Text => (column_type, length()),
        _ => (column_type, None),
    }
}

fn by_affinity(name: &str) -> ColumnType {
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    if has(&["INT"]) {
        ColumnType::Integer
    } else if has(&["CHAR", "CLOB", "TEXT"]) {
        ColumnType::Text
    } else if has(&["BLOB"]) {
        ColumnType::Bytes
    } else if has(&["REAL", "FLOA", "DOUB"]) {
        ColumnType::Float
    } else {
        ColumnType::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_types_are_understood_by_their_usual_names_and_by_affinity() {
        for (native_type, expected) in [
            ("INTEGER", ColumnType::Integer),
            ("unsigned big int", ColumnType::Integer),
            ("TINYINT(1)", ColumnType::Integer),
            ("Boolean", ColumnType::Boolean),
            ("date", ColumnType::Date),
            ("TIME", ColumnType::Time),
            ("DATETIME", ColumnType::Timestamp),
            ("timestamp with time zone", ColumnType::Timestamp),
            ("DECIMAL(12, 2)", ColumnType::Decimal),
            ("NUMERIC", ColumnType::Decimal),
            ("double precision", ColumnType::Float),
            ("REAL", ColumnType::Float),
            ("CLOB", ColumnType::Text),
            ("BLOB", ColumnType::Bytes),
            ("VARBINARY(16)", ColumnType::Bytes),
            ("JSON", ColumnType::Other),
            ("", ColumnType::Other),
        ] {
            assert_eq!(declared(native_type), (expected, None), "{native_type}");
        }
        for (native_type, length) in [("varchar(18)", 18), ("NATIVE CHARACTER ( 70 )", 70)] {
            let expected = (ColumnType::Text, Some(length));
            assert_eq!(declared(native_type), expected, "{native_type}");
        }
    }
}
