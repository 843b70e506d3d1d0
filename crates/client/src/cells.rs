//! Formats single values for people: sizes, times, digests. Programs get values as they are in
//! JSON; nothing written here is meant to be parsed. Texts need nothing: whatever prints them shows them
//! by [`chengji_domain::quoted::OneLine`].

use std::sync::OnceLock;

use chengji_domain::calendar::Deadline;
use chengji_domain::time::{cluster_zone, shown};
use chengji_messages::{Message, msg};
use jiff::Timestamp;
use jiff::tz::TimeZone;

const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
const SHORT_DIGEST: usize = 6;

/// A number of bytes with one decimal, rounded half up: `1.5 MiB`; below 1 KiB exactly: `512 B`.
pub fn bytes(count: u64) -> String {
    if count < 1024 {
        return format!("{count} B");
    }
    let mut unit_bytes = 1024_u128;
    for unit in UNITS {
        let tenths = (u128::from(count) * 20 / unit_bytes).div_ceil(2);
        if tenths < 10_240 || unit == "EiB" {
            return format!("{}.{} {unit}", tenths / 10, tenths % 10);
        }
        unit_bytes *= 1024;
    }
    format!("{count} B")
}

/// A moment in the zone of the environment's `TZ`, or else in the cluster's, to the second and with its
/// offset: `2026-11-23 21:30:59 +08:00`; `-` for one no calendar has.
pub fn time(timestamp: &prost_types::Timestamp) -> String {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    let zone = ZONE.get_or_init(|| zone_of(std::env::var("TZ").ok().as_deref()));
    time_in(timestamp, zone)
}

fn time_in(timestamp: &prost_types::Timestamp, zone: &TimeZone) -> String {
    Timestamp::new(timestamp.seconds, timestamp.nanos)
        .map_or_else(|_| "-".to_owned(), |at| shown(at, zone.clone()))
}

/// The zone that `TZ` names: one of the system's (`Europe/Berlin`) or by rule (`CST-8`). The cluster's where
/// it is not set, empty, or names none.
fn zone_of(tz: Option<&str>) -> TimeZone {
    let name = tz.unwrap_or_default().trim_start_matches(':');
    if name.is_empty() {
        return cluster_zone();
    }
    TimeZone::get(name)
        .or_else(|_| TimeZone::posix(name))
        .unwrap_or_else(|_| cluster_zone())
}

/// A difference of clocks, to a tenth of a second: `+0.2 s` where the other one is ahead.
pub fn clock_skew(milliseconds: i64) -> String {
    format!("{:+.1} s", milliseconds as f64 / 1_000.0)
}

/// A deadline as the wire has it: the date, with a note where it is provisional.
pub fn deadline(date: &str, provisional: bool) -> Message {
    match date.parse() {
        Ok(date) => Deadline { date, provisional }.label(),
        Err(_) => msg::Text { text: date }.into(),
    }
}

/// The first 12 hexadecimal digits of a digest, enough to tell two apart at a glance.
pub fn digest(digest: &[u8]) -> String {
    digest
        .iter()
        .take(SHORT_DIGEST)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_round_half_up_and_move_to_the_next_unit_when_rounding_reaches_it() {
        let expected = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1_024 + 51, "1.0 KiB"),
            (1_024 + 52, "1.1 KiB"),
            (1_572_864, "1.5 MiB"),
            (1_048_575, "1.0 MiB"),
            (1_048_576 - 51, "1.0 MiB"),
            (1_048_576 - 52, "1023.9 KiB"),
            (1 << 40, "1.0 TiB"),
            (u64::MAX, "16.0 EiB"),
        ];
        for (count, text) in expected {
            assert_eq!(bytes(count), text, "{count}");
        }
    }

    #[test]
    fn times_are_in_one_zone_with_its_offset_to_the_second() {
        // 2026-11-23T13:30:59Z
        let moment = prost_types::Timestamp {
            seconds: 1_795_440_659,
            nanos: 0,
        };
        for (tz, expected) in [
            (None, "2026-11-23 21:30:59 +08:00"),
            (Some(""), "2026-11-23 21:30:59 +08:00"),
            (Some("no such zone"), "2026-11-23 21:30:59 +08:00"),
            (Some("UTC"), "2026-11-23 13:30:59 +00:00"),
            (Some("CST-8"), "2026-11-23 21:30:59 +08:00"),
            (
                Some(":EST5EDT,M3.2.0,M11.1.0"),
                "2026-11-23 08:30:59 -05:00",
            ),
        ] {
            assert_eq!(time_in(&moment, &zone_of(tz)), expected, "{tz:?}");
        }
        let never = prost_types::Timestamp {
            seconds: i64::MAX,
            nanos: 0,
        };
        assert_eq!(time(&never), "-");
    }

    #[test]
    fn digests_are_shortened() {
        assert_eq!(digest(&[0x0a, 0xff, 1, 2, 3, 4, 5, 6]), "0aff01020304");
        assert_eq!(digest(&[]), "");
    }
}
