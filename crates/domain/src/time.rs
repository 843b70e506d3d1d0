//! Times as written by people: RFC 3339, in the cluster's zone without an offset. Programs exchange times in
//! UTC (RFC 3339).

pub use chengji_messages::moment::{Shown, shown};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use crate::calendar::{CHINA, end_of_day};

/// Parses a time written by a person: RFC 3339 with an offset or `Z`; without one, in the cluster's zone; a
/// date alone means the last instant of that day there.
pub fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = text.parse() {
        return Some(at);
    }
    if let Some(at) = as_shown(text) {
        return Some(at);
    }
    if let Ok(date) = text.parse::<Date>()
        && text.len() == "2026-10-31".len()
    {
        return Some(end_of_day(date));
    }
    let moment: DateTime = text.parse().ok()?;
    CHINA.to_timestamp(moment).ok()
}

/// Parses a time in the form written by [`shown`].
fn as_shown(text: &str) -> Option<Timestamp> {
    let (moment, offset) = text.rsplit_once(' ')?;
    let (date, time) = moment.split_once(' ')?;
    format!("{date}T{time}{offset}").parse().ok()
}

#[cfg(test)]
mod tests {
    use jiff::tz::{self, TimeZone};
    use proptest::prelude::*;

    use super::*;

    fn utc(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_moment_is_shown_in_one_zone_with_its_offset_to_the_second() {
        let at = utc("2026-11-23T13:30:59.5Z");
        assert_eq!(Shown(at).to_string(), "2026-11-23 21:30:59 +08:00");
        assert_eq!(shown(at, TimeZone::UTC), "2026-11-23 13:30:59 +00:00");
        let india = TimeZone::fixed(tz::Offset::from_seconds(19_800).unwrap());
        assert_eq!(shown(at, india), "2026-11-23 19:00:59 +05:30");
    }

    #[test]
    fn a_date_alone_is_the_end_of_that_day_in_the_clusters_zone() {
        for (text, expected) in [
            ("2026-10-31", "2026-10-31T15:59:59.999999999Z"),
            ("2026-10-31T23:59:59+08:00", "2026-10-31T15:59:59Z"),
            ("2026-10-31T15:59:59Z", "2026-10-31T15:59:59Z"),
            ("2026-10-31T08:00", "2026-10-31T00:00:00Z"),
            ("2026-10-31 08:00:30", "2026-10-31T00:00:30Z"),
            (" 2024-02-29 ", "2024-02-29T15:59:59.999999999Z"),
        ] {
            assert_eq!(read(text), Some(utc(expected)), "{text}");
        }
        for text in [
            "",
            "2026-02-30",
            "31.10.2026",
            "2026-10",
            "yesterday",
            "2026-10-31T25:00",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_can_be_written(seconds in -60_000_000_000_i64..200_000_000_000, minutes in -720..=840_i32) {
            let at = Timestamp::from_second(seconds).unwrap();
            let zone = TimeZone::fixed(tz::Offset::from_seconds(minutes * 60).unwrap());
            prop_assert_eq!(read(&shown(at, zone)), Some(at));
            prop_assert_eq!(read(&at.to_string()), Some(at));
        }
    }
}
