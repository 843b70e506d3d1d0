//! The times at which the rounds over the mounted sources begin.

use chengji_domain::ResourceCode;
use chengji_domain::catalogue::UpdateCycle;
use chengji_domain::catalogue::freshness::{History, measuring_due};
use jiff::{SignedDuration, Timestamp};

/// The next time of a round.
pub(super) struct RoundTimes {
    every: SignedDuration,
    next: Timestamp,
}

impl RoundTimes {
    /// The first round is at this time.
    pub(super) fn beginning(next: Timestamp, every: SignedDuration) -> Self {
        Self { every, next }
    }

    /// Returns true if a round is due. A clock that was set back does not delay it for long.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        now >= self.next || self.next.duration_since(now) > self.every
    }

    /// Notes that a round has ended.
    pub(super) fn ended(&mut self, now: Timestamp) {
        self.next = now.checked_add(self.every).unwrap_or(Timestamp::MAX);
    }
}

/// Returns true if the cycle requires a measurement of what is mounted to the entry.
pub(super) fn is_measuring_due(
    (code, cycle): (&ResourceCode, UpdateCycle),
    history: Option<History>,
    now: Timestamp,
) -> bool {
    history.is_none_or(|history| measuring_due(cycle, history.measured, spread(code)) <= now)
}

/// A number that differs between most codes, by which their measurements are spread over time.
fn spread(code: &ResourceCode) -> u8 {
    let bytes = code.as_str().bytes();
    bytes.fold(0, |spread: u8, byte| {
        spread.wrapping_mul(31).wrapping_add(byte)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_round_follows_the_one_before_by_the_interval_or_a_clock_that_was_set_back() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut times = RoundTimes::beginning(at(1_000), SignedDuration::from_secs(60));
        assert!(times.is_due(at(1_000)));
        times.ended(at(1_005));
        assert!(!times.is_due(at(1_064)));
        assert!(times.is_due(at(1_065)));
        assert!(!times.is_due(at(1_005)));
        assert!(times.is_due(at(500)));
    }

    #[test]
    fn codes_that_follow_each_other_are_spread() {
        let spreads: HashSet<u8> = (0..200)
            .map(|n| spread(&format!("103001{n:06}").parse().unwrap()))
            .collect();
        assert!(spreads.len() > 100, "{}", spreads.len());
    }
}
