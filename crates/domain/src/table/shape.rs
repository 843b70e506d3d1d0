//! The shape of a table: as much of its schema as the fingerprint covers, kept to say how a later one differs.

use std::collections::BTreeMap;

use chengji_messages::{Message, Value, msg};
use sha2::{Digest as _, Sha256};

use super::{ColumnType, TableSchema};
use crate::digest::Digest;
use crate::quoted::Quoted;

/// Maximum number of columns that a message names.
const MAX_NAMED: usize = 10;

/// A column in a shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnShape {
    /// Its name.
    pub name: String,
    /// Its type.
    pub column_type: ColumnType,
    /// True if values may be NULL.
    pub is_nullable: bool,
}

/// The shape of a table. Two are equal if and only if their fingerprints are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableShape {
    /// The columns in their order.
    pub columns: Vec<ColumnShape>,
}

impl From<&TableSchema> for TableShape {
    fn from(schema: &TableSchema) -> Self {
        let columns = schema.columns.iter().map(|column| ColumnShape {
            name: column.name.clone(),
            column_type: column.column_type,
            is_nullable: column.is_nullable,
        });
        Self {
            columns: columns.collect(),
        }
    }
}

impl TableShape {
    /// Returns the fingerprint to which grants refer: SHA-256 of the columns' names, types and whether they may be NULL,
    /// as the contract says at `TableScope.schema`.
    pub fn fingerprint(&self) -> Digest {
        let mut hash = Sha256::new();
        let put = |hash: &mut Sha256, text: &str| {
            let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
            hash.update(length.to_be_bytes());
            hash.update(text);
        };
        for column in &self.columns {
            put(&mut hash, &column.name);
            put(&mut hash, column.column_type.as_str());
            hash.update([u8::from(column.is_nullable)]);
        }
        Digest(hash.finalize().into())
    }

    /// Describes how a later shape of the table differs from this one, one message for each kind of difference; empty if
    /// it is the same.
    pub fn changes_to(&self, later: &Self) -> Vec<Message> {
        let (before, after) = (self.by_name(), later.by_name());
        let not_in = |other: &BTreeMap<&str, &ColumnShape>, shape: &Self| {
            let columns = shape.columns.iter().map(|column| column.name.clone());
            columns
                .filter(|name| !other.contains_key(name.as_str()))
                .collect::<Vec<_>>()
        };
        let (added, removed) = (not_in(&before, later), not_in(&after, self));
        let retyped = self.columns.iter().filter(|column| {
            let found = after.get(column.name.as_str());
            found.is_some_and(|found| found != column)
        });
        let retyped: Vec<String> = retyped.map(|column| column.name.clone()).collect();
        let mut changes: Vec<Message> = Vec::new();
        if let Some((count, columns)) = named(&added) {
            changes.push(msg::TableColumnsAdded { columns, count }.into());
        }
        if let Some((count, columns)) = named(&removed) {
            changes.push(msg::TableColumnsRemoved { columns, count }.into());
        }
        if let Some((count, columns)) = named(&retyped) {
            changes.push(msg::TableColumnsRetyped { columns, count }.into());
        }
        if changes.is_empty() && self != later {
            changes.push(msg::TableColumnsReordered.into());
        }
        changes
    }

    fn by_name(&self) -> BTreeMap<&str, &ColumnShape> {
        let columns = self.columns.iter();
        columns
            .map(|column| (column.name.as_str(), column))
            .collect()
    }
}

/// The number of the names, and the first of them; `None` if there are none.
fn named(names: &[String]) -> Option<(usize, Value)> {
    let first = names.iter().take(MAX_NAMED).map(|name| Quoted(name));
    (!names.is_empty()).then(|| (names.len(), first.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(columns: &[(&str, ColumnType)]) -> TableShape {
        let columns = columns.iter().map(|(name, column_type)| ColumnShape {
            name: (*name).to_owned(),
            column_type: *column_type,
            is_nullable: true,
        });
        TableShape {
            columns: columns.collect(),
        }
    }

    fn codes(before: &TableShape, after: &TableShape) -> Vec<String> {
        let changes = before.changes_to(after).into_iter();
        changes.map(|change| change.code().to_owned()).collect()
    }

    #[test]
    fn each_kind_of_difference_is_described_once() {
        let before = shape(&[
            ("id", ColumnType::Integer),
            ("name", ColumnType::Text),
            ("area", ColumnType::Float),
        ]);
        assert!(before.changes_to(&before).is_empty());
        let after = shape(&[
            ("id", ColumnType::Text),
            ("area", ColumnType::Float),
            ("issued", ColumnType::Date),
            ("ended", ColumnType::Date),
        ]);
        assert_eq!(
            codes(&before, &after),
            [
                "table-columns-added",
                "table-columns-removed",
                "table-columns-retyped"
            ]
        );
        let added = msg::TableColumnsAdded {
            columns: ["issued", "ended"]
                .map(Quoted)
                .into_iter()
                .collect::<Value>(),
            count: 2_u32,
        };
        assert_eq!(before.changes_to(&after)[0], Message::from(added));
        let reversed = TableShape {
            columns: before.columns.iter().rev().cloned().collect(),
        };
        assert_eq!(codes(&before, &reversed), ["table-columns-reordered"]);
        assert_ne!(before.fingerprint(), reversed.fingerprint());
    }

    #[test]
    fn a_column_that_begins_to_admit_null_is_another() {
        let before = shape(&[("id", ColumnType::Integer)]);
        let mut after = before.clone();
        after.columns[0].is_nullable = false;
        assert_eq!(codes(&before, &after), ["table-columns-retyped"]);
    }
}
