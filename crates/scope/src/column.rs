//! The columns of a table, as conditions and masks refer to them.

use chengji_domain::quoted::Quoted;
use chengji_domain::request::terms::{Comparison, Condition, Literal};
use chengji_domain::table::{ColumnType, TableColumn, TableSchema};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, msg};

use crate::sql_text::value_text;

/// Decimal digits after the point that tell any number of 64 bits exactly.
const EXACT_DIGITS: usize = 1_074;

/// Finds the column of this very name.
pub(crate) fn find<'a>(schema: &'a TableSchema, name: &str) -> Option<&'a TableColumn> {
    schema.columns.iter().find(|column| column.name == name)
}

/// Finds the column of this very name.
///
/// # Errors
///
/// `INVALID_ARGUMENT` if there is none.
pub(crate) fn named<'a>(schema: &'a TableSchema, name: &str) -> Result<&'a TableColumn> {
    find(schema, name).ok_or_else(|| invalid(unknown(name)))
}

/// Says that the table has no column of this name.
pub(crate) fn unknown(name: &str) -> Message {
    let column = Quoted(name);
    msg::ScopeColumnUnknown { column }.into()
}

/// Makes an error of what people have written.
pub(crate) fn invalid(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::InvalidArgument, message)
}

/// Returns true if values of the column are compared with this one, exactly and for each value of the column.
pub(crate) fn fits(value: &Literal, column_type: ColumnType) -> bool {
    match (column_type, value) {
        (ColumnType::Boolean, Literal::Boolean(_))
        | (ColumnType::Integer | ColumnType::Decimal, Literal::Integer(_) | Literal::Decimal(_))
        | (ColumnType::Text, Literal::Text(_))
        | (ColumnType::Date, Literal::Date(_))
        | (ColumnType::Timestamp, Literal::Time(_)) => true,
        (ColumnType::Float, value) => exact_float(value).is_some(),
        (
            ColumnType::Boolean
            | ColumnType::Integer
            | ColumnType::Decimal
            | ColumnType::Text
            | ColumnType::Bytes
            | ColumnType::Date
            | ColumnType::Time
            | ColumnType::Timestamp
            | ColumnType::Other,
            _,
        ) => false,
    }
}

/// Returns the floating-point number that is exactly this one.
pub(crate) fn exact_float(value: &Literal) -> Option<f64> {
    let text = match value {
        Literal::Integer(number) => number.to_string(),
        Literal::Decimal(number) => number.to_string(),
        Literal::Boolean(_) | Literal::Text(_) | Literal::Date(_) | Literal::Time(_) => {
            return None;
        }
    };
    let number: f64 = text.parse().ok()?;
    let exact = format!("{number:.EXACT_DIGITS$}");
    let exact = exact.trim_end_matches('0').trim_end_matches('.');
    (exact == text).then_some(number)
}

/// Checks that a condition compares columns of the table with values that fit them, and is of a bounded size.
///
/// # Errors
///
/// `INVALID_ARGUMENT` with the column, `LIMIT_EXCEEDED`.
pub(crate) fn check_condition(condition: &Condition, schema: &TableSchema) -> Result<()> {
    condition.check_size()?;
    check_parts(condition, schema)
}

fn check_parts(condition: &Condition, schema: &TableSchema) -> Result<()> {
    let fit = |column: &str, values: &[&Literal], is_ordered| {
        let column = named(schema, column)?;
        if is_ordered {
            check_ordered(column)?;
        }
        let mut values = values.iter();
        values.try_for_each(|value| check_value(value, column))
    };
    match condition {
        Condition::Compare {
            column,
            comparison,
            value,
        } => {
            let is_ordered = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
            fit(column, &[value], is_ordered)
        }
        Condition::In { column, values } => fit(column, &values.iter().collect::<Vec<_>>(), false),
        Condition::Between { column, low, high } => fit(column, &[low, high], true),
        Condition::StartsWith { column, .. } => check_text(named(schema, column)?),
        Condition::IsNull { column } => named(schema, column).map(drop),
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().try_for_each(|part| check_parts(part, schema))
        }
        Condition::Not(inner) => check_parts(inner, schema),
    }
}

/// Refuses columns whose values have no order. Errors: `INVALID_ARGUMENT`.
pub(crate) fn check_ordered(column: &TableColumn) -> Result<()> {
    match column.column_type {
        ColumnType::Boolean => {
            let column = Quoted(&column.name);
            Err(invalid(msg::ConditionWithoutOrder { column }))
        }
        _ => Ok(()),
    }
}

/// Refuses columns that are no text. Errors: `INVALID_ARGUMENT`.
pub(crate) fn check_text(column: &TableColumn) -> Result<()> {
    if column.column_type == ColumnType::Text {
        return Ok(());
    }
    let column_type = column.column_type.label();
    let column = Quoted(&column.name);
    Err(invalid(msg::ConditionOfTexts {
        column,
        column_type,
    }))
}

fn check_value(value: &Literal, column: &TableColumn) -> Result<()> {
    match fits(value, column.column_type) {
        true => Ok(()),
        false => Err(invalid(unfit(&value_text(value), column))),
    }
}

/// Says that a value as people write it is not one that the column is compared with, and which are.
pub(crate) fn unfit(value: &str, column: &TableColumn) -> Message {
    let expected: Message = match column.column_type {
        ColumnType::Boolean => msg::ConditionExpectsBoolean.into(),
        ColumnType::Integer | ColumnType::Decimal => msg::ConditionExpectsNumber.into(),
        ColumnType::Float => msg::ConditionExpectsFloat.into(),
        ColumnType::Text => msg::ConditionExpectsText.into(),
        ColumnType::Date => msg::ConditionExpectsDate.into(),
        ColumnType::Timestamp if column.is_zoned() => msg::ConditionExpectsInstant.into(),
        ColumnType::Timestamp => msg::ConditionExpectsTimestamp.into(),
        ColumnType::Bytes | ColumnType::Time | ColumnType::Other => {
            msg::ConditionExpectsNull.into()
        }
    };
    let message = msg::ConditionValueUnfit {
        column: Quoted(&column.name),
        column_type: column.column_type.label(),
        expected,
        value: Quoted(value),
    };
    message.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_floating_point_column_is_compared_with_numbers_that_it_can_hold() {
        let number = |text: &str| match text.parse() {
            Ok(integer) => Literal::Integer(integer),
            Err(_) => Literal::Decimal(text.parse().unwrap()),
        };
        for (text, expected) in [
            ("0", 0.0),
            ("-12.25", -12.25),
            ("9007199254740992", 9_007_199_254_740_992.0),
            ("9223372036854775808", 9_223_372_036_854_775_808.0),
        ] {
            assert_eq!(exact_float(&number(text)), Some(expected), "{text}");
        }
        for text in ["0.1", "9007199254740993", "12.345678901234567"] {
            assert_eq!(exact_float(&number(text)), None, "{text}");
        }
    }
}
