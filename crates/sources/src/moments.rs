//! Dates and times as ISO 8601 texts, which is how SQLite, the programs that use it, and ODBC drivers write them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, date};
use jiff::tz::Offset;

/// Returns the day of a text such as `2026-01-31`, as days since 1 January 1970.
pub(crate) fn day(text: &str) -> Option<i32> {
    let day: Date = (text.len() == 10).then(|| text.parse().ok()).flatten()?;
    Some((day - date(1970, 1, 1)).get_days())
}

/// Returns the time of a text such as `08:30` or `08:30:00.25`, as microseconds since midnight.
pub(crate) fn time_of_day(text: &str) -> Option<i64> {
    let time: Time = is_clock(text).then(|| text.parse().ok()).flatten()?;
    let minutes = i64::from(time.hour()) * 60 + i64::from(time.minute());
    let seconds = minutes * 60 + i64::from(time.second());
    let micros = whole_micros(time.subsec_nanosecond().into())?;
    Some(seconds * 1_000_000 + micros)
}

/// Returns the time of a text such as `2026-01-31 08:30:00`, as microseconds since 1970 by the same clock.
pub(crate) fn local_time(text: &str) -> Option<i64> {
    let clock = text.get(10..)?;
    let is_local = clock.is_empty() || clock.starts_with([' ', 'T']) && is_clock(&clock[1..]);
    let time: DateTime = is_local.then(|| text.parse().ok()).flatten()?;
    since_1970(Offset::UTC.to_timestamp(time).ok()?)
}

/// Returns the time of a text such as `2026-01-31 08:30:00+08:00`, as microseconds since 1970.
pub(crate) fn moment(text: &str) -> Option<i64> {
    since_1970(text.parse().ok()?)
}

/// Returns true for hours, minutes and perhaps seconds without a zone.
fn is_clock(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_digit() || matches!(byte, b':' | b'.');
    text.contains(':') && text.bytes().all(is_part)
}

fn since_1970(time: Timestamp) -> Option<i64> {
    whole_micros(time.as_nanosecond())
}

fn whole_micros(nanos: i128) -> Option<i64> {
    let is_whole = nanos % 1_000 == 0;
    is_whole
        .then(|| i64::try_from(nanos / 1_000).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_read_as_iso_8601() {
        assert_eq!(day("1970-01-02"), Some(1));
        assert_eq!(day("1969-12-31"), Some(-1));
        assert_eq!(day("2026-11-28"), Some(20_785));
        assert_eq!(time_of_day("00:01"), Some(60_000_000));
        assert_eq!(time_of_day("00:00:01.000002"), Some(1_000_002));
        assert_eq!(local_time("1970-01-01"), Some(0));
        assert_eq!(local_time("1970-01-01 00:00:01.5"), Some(1_500_000));
        assert_eq!(local_time("1970-01-01T08:00"), Some(28_800_000_000));
        assert_eq!(moment("1970-01-01 08:00:00+08:00"), Some(0));
        assert_eq!(moment("1970-01-01T00:00:01Z"), Some(1_000_000));
    }

    #[test]
    fn other_forms_are_not_guessed() {
        for other in [
            "",
            "20260131",
            "2026-02-30",
            "2026/01/31",
            "2026-1-31",
            "长沙市",
        ] {
            assert_eq!(day(other), None, "{other}");
            assert_eq!(local_time(other), None, "{other}");
            assert_eq!(moment(other), None, "{other}");
        }
        for other in ["", "8", "0830", "25:00", "08:30Z", "00:00:00.0000001"] {
            assert_eq!(time_of_day(other), None, "{other}");
        }
        for zoned in ["1970-01-01 00:00:00+08:00", "1970-01-01T00:00:00Z"] {
            assert_eq!(local_time(zoned), None, "{zoned}");
        }
        assert_eq!(moment("1970-01-01 00:00:00"), None);
    }
}
