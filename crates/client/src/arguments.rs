//! Parsers of command-line values, whose errors are messages.

use std::fmt::Display;
use std::ops::{Bound, RangeBounds};
use std::str::FromStr;

use chengji_domain::time::read;
use chengji_domain::{Error, ErrorCode, Quoted, Result};
use chengji_messages::{Message, Value, msg};
use jiff::Timestamp;
use jiff::civil::Date;

/// Reads a whole number within bounds.
pub fn within<N>(
    bounds: impl RangeBounds<N> + Clone + Send + Sync,
) -> impl Fn(&str) -> Result<N> + Clone + Send + Sync
where
    N: FromStr + PartialOrd + Copy + Into<Value> + Display,
{
    move |text| {
        let number: N = text.parse().map_err(|_| refused(msg::NotWholeNumber))?;
        if bounds.contains(&number) {
            return Ok(number);
        }
        let Bound::Included(least) = bounds.start_bound() else {
            return Err(refused(msg::NotWholeNumber));
        };
        Err(match bounds.end_bound() {
            Bound::Included(most) => refused(msg::NumberOutOfRange {
                least: *least,
                most: *most,
                number,
            }),
            _ => refused(msg::NumberTooSmall {
                least: *least,
                number,
            }),
        })
    }
}

/// Reads a time: RFC 3339, at +08:00 without an offset; a date alone is the end of that day.
pub fn time(text: &str) -> Result<Timestamp> {
    read(text).ok_or_else(|| refused(msg::TimeMalformed))
}

/// Reads a date, such as 2026-12-31.
pub fn date(text: &str) -> Result<Date> {
    let date = text.parse();
    date.map_err(|_| refused(msg::WireDateMalformed { text: Quoted(text) }))
}

/// An error about a value on the command line.
pub fn refused(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::InvalidArgument, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_outside_its_bounds_is_refused_with_them() {
        assert_eq!(within::<u32>(1..=9)("9"), Ok(9));
        assert_eq!(
            within::<u32>(1..=9)("10"),
            Err(refused(msg::NumberOutOfRange {
                least: 1,
                most: 9,
                number: 10
            }))
        );
        assert_eq!(
            within::<u32>(1..)("0"),
            Err(refused(msg::NumberTooSmall {
                least: 1,
                number: 0
            }))
        );
        assert_eq!(within::<u32>(1..)("x"), Err(refused(msg::NotWholeNumber)));
    }
}
