//! How moments are shown to people: one zone a line, with its offset, to the second.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// All of China is at +08:00, without daylight saving time.
pub const CHINA: Offset = jiff::tz::offset(8);

/// The cluster's zone: all of China is at +08:00.
pub fn cluster_zone() -> TimeZone {
    TimeZone::fixed(CHINA)
}

/// A moment in the cluster's zone: `2026-11-23 21:30:59 +08:00`. For messages and logs; a command line
/// shows moments in its caller's zone with [`shown`].
#[derive(Clone, Copy, Debug)]
pub struct Shown(pub Timestamp);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(self.0, cluster_zone()))
    }
}

/// A moment in this zone, to the second, with the offset that holds there at that moment.
pub fn shown(at: Timestamp, zone: TimeZone) -> String {
    at.to_zoned(zone)
        .strftime("%Y-%m-%d %H:%M:%S %:z")
        .to_string()
}
