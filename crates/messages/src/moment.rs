//! Times as shown to people: in one zone, with its offset, to the second.

use std::fmt;
use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// All of China is at +08:00, without daylight saving time.
pub const CHINA: Offset = jiff::tz::offset(8);

static OF_PROCESS: OnceLock<TimeZone> = OnceLock::new();

/// Returns the cluster's zone: +08:00, as in all of China.
fn cluster_zone() -> TimeZone {
    TimeZone::fixed(CHINA)
}

/// Sets the zone that this process shows times in to that of `TZ`, once: later calls have no effect. Until it is
/// set, times are shown in the cluster's zone.
pub fn set_zone_of_process(tz: Option<&str>) {
    let _ = OF_PROCESS.set(zone_of(tz));
}

/// Returns the zone that `TZ` names: one of the system's (`Europe/Berlin`) or by rule (`CST-8`); the cluster's if
/// it is not set, empty, or unknown.
fn zone_of(tz: Option<&str>) -> TimeZone {
    let name = tz.unwrap_or_default().trim_start_matches(':');
    if name.is_empty() {
        return cluster_zone();
    }
    TimeZone::get(name)
        .or_else(|_| TimeZone::posix(name))
        .unwrap_or_else(|_| cluster_zone())
}

/// Displays a time in the zone of this process: `2026-11-23 21:30:59 +08:00`.
#[derive(Clone, Copy, Debug)]
pub struct Shown(pub Timestamp);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let zone = OF_PROCESS.get().cloned();
        f.write_str(&shown(self.0, zone.unwrap_or_else(cluster_zone)))
    }
}

/// Formats a time in this zone, to the second, with the zone's offset at that time.
pub fn shown(at: Timestamp, zone: TimeZone) -> String {
    at.to_zoned(zone)
        .strftime("%Y-%m-%d %H:%M:%S %:z")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_is_that_of_tz_or_else_the_clusters() {
        let at = "2026-11-23T13:30:59Z".parse().unwrap();
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
            assert_eq!(shown(at, zone_of(tz)), expected, "{tz:?}");
        }
    }
}
