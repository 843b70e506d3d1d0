//! Which probes are made at a time: a few, and one of the entries of each provider.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use chengji_domain::CityCode;
use chengji_domain::fact::Origin;
use chengji_domain::probe::ProbeRecord;
use chengji_domain::problem::Problem;
use tokio::time::Instant;

/// Maximum number of probes at a time. Each takes the memory of a part of a table.
const MAX_AT_ONCE: usize = 4;
/// Interval before a probe is tried again.
const RETRY: Duration = Duration::from_secs(10 * 60);

/// A probe to be made.
pub(super) struct Attempt {
    pub(super) record: ProbeRecord,
    /// Why the last attempt failed.
    pub(super) last: Option<Problem>,
}

/// The end of an attempt.
pub(super) struct Ended {
    pub(super) number: Origin,
    /// Why it failed; `None` once the outcome is recorded.
    pub(super) problem: Option<Problem>,
}

/// The probes under way, and those that failed.
#[derive(Default)]
pub(super) struct Schedule {
    under_way: HashMap<Origin, CityCode>,
    failed: HashMap<Origin, (Instant, Problem)>,
}

impl Schedule {
    /// Begins as many of the probes that are due as may be made now: none that was tried a short time ago, and none of a
    /// provider of which another one is under way, so that one that sends slowly takes one place only.
    pub(super) fn begin(&mut self, due: Vec<ProbeRecord>, now: Instant) -> Vec<Attempt> {
        let known: HashSet<Origin> = due.iter().map(|record| record.number).collect();
        self.failed.retain(|number, _| known.contains(number));
        let mut busy: HashSet<CityCode> = self.under_way.values().copied().collect();
        let mut begun = Vec::new();
        for record in due {
            if self.under_way.len() >= MAX_AT_ONCE {
                break;
            }
            let (number, provider) = (record.number, record.order.provider);
            let before = self.failed.get(&number);
            if busy.contains(&provider) || before.is_some_and(|(next, _)| *next > now) {
                continue;
            }
            let last = before.map(|(_, problem)| problem.clone());
            busy.insert(provider);
            self.under_way.insert(number, provider);
            begun.push(Attempt { record, last });
        }
        begun
    }

    /// Ends an attempt.
    pub(super) fn end(&mut self, ended: Ended, now: Instant) {
        let Ended { number, problem } = ended;
        self.under_way.remove(&number);
        match problem {
            Some(problem) => self.failed.insert(number, (now + RETRY, problem)),
            None => self.failed.remove(&number),
        };
    }
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
