//! Times as shown to people: in one zone, with its offset, to the second.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// All of China is at +08:00, without daylight saving time.
pub const CHINA: Offset = jiff::tz::offset(8);

/// Returns the cluster's zone: +08:00, as in all of China.
pub fn cluster_zone() -> TimeZone {
    TimeZone::fixed(CHINA)
}

/// Displays a time in the cluster's zone: `2026-11-23 21:30:59 +08:00`. For messages and logs; a command line
/// shows times in its caller's zone with [`shown`].
#[derive(Clone, Copy, Debug)]
pub struct Shown(pub Timestamp);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(self.0, cluster_zone()))
    }
}

/// Formats a time in this zone, to the second, with the zone's offset at that time.
pub fn shown(at: Timestamp, zone: TimeZone) -> String {
    at.to_zoned(zone)
        .strftime("%Y-%m-%d %H:%M:%S %:z")
        .to_string()
}
