//! Wall time: the only place where the programs and their libraries read the machine's clock.
//!
//! A lint (`clippy.toml`) refuses every other reading. Durations are measured with the monotonic clocks of
//! std and tokio, which are never moved. With the feature `movable`, for tests only, the wall clock of a
//! process follows an offset in a file (`moved.rs`).

#[cfg(feature = "movable")]
mod moved;

#[cfg(feature = "movable")]
pub use moved::FILE;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

/// A source of wall time, passed as a parameter so that tests can replace it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Returns the wall time of this process.
pub fn now() -> Timestamp {
    let machine = machine();
    #[cfg(feature = "movable")]
    let machine = moved::apply(machine);
    machine
}

/// Returns the wall time of this process as the type that certificates and TLS use.
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

/// Returns [`now`] as a [`Clock`].
pub fn system_clock() -> Clock {
    Arc::new(now)
}

/// Returns the file that moves this process's clock; always `None` without the feature `movable`.
pub fn moved_by() -> Option<&'static Path> {
    #[cfg(feature = "movable")]
    let file = moved::file();
    #[cfg(not(feature = "movable"))]
    let file = None;
    file
}

/// Returns the time that the kernel gives to files written now; never moved.
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
