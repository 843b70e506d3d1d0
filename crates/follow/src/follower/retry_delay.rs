//! The delay between two attempts to follow a log.

use std::time::Duration;

use tokio::sync::watch;

/// First delay after a failure; it doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// Longest delay while the owner refuses this follower: until people change that, each attempt costs the
/// owner an audit entry.
const LONGEST_REFUSED_WAIT: Duration = Duration::from_secs(5 * 60);
/// First delay after the owner, which refuses this follower, has called; it doubles up to the longest with each call
/// after which the owner refuses again.
const FIRST_CALLED_WAIT: Duration = Duration::from_secs(1);

/// The outcome of an attempt to follow.
#[derive(Clone, Copy, Default)]
pub(super) struct Outcome {
    pub(super) came_further: bool,
    /// The log is to be read from its beginning.
    pub(super) begins_again: bool,
    /// The owner does not allow this follower to read it.
    pub(super) refused: bool,
}

/// The delay before the next attempt.
pub(super) struct RetryDelay {
    wait: Duration,
    /// The delay after the next call of an owner that refuses this follower.
    called_wait: Duration,
    /// True if the log was read anew last time.
    has_begun_again: bool,
}

impl RetryDelay {
    pub(super) const FIRST: Self = Self {
        wait: FIRST_WAIT,
        called_wait: FIRST_CALLED_WAIT,
        has_begun_again: false,
    };

    /// The delay after an attempt. A log in a new epoch is read at once, but not if that repeats.
    fn after(&mut self, outcome: Outcome) -> Duration {
        let Outcome {
            came_further,
            begins_again,
            refused,
        } = outcome;
        let first_time = begins_again && !self.has_begun_again;
        self.has_begun_again = begins_again;
        if !refused {
            self.called_wait = FIRST_CALLED_WAIT;
        }
        if first_time {
            return Duration::ZERO;
        }
        if came_further && !begins_again {
            self.wait = FIRST_WAIT;
        }
        let longest = if refused {
            LONGEST_REFUSED_WAIT
        } else {
            LONGEST_WAIT
        };
        let wait = self.wait.min(longest);
        self.wait = (wait * 2).min(longest);
        wait
    }

    /// The delay after a call of the owner, which has refused this follower.
    fn after_call(&mut self) -> Duration {
        let wait = self.called_wait;
        self.called_wait = (wait * 2).min(LONGEST_REFUSED_WAIT);
        wait
    }

    /// Waits before the next attempt. `calls` are those of the owner since the last attempt began.
    pub(super) async fn wait_after(&mut self, outcome: Outcome, calls: &mut watch::Receiver<u64>) {
        let refused = outcome.refused;
        let wait = spread(self.after(outcome), refused);
        let called = async {
            // The sender lives as long as the follower.
            let _ = calls.changed().await;
            tokio::time::sleep(spread(self.after_call(), false)).await;
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = called, if refused => {}
        }
    }
}

/// A random delay, so that followers that failed together do not try again together: up to `wait`, but not
/// less than it while the owner refuses.
fn spread(wait: Duration, refused: bool) -> Duration {
    let random = rand::random::<f64>();
    match refused {
        true => wait + wait.mul_f64(random / 4.0),
        false => wait.mul_f64(random),
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::peer_calls::PeerCalls;

    fn outcome(came_further: bool, begins_again: bool) -> Outcome {
        Outcome {
            came_further,
            begins_again,
            refused: false,
        }
    }

    #[test]
    fn a_log_that_begins_again_and_again_is_followed_ever_more_slowly() {
        let mut delay = RetryDelay::FIRST;
        assert_eq!(
            delay.after(outcome(true, true)),
            Duration::ZERO,
            "a new epoch"
        );
        let mut last = Duration::ZERO;
        for _ in 0..10 {
            let wait = delay.after(outcome(true, true));
            assert!(wait >= last && wait >= FIRST_WAIT);
            last = wait;
        }
        assert_eq!(last, LONGEST_WAIT);
        // Progress resets the delay.
        assert_eq!(delay.after(outcome(true, false)), FIRST_WAIT);
        assert_eq!(delay.after(outcome(false, false)), FIRST_WAIT * 2);
        assert_eq!(delay.after(outcome(false, true)), Duration::ZERO);
    }

    #[test]
    fn a_follower_that_is_refused_asks_a_few_hundred_times_a_day_at_most() {
        let refused = Outcome {
            refused: true,
            ..Outcome::default()
        };
        let mut delay = RetryDelay::FIRST;
        let (mut elapsed, mut tries) = (Duration::ZERO, 0);
        while elapsed < Duration::from_secs(24 * 60 * 60) {
            elapsed += delay.after(refused);
            tries += 1;
        }
        assert!(tries <= 300, "{tries} tries");
        // Once it is allowed again, a failure is retried as fast as any other.
        assert_eq!(delay.after(outcome(false, false)), LONGEST_WAIT);
        assert_eq!(delay.after(outcome(true, false)), FIRST_WAIT);
    }

    #[tokio::test]
    async fn an_owner_that_calls_ends_the_wait_after_its_refusal() {
        /// Far more than the first delay after a call, far less than the longest after a refusal.
        const BOUND: Duration = Duration::from_secs(30);
        let refused = Outcome {
            refused: true,
            ..Outcome::default()
        };
        let slow = || RetryDelay {
            wait: LONGEST_REFUSED_WAIT,
            ..RetryDelay::FIRST
        };
        let owner = PeerCalls::default();
        let mut calls = owner.watch();
        owner.note();
        let mut delay = slow();
        let waited = tokio::time::timeout(BOUND, delay.wait_after(refused, &mut calls));
        waited.await.unwrap();
        assert_eq!(delay.after_call(), FIRST_CALLED_WAIT * 2);
        // A call before the last attempt is no reason to try again, nor is any after a failure of another kind.
        assert!(!calls.has_changed().unwrap());
        let mut delay = slow();
        let waiting = delay.wait_after(refused, &mut calls);
        assert!(waiting.now_or_never().is_none());
        owner.note();
        let mut delay = slow();
        let _ = delay
            .wait_after(outcome(false, false), &mut calls)
            .now_or_never();
        assert!(calls.has_changed().unwrap(), "it was not waited for");
    }

    #[test]
    fn an_owner_that_calls_and_refuses_again_and_again_is_asked_ever_less_often() {
        let mut delay = RetryDelay::FIRST;
        let waits: Vec<_> = (0..20).map(|_| delay.after_call()).collect();
        assert_eq!(waits[..3], [1, 2, 4].map(Duration::from_secs));
        assert_eq!(waits[19], LONGEST_REFUSED_WAIT);
        delay.after(outcome(true, false));
        assert_eq!(delay.after_call(), FIRST_CALLED_WAIT);
    }

    #[test]
    fn followers_that_fail_together_try_again_at_different_times() {
        let wait = Duration::from_secs(4);
        let waits: Vec<_> = (0..300).map(|_| spread(wait, false)).collect();
        assert!(waits.iter().all(|one| *one <= wait));
        let early = waits.iter().filter(|one| **one < wait / 2).count();
        assert!(
            (75..225).contains(&early),
            "{early} of 300 in the first half"
        );
        // A refusal costs the owner an audit entry: none comes earlier.
        assert!((0..300).all(|_| spread(wait, true) >= wait));
        assert_eq!(spread(Duration::ZERO, false), Duration::ZERO);
    }
}
