//! When changes are applied to the search index. Changes that arrive much faster than the index has to follow them are
//! collected until the logs are caught up, and applied in few large commits, so that what the logs have is stored first.

use std::time::{Duration, Instant};

/// Number of changes in a second above which they are collected: several times as many as the index follows within a
/// second, so that a burst of those is not collected.
const FAST: u128 = 5_000;
/// Maximum time for which changes are collected: that of catching up with millions of entries. Applying them takes the
/// processors from storing further ones, for longer than they took to arrive.
const MAX_COLLECTED: Duration = Duration::from_secs(300);

/// Number of unread entries of all logs from which on they are being caught up: those that arrive within a second, at most.
const FAR_BEHIND: u64 = 5_000;

/// The rate at which changes arrive, from regular looks at the number of the last one.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// The number of the last change, and the time, of the last look.
    seen: Option<(u64, Instant)>,
    /// The time since which changes are collected.
    collected_since: Option<Instant>,
}

impl Pace {
    /// Returns true if the changes up to the number `last` are to be applied at `now`. `unread` returns the number of
    /// entries of all logs that are still to be read, which may be others than changes of the catalogue.
    pub(super) fn is_due(&mut self, last: u64, unread: impl FnOnce() -> u64, now: Instant) -> bool {
        let before = self.seen.replace((last, now));
        let is_fast =
            before.is_some_and(|(number, at)| is_fast(last.saturating_sub(number), now - at));
        let goes_on = || self.collected_since.is_some() && unread() >= FAR_BEHIND;
        if !is_fast && !goes_on() {
            self.collected_since = None;
            return true;
        }
        let since = *self.collected_since.get_or_insert(now);
        let is_due = now - since >= MAX_COLLECTED;
        if is_due {
            self.collected_since = None;
        }
        is_due
    }
}

/// Returns true if so many changes within this time are too many to be applied at once.
fn is_fast(changes: u64, within: Duration) -> bool {
    u128::from(changes) * Duration::from_secs(1).as_nanos() > FAST * within.as_nanos()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Interval between two looks.
    const LOOK: Duration = Duration::from_millis(200);

    /// The looks, by number, at which changes are due that arrive in these numbers before each, while so many entries are
    /// unread.
    fn due_while(unread: u64, arrivals: &[u64]) -> Vec<usize> {
        let (mut pace, mut last, mut now) = (Pace::default(), 0, Instant::now());
        let looks = arrivals.iter().enumerate().filter(|(_, arrived)| {
            (last, now) = (last + **arrived, now + LOOK);
            pace.is_due(last, || unread, now)
        });
        looks.map(|(number, _)| number).collect()
    }

    /// The same where the logs are read to their ends.
    fn due(arrivals: &[u64]) -> Vec<usize> {
        due_while(0, arrivals)
    }

    #[test]
    fn changes_are_collected_until_the_logs_are_caught_up() {
        let arrivals = [0, 10_000, 3, 0];
        assert_eq!(due_while(FAR_BEHIND, &arrivals), [0]);
        assert_eq!(due_while(FAR_BEHIND - 1, &arrivals), [0, 2, 3]);
        assert_eq!(due_while(u64::MAX, &[3; 5]).len(), 5, "none came fast");
    }

    #[test]
    fn changes_are_applied_after_five_minutes_and_then_at_each_look_unless_they_come_fast() {
        let mut arrivals = vec![0; 1_510];
        arrivals[1] = 10_000;
        let due = due_while(u64::MAX, &arrivals);
        assert_eq!(due, [vec![0], (1_501..1_510).collect()].concat());
    }

    #[test]
    fn changes_are_collected_while_they_arrive_fast_and_applied_at_the_end() {
        assert_eq!(due(&[0, 10_000, 10_000, 3, 0]), [0, 3, 4]);
    }

    #[test]
    fn changes_that_never_cease_to_arrive_fast_are_applied_every_five_minutes() {
        assert_eq!(due(&[10_000; 4_503]), [0, 1_501, 3_002]);
    }

    proptest! {
        #[test]
        fn a_thousand_changes_in_a_second_are_applied_at_each_look(
            arrivals in prop::collection::vec(0..=1_000_u64, 1..50),
        ) {
            prop_assert_eq!(due(&arrivals).len(), arrivals.len());
        }

        #[test]
        fn no_change_waits_longer_than_five_minutes_for_its_turn(
            arrivals in prop::collection::vec(prop_oneof![0..2_000_u64, 0..1_000_000_u64], 1..4_500),
        ) {
            let due = due(&arrivals);
            prop_assert_eq!(due.first(), Some(&0));
            for pair in due.windows(2) {
                prop_assert!(pair[1] - pair[0] <= 1_501, "{pair:?}");
            }
        }
    }
}
