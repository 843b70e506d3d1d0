//! Freshness of an entry's mount, and contradictions between measurements over time and the stated update
//! cycle. Locating and reading sources is not done here.

use jiff::{SignedDuration, Timestamp};

use super::UpdateCycle;
use super::terms::vocabulary;

/// Days without a change that contradict no cycle: the longest public holiday is no longer.
const LONGEST_PAUSE: u32 = 10;
/// Minimum number of changes that shows a rate of change.
const LEAST_CHANGES: u64 = 4;

/// The regular cycles, shortest first.
const REGULAR: [UpdateCycle; 6] = [
    UpdateCycle::Daily,
    UpdateCycle::Weekly,
    UpdateCycle::Monthly,
    UpdateCycle::Quarterly,
    UpdateCycle::HalfYearly,
    UpdateCycle::Yearly,
];

/// The results of a source's measurements, from the first to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// Time of the first measurement.
    pub first_measured: Timestamp,
    /// Time of the last measurement.
    pub measured: Timestamp,
    /// Time of the last measurement whose content differed from the one before.
    pub changed: Option<Timestamp>,
    /// Number of such measurements.
    pub changes: u64,
}

impl History {
    /// Starts with a first measurement.
    pub fn begin(at: Timestamp) -> Self {
        Self {
            first_measured: at,
            measured: at,
            changed: None,
            changes: 0,
        }
    }

    /// Adds a measurement, not before the last one, with or without different content.
    #[must_use]
    pub fn with(self, at: Timestamp, another_content: bool) -> Self {
        let Self {
            changed, changes, ..
        } = self;
        Self {
            measured: at,
            changed: if another_content { Some(at) } else { changed },
            changes: changes.saturating_add(u64::from(another_content)),
            ..self
        }
    }

    /// Returns the observed changes if they contradict the cycle: the content stayed the same for more than
    /// two cycles (and the longest public holiday), or changed more than twice per cycle, on average over at
    /// least a whole cycle. Irregular and other cycles cannot be contradicted.
    pub fn contradicts(&self, cycle: UpdateCycle) -> Option<Observed> {
        if matches!(cycle, UpdateCycle::Irregular | UpdateCycle::Other) {
            return None;
        }
        let cycle_days = cycle.days();
        let same_since = self.changed.unwrap_or(self.first_measured);
        let same = self.measured.duration_since(same_since);
        if same > days((2 * cycle_days).max(LONGEST_PAUSE)) {
            return Some(Observed::Unchanged {
                days: whole_days(same),
            });
        }
        let seen = self.measured.duration_since(self.first_measured);
        // The number of intervals is one less than that of changes.
        let intervals = i64::try_from(self.changes.saturating_sub(1)).unwrap_or(i64::MAX);
        let too_often = self.changes >= LEAST_CHANGES
            && cycle != UpdateCycle::RealTime
            && seen >= days(cycle_days)
            && seen.as_secs() / intervals.max(1) < days(cycle_days).as_secs() / 2;
        too_often.then(|| Observed::Changes {
            every_days: whole_days(seen / i32::try_from(intervals.max(1)).unwrap_or(i32::MAX)),
        })
    }
}

/// Observed changes of the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observed {
    /// Unchanged for the last whole days.
    Unchanged {
        /// Number of days.
        days: u32,
    },
    /// Changed on average once in this number of whole days; 0 for more often than daily.
    Changes {
        /// Number of days.
        every_days: u32,
    },
}

impl Observed {
    /// Returns the cycle that fits the observation: the shortest in which the content may stay the same so
    /// long, or the longest in which it does not change more than twice.
    pub fn cycle(self) -> UpdateCycle {
        match self {
            Self::Unchanged { days } => {
                let fits = REGULAR.into_iter().find(|cycle| days <= cycle.days());
                fits.unwrap_or(UpdateCycle::Irregular)
            }
            Self::Changes { every_days } => {
                let fits = |cycle: &UpdateCycle| cycle.days() <= every_days.saturating_mul(2);
                let longest = REGULAR.into_iter().rev().find(fits);
                longest.unwrap_or(UpdateCycle::RealTime)
            }
        }
    }
}

/// The source mounted to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Not mounted.
    Nothing,
    /// A file that is missing or unreadable, or a table that cannot be read or has other columns.
    Gone,
    /// A file or table with its measurements; `None` before the first one.
    There(Option<History>),
}

vocabulary! {
    /// The freshness of an entry that is to be shared. If several values apply, the first in this order is
    /// reported.
    Freshness {
        /// Not mounted.
        Unmounted = "未挂接", "unmounted", FreshnessUnmounted;
        /// The mounted file is missing or unreadable. Reported only if its existence was checked.
        Gone = "源文件缺失", "gone", FreshnessGone;
        /// The mounted file was never measured.
        NeverMeasured = "未计量", "never-measured", FreshnessNeverMeasured;
        /// The last measurement is older than the update cycle allows.
        Stale = "超出更新周期", "stale", FreshnessStale;
        /// The measurements over time contradict the update cycle.
        Contradicted = "与更新周期不符", "contradicted", FreshnessContradicted;
        /// None of the above.
        Fresh = "正常", "fresh", FreshnessFresh;
    }
}

impl Freshness {
    /// Returns the freshness of an entry of this cycle at `now`. A measurement is valid for the same time as
    /// in the sharing rate.
    pub fn of(cycle: UpdateCycle, source: Source, now: Timestamp) -> Self {
        let history = match source {
            Source::Nothing => return Self::Unmounted,
            Source::Gone => return Self::Gone,
            Source::There(None) => return Self::NeverMeasured,
            Source::There(Some(history)) => history,
        };
        if now > Self::stale_after(cycle, history) {
            return Self::Stale;
        }
        match history.contradicts(cycle) {
            Some(_) => Self::Contradicted,
            None => Self::Fresh,
        }
    }

    /// Returns the last moment at which the last measurement is recent enough for this cycle.
    pub fn stale_after(cycle: UpdateCycle, history: History) -> Timestamp {
        let until = history.measured.checked_add(days(cycle.days()));
        until.unwrap_or(Timestamp::MAX)
    }
}

/// Returns the time at which a source of this cycle, last measured at `measured`, is to be measured again
/// without any sign of a change: after half to three quarters of the cycle. `spread` (any number) selects the
/// time in between, so that sources measured together are not all due together.
pub fn measuring_due(cycle: UpdateCycle, measured: Timestamp, spread: u8) -> Timestamp {
    let quarter = days(cycle.days()) / 4;
    let wait = 2 * quarter + quarter * i32::from(spread) / 255;
    measured.checked_add(wait).unwrap_or(Timestamp::MAX)
}

fn days(days: u32) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(days))
}

fn whole_days(duration: SignedDuration) -> u32 {
    u32::try_from(duration.as_hours() / 24).unwrap_or(0)
}

#[cfg(test)]
#[path = "freshness_tests.rs"]
mod tests;
