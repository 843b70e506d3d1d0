//! Row conditions in logs.

use chengji_domain::Error;
use chengji_domain::request::terms::{Comparison, Condition, Literal};
use chengji_messages::msg;

use super::super::{date_from, invalid, missing, newer, time_from, time_to};
use crate::v1;
use crate::v1::literal::Value;
use crate::v1::row_condition::Condition as Wire;

pub(super) fn condition_to(condition: &Condition) -> v1::RowCondition {
    let wire = match condition.clone() {
        Condition::Compare {
            column,
            comparison,
            value,
        } => Wire::Compare(v1::ColumnComparison {
            column,
            comparison: comparison_to(comparison).into(),
            value: Some(literal_to(&value)),
        }),
        Condition::In { column, values } => Wire::In(v1::ColumnIn {
            column,
            values: values.iter().map(literal_to).collect(),
        }),
        Condition::Between { column, low, high } => Wire::Between(v1::ColumnBetween {
            column,
            low: Some(literal_to(&low)),
            high: Some(literal_to(&high)),
        }),
        Condition::StartsWith { column, prefix } => {
            Wire::StartsWith(v1::ColumnStartsWith { column, prefix })
        }
        Condition::IsNull { column } => Wire::IsNull(column),
        Condition::All(parts) => Wire::All(v1::RowConditions {
            conditions: parts.iter().map(condition_to).collect(),
        }),
        Condition::Any(parts) => Wire::Any(v1::RowConditions {
            conditions: parts.iter().map(condition_to).collect(),
        }),
        Condition::Not(inner) => Wire::Not(Box::new(condition_to(&inner))),
    };
    v1::RowCondition {
        condition: Some(wire),
    }
}

/// Converts a condition within its bounds. The decoder has already bounded the depth of the
/// message.
pub(super) fn condition_from(wire: &v1::RowCondition) -> Result<Condition, Error> {
    let condition = nested_from(wire)?;
    condition.check_size()?;
    Ok(condition)
}

fn nested_from(wire: &v1::RowCondition) -> Result<Condition, Error> {
    let wire = wire.condition.as_ref();
    Ok(match wire.ok_or_else(|| newer("condition"))? {
        Wire::Compare(compare) => Condition::Compare {
            column: compare.column.clone(),
            comparison: comparison_from(compare.comparison)?,
            value: literal_from(compare.value.as_ref())?,
        },
        Wire::In(list) => {
            let values = list.values.iter().map(|value| literal_from(Some(value)));
            Condition::In {
                column: list.column.clone(),
                values: values.collect::<Result<_, _>>()?,
            }
        }
        Wire::Between(between) => Condition::Between {
            column: between.column.clone(),
            low: literal_from(between.low.as_ref())?,
            high: literal_from(between.high.as_ref())?,
        },
        Wire::StartsWith(starts) => Condition::StartsWith {
            column: starts.column.clone(),
            prefix: starts.prefix.clone(),
        },
        Wire::IsNull(column) => Condition::IsNull {
            column: column.clone(),
        },
        Wire::All(parts) => parts_from(parts, Condition::all)?,
        Wire::Any(parts) => parts_from(parts, Condition::any)?,
        Wire::Not(inner) => nested_from(inner)?.negated(),
    })
}

fn parts_from(
    wire: &v1::RowConditions,
    join: impl FnOnce(Vec<Condition>) -> Option<Condition>,
) -> Result<Condition, Error> {
    let parts = wire.conditions.iter().map(nested_from);
    join(parts.collect::<Result<_, _>>()?)
        .ok_or_else(|| invalid("condition", msg::WireConditionEmpty))
}

pub(super) fn literal_to(literal: &Literal) -> v1::Literal {
    let value = match literal {
        Literal::Boolean(value) => Value::Boolean(*value),
        Literal::Integer(value) => Value::Integer(*value),
        Literal::Decimal(value) => Value::Decimal(value.to_string()),
        Literal::Text(value) => Value::Text(value.clone()),
        Literal::Date(value) => Value::Date(value.to_string()),
        Literal::Time(value) => Value::Time(time_to(*value)),
    };
    v1::Literal { value: Some(value) }
}

pub(super) fn literal_from(wire: Option<&v1::Literal>) -> Result<Literal, Error> {
    let wire = wire.ok_or_else(|| missing("value"))?;
    Ok(match wire.value.as_ref().ok_or_else(|| newer("value"))? {
        Value::Boolean(value) => Literal::Boolean(*value),
        Value::Integer(value) => Literal::Integer(*value),
        Value::Decimal(value) => Literal::Decimal(value.parse()?),
        Value::Text(value) => Literal::Text(value.clone()),
        Value::Date(value) => Literal::Date(date_from(value, "date")?),
        Value::Time(value) => Literal::Time(time_from(Some(value), "time")?),
    })
}

fn comparison_to(comparison: Comparison) -> v1::Comparison {
    match comparison {
        Comparison::Equal => v1::Comparison::Equal,
        Comparison::NotEqual => v1::Comparison::NotEqual,
        Comparison::Less => v1::Comparison::Less,
        Comparison::LessOrEqual => v1::Comparison::LessOrEqual,
        Comparison::Greater => v1::Comparison::Greater,
        Comparison::GreaterOrEqual => v1::Comparison::GreaterOrEqual,
    }
}

fn comparison_from(wire: i32) -> Result<Comparison, Error> {
    match v1::Comparison::try_from(wire).map_err(|_| newer("comparison"))? {
        v1::Comparison::Unspecified => Err(missing("comparison")),
        v1::Comparison::Equal => Ok(Comparison::Equal),
        v1::Comparison::NotEqual => Ok(Comparison::NotEqual),
        v1::Comparison::Less => Ok(Comparison::Less),
        v1::Comparison::LessOrEqual => Ok(Comparison::LessOrEqual),
        v1::Comparison::Greater => Ok(Comparison::Greater),
        v1::Comparison::GreaterOrEqual => Ok(Comparison::GreaterOrEqual),
    }
}
