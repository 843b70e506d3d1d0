//! The only place where tests poll for a condition.

use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};

/// Maximum time a condition may take to become true: long, since a machine may be busy, and a condition
/// that is true is not waited for.
pub const BOUND: Duration = Duration::from_secs(120);
const BETWEEN: Duration = Duration::from_millis(50);

/// Polls until there is a value; fails the test, naming `what`, if none comes within [`BOUND`].
#[track_caller]
pub fn eventually<T>(what: &str, probe: impl FnMut() -> Option<T>) -> T {
    within(BOUND, probe).unwrap_or_else(|| panic!("not within {BOUND:?}: {what}"))
}

/// Polls until there is a value; `None` if none comes within the bound.
pub fn within<T>(bound: Duration, mut probe: impl FnMut() -> Option<T>) -> Option<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    // The probe runs outside the runtime, so that it may use one of its own.
    let mut ticks = runtime.block_on(async { interval(BETWEEN) });
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let until = Instant::now() + bound;
    loop {
        runtime.block_on(ticks.tick());
        if let Some(value) = probe() {
            return Some(value);
        }
        if Instant::now() >= until {
            return None;
        }
    }
}
