//! Scopes in words, for both sides of a grant.

use chengji_domain::quoted::OneLine;
use chengji_domain::request::terms::{Comparison, Condition, TableScope};
use chengji_messages::{Message, Value, msg};

use crate::mask;
use crate::sql_text::value_text;

/// Returns a scope in words: the columns with their masks, the rows, and the limit.
pub fn words(scope: &TableScope) -> Vec<Message> {
    let columns = scope.columns.iter();
    let columns: Vec<Value> = columns
        .map(|(column, mask)| match mask {
            None => Value::from(column),
            Some(mask) => {
                let mask = mask::label(mask);
                msg::ScopeMasked { column, mask }.into()
            }
        })
        .collect();
    let rows: Message = match &scope.condition {
        None => msg::ScopeAllRows.into(),
        Some(condition) => msg::ScopeRows {
            condition: rows(condition),
        }
        .into(),
    };
    let limit = scope.row_limit;
    let limit = limit.map(|count| Message::from(msg::ScopeRowLimit { count }));
    let increment = scope.increment.as_ref();
    let increment = increment.map(|column| Message::from(msg::ScopeIncrement { column }));
    [msg::ScopeColumns { columns }.into(), rows]
        .into_iter()
        .chain(limit)
        .chain(increment)
        .collect()
}

fn rows(condition: &Condition) -> Message {
    match condition {
        Condition::Compare {
            column,
            comparison,
            value,
        } => {
            let value = value_text(value);
            let sign = match comparison {
                Comparison::Equal => "=",
                Comparison::NotEqual => "≠",
                Comparison::Less => "<",
                Comparison::LessOrEqual => "≤",
                Comparison::Greater => ">",
                Comparison::GreaterOrEqual => "≥",
            };
            msg::RowsCompared {
                column,
                sign,
                value,
            }
            .into()
        }
        Condition::In { column, values } => {
            let values: Value = values.iter().map(value_text).collect();
            msg::RowsIn { column, values }.into()
        }
        Condition::Between { column, low, high } => {
            let (low, high) = (value_text(low), value_text(high));
            msg::RowsBetween { column, high, low }.into()
        }
        Condition::StartsWith { column, prefix } => {
            let prefix = OneLine(prefix).to_string();
            msg::RowsStartingWith { column, prefix }.into()
        }
        Condition::IsNull { column } => msg::RowsNull { column }.into(),
        Condition::All(parts) => {
            let parts: Value = parts.iter().map(rows).collect();
            msg::RowsOfAll { parts }.into()
        }
        Condition::Any(parts) => {
            let parts: Value = parts.iter().map(rows).collect();
            msg::RowsOfAny { parts }.into()
        }
        Condition::Not(inner) => msg::RowsNot { part: rows(inner) }.into(),
    }
}
