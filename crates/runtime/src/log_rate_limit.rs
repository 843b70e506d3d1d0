//! Rate limit for log lines that remote parties can cause: one a minute for each cause, with the number
//! suppressed.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Minimum interval between lines of one cause.
const INTERVAL: Duration = Duration::from_secs(60);

/// Limits the rate of the lines of one cause.
#[derive(Debug, Default)]
pub struct LogRateLimit(Mutex<Lines>);

#[derive(Debug, Default)]
struct Lines {
    last: Option<Instant>,
    left_out: u64,
}

impl LogRateLimit {
    /// Returns the number of suppressed lines if a line may be written now.
    pub fn pass(&self) -> Option<u64> {
        self.pass_at(Instant::now())
    }

    fn pass_at(&self, now: Instant) -> Option<u64> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.last.is_some_and(|last| now - last < INTERVAL) {
            lines.left_out += 1;
            return None;
        }
        lines.last = Some(now);
        Some(std::mem::take(&mut lines.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_a_minute_passes_and_says_how_many_did_not() {
        let lines = LogRateLimit::default();
        let passed = |now| {
            (0..100)
                .filter_map(|_| lines.pass_at(now))
                .collect::<Vec<_>>()
        };
        let now = Instant::now();
        assert_eq!(passed(now), [0]);
        assert_eq!(passed(now + INTERVAL), [99]);
    }
}
