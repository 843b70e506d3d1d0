//! Reads values from the texts that the program writes.

use arrow_schema::DataType;
use chengji_odbc_dialog::{Cell as Sent, Column, Kind};

use crate::database::batches::Cell;
use crate::database::unfit::Unfit;
use crate::decimal::Decimal;
use crate::moments;

/// How the values of a column are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    kind: Kind,
    /// Digits after the point of decimal numbers; `None` for those that become texts.
    scale: Option<i8>,
    /// Maximum number of bytes of a value.
    most: usize,
}

impl Reading {
    /// Returns how the values of a column are read that has this type in batches.
    pub(super) fn of(column: &Column, data_type: &DataType) -> Self {
        let scale = match data_type {
            DataType::Decimal128(_, scale) => Some(*scale),
            _ => None,
        };
        Self {
            kind: column.kind(),
            scale,
            most: usize::try_from(column.most).unwrap_or(usize::MAX),
        }
    }
}

/// Reads a value of a column; `None` is one that is missing.
pub(super) fn cell(value: Option<Sent<'_>>, reading: Reading) -> Result<Cell<'_>, Unfit> {
    let value = match value.ok_or(Unfit::Malformed)? {
        Sent::Null => return Ok(Cell::Null),
        Sent::NotText => return Err(Unfit::NotText),
        Sent::TooLong => return Err(Unfit::TooLong(reading.most)),
        Sent::Value(value) => value,
    };
    Ok(match (reading.kind, reading.scale) {
        (Kind::Boolean, _) => Cell::Boolean(boolean(value)?),
        (Kind::Integer, _) => Cell::Integer(integer(value)?),
        (Kind::Decimal, Some(scale)) => Cell::Decimal(units(value, scale)?),
        (Kind::Decimal, None) => Cell::Text(decimal_text(value)?.into()),
        (Kind::Float, _) => Cell::Float(float(value)?),
        (Kind::Text | Kind::Other, _) => Cell::Text(text(value)?.into()),
        (Kind::Bytes, _) => Cell::Bytes(value),
        (Kind::Date, _) => Cell::Date(date(value)?),
        (Kind::Time, _) => Cell::Time(time(value)?),
        (Kind::Timestamp, _) => Cell::Timestamp(timestamp(value)?),
    })
}

/// Reads a text.
fn text(value: &[u8]) -> Result<&str, Unfit> {
    std::str::from_utf8(value).map_err(|_| Unfit::NotText)
}

/// Reads `0` or `1`.
fn boolean(value: &[u8]) -> Result<bool, Unfit> {
    match value {
        b"0" => Ok(false),
        b"1" => Ok(true),
        _ => Err(Unfit::Malformed),
    }
}

/// Reads an integer.
fn integer(value: &[u8]) -> Result<i64, Unfit> {
    let number = decimal(value)?.unscaled(0);
    let number = number.and_then(|number| i64::try_from(number).ok());
    number.ok_or(Unfit::OutOfRange)
}

/// Reads a decimal number as an integer of units with `scale` digits after the point.
fn units(value: &[u8], scale: i8) -> Result<i128, Unfit> {
    let scale = usize::try_from(scale).unwrap_or_default();
    decimal(value)?.unscaled(scale).ok_or(Unfit::OutOfRange)
}

/// Reads a decimal number as its text in canonical form.
fn decimal_text(value: &[u8]) -> Result<String, Unfit> {
    decimal(value).map(|number| number.to_string())
}

/// Reads a floating-point number.
fn float(value: &[u8]) -> Result<f64, Unfit> {
    let number: f64 = text(value)?.parse().map_err(|_| Unfit::Malformed)?;
    match number.is_finite() {
        true => Ok(number),
        false => Err(Unfit::NotFinite),
    }
}

/// Reads a date as days from 1970-01-01.
fn date(value: &[u8]) -> Result<i32, Unfit> {
    moments::day(text(value)?).ok_or(Unfit::NoSuchDay)
}

/// Reads a time of a day as microseconds from midnight.
fn time(value: &[u8]) -> Result<i64, Unfit> {
    moments::time_of_day(text(value)?).ok_or(Unfit::OutOfRange)
}

/// Reads a timestamp as microseconds from 1970-01-01.
fn timestamp(value: &[u8]) -> Result<i64, Unfit> {
    let text = text(value)?;
    let day = text.get(..10).ok_or(Unfit::Malformed)?;
    moments::day(day).ok_or(Unfit::NoSuchDay)?;
    moments::local_time(text).ok_or(Unfit::OutOfRange)
}

/// Reads a decimal number. Some drivers fill it with blanks, or leave out the zero before the point.
fn decimal(value: &[u8]) -> Result<Decimal, Unfit> {
    let text = text(value)?.trim_matches(' ');
    let without = match text.strip_prefix('-') {
        Some(digits) if digits.starts_with('.') => Some(format!("-0{digits}")),
        None if text.starts_with('.') => Some(format!("0{text}")),
        _ => None,
    };
    Decimal::parse(without.as_deref().unwrap_or(text)).ok_or(Unfit::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact_or_refused() {
        assert_eq!(integer(b"-9223372036854775808"), Ok(i64::MIN));
        assert_eq!(integer(b" 7 "), Ok(7));
        assert_eq!(integer(b"9223372036854775808"), Err(Unfit::OutOfRange));
        assert_eq!(integer(b"1.5"), Err(Unfit::OutOfRange));
        assert_eq!(integer(b"x"), Err(Unfit::Malformed));
        assert_eq!(units(b"-.5", 2), Ok(-50));
        assert_eq!(units(b".25", 2), Ok(25));
        assert_eq!(units(b"1.255", 2), Err(Unfit::OutOfRange));
        assert_eq!(decimal_text(b"007.50").as_deref(), Ok("7.5"));
        assert_eq!(float(b"0.5"), Ok(0.5));
        assert_eq!(float(b"NaN"), Err(Unfit::NotFinite));
        assert_eq!(boolean(b"1"), Ok(true));
        assert_eq!(boolean(b"2"), Err(Unfit::Malformed));
        assert_eq!(text(&[0xff]), Err(Unfit::NotText));
    }

    #[test]
    fn times_count_from_1970() {
        assert_eq!(date(b"1970-01-02"), Ok(1));
        assert_eq!(date(b"0000-00-00"), Err(Unfit::NoSuchDay));
        assert_eq!(time(b"00:00:01.000002"), Ok(1_000_002));
        assert_eq!(time(b"25:00:00"), Err(Unfit::OutOfRange));
        assert_eq!(timestamp(b"1970-01-01 00:00:01.000002000"), Ok(1_000_002));
        let zero = timestamp(b"0000-00-00 00:00:00.000000000");
        assert_eq!(zero, Err(Unfit::NoSuchDay));
        // A fraction of a microsecond is not cut off.
        let fine = timestamp(b"1970-01-01 00:00:00.000000001");
        assert_eq!(fine, Err(Unfit::OutOfRange));
        assert_eq!(timestamp(b""), Err(Unfit::Malformed));
    }
}
