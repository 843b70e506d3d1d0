//! The values of conditions: as they are written, and as values of the column that they are compared with.

use chengji_domain::request::terms::Literal;
use chengji_domain::table::{ColumnType, TableColumn};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::column::fits;

/// Length of a date: YYYY-MM-DD.
const DATE: usize = 10;

/// A value as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// `TRUE` or `FALSE`.
    Boolean(bool),
    /// Digits, perhaps with a sign and a point.
    Number(String),
    /// A text.
    Text(String),
    /// The text after `DATE`.
    Date(String),
    /// The text after `TIMESTAMP`.
    Timestamp(String),
}

impl Written {
    /// Returns the value without its quotation marks.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Boolean(true) => "TRUE",
            Self::Boolean(false) => "FALSE",
            Self::Number(text) | Self::Text(text) | Self::Date(text) | Self::Timestamp(text) => {
                text
            }
        }
    }
}

/// Makes a value of the column's type; `None` if it is none.
pub(crate) fn literal(written: &Written, column: &TableColumn) -> Option<Literal> {
    let value = match (column.column_type, written) {
        (ColumnType::Boolean, Written::Boolean(truth)) => Literal::Boolean(*truth),
        (ColumnType::Integer | ColumnType::Decimal | ColumnType::Float, Written::Number(text)) => {
            number(text)?
        }
        (ColumnType::Text, Written::Text(text)) => Literal::Text(text.clone()),
        (ColumnType::Date, Written::Text(text) | Written::Date(text)) => Literal::Date(date(text)?),
        (ColumnType::Timestamp, Written::Text(text) | Written::Timestamp(text)) => {
            Literal::Time(instant(text, column.is_zoned())?)
        }
        _ => return None,
    };
    fits(&value, column.column_type).then_some(value)
}

/// Makes a number of digits, perhaps with a sign and a point, in its canonical form.
fn number(text: &str) -> Option<Literal> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let fraction = fraction.trim_end_matches('0');
    let canonical = match fraction {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    };
    match canonical.parse::<i64>() {
        Ok(integer) => Some(Literal::Integer(integer)),
        Err(_) => canonical.parse().ok().map(Literal::Decimal),
    }
}

fn date(text: &str) -> Option<Date> {
    let date: Date = text.parse().ok()?;
    (date.to_string() == text).then_some(date)
}

/// Makes an instant of a date with a time of day. A column without a zone is compared as if it were in UTC.
fn instant(text: &str, is_zoned: bool) -> Option<Timestamp> {
    let of_day = text.get(DATE..)?;
    if of_day.contains('[') {
        return None;
    }
    let has_offset = of_day.contains(['Z', 'z', '+', '-']);
    if is_zoned {
        return has_offset.then(|| text.parse().ok()).flatten();
    }
    let text = text.strip_suffix('Z').unwrap_or(text);
    if text.get(DATE..)?.contains(['Z', 'z', '+', '-']) {
        return None;
    }
    let civil: DateTime = text.parse().ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
}
