//! The feed of a subscription: how far it has read the two logs that events come from, and the treatment of
//! events whose delivery fails.
//!
//! A feed follows logs by position. An event is delivered before the position moves past it, so that each is delivered
//! at least once, and in order. While a delivery fails it is tried again, with growing pauses, and the feed waits;
//! events whose time is over are put among the dead letters, and the feed goes on.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::epoch::Epoch;
use crate::event::EventKind;
use crate::problem::Problem;
use crate::request::RequestId;

/// Pauses after failed deliveries, seconds; the last one is repeated.
pub const RETRY_PAUSES: [i64; 6] = [5, 60, 5 * 60, 15 * 60, 30 * 60, 60 * 60];

/// The position of an event: that of its fact in the own log or in the coordinator's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventPlace {
    /// True if the log is the coordinator's.
    pub is_of_coordinator: bool,
    /// The log's epoch.
    pub epoch: Epoch,
    /// The position.
    pub seq: u64,
}

/// The state of a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// The next position of the own log.
    pub own: u64,
    /// The number of the copy of the coordinator's log that it reads.
    pub copy: u32,
    /// The next position in that copy.
    pub coordinator: u64,
    /// Number of delivered events.
    pub delivered: u64,
    /// Time of the last delivery.
    pub delivered_at: Option<Timestamp>,
    /// Number of dead letters.
    pub dead: u64,
    /// The day of the last daily mail.
    pub mailed_on: Option<Date>,
    /// The failures since the last delivery.
    pub failing: Option<Failing>,
}

/// Failed deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// Time of the first.
    pub since: Timestamp,
    /// Their number.
    pub attempts: u32,
    /// Time of the next attempt.
    pub next: Timestamp,
    /// The reason of the last.
    pub problem: Problem,
}

/// An event whose delivery was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The pinned name of its kind.
    pub kind: String,
    /// The number of what it is about.
    pub subject: Option<RequestId>,
    /// Time of its fact.
    pub occurred_at: Timestamp,
    /// Time at which it was given up.
    pub given_up_at: Timestamp,
    /// Number of failed deliveries before.
    pub attempts: u32,
    /// The reason of the last.
    pub problem: Problem,
}

impl Feed {
    /// Begins a feed at these positions.
    pub fn begin(own: u64, (copy, coordinator): (u32, u64)) -> Self {
        Self {
            own,
            copy,
            coordinator,
            delivered: 0,
            delivered_at: None,
            dead: 0,
            mailed_on: None,
            failing: None,
        }
    }

    /// Returns true if a delivery may be attempted at this time.
    pub fn may_try(&self, now: Timestamp) -> bool {
        let failing = self.failing.as_ref();
        // After a clock was set back, the next attempt may seem to be far away.
        failing.is_none_or(|failing| {
            failing.next <= now || failing.next.duration_since(now) > longest_pause()
        })
    }

    /// Returns true if this is the other feed, with nothing delivered, failed or replayed since.
    pub fn is_at(&self, other: &Self) -> bool {
        let place = |feed: &Self| {
            let attempts = feed.failing.as_ref().map(|failing| failing.attempts);
            let positions = (feed.own, feed.copy, feed.coordinator);
            (positions, feed.delivered, feed.dead, attempts)
        };
        place(self) == place(other)
    }

    /// Moves the position past an event.
    pub fn pass(&mut self, place: EventPlace) {
        match place.is_of_coordinator {
            true => self.coordinator = place.seq + 1,
            false => self.own = place.seq + 1,
        }
    }

    /// Records that events were delivered.
    pub fn deliver(&mut self, count: u64, now: Timestamp) {
        self.delivered += count;
        self.delivered_at = Some(now);
        self.failing = None;
    }

    /// Records that a delivery failed, and when it is tried again.
    pub fn fail(&mut self, problem: Problem, now: Timestamp) -> &Failing {
        let (since, attempts) = match &self.failing {
            Some(failing) => (failing.since, failing.attempts.saturating_add(1)),
            None => (now, 1),
        };
        let next = now.checked_add(pause_after(attempts));
        self.failing.insert(Failing {
            since,
            attempts,
            next: next.unwrap_or(Timestamp::MAX),
            problem,
        })
    }
}

impl Failing {
    /// Returns true if the delivery of an event of this time is given up: deliveries have failed for as long as they
    /// are retried, and the event is as old.
    pub fn gives_up(
        &self,
        occurred_at: Timestamp,
        retried_for: SignedDuration,
        now: Timestamp,
    ) -> bool {
        let has_lasted = |from: Timestamp| now.duration_since(from) >= retried_for;
        has_lasted(self.since) && has_lasted(occurred_at)
    }

    /// Makes the dead letter of an event that is given up.
    pub fn dead_letter(
        &self,
        kind: EventKind,
        subject: Option<RequestId>,
        (occurred_at, given_up_at): (Timestamp, Timestamp),
    ) -> DeadLetter {
        DeadLetter {
            kind: kind.as_str().to_owned(),
            subject,
            occurred_at,
            given_up_at,
            attempts: self.attempts,
            problem: self.problem.clone(),
        }
    }
}

/// The pause after the last of so many failed deliveries.
fn pause_after(attempts: u32) -> SignedDuration {
    let place = attempts.saturating_sub(1) as usize;
    let seconds = RETRY_PAUSES.get(place).copied();
    seconds.map_or_else(longest_pause, SignedDuration::from_secs)
}

fn longest_pause() -> SignedDuration {
    let longest = RETRY_PAUSES.last().copied().unwrap_or_default();
    SignedDuration::from_secs(longest)
}

#[cfg(test)]
mod tests {
    use chengji_messages::msg;
    use proptest::prelude::*;

    use super::*;
    use crate::error::ErrorCode;

    const HOUR: SignedDuration = SignedDuration::from_hours(1);
    const DAYS: SignedDuration = SignedDuration::from_hours(72);

    fn start() -> Timestamp {
        "2026-11-27T00:00:00Z".parse().unwrap()
    }

    fn problem() -> Problem {
        Problem::new(ErrorCode::PeerUnavailable, msg::Text { text: "down" })
    }

    #[test]
    fn pauses_grow_to_an_hour_and_a_delivery_ends_them() {
        let (mut feed, mut now) = (Feed::begin(1, (0, 1)), start());
        let mut pauses = Vec::new();
        for _ in 0..8 {
            assert!(feed.may_try(now));
            let next = feed.fail(problem(), now).next;
            assert!(!feed.may_try(now));
            pauses.push(next.duration_since(now).as_secs());
            now = next;
        }
        let [first, .., last] = RETRY_PAUSES;
        assert_eq!((pauses[0], pauses[6], pauses[7]), (first, last, last));
        assert!(pauses.is_sorted());
        let failing = feed.failing.clone().unwrap();
        assert_eq!((failing.since, failing.attempts), (start(), 8));
        feed.deliver(1, now);
        assert_eq!((feed.failing, feed.delivered), (None, 1));
    }

    #[test]
    fn a_replay_of_a_failing_feed_is_noticed() {
        let begun = Feed::begin(1, (0, 1));
        let mut failing = begun.clone();
        failing.fail(problem(), start());
        assert!(begun.is_at(&begun) && !begun.is_at(&failing));
        assert!(!begun.is_at(&Feed::begin(0, (0, 1))));
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_stop_a_feed() {
        let mut feed = Feed::begin(1, (0, 1));
        feed.fail(problem(), start());
        assert!(feed.may_try(start() - HOUR * 1_000));
    }

    #[test]
    fn an_event_is_given_up_once_it_and_the_failures_are_old() {
        let mut feed = Feed::begin(1, (0, 1));
        let failing = feed.fail(problem(), start()).clone();
        let after = |hours: i32| start() + HOUR * hours;
        assert!(!failing.gives_up(start(), DAYS, after(71)));
        assert!(failing.gives_up(start(), DAYS, after(72)));
        // An event of the second day waits for a third one.
        assert!(!failing.gives_up(after(48), DAYS, after(72)));
        assert!(failing.gives_up(after(48), DAYS, after(120)));
        // One that was written long ago, such as before a replay, is tried for as long.
        assert!(!failing.gives_up(after(-1_000), DAYS, after(1)));
    }

    proptest! {
        #[test]
        fn a_pause_is_at_most_an_hour(attempts in any::<u32>()) {
            let pause = pause_after(attempts);
            prop_assert!(pause <= HOUR && pause.is_positive());
        }
    }
}
