//! The columns of a table, as the program describes them.

use chengji_domain::table::{ColumnType, TableColumn, TableSchema};
use chengji_odbc_dialog::{Column, Described, Kind};

/// Returns the columns of a table.
pub(super) fn schema(described: &Described) -> TableSchema {
    TableSchema {
        columns: described.columns.iter().map(column).collect(),
    }
}

fn column(column: &Column) -> TableColumn {
    TableColumn {
        name: column.name.clone(),
        column_type: column_type(column.kind()),
        is_nullable: column.is_nullable,
        native_type: column.native_type.clone(),
        max_length: column.max_length,
        comment: column.comment.clone(),
    }
}

fn column_type(kind: Kind) -> ColumnType {
    match kind {
        Kind::Other => ColumnType::Other,
        Kind::Text => ColumnType::Text,
        Kind::Boolean => ColumnType::Boolean,
        Kind::Integer => ColumnType::Integer,
        Kind::Decimal => ColumnType::Decimal,
        Kind::Float => ColumnType::Float,
        Kind::Bytes => ColumnType::Bytes,
        Kind::Date => ColumnType::Date,
        Kind::Time => ColumnType::Time,
        Kind::Timestamp => ColumnType::Timestamp,
    }
}
