//! How single values are written for people: sizes, times, digests, text of unknown origin.
//! Programs get values as they are in JSON; nothing written here is meant to be parsed.

use chengji_domain::calendar::Deadline;
use chengji_domain::quoted::commands;
use jiff::Timestamp;
use jiff::tz::{self, TimeZone};

const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
const CHINA: tz::Offset = tz::offset(8);
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

/// A moment in China's time, UTC+8, to the minute: `2026-11-23 21:30`; `-` for one no calendar has.
pub fn time(timestamp: &prost_types::Timestamp) -> String {
    let Ok(moment) = Timestamp::new(timestamp.seconds, timestamp.nanos) else {
        return "-".to_owned();
    };
    moment
        .to_zoned(TimeZone::fixed(CHINA))
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}

/// A difference of clocks, to a tenth of a second: `+0.2 s` where the other one is ahead.
pub fn clock_skew(milliseconds: i64) -> String {
    format!("{:+.1} s", milliseconds as f64 / 1_000.0)
}

/// A deadline as the wire has it: the date, with a note where it is provisional.
pub fn deadline(date: &str, provisional: bool) -> String {
    match date.parse() {
        Ok(date) => Deadline { date, provisional }.to_string(),
        Err(_) => date.to_owned(),
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

/// Text on one line that cannot command the terminal. Names and reasons come from other cities;
/// an escape sequence or a reversal of direction in one must not change what the reader sees.
pub fn plain(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => line.push(' '),
            '\r' => {}
            c if commands(c) => line.push(char::REPLACEMENT_CHARACTER),
            c => line.push(c),
        }
    }
    line
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
    fn times_are_chinas() {
        // 2026-11-23T13:30:59Z
        let moment = prost_types::Timestamp {
            seconds: 1_795_440_659,
            nanos: 0,
        };
        assert_eq!(time(&moment), "2026-11-23 21:30");
        assert_eq!(
            time(&prost_types::Timestamp {
                seconds: i64::MAX,
                nanos: 0
            }),
            "-"
        );
    }

    #[test]
    fn digests_are_shortened() {
        assert_eq!(digest(&[0x0a, 0xff, 1, 2, 3, 4, 5, 6]), "0aff01020304");
        assert_eq!(digest(&[]), "");
    }

    #[test]
    fn text_cannot_command_the_terminal() {
        assert_eq!(
            plain("长沙\r\n\x1b[2J\u{202e}市"),
            "长沙 \u{fffd}[2J\u{fffd}市"
        );
    }
}
