//! Values in the binary form of the server.

use super::numeric::Numeric;
use crate::database::unfit::Unfit;

/// Days from 1970-01-01 to 2000-01-01, from which the server counts.
const DAYS: i32 = 10_957;
/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;
/// Microseconds from 1970-01-01 to 2000-01-01.
const EPOCH: i64 = DAYS as i64 * DAY;

pub(super) fn boolean(value: &[u8]) -> Result<bool, Unfit> {
    match value {
        [0] => Ok(false),
        [1] => Ok(true),
        _ => Err(Unfit::Malformed),
    }
}

/// Reads an integer of 16, 32 or 64 bits.
pub(super) fn integer(value: &[u8]) -> Result<i64, Unfit> {
    match *value {
        [a, b] => Ok(i16::from_be_bytes([a, b]).into()),
        [a, b, c, d] => Ok(i32::from_be_bytes([a, b, c, d]).into()),
        _ => wide(value),
    }
}

/// Reads a floating-point number of 32 or 64 bits.
pub(super) fn float(value: &[u8]) -> Result<f64, Unfit> {
    match *value {
        [a, b, c, d] => Ok(f32::from_be_bytes([a, b, c, d]).into()),
        _ => value
            .try_into()
            .map(f64::from_be_bytes)
            .map_err(|_| Unfit::Malformed),
    }
}

/// Reads a decimal number as units with `scale` digits after the point.
pub(super) fn decimal(value: &[u8], scale: u8) -> Result<i128, Unfit> {
    Numeric::read(value)?.units(scale)
}

/// Reads a decimal number as its text.
pub(super) fn decimal_text(value: &[u8]) -> Result<String, Unfit> {
    Ok(Numeric::read(value)?.text())
}

pub(super) fn text(value: &[u8]) -> Result<&str, Unfit> {
    std::str::from_utf8(value).map_err(|_| Unfit::NotText)
}

/// Reads a date as days from 1970-01-01.
pub(super) fn date(value: &[u8]) -> Result<i32, Unfit> {
    let days = value.try_into().map(i32::from_be_bytes);
    match days.map_err(|_| Unfit::Malformed)? {
        i32::MIN | i32::MAX => Err(Unfit::NotFinite),
        days => days.checked_add(DAYS).ok_or(Unfit::OutOfRange),
    }
}

/// Reads a time of a day as microseconds from midnight; 24:00 is none.
pub(super) fn time(value: &[u8]) -> Result<i64, Unfit> {
    match wide(value)? {
        time if (0..DAY).contains(&time) => Ok(time),
        _ => Err(Unfit::OutOfRange),
    }
}

/// Reads a timestamp as microseconds from 1970-01-01.
pub(super) fn timestamp(value: &[u8]) -> Result<i64, Unfit> {
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
    use super::*;

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
