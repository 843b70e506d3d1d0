//! Where a program takes the time from. Tests hand in another.

use std::sync::Arc;

use jiff::Timestamp;

/// The time now.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The machine's clock.
pub fn system_clock() -> Clock {
    Arc::new(Timestamp::now)
}
