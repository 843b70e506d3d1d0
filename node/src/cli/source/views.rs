//! Sources and tables as tables.

use chengji_client::output::{Cell, Column, Table};
use chengji_client::row;
use chengji_messages::{Language, Message, msg};
use chengji_proto::convert::{column_type_from, text_from};
use chengji_proto::v1;

/// Sources, one a line.
pub(super) fn sources(list: &v1::ListSourcesResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("name", msg::ColumnName),
        Column::left("kind", msg::ColumnKind),
        Column::left("off_peak", msg::ColumnOffPeak),
    ]);
    for source in &list.sources {
        let kind = text(source.kind.as_ref());
        let kind = Cell::label(kind.code(), kind.clone());
        table.row(row![&source.name, kind, &source.off_peak]);
    }
    if list.sources.is_empty() {
        table.note(msg::SourcesNone);
    }
    table.note_if_more(&list.next_cursor);
    table
}

/// The findings of a check, one a line.
pub(super) fn findings(checked: &v1::CheckSourceResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("severity", msg::ColumnSeverity),
        Column::left("finding", msg::ColumnObservation),
        Column::left("remedy", msg::ColumnRemedy),
    ]);
    for finding in &checked.findings {
        let severity = match finding.is_warning {
            true => Cell::label("warning", msg::SeverityWarning),
            false => Cell::label("information", msg::SeverityInformation),
        };
        let found = text(finding.message.as_ref());
        let remedy = found.remedy(Language::of_process());
        table.row(row![severity, found, remedy]);
    }
    table.note(msg::SourceReached);
    table
}

/// Tables, one a line.
pub(super) fn tables(list: &v1::ListTablesResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("name", msg::ColumnName),
        Column::left("is_view", msg::ColumnView),
        Column::right("rows", msg::ColumnRows),
        Column::left("comment", msg::ColumnComment),
    ]);
    for one in &list.tables {
        table.row(row![
            &one.name,
            yes_or_no(one.is_view),
            one.rows,
            &one.comment,
        ]);
    }
    table.note_if_more(&list.next_cursor);
    table
}

/// The columns of a table, one a line.
pub(super) fn columns(described: &v1::DescribeTableResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("name", msg::ColumnName),
        Column::left("type", msg::ColumnType),
        Column::left("is_nullable", msg::ColumnNullable),
        Column::left("native_type", msg::ColumnNativeType),
        Column::right("max_length", msg::ColumnMaxLength),
        Column::left("comment", msg::ColumnComment),
    ]);
    for column in &described.columns {
        let of_type = column_type_from(column.r#type());
        let of_type = of_type.map(|of_type| Cell::label(of_type.as_str(), of_type.label()));
        table.row(row![
            &column.name,
            of_type,
            yes_or_no(column.is_nullable),
            &column.native_type,
            column.max_length,
            &column.comment,
        ]);
    }
    let fingerprint = hexadecimal(&described.fingerprint);
    table.note(msg::TableFingerprint { fingerprint });
    table
}

/// The values of a preview, one a line: wide tables have more columns than a terminal.
pub(super) fn preview(preview: &v1::PreviewTableResponse) -> Table {
    let mut table = Table::new(&[
        Column::right("row", msg::ColumnRow),
        Column::left("column", msg::ColumnTableColumn),
        Column::left("value", msg::ColumnValue),
        Column::left("is_cut", msg::ColumnCut),
    ]);
    for (number, row) in (1_usize..).zip(&preview.rows) {
        for (column, value) in preview.columns.iter().zip(&row.values) {
            let shown = match &value.text {
                Some(text) => Cell::from(text),
                None => Cell::label("", msg::ValueNull),
            };
            let is_cut = value.is_cut.then(|| yes_or_no(true));
            table.row(row![number, column, shown, is_cut]);
        }
    }
    for line in &preview.scope {
        table.note(text_from(line));
    }
    table
}

fn yes_or_no(yes: bool) -> Cell {
    match yes {
        true => Cell::label("yes", msg::Yes),
        false => Cell::label("no", msg::No),
    }
}

fn text(wire: Option<&v1::Text>) -> Message {
    wire.map_or_else(|| msg::Text { text: "" }.into(), text_from)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
