//! Off-peak windows (错峰时段): the time of the day in which the node measures the tables of a source by itself.

use std::fmt;
use std::str::FromStr;

use chengji_messages::moment::CHINA;
use chengji_messages::msg;
use jiff::Timestamp;
use jiff::civil::Time;

use crate::error::{Error, ErrorCode, Result};
use crate::quoted::Quoted;

/// A span of each day in the cluster's zone, written `22:00-06:00`: with its first minute, without its last. One that
/// ends at or before its begin ends on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OffPeak {
    from: Time,
    to: Time,
}

impl OffPeak {
    /// Returns true if the instant is within the window.
    pub fn contains(&self, at: Timestamp) -> bool {
        let time = CHINA.to_datetime(at).time();
        match self.from < self.to {
            true => self.from <= time && time < self.to,
            false => self.from <= time || time < self.to,
        }
    }

    /// Returns the next begin of the window; `None` within it.
    pub fn waits_until(&self, now: Timestamp) -> Option<Timestamp> {
        if self.contains(now) {
            return None;
        }
        let local = CHINA.to_datetime(now);
        let date = match local.time() < self.from {
            true => Ok(local.date()),
            false => local.date().tomorrow(),
        };
        let begin = date.and_then(|date| CHINA.to_timestamp(date.to_datetime(self.from)));
        Some(begin.unwrap_or(Timestamp::MAX))
    }
}

impl FromStr for OffPeak {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let window = text.split_once('-').and_then(|(from, to)| {
            let (from, to) = (minute(from)?, minute(to)?);
            (from != to).then_some(Self { from, to })
        });
        window.ok_or_else(|| {
            let text = Quoted(text);
            Error::new(ErrorCode::InvalidArgument, msg::OffPeakMalformed { text })
        })
    }
}

impl fmt::Display for OffPeak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        let (from_hour, from_minute) = (from.hour(), from.minute());
        let (to_hour, to_minute) = (to.hour(), to.minute());
        write!(
            f,
            "{from_hour:02}:{from_minute:02}-{to_hour:02}:{to_minute:02}"
        )
    }
}

/// Parses a minute of the day, `00:00` to `23:59`.
fn minute(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let number = |digits: &str| {
        let is_number = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| digits.parse::<i8>().ok()).flatten()
    };
    Time::new(number(hour)?, number(minute)?, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn window(text: &str) -> OffPeak {
        text.parse().unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_window_is_two_different_minutes_of_the_day() {
        for good in ["22:00-06:00", "00:00-23:59", "12:30-00:00"] {
            assert_eq!(window(good).to_string(), good);
        }
        let bad = [
            "",
            "22:00",
            "22:00-22:00",
            "22:00-24:00",
            "22:60-06:00",
            "2:00-06:00",
            "22:00 - 06:00",
            "22:00-06:00-07:00",
            "22:00:00-06:00:00",
            "+2:00-06:00",
            "２２:00-06:00",
        ];
        for bad in bad {
            let error = bad.parse::<OffPeak>().unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument, "{bad}");
        }
    }

    #[test]
    fn a_window_across_midnight_is_open_on_both_sides_of_it_in_the_clusters_zone() {
        let night = window("22:00-06:00");
        for open in [
            "2026-11-23T22:00:00+08:00",
            "2026-11-23T23:59:59+08:00",
            "2026-11-24T00:00:00+08:00",
            "2026-11-24T05:59:59.999999999+08:00",
        ] {
            assert!(night.contains(at(open)), "{open}");
            assert_eq!(night.waits_until(at(open)), None, "{open}");
        }
        let tonight = Some(at("2026-11-24T22:00:00+08:00"));
        for closed in [
            "2026-11-24T06:00:00+08:00",
            "2026-11-24T21:59:59+08:00",
            "2026-11-24T02:00:00Z",
        ] {
            assert!(!night.contains(at(closed)), "{closed}");
            assert_eq!(night.waits_until(at(closed)), tonight, "{closed}");
        }
    }

    #[test]
    fn a_window_within_a_day_is_waited_for_today_or_tomorrow() {
        let noon = window("12:00-13:30");
        let begin = |day: &str| Some(at(&format!("2026-12-{day}T12:00:00+08:00")));
        let waits = |time: &str| noon.waits_until(at(&format!("2026-12-30T{time}:00+08:00")));
        assert_eq!(waits("11:59"), begin("30"));
        assert_eq!(waits("12:00"), None);
        assert_eq!(waits("13:29"), None);
        assert_eq!(waits("13:30"), begin("31"));
        let last = Timestamp::MAX;
        assert_eq!(noon.waits_until(last).unwrap_or(last), last);
    }

    fn windows() -> impl Strategy<Value = OffPeak> {
        let minutes = (0..24 * 60_i32, 1..24 * 60_i32);
        minutes.prop_map(|(from, length)| {
            let text = |minute: i32| format!("{:02}:{:02}", minute / 60 % 24, minute % 60);
            window(&format!("{}-{}", text(from), text(from + length)))
        })
    }

    proptest! {
        #[test]
        fn a_wait_ends_within_a_day_at_the_first_instant_of_the_window(
            window in windows(),
            second in 0..4_000_000_000_i64,
        ) {
            let now = Timestamp::from_second(second).unwrap();
            let Some(begin) = window.waits_until(now) else {
                prop_assert!(window.contains(now));
                return Ok(());
            };
            let wait = begin.duration_since(now).as_secs();
            prop_assert!(!window.contains(now));
            prop_assert!(wait > 0 && wait < 24 * 60 * 60);
            prop_assert!(window.contains(begin));
            prop_assert!(!window.contains(Timestamp::from_second(begin.as_second() - 1).unwrap()));
            prop_assert_eq!(window.waits_until(begin), None);
        }

        #[test]
        fn what_is_written_is_read_again(window in windows()) {
            prop_assert_eq!(window.to_string().parse::<OffPeak>().unwrap(), window);
        }
    }
}
