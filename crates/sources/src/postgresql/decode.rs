//! Values in the binary form of the server.

use super::column::Reading;
use super::numeric::Numeric;
use crate::database::batches::{Cell, MAX_VALUE_BYTES};
use crate::database::unfit::Unfit;

/// Days from 1970-01-01 to 2000-01-01, from which the server counts.
const DAYS: i32 = 10_957;
/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;
/// Microseconds from 1970-01-01 to 2000-01-01.
const EPOCH: i64 = DAYS as i64 * DAY;

/// Reads a value of a column; `None` is NULL.
pub(super) fn cell(value: Option<&[u8]>, reading: Reading) -> Result<Cell<'_>, Unfit> {
    let value = match value {
        None => return Ok(Cell::Null),
        Some(value) if value.len() > MAX_VALUE_BYTES => {
            return Err(Unfit::TooLong(MAX_VALUE_BYTES));
        }
        Some(value) => value,
    };
    Ok(match reading {
        Reading::Boolean => Cell::Boolean(boolean(value)?),
        Reading::Integer => Cell::Integer(integer(value)?),
        Reading::Decimal(scale) => Cell::Decimal(Numeric::read(value)?.units(scale)?),
        Reading::DecimalText => Cell::Text(Numeric::read(value)?.text().into()),
        Reading::Float => Cell::Float(float(value)?),
        Reading::Text | Reading::Other => Cell::Text(text(value)?.into()),
        Reading::Bytes => Cell::Bytes(value),
        Reading::Date => Cell::Date(date(value)?),
        Reading::Time => Cell::Time(time(value)?),
        Reading::Timestamp | Reading::ZonedTimestamp => Cell::Timestamp(timestamp(value)?),
    })
}

fn boolean(value: &[u8]) -> Result<bool, Unfit> {
    match value {
        [0] => Ok(false),
        [1] => Ok(true),
        _ => Err(Unfit::Malformed),
    }
}

/// Reads an integer of 16, 32 or 64 bits.
fn integer(value: &[u8]) -> Result<i64, Unfit> {
    match *value {
        [a, b] => Ok(i16::from_be_bytes([a, b]).into()),
        [a, b, c, d] => Ok(i32::from_be_bytes([a, b, c, d]).into()),
        _ => wide(value),
    }
}

/// Reads a floating-point number of 32 or 64 bits.
fn float(value: &[u8]) -> Result<f64, Unfit> {
    match *value {
        [a, b, c, d] => Ok(f32::from_be_bytes([a, b, c, d]).into()),
        _ => value
            .try_into()
            .map(f64::from_be_bytes)
            .map_err(|_| Unfit::Malformed),
    }
}

fn text(value: &[u8]) -> Result<&str, Unfit> {
    std::str::from_utf8(value).map_err(|_| Unfit::NotText)
}

/// Reads a date as days from 1970-01-01.
fn date(value: &[u8]) -> Result<i32, Unfit> {
    let days = value.try_into().map(i32::from_be_bytes);
    match days.map_err(|_| Unfit::Malformed)? {
        i32::MIN | i32::MAX => Err(Unfit::NotFinite),
        days => days.checked_add(DAYS).ok_or(Unfit::OutOfRange),
    }
}

/// Reads a time of a day as microseconds from midnight; 24:00 is none.
fn time(value: &[u8]) -> Result<i64, Unfit> {
    match wide(value)? {
        time if (0..DAY).contains(&time) => Ok(time),
        _ => Err(Unfit::OutOfRange),
    }
}

/// Reads a timestamp as microseconds from 1970-01-01.
fn timestamp(value: &[u8]) -> Result<i64, Unfit> {
    match wide(value)? {
        i64::MIN | i64::MAX => Err(Unfit::NotFinite),
        time => time.checked_add(EPOCH).ok_or(Unfit::OutOfRange),
    }
}

fn wide(value: &[u8]) -> Result<i64, Unfit> {
    let number = value.try_into().map(i64::from_be_bytes);
    number.map_err(|_| Unfit::Malformed)
}

#[cfg(test)]
mod tests {
    use arrow_array::Array as _;
    use arrow_array::cast::AsArray;
    use arrow_array::types::Decimal128Type;

    use super::*;
    use crate::database::batches::Batches;
    use crate::database::column::ReadAs;
    use crate::postgresql::column::Column;
    use crate::postgresql::numeric::tests::written;

    #[test]
    fn values_of_all_readings_become_columns_of_their_type() {
        let number = written(true, "12", "5");
        let (long, short) = ([0; 8], [0; 4]);
        let read: [(Reading, &[u8]); 12] = [
            (Reading::Boolean, &[1]),
            (Reading::Integer, &short),
            (Reading::Decimal(10), &number),
            (Reading::DecimalText, &number),
            (Reading::Float, &long),
            (Reading::Text, b"a"),
            (Reading::Bytes, b"b"),
            (Reading::Date, &short),
            (Reading::Time, &long),
            (Reading::Timestamp, &long),
            (Reading::ZonedTimestamp, &long),
            (Reading::Other, b"{}"),
        ];
        let columns = read.map(|(reading, _)| Column {
            name: "c".to_owned(),
            reading,
            is_nullable: true,
            native_type: String::new(),
            max_length: None,
            comment: String::new(),
        });
        let mut batches = Batches::of(&columns);
        let added = batches.add(|number, reading| cell(Some(read[number].1), reading));
        added.unwrap();
        batches.add(|_, reading| cell(None, reading)).unwrap();
        let batch = batches.take().unwrap().unwrap();
        for (array, (reading, _)) in batch.columns().iter().zip(read) {
            assert_eq!(array.data_type(), &reading.data_type());
            assert_eq!((array.len(), array.null_count()), (2, 1), "{reading:?}");
        }
        let units = batch.column(2).as_primitive::<Decimal128Type>().value(0);
        assert_eq!(units, -125_000_000_000);
        assert_eq!(batch.column(3).as_string::<i32>().value(0), "-12.5");
    }

    #[test]
    fn a_value_has_a_maximum_length() {
        let long = vec![0; MAX_VALUE_BYTES + 1];
        let read = |value| cell(Some(value), Reading::Text).err();
        assert_eq!(read(&long), Some(Unfit::TooLong(MAX_VALUE_BYTES)));
        assert_eq!(read(&long[1..]), None);
    }

    #[test]
    fn numbers_are_read_in_all_their_widths() {
        assert_eq!(integer(&(-2_i16).to_be_bytes()), Ok(-2));
        assert_eq!(integer(&i32::MIN.to_be_bytes()), Ok(i64::from(i32::MIN)));
        assert_eq!(integer(&i64::MAX.to_be_bytes()), Ok(i64::MAX));
        assert_eq!(integer(&[0; 3]), Err(Unfit::Malformed));
        assert_eq!(float(&1.5_f32.to_be_bytes()), Ok(1.5));
        assert_eq!(float(&0.1_f64.to_be_bytes()), Ok(0.1));
        assert_eq!(float(&[]), Err(Unfit::Malformed));
        assert_eq!(boolean(&[1]), Ok(true));
        assert_eq!(boolean(&[2]), Err(Unfit::Malformed));
    }

    #[test]
    fn times_count_from_1970() {
        assert_eq!(date(&(-DAYS).to_be_bytes()), Ok(0));
        assert_eq!(date(&i32::MAX.to_be_bytes()), Err(Unfit::NotFinite));
        assert_eq!(date(&(i32::MAX - 1).to_be_bytes()), Err(Unfit::OutOfRange));
        assert_eq!(timestamp(&1_i64.to_be_bytes()), Ok(946_684_800_000_001));
        assert_eq!(timestamp(&i64::MIN.to_be_bytes()), Err(Unfit::NotFinite));
        assert_eq!(
            timestamp(&(i64::MAX - 1).to_be_bytes()),
            Err(Unfit::OutOfRange)
        );
        assert_eq!(time(&(DAY - 1).to_be_bytes()), Ok(DAY - 1));
        assert_eq!(time(&DAY.to_be_bytes()), Err(Unfit::OutOfRange));
    }

    #[test]
    fn text_is_utf_8() {
        assert_eq!(text("城际".as_bytes()), Ok("城际"));
        assert_eq!(text(&[0xb3, 0xc7]), Err(Unfit::NotText));
    }
}
