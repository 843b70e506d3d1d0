//! Values in the binary form of the server.

use mysql_async::Value;

use super::column::Reading;
use crate::database::batches::{Cell, MAX_VALUE_BYTES};
use crate::database::column::MAX_DIGITS;
use crate::database::unfit::Unfit;

/// Bytes of the number of the coordinate system before the WKB of a geometry.
const SYSTEM: usize = 4;
/// Seconds of a day.
const DAY_SECONDS: i64 = 86_400;
const MICROS: i64 = 1_000_000;

/// Reads a value of a column; `None` is one that is missing.
pub(super) fn cell(value: Option<&Value>, reading: Reading) -> Result<Cell<'_>, Unfit> {
    let value = match value {
        None => return Err(Unfit::Malformed),
        Some(Value::NULL) => return Ok(Cell::Null),
        Some(Value::Bytes(bytes)) if bytes.len() > MAX_VALUE_BYTES => {
            return Err(Unfit::TooLong(MAX_VALUE_BYTES));
        }
        Some(value) => value,
    };
    Ok(match reading {
        Reading::Boolean => Cell::Boolean(boolean(value)?),
        Reading::Integer => Cell::Integer(integer(value)?),
        Reading::Whole => Cell::Decimal(whole(value)?),
        Reading::Decimal(scale) => Cell::Decimal(decimal(value, scale)?),
        Reading::DecimalText => Cell::Text(decimal_text(value)?.into()),
        Reading::Float => Cell::Float(float(value)?),
        Reading::Text | Reading::Other => Cell::Text(text(value)?.into()),
        Reading::Bits(width) => Cell::Text(bits(value, width)?.into()),
        Reading::Bytes => Cell::Bytes(bytes(value)?),
        Reading::Geometry => Cell::Bytes(geometry(value)?),
        Reading::Date => Cell::Date(date(value)?),
        Reading::Time => Cell::Time(time(value)?),
        Reading::Timestamp | Reading::ZonedTimestamp => Cell::Timestamp(timestamp(value)?),
    })
}

/// Reads a `bit(1)`.
fn boolean(value: &Value) -> Result<bool, Unfit> {
    match bytes(value)? {
        [0] => Ok(false),
        [1] => Ok(true),
        _ => Err(Unfit::Malformed),
    }
}

/// Reads an integer that 64 bits hold with a sign.
fn integer(value: &Value) -> Result<i64, Unfit> {
    i64::try_from(whole(value)?).map_err(|_| Unfit::OutOfRange)
}

/// Reads an integer with or without a sign.
fn whole(value: &Value) -> Result<i128, Unfit> {
    match *value {
        Value::Int(number) => Ok(number.into()),
        Value::UInt(number) => Ok(number.into()),
        _ => Err(Unfit::Malformed),
    }
}

/// Reads a floating-point number of 32 or 64 bits.
fn float(value: &Value) -> Result<f64, Unfit> {
    match *value {
        Value::Float(number) => Ok(number.into()),
        Value::Double(number) => Ok(number),
        _ => Err(Unfit::Malformed),
    }
}

/// Reads a decimal number, which comes as text, as units with `scale` digits after the point.
fn decimal(value: &Value, scale: u8) -> Result<i128, Unfit> {
    let (is_negative, integer, fraction) = parts(value)?;
    let scale = usize::from(scale);
    if fraction.len() > scale {
        return Err(Unfit::OutOfRange);
    }
    let padding = std::iter::repeat_n(b'0', scale - fraction.len());
    let mut units = 0_i128;
    for digit in integer.iter().chain(fraction).copied().chain(padding) {
        let digit = i128::from(digit - b'0');
        let next = units.checked_mul(10).and_then(|n| n.checked_add(digit));
        units = next.ok_or(Unfit::OutOfRange)?;
    }
    if units >= 10_i128.pow(MAX_DIGITS.into()) {
        return Err(Unfit::OutOfRange);
    }
    Ok(if is_negative { -units } else { units })
}

/// Reads a decimal number as its text. Zeros that fill it at its beginning are no part of it.
fn decimal_text(value: &Value) -> Result<String, Unfit> {
    let (is_negative, integer, fraction) = parts(value)?;
    let filled = integer.iter().take_while(|digit| **digit == b'0').count();
    let integer = &integer[filled.min(integer.len() - 1)..];
    let mut digits = String::new();
    if is_negative {
        digits.push('-');
    }
    digits.extend(integer.iter().copied().map(char::from));
    if !fraction.is_empty() {
        digits.push('.');
        digits.extend(fraction.iter().copied().map(char::from));
    }
    Ok(digits)
}

/// Splits the text of a decimal number into its sign, the digits before the point, of which there is one at least, and
/// those after it.
fn parts(value: &Value) -> Result<(bool, &[u8], &[u8]), Unfit> {
    let text = bytes(value)?;
    let (is_negative, digits) = match text.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (integer, fraction) = match digits.iter().position(|byte| *byte == b'.') {
        Some(point) => (&digits[..point], &digits[point + 1..]),
        None => (digits, &[][..]),
    };
    let are_digits = integer.iter().chain(fraction).all(u8::is_ascii_digit);
    if integer.is_empty() || !are_digits {
        return Err(Unfit::Malformed);
    }
    Ok((is_negative, integer, fraction))
}

fn text(value: &Value) -> Result<&str, Unfit> {
    std::str::from_utf8(bytes(value)?).map_err(|_| Unfit::NotText)
}

fn bytes(value: &Value) -> Result<&[u8], Unfit> {
    match value {
        Value::Bytes(bytes) => Ok(bytes),
        _ => Err(Unfit::Malformed),
    }
}

/// Reads a `bit(n)` as `n` digits, 0 or 1.
fn bits(value: &Value, width: u8) -> Result<String, Unfit> {
    let bytes = bytes(value)?;
    if bytes.len() > 8 {
        return Err(Unfit::Malformed);
    }
    let number = bytes
        .iter()
        .fold(0_u64, |n, byte| (n << 8) | u64::from(*byte));
    let width = usize::from(width);
    let digits = format!("{number:0width$b}");
    match digits.len() == width {
        true => Ok(digits),
        false => Err(Unfit::Malformed),
    }
}

/// Reads a geometry as its WKB.
fn geometry(value: &Value) -> Result<&[u8], Unfit> {
    let (_, wkb) = bytes(value)?
        .split_at_checked(SYSTEM)
        .ok_or(Unfit::Malformed)?;
    Ok(wkb)
}

/// Reads a date as days from 1970-01-01.
fn date(value: &Value) -> Result<i32, Unfit> {
    match *value {
        Value::Date(year, month, day, ..) => days(year, month, day),
        _ => Err(Unfit::Malformed),
    }
}

/// Reads a time of a day as microseconds from midnight. The type holds durations beyond a day, which are none.
fn time(value: &Value) -> Result<i64, Unfit> {
    let Value::Time(is_negative, days, hour, minute, second, micro) = *value else {
        return Err(Unfit::Malformed);
    };
    let time = clock(hour, minute, second, micro)?;
    match days > 0 || (is_negative && time > 0) {
        true => Err(Unfit::OutOfRange),
        false => Ok(time),
    }
}

/// Reads a timestamp as microseconds from 1970-01-01.
fn timestamp(value: &Value) -> Result<i64, Unfit> {
    let Value::Date(year, month, day, hour, minute, second, micro) = *value else {
        return Err(Unfit::Malformed);
    };
    let days = i64::from(days(year, month, day)?);
    Ok(days * DAY_SECONDS * MICROS + clock(hour, minute, second, micro)?)
}

fn clock(hour: u8, minute: u8, second: u8, micro: u32) -> Result<i64, Unfit> {
    let micro = i64::from(micro);
    if hour > 23 || minute > 59 || second > 59 || micro >= MICROS {
        return Err(Unfit::Malformed);
    }
    let minutes = i64::from(hour) * 60 + i64::from(minute);
    Ok((minutes * 60 + i64::from(second)) * MICROS + micro)
}

/// Days from 1970-01-01 to a day, if there is such a day. Years begin in March here, so that a leap day is the last.
fn days(year: u16, month: u8, day: u8) -> Result<i32, Unfit> {
    let (year, month, day) = (i32::from(year), i32::from(month), i32::from(day));
    if !(1..=12).contains(&month) || !(1..=length(year, month)).contains(&day) {
        return Err(Unfit::NoSuchDay);
    }
    let (year, month) = match month {
        1 | 2 => (year - 1, month + 9),
        _ => (year, month - 3),
    };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let before_month = (153 * month + 2) / 5;
    Ok(year * 365 + leap_days + before_month + day - 1 - 719_468)
}

/// The number of days of a month.
fn length(year: i32, month: i32) -> i32 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::Array as _;
    use arrow_array::cast::AsArray;
    use arrow_array::types::Decimal128Type;
    use jiff::civil;
    use proptest::prelude::*;

    use super::*;
    use crate::database::batches::Batches;
    use crate::database::column::ReadAs;
    use crate::mysql::column::Column;

    fn written(text: &str) -> Value {
        Value::Bytes(text.as_bytes().to_vec())
    }

    #[test]
    fn values_of_all_readings_become_columns_of_their_type() {
        let bytes = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
        let day = Value::Date(2026, 11, 28, 0, 0, 0, 0);
        let read = [
            (Reading::Boolean, bytes(&[1])),
            (Reading::Integer, Value::Int(-2)),
            (Reading::Whole, Value::UInt(u64::MAX)),
            (Reading::Decimal(10), written("-12.5")),
            (Reading::DecimalText, written("-12.5")),
            (Reading::Float, Value::Float(0.5)),
            (Reading::Text, written("a")),
            (Reading::Bits(3), bytes(&[5])),
            (Reading::Bytes, written("b")),
            (Reading::Geometry, bytes(&[0; 9])),
            (Reading::Date, day.clone()),
            (Reading::Time, Value::Time(false, 0, 1, 0, 0, 0)),
            (Reading::Timestamp, day.clone()),
            (Reading::ZonedTimestamp, day),
            (Reading::Other, written("{}")),
        ];
        let columns = read.iter().map(|(reading, _)| Column {
            name: "c".to_owned(),
            reading: *reading,
            is_nullable: true,
            native_type: String::new(),
            max_length: None,
            comment: String::new(),
        });
        let mut batches = Batches::of(&columns.collect::<Vec<_>>());
        let added = batches.add(|number, reading| cell(Some(&read[number].1), reading));
        added.unwrap();
        let null = Value::NULL;
        let added = batches.add(|_, reading| cell(Some(&null), reading));
        added.unwrap();
        let batch = batches.take().unwrap().unwrap();
        for (array, (reading, _)) in batch.columns().iter().zip(&read) {
            assert_eq!(array.data_type(), &reading.data_type());
            assert_eq!((array.len(), array.null_count()), (2, 1), "{reading:?}");
        }
        let units = |column: usize| {
            let column = batch.column(column);
            column.as_primitive::<Decimal128Type>().value(0)
        };
        assert_eq!((units(2), units(3)), (u64::MAX.into(), -125_000_000_000));
        assert_eq!(batch.column(7).as_string::<i32>().value(0), "101");
        assert_eq!(batch.column(9).as_binary::<i32>().value(0).len(), 5);
    }

    #[test]
    fn a_value_has_a_maximum_length_and_is_there() {
        let long = Value::Bytes(vec![0; MAX_VALUE_BYTES + 1]);
        let read = |value| cell(value, Reading::Text).err();
        assert_eq!(read(Some(&long)), Some(Unfit::TooLong(MAX_VALUE_BYTES)));
        assert_eq!(read(None), Some(Unfit::Malformed));
    }

    #[test]
    fn numbers_without_a_sign_are_exact() {
        let large = Value::UInt(u64::MAX);
        assert_eq!(whole(&large), Ok(u64::MAX.into()));
        assert_eq!(integer(&large), Err(Unfit::OutOfRange));
        assert_eq!(integer(&Value::Int(i64::MIN)), Ok(i64::MIN));
        assert_eq!(integer(&Value::Double(1.0)), Err(Unfit::Malformed));
        assert_eq!(float(&Value::Float(0.5)), Ok(0.5));
    }

    #[test]
    fn decimal_numbers_have_at_most_38_digits() {
        assert_eq!(decimal(&written("-12.50"), 2), Ok(-1_250));
        assert_eq!(decimal(&written("0012.5"), 3), Ok(12_500));
        let most = "9".repeat(38);
        assert_eq!(decimal(&written(&most), 0), Ok(10_i128.pow(38) - 1));
        assert_eq!(decimal(&written(&most), 1), Err(Unfit::OutOfRange));
        assert_eq!(decimal(&written("1.25"), 1), Err(Unfit::OutOfRange));
        for text in ["", "-", ".5", "1e3", "1.2.3", "１"] {
            assert_eq!(decimal(&written(text), 9), Err(Unfit::Malformed), "{text}");
        }
        for (text, read) in [("-0001.50", "-1.50"), ("000", "0"), ("0.10", "0.10")] {
            assert_eq!(decimal_text(&written(text)).as_deref(), Ok(read));
        }
    }

    #[test]
    fn bits_are_read_as_digits() {
        let value = Value::Bytes(vec![0b10, 0b101]);
        assert_eq!(bits(&value, 10).as_deref(), Ok("1000000101"));
        assert_eq!(bits(&Value::Bytes(vec![1]), 3).as_deref(), Ok("001"));
        for (value, width) in [(vec![8], 3), (vec![0; 9], 64)] {
            let read = bits(&Value::Bytes(value), width);
            assert_eq!(read, Err(Unfit::Malformed));
        }
        assert_eq!(boolean(&Value::Bytes(vec![1])), Ok(true));
        assert_eq!(boolean(&Value::Bytes(vec![2])), Err(Unfit::Malformed));
    }

    #[test]
    fn texts_are_utf_8_and_geometries_begin_after_their_system() {
        assert_eq!(text(&written("城际")), Ok("城际"));
        let gbk = Value::Bytes(vec![0xb3, 0xc7]);
        assert_eq!(text(&gbk), Err(Unfit::NotText));
        assert_eq!(geometry(&gbk), Err(Unfit::Malformed));
        let point = Value::Bytes(vec![0xe6, 0x10, 0, 0, 1, 1]);
        assert_eq!(geometry(&point), Ok(&[1, 1][..]));
    }

    #[test]
    fn days_that_there_are_not_are_refused() {
        for (year, month, day) in [(0, 0, 0), (2026, 0, 1), (2026, 2, 29), (1900, 2, 29)] {
            let value = Value::Date(year, month, day, 0, 0, 0, 0);
            assert_eq!(date(&value), Err(Unfit::NoSuchDay));
            assert_eq!(timestamp(&value), Err(Unfit::NoSuchDay));
        }
        let second = Value::Date(1970, 1, 1, 0, 0, 1, 1);
        assert_eq!(timestamp(&second), Ok(1_000_001));
    }

    #[test]
    fn durations_beyond_a_day_are_no_times_of_one() {
        let last = Value::Time(false, 0, 23, 59, 59, 999_999);
        assert_eq!(time(&last), Ok(DAY_SECONDS * MICROS - 1));
        let long = Value::Time(false, 34, 22, 59, 59, 0);
        assert_eq!(time(&long), Err(Unfit::OutOfRange));
        let negative = Value::Time(true, 0, 1, 0, 0, 0);
        assert_eq!(time(&negative), Err(Unfit::OutOfRange));
        let malformed = Value::Time(false, 0, 24, 0, 0, 0);
        assert_eq!(time(&malformed), Err(Unfit::Malformed));
    }

    proptest! {
        #[test]
        fn days_are_those_of_the_calendar(year in 0_u16..=9999, month in 0_u8..=13, day in 0_u8..=32) {
            let (y, m, d) = (year.cast_signed(), month.cast_signed(), day.cast_signed());
            let expected = civil::Date::new(y, m, d);
            let expected = expected.map(|date| (date - civil::date(1970, 1, 1)).get_days());
            prop_assert_eq!(days(year, month, day).ok(), expected.ok());
        }

        #[test]
        fn no_text_makes_a_number_panic(text in "[-0-9.]{0,60}", scale in 0_u8..=38) {
            let value = written(&text);
            let _ = (decimal(&value, scale), decimal_text(&value));
        }
    }
}
