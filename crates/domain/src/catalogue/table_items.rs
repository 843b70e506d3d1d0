//! The items (信息项) of an entry and the columns of a table: drafts the items from the columns, and compares them.
//!
//! An item describes the column that it is named after: by the column's comment, which says what people call it, or by
//! the column's name.

use std::collections::BTreeMap;

use super::comparison::bare;
use super::items::NAME;
use super::{Item, ItemType};
use crate::table::{ColumnType, TableColumn, TableSchema};

/// Drafts an item for each column, in their order. An item is named by the comment on its column if that is admitted as
/// a name and no other column has the same comment or name, else by the column's name, which may have to be changed to be
/// admitted.
pub fn drafted_items(schema: &TableSchema) -> Vec<Item> {
    let names = drafted_names(schema);
    let columns = schema.columns.iter().zip(names);
    let items = columns.map(|(column, name)| Item {
        name: name.to_owned(),
        kind: drafted_kind(column.column_type),
        length: declared_length(column).unwrap_or(0),
        sharing: None,
    });
    items.collect()
}

/// A difference between the items of an entry and the columns of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemDifference<'a> {
    /// No item describes the column.
    Missing(&'a TableColumn),
    /// The table has no column for the item.
    Surplus(&'a Item),
    /// The item has another type than the column.
    Type(&'a Item, &'a TableColumn),
    /// Item and column both state the length of texts, and different ones.
    Length(&'a Item, &'a TableColumn),
}

/// Compares the items of an entry with the columns of a table: first the differences of the items in their order, then
/// the columns without an item.
pub fn item_differences<'a>(items: &'a [Item], schema: &'a TableSchema) -> Vec<ItemDifference<'a>> {
    let columns = &schema.columns;
    let described = described_columns(items, schema);
    let mut is_described = vec![false; columns.len()];
    let mut differences = Vec::new();
    for (item, place) in items.iter().zip(described) {
        let Some(place) = place else {
            differences.push(ItemDifference::Surplus(item));
            continue;
        };
        is_described[place] = true;
        let column = &columns[place];
        if !fits(item.kind, column.column_type) {
            differences.push(ItemDifference::Type(item, column));
        }
        let length = declared_length(column);
        if length.is_some_and(|length| item.length != 0 && item.length != length) {
            differences.push(ItemDifference::Length(item, column));
        }
    }
    let missing = columns.iter().zip(is_described);
    let missing = missing.filter(|(_, is_described)| !is_described);
    differences.extend(missing.map(|(column, _)| ItemDifference::Missing(column)));
    differences
}

/// Returns for each item the place of the column that it describes; no column is described twice. The name that would
/// be drafted counts first, then either name as it is, then either name without signs and case.
fn described_columns(items: &[Item], schema: &TableSchema) -> Vec<Option<usize>> {
    let columns = &schema.columns;
    let drafted = drafted_names(schema);
    let bare_items: Vec<String> = items.iter().map(|item| bare(&item.name)).collect();
    let bare_columns: Vec<[String; 2]> = columns
        .iter()
        .map(|column| [bare(&column.name), bare(&column.comment)])
        .collect();
    let as_drafted = |item: usize, column: usize| items[item].name == drafted[column];
    let as_named = |item: usize, column: usize| {
        let (name, column) = (&items[item].name, &columns[column]);
        *name == column.name || name == column.comment.trim()
    };
    let alike = |item: usize, column: usize| {
        let name = &bare_items[item];
        !name.is_empty() && bare_columns[column].contains(name)
    };
    let ways: [&dyn Fn(usize, usize) -> bool; 3] = [&as_drafted, &as_named, &alike];
    let mut is_free = vec![true; columns.len()];
    let mut described = vec![None; items.len()];
    for is_named in ways {
        for (item, place) in described.iter_mut().enumerate() {
            if place.is_none() {
                *place = (0..columns.len()).find(|at| is_free[*at] && is_named(item, *at));
                if let Some(at) = *place {
                    is_free[at] = false;
                }
            }
        }
    }
    described
}

fn drafted_names(schema: &TableSchema) -> Vec<&str> {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for column in &schema.columns {
        let (name, comment) = (column.name.as_str(), column.comment.trim());
        *times.entry(comment).or_default() += 1;
        if name != comment {
            *times.entry(name).or_default() += 1;
        }
    }
    let names = schema.columns.iter().map(|column| {
        let comment = column.comment.trim();
        let is_name = NAME.fault(comment).is_none() && times.get(comment) == Some(&1);
        if is_name {
            comment
        } else {
            column.name.as_str()
        }
    });
    names.collect()
}

fn drafted_kind(column: ColumnType) -> ItemType {
    match column {
        ColumnType::Boolean | ColumnType::Text | ColumnType::Time | ColumnType::Other => {
            ItemType::Text
        }
        ColumnType::Integer | ColumnType::Decimal | ColumnType::Float => ItemType::Number,
        ColumnType::Bytes => ItemType::Binary,
        ColumnType::Date => ItemType::Date,
        ColumnType::Timestamp => ItemType::DateTime,
    }
}

/// Returns true if an item of this type may describe a column of that one. The catalogue has no types of its own for
/// truth values, times of day and others.
fn fits(item: ItemType, column: ColumnType) -> bool {
    match column {
        ColumnType::Boolean => matches!(item, ItemType::Text | ItemType::Number),
        ColumnType::Time => matches!(item, ItemType::Text | ItemType::DateTime),
        ColumnType::Other => true,
        column => item == drafted_kind(column),
    }
}

/// The length of the texts of a column, if it is declared.
fn declared_length(column: &TableColumn) -> Option<u32> {
    column
        .max_length
        .filter(|length| column.column_type == ColumnType::Text && *length > 0)
}

#[cfg(test)]
#[path = "table_items_tests.rs"]
mod tests;
