//! Wall time: the only place where the programs and their libraries read the machine's clock.
//!
//! A lint (`clippy.toml`) refuses every other reading. Durations are measured with the monotonic
//! clocks of std and tokio, which nothing here moves. With the feature `movable`, which is for tests
//! alone, the wall clock of a process follows an offset in a file (`moved.rs`).

#[cfg(feature = "movable")]
mod moved;

#[cfg(feature = "movable")]
pub use moved::FILE;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

/// A source of wall time, passed to whatever needs one, so that tests can choose it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The wall time of this process.
pub fn now() -> Timestamp {
    let machine = machine();
    #[cfg(feature = "movable")]
    let machine = moved::apply(machine);
    machine
}

/// The wall time of this process, as the type that certificates and TLS use.
pub fn system_time() -> SystemTime {
    let now = now();
    let (seconds, nanoseconds) = (now.as_second(), now.subsec_nanosecond());
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let fraction = Duration::from_nanos(u64::from(nanoseconds.unsigned_abs()));
    if now < Timestamp::UNIX_EPOCH {
        SystemTime::UNIX_EPOCH - whole - fraction
    } else {
        SystemTime::UNIX_EPOCH + whole + fraction
    }
}

/// [`now`] as a [`Clock`].
pub fn system_clock() -> Clock {
    Arc::new(now)
}

/// The file that moves this process's clock. There is none without the feature `movable`.
pub fn moved_by() -> Option<&'static Path> {
    #[cfg(feature = "movable")]
    let file = moved::file();
    #[cfg(not(feature = "movable"))]
    let file = None;
    file
}

/// The time that the kernel gives to files which are written now; never moved.
pub fn file_time() -> Timestamp {
    machine()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one reading of the machine's clock"
)]
fn machine() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_the_time_agree() {
        let before = now();
        let between = Timestamp::try_from(system_time()).unwrap();
        let after = now();
        assert!(before <= between && between <= after);
    }
}
