//! `catalogue items`: drafts the items of an entry from the columns of a table, or compares them.

use std::io::Write as _;
use std::process::ExitCode;

use chengji_client::output::{Cell, Column, Table, note, print};
use chengji_client::row;
use chengji_domain::catalogue::{Item, ItemDifference, drafted_items, item_differences};
use chengji_domain::table::{TableColumn, TableSchema};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_interchange as interchange;
use chengji_messages::quoted::Quoted;
use chengji_messages::{Message, Value, msg};
use chengji_proto::convert::{entry_from, table_schema_from};
use chengji_proto::v1;
use chengji_proto::v1::ItemDifferenceKind as Kind;
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::v1::source_service_client::SourceServiceClient;
use clap::Args;

use super::show;
use crate::cli::{Context, answer};

/// Arguments of `catalogue items`.
#[derive(Args, Debug)]
pub(in crate::cli) struct ItemsArgs {
    /// Resource code of the entry to compare; without it, items are drafted
    code: Option<String>,
    /// Table whose columns count, by the name that 'source tables' lists
    #[arg(long, value_name = "SOURCE:TABLE")]
    from_table: String,
}

/// Drafts or compares them.
pub(super) async fn run(arguments: ItemsArgs, context: &Context) -> Result<ExitCode> {
    let channel = context.channel().await?;
    let asked = v1::DescribeTableRequest {
        table: arguments.from_table,
    };
    let mut sources = SourceServiceClient::new(channel.clone());
    let described = answer(sources.describe_table(asked)).await?;
    let schema = table_schema_from(&described)?;
    let Some(code) = arguments.code else {
        draft(&described.table, &schema)?;
        return Ok(ExitCode::SUCCESS);
    };
    let record = show::current(CatalogueServiceClient::new(channel), code).await?;
    let entry = entry_from(record.entry.unwrap_or_default())?;
    let differences = item_differences(&entry.items, &schema);
    let comparison = v1::ItemComparison {
        code: entry.code.to_string(),
        table: described.table,
        differences: differences.into_iter().map(difference).collect(),
    };
    print(context.format(), &comparison, table)?;
    Ok(ExitCode::SUCCESS)
}

/// Notes how the items of an entry differ from the columns of a table that was mounted to it.
pub(super) fn note_differences(
    record: &v1::CatalogueRecord,
    described: &v1::DescribeTableResponse,
) -> Result<()> {
    let schema = table_schema_from(described)?;
    let entry = entry_from(record.entry.clone().unwrap_or_default())?;
    let differences = item_differences(&entry.items, &schema);
    let (code, table) = (entry.code.as_str(), &described.table);
    if differences.is_empty() {
        note(msg::ItemsMatch { code, table });
        return Ok(());
    }
    for difference in &differences {
        note(noted(difference));
    }
    let count = differences.len();
    note(msg::ItemsDiffer { code, count, table });
    Ok(())
}

fn noted(difference: &ItemDifference<'_>) -> Message {
    let column_named = |column: &TableColumn| Value::text(Quoted(&column.name));
    let item_named = |item: &Item| Value::text(Quoted(&item.name));
    match *difference {
        ItemDifference::Missing(column) => msg::NoteItemMissing {
            column: column_named(column),
        }
        .into(),
        ItemDifference::Surplus(item) => msg::NoteItemSurplus {
            item: item_named(item),
        }
        .into(),
        ItemDifference::Type(item, column) | ItemDifference::Length(item, column) => {
            msg::NoteItemOtherType {
                column: column_named(column),
                column_type: fitting_type(column),
                item: item_named(item),
                item_type: type_of(item),
            }
            .into()
        }
    }
}

/// Writes the drafted items to standard output, as a sheet to be filled in.
fn draft(table: &str, schema: &TableSchema) -> Result<()> {
    let items = drafted_items(schema);
    let mut sheet = Vec::new();
    interchange::write_items(&items, &mut sheet)?;
    let written = std::io::stdout().lock().write_all(&sheet);
    written
        .map_err(|cause| Error::new(ErrorCode::Misconfigured, msg::OutputUnwritable { cause }))?;
    let count = items.len();
    note(msg::ItemsDrafted { count, table });
    Ok(())
}

fn difference(difference: ItemDifference<'_>) -> v1::ItemDifference {
    let (kind, item, column) = match difference {
        ItemDifference::Missing(column) => (Kind::Missing, None, Some(column)),
        ItemDifference::Surplus(item) => (Kind::Surplus, Some(item), None),
        ItemDifference::Type(item, column) => (Kind::Type, Some(item), Some(column)),
        ItemDifference::Length(item, column) => (Kind::Length, Some(item), Some(column)),
    };
    v1::ItemDifference {
        kind: kind.into(),
        item: item.map(|item| item.name.clone()).unwrap_or_default(),
        column: column.map(|column| column.name.clone()).unwrap_or_default(),
        item_type: item.map(type_of).unwrap_or_default(),
        column_type: column.map(fitting_type).unwrap_or_default(),
    }
}

/// The type of an item with its length, as `C(20)`.
fn type_of(item: &Item) -> String {
    let letter = item.kind.letter();
    match item.length {
        0 => letter.to_string(),
        length => format!("{letter}({length})"),
    }
}

/// The type of the item that would be drafted for a column.
fn fitting_type(column: &TableColumn) -> String {
    let schema = TableSchema {
        columns: vec![column.clone()],
    };
    drafted_items(&schema).iter().map(type_of).collect()
}

/// The comparison as a table.
fn table(comparison: &v1::ItemComparison) -> Table {
    let mut table = Table::new(&[
        Column::left("difference", msg::ColumnDifference),
        Column::left("item", msg::ColumnItem),
        Column::left("column", msg::ColumnTableColumn),
        Column::left("item_type", msg::ColumnItemType),
        Column::left("column_type", msg::ColumnColumnType),
    ]);
    for one in &comparison.differences {
        table.row(row![
            kind(one.kind()),
            &one.item,
            &one.column,
            &one.item_type,
            &one.column_type,
        ]);
    }
    let (code, of) = (&comparison.code, &comparison.table);
    match comparison.differences.len() {
        0 => table.note(msg::ItemsMatch { code, table: of }),
        count => table.note(msg::ItemsDiffer {
            code,
            count,
            table: of,
        }),
    }
    table
}

fn kind(kind: Kind) -> Cell {
    match kind {
        Kind::Unspecified => "".into(),
        Kind::Missing => Cell::label("missing", msg::ItemDifferenceMissing),
        Kind::Surplus => Cell::label("surplus", msg::ItemDifferenceSurplus),
        Kind::Type => Cell::label("type", msg::ItemDifferenceType),
        Kind::Length => Cell::label("length", msg::ItemDifferenceLength),
    }
}
