//! The one place where a test waits for something it cannot be told of.

use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};

/// How long a condition may take to come true.
pub const BOUND: Duration = Duration::from_secs(30);
const BETWEEN: Duration = Duration::from_millis(50);

/// Probes until there is a value, and fails the test, naming what was waited for, when none comes
/// within [`BOUND`].
pub fn eventually<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    // The probe runs outside the runtime, so that it may use one of its own.
    let mut ticks = runtime.block_on(async { interval(BETWEEN) });
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let until = Instant::now() + BOUND;
    loop {
        runtime.block_on(ticks.tick());
        if let Some(value) = probe() {
            return value;
        }
        assert!(Instant::now() < until, "not within {BOUND:?}: {what}");
    }
}
