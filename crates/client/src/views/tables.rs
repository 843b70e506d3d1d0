//! View of the code tables that a program uses.

use chengji_messages::msg;
use chengji_proto::v1;

use crate::output::{Cell, Column, Table};
use crate::row;

/// The tables, one a row.
pub fn tables(list: &v1::CodeTables) -> Table {
    let mut table = Table::new(&[
        Column::left("name", msg::ColumnTable),
        Column::untitled("name_zh"),
        Column::left("version", msg::ColumnVersion),
        Column::right("rows", msg::ColumnRowsRows),
        Column::left("file", msg::ColumnFrom),
        Column::left("source", msg::ColumnSource),
    ]);
    for of in &list.tables {
        let from = match of.file.as_str() {
            "" => Cell::label("built-in", msg::TableBuiltIn),
            file => file.into(),
        };
        table.row(row![
            &of.name,
            &of.name_zh,
            &of.version,
            of.rows,
            from,
            &of.source,
        ]);
    }
    table
}
