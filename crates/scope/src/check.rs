//! The check of a scope against the schema of its table.

use std::collections::BTreeSet;

use chengji_domain::quoted::Quoted;
use chengji_domain::request::terms::{Condition, TableScope};
use chengji_domain::table::{ColumnType, TableSchema};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};

use crate::column::{check_condition, find, invalid, named};
use crate::mask;

/// Maximum number of columns that an error names.
const MAX_NAMED: usize = 3;

/// Checks that a scope can be enforced on a table of this schema: the schema is the one that the scope was made for, the
/// columns are there, masks and values fit their types, and the increment is by a column that is granted without a mask.
///
/// # Errors
///
/// `SOURCE_CHANGED` if the schema is another one, with the columns that are no longer there; `INVALID_ARGUMENT`;
/// `LIMIT_EXCEEDED` for a condition that is too large.
pub fn check(scope: &TableScope, schema: &TableSchema) -> Result<()> {
    check_fingerprint(scope, schema)?;
    if scope.columns.is_empty() {
        return Err(invalid(msg::ScopeWithoutColumns));
    }
    for (name, mask) in &scope.columns {
        let column = named(schema, name)?;
        let Some(mask) = mask else {
            continue;
        };
        if !mask::fits(mask, column.column_type) {
            return Err(invalid(msg::ScopeMaskUnfit {
                column: Quoted(name),
                column_type: column.column_type.label(),
                mask: mask::label(mask),
            }));
        }
    }
    if let Some(condition) = &scope.condition {
        check_condition(condition, schema)?;
    }
    match &scope.increment {
        Some(column) => check_increment(column, scope, schema),
        None => Ok(()),
    }
}

fn check_fingerprint(scope: &TableScope, schema: &TableSchema) -> Result<()> {
    if scope.schema == schema.fingerprint() {
        return Ok(());
    }
    let mut names: BTreeSet<&str> = scope.columns.keys().map(String::as_str).collect();
    names.extend(scope.increment.as_deref());
    if let Some(condition) = &scope.condition {
        add_names(condition, &mut names);
    }
    let missing = names.iter().filter(|name| find(schema, name).is_none());
    let missing: Vec<Value> = missing
        .take(MAX_NAMED)
        .map(|name| Quoted(name).into())
        .collect();
    Err(match missing.is_empty() {
        true => Error::new(ErrorCode::SourceChanged, msg::ScopeSchemaChanged),
        false => Error::new(ErrorCode::SourceChanged, msg::ScopeColumnsGone { missing }),
    })
}

fn add_names<'a>(condition: &'a Condition, names: &mut BTreeSet<&'a str>) {
    match condition {
        Condition::Compare { column, .. }
        | Condition::In { column, .. }
        | Condition::Between { column, .. }
        | Condition::StartsWith { column, .. }
        | Condition::IsNull { column } => {
            names.insert(column);
        }
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().for_each(|part| add_names(part, names));
        }
        Condition::Not(inner) => add_names(inner, names),
    }
}

/// A column that each read goes on from has values in an order, which the consumer sees anyway.
fn check_increment(name: &str, scope: &TableScope, schema: &TableSchema) -> Result<()> {
    let column = named(schema, name)?;
    let is_shown = scope.columns.get(name).is_some_and(Option::is_none);
    let is_ordered = matches!(
        column.column_type,
        ColumnType::Integer
            | ColumnType::Decimal
            | ColumnType::Text
            | ColumnType::Date
            | ColumnType::Timestamp
    );
    if is_shown && is_ordered {
        return Ok(());
    }
    let column = Quoted(name);
    Err(invalid(msg::ScopeIncrementUnfit { column }))
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
