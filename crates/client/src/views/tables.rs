//! The code tables a program goes by.

use chengji_proto::v1;

use crate::output::{Column, Table};

/// The tables, one a row.
pub fn tables(list: &v1::CodeTables) -> Table {
    let mut table = Table::new(&[
        Column::left("name", "table 代码表"),
        Column::left("name_zh", ""),
        Column::left("version", "version 版本"),
        Column::right("rows", "rows 行数"),
        Column::left("file", "from 出自"),
        Column::left("source", "source 依据"),
    ]);
    for of in &list.tables {
        let from = match of.file.as_str() {
            "" => "built in 内置",
            file => file,
        };
        table.row([
            &of.name,
            &of.name_zh,
            &of.version,
            &of.rows.to_string(),
            from,
            &of.source,
        ]);
    }
    table
}
