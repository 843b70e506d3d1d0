//! The last probes of mounted tables. Each reads its whole table at the source, and records a changed content, so a prober
//! may not repeat one as often as it likes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chengji_domain::fact::Origin;

/// Minimum interval between the begins of two probes of a table on the same order. A prober tries one again 10 minutes after
/// it failed.
pub(super) const MIN_INTERVAL: Duration = Duration::from_secs(5 * 60);

/// Maximum number of orders that are known. The coordinator orders far fewer for the entries of one city.
const MAX_KNOWN: usize = 1_000;

/// The orders on which probes of tables began a short time ago, by number, the earliest first; none is known after a start.
/// Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct TableProbes {
    begun: Arc<Mutex<VecDeque<(Instant, Origin)>>>,
}

impl TableProbes {
    /// Notes that a probe on this order begins.
    ///
    /// # Errors
    ///
    /// The time until one may begin, if the last one began less than [`MIN_INTERVAL`] ago.
    pub(super) fn begin(&self, order: Origin, now: Instant) -> Result<(), Duration> {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let left = |at: Instant| MIN_INTERVAL.saturating_sub(now.saturating_duration_since(at));
        while begun.front().is_some_and(|(at, _)| left(*at).is_zero()) {
            begun.pop_front();
        }
        if let Some((at, _)) = begun.iter().find(|(_, known)| *known == order) {
            return Err(left(*at));
        }
        if begun.len() >= MAX_KNOWN {
            begun.pop_front();
        }
        begun.push_back((now, order));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::Epoch;

    use super::*;

    fn order(seq: u64) -> Origin {
        Origin {
            epoch: Epoch::first([7; 8]),
            seq,
        }
    }

    #[test]
    fn a_probe_is_repeated_once_the_interval_is_over() {
        let (probes, start) = (TableProbes::default(), Instant::now());
        let second = Duration::from_secs(1);
        assert_eq!(probes.begin(order(1), start), Ok(()));
        assert_eq!(probes.begin(order(1), start), Err(MIN_INTERVAL));
        assert_eq!(probes.begin(order(2), start + second), Ok(()));
        // A refusal does not begin the interval again.
        let last = start + MIN_INTERVAL - second;
        assert_eq!(probes.clone().begin(order(1), last), Err(second));
        let over = start + MIN_INTERVAL;
        assert_eq!(probes.begin(order(1), over), Ok(()));
        assert_eq!(probes.begin(order(2), over), Err(second));
    }

    #[test]
    fn what_is_kept_in_memory_is_bounded() {
        let (probes, start) = (TableProbes::default(), Instant::now());
        for seq in 0..=MAX_KNOWN as u64 {
            assert_eq!(probes.begin(order(seq), start), Ok(()));
        }
        assert_eq!(probes.begun.lock().unwrap().len(), MAX_KNOWN);
        let last = order(MAX_KNOWN as u64);
        assert_eq!(probes.begin(last, start), Err(MIN_INTERVAL));
        assert_eq!(probes.begin(order(0), start + MIN_INTERVAL), Ok(()));
        assert_eq!(probes.begun.lock().unwrap().len(), 1);
    }
}
