//! Formats single values for people: sizes, times, digests. Programs get values as they are in JSON;
//! nothing written here is meant to be parsed. Texts are not formatted here: the output shows them through
//! [`chengji_domain::quoted::OneLine`].

use chengji_domain::calendar::Deadline;
use chengji_domain::time::Shown;
use chengji_messages::{Message, msg};
use jiff::Timestamp;

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

/// A moment as messages show it, in the zone of this process: `2026-11-23 21:30:59 +08:00`; `-` for one no calendar
/// has.
pub fn time(timestamp: &prost_types::Timestamp) -> String {
    Timestamp::new(timestamp.seconds, timestamp.nanos)
        .map_or_else(|_| "-".to_owned(), |at| Shown(at).to_string())
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
    fn a_time_of_no_calendar_is_a_dash() {
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
