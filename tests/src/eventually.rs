//! The one place where a test waits for something it cannot be told of.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

/// How long a condition may take to come true.
pub const BOUND: Duration = Duration::from_secs(30);
const BETWEEN: Duration = Duration::from_millis(50);

/// Probes until there is a value, and fails the test, naming what was waited for, when none comes
/// within [`BOUND`].
pub fn eventually<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let until = Instant::now() + BOUND;
        let mut ticks = interval(BETWEEN);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Some(value) = probe() {
                return value;
            }
            assert!(Instant::now() < until, "not within {BOUND:?}: {what}");
        }
    })
}
