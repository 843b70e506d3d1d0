//! How fresh what is mounted to an entry is, and whether what was measured over time contradicts the
//! update cycle that the entry states. Where a source lies, and how it is read, is not known here.

use jiff::{SignedDuration, Timestamp};

use super::UpdateCycle;
use super::terms::vocabulary;

/// What was the same for so many days says nothing yet about any cycle: no public holiday is longer.
const LONGEST_PAUSE: u32 = 10;
/// So many changes make a pace.
const LEAST_CHANGES: u64 = 4;

/// The cycles with a length, from the shortest.
const REGULAR: [UpdateCycle; 6] = [
    UpdateCycle::Daily,
    UpdateCycle::Weekly,
    UpdateCycle::Monthly,
    UpdateCycle::Quarterly,
    UpdateCycle::HalfYearly,
    UpdateCycle::Yearly,
];

/// What the measurements of a source found, from the first to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// When it was first measured.
    pub first_measured: Timestamp,
    /// When it was last measured.
    pub measured: Timestamp,
    /// When a measurement last found another content than the one before it.
    pub changed: Option<Timestamp>,
    /// How often one did.
    pub changes: u64,
}

impl History {
    /// A first measurement.
    pub fn begin(at: Timestamp) -> Self {
        Self {
            first_measured: at,
            measured: at,
            changed: None,
            changes: 0,
        }
    }

    /// With one more measurement, not before the last one; whether it found another content.
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

    /// How the content behaved, where that contradicts the cycle: it stayed the same for more than
    /// two cycles (and the longest public holiday), or changed more than twice in one, on average
    /// over a whole cycle at least. Irregular and other cycles state nothing to contradict.
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
        // Between so many changes lies one interval less.
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

/// How often the content was seen to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observed {
    /// It was the same for all of the last so many whole days.
    Unchanged {
        /// Days.
        days: u32,
    },
    /// It changed every so many whole days on average; 0 for more often than daily.
    Changes {
        /// Days.
        every_days: u32,
    },
}

impl Observed {
    /// The cycle that would fit what was seen: the shortest in which the content may stay the same so
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

/// What is mounted to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nothing.
    Nothing,
    /// A file that is not there, or cannot be read.
    Gone,
    /// A file, and what was measured of it; nothing before the first time.
    There(Option<History>),
}

vocabulary! {
    /// How an entry that is to be shared stands at a time. Of several things that are wrong the first
    /// counts, in this order.
    Freshness {
        /// Nothing is mounted.
        Unmounted = "未挂接", "unmounted";
        /// What is mounted is not there, or cannot be read. Whoever has not looked does not know.
        Gone = "源文件缺失", "gone";
        /// What is mounted was not measured yet.
        NeverMeasured = "未计量", "never-measured";
        /// The last measurement is older than the update cycle lets it be.
        Stale = "超出更新周期", "stale";
        /// What was measured over time does not go with the update cycle.
        Contradicted = "与更新周期不符", "contradicted";
        /// None of these.
        Fresh = "正常", "fresh";
    }
}

impl Freshness {
    /// How an entry of this cycle stands now. A measurement counts for as long as the sharing rate
    /// lets it count.
    pub fn of(cycle: UpdateCycle, source: Source, now: Timestamp) -> Self {
        let history = match source {
            Source::Nothing => return Self::Unmounted,
            Source::Gone => return Self::Gone,
            Source::There(None) => return Self::NeverMeasured,
            Source::There(Some(history)) => history,
        };
        if now.duration_since(history.measured) > days(cycle.days()) {
            return Self::Stale;
        }
        match history.contradicts(cycle) {
            Some(_) => Self::Contradicted,
            None => Self::Fresh,
        }
    }
}

/// When a source of this cycle that was measured at this time is to be measured again, even where
/// nothing tells that it changed: after half of the cycle at the earliest and three quarters at the
/// latest. `spread` (any number) says where between them, so that what was measured together is not
/// due together.
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
