//! The conditions for which subscriptions wait, and the order of their turns.

use std::collections::{BTreeMap, BTreeSet};

use chengji_domain::request::RequestId;
use jiff::{SignedDuration, Timestamp};

use super::feeds::Heads;

/// Number of subscriptions that are served at the same time.
const AT_ONCE: usize = 16;
/// Longest rest until a time: a clock that was set back lengthens none beyond it.
const LONGEST_REST: SignedDuration = SignedDuration::from_hours(1);

/// The condition for which a subscription waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// Nothing: there is more to deliver.
    None,
    /// Logs that are longer than these.
    Growth(Heads),
    /// A time.
    Until(Timestamp),
}

impl Rest {
    fn is_over(self, heads: Heads, now: Timestamp) -> bool {
        match self {
            Self::None => true,
            Self::Growth(known) => known != heads,
            Self::Until(time) => time <= now || time.duration_since(now) > LONGEST_REST,
        }
    }
}

/// The subscriptions that rest.
#[derive(Default)]
pub(super) struct Resting {
    /// The condition for which each waits.
    pub(super) rests: BTreeMap<RequestId, Rest>,
    /// Those whose feed was changed since their last turn began.
    pub(super) woken: BTreeSet<RequestId>,
    /// The number of the last turn of each.
    turns: BTreeMap<RequestId, u64>,
    /// Number of turns so far.
    turn: u64,
    /// Number of subscriptions in force when they were read last.
    in_force: usize,
}

impl Resting {
    /// Forgets those that are no longer in force.
    pub(super) fn retain(&mut self, in_force: &BTreeSet<RequestId>) {
        self.rests.retain(|number, _| in_force.contains(number));
        self.woken.retain(|number| in_force.contains(number));
        self.turns.retain(|number, _| in_force.contains(number));
        self.in_force = in_force.len();
    }

    /// Returns true if so many subscriptions, or more, were in force when they were read last.
    pub(super) fn has_reached(&self, most: usize) -> bool {
        self.in_force >= most
    }

    /// Begins the turns of at most so many that do not rest, those first that have waited for longest.
    pub(super) fn begin_turns(
        &mut self,
        in_force: &BTreeSet<RequestId>,
        under_way: &BTreeSet<RequestId>,
        (heads, now): (Heads, Timestamp),
    ) -> Vec<RequestId> {
        let is_due = |number: &RequestId| {
            let rest = self.rests.get(number).copied().unwrap_or(Rest::None);
            rest.is_over(heads, now) && !under_way.contains(number)
        };
        let mut due: Vec<RequestId> = in_force.iter().copied().filter(is_due).collect();
        due.sort_by_key(|number| self.turns.get(number).copied());
        due.truncate(AT_ONCE.saturating_sub(under_way.len()));
        for number in &due {
            self.turn += 1;
            self.turns.insert(*number, self.turn);
        }
        due
    }
}

/// The subscriptions in force, as of a length of the city's log.
#[derive(Default)]
pub(super) struct Known {
    /// The length; `None` where they were not read yet.
    pub(super) length: Option<u64>,
    /// Their numbers.
    pub(super) numbers: BTreeSet<RequestId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_764_208_800 + 60 * minute).unwrap()
    }

    #[test]
    fn a_subscription_rests_until_the_logs_grow_or_a_time_has_come() {
        let heads = (7, 0, 9);
        assert!(Rest::None.is_over(heads, at(0)));
        assert!(!Rest::Growth(heads).is_over(heads, at(0)));
        for grown in [(8, 0, 9), (7, 0, 10), (7, 1, 0)] {
            assert!(Rest::Growth(heads).is_over(grown, at(0)));
        }
        assert!(!Rest::Until(at(5)).is_over(heads, at(0)));
        assert!(Rest::Until(at(5)).is_over(heads, at(5)));
        // The clock was a week ahead.
        assert!(Rest::Until(at(7 * 24 * 60)).is_over(heads, at(0)));
    }

    /// The subscription with this number.
    fn number(seq: u64) -> RequestId {
        format!("430100-1-{seq}-AAAAAAAAAAAAA").parse().unwrap()
    }

    #[test]
    fn subscriptions_that_are_always_due_leave_turns_to_all_others() {
        let (mut resting, heads) = (Resting::default(), (7, 0, 9));
        let in_force: BTreeSet<_> = (1..=3 * AT_ONCE as u64).map(number).collect();
        let mut served = BTreeSet::new();
        for _ in 0..3 {
            let due = resting.begin_turns(&in_force, &BTreeSet::new(), (heads, at(0)));
            assert_eq!(due.len(), AT_ONCE);
            served.extend(due);
        }
        assert_eq!(served, in_force);
        // There is room for those alone that are not under way.
        let under_way: BTreeSet<_> = (1..AT_ONCE as u64).map(number).collect();
        let due = resting.begin_turns(&in_force, &under_way, (heads, at(0)));
        assert_eq!(due.len(), 1);
        assert!(!under_way.contains(&due[0]));
        let few: BTreeSet<_> = [number(1)].into();
        resting.retain(&few);
        assert_eq!(resting.turns.len(), 1);
        assert!(resting.has_reached(1) && !resting.has_reached(2));
        resting.rests.insert(number(1), Rest::Growth(heads));
        let none = resting.begin_turns(&few, &BTreeSet::new(), (heads, at(0)));
        assert!(none.is_empty());
    }
}
