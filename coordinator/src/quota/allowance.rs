//! The remaining part of a city's budgets, which refill evenly.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use chengji_follow::Pause;
use chengji_records::SpentBudgets;
use jiff::Timestamp;

use super::{Cost, Kind, Quotas};

/// Bounds of the delay before a budget is asked again.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(10);
const SHORTEST_WAIT: Duration = Duration::from_millis(100);

const DAY: f64 = 24.0 * 60.0 * 60.0;
const MINUTE: f64 = 60.0;

/// The remaining budgets of one city.
#[derive(Clone, Debug)]
pub(super) struct Allowances {
    entries: Allowance,
    bytes: Allowance,
    requests_of_minute: Allowance,
    requests_of_day: Allowance,
    quarantined: Allowance,
}

impl Allowances {
    /// The budgets that remain after what was spent, which has decreased since then.
    pub(super) fn of(
        quotas: &Quotas,
        spent: Option<SpentBudgets>,
        (now, time): (Instant, Timestamp),
    ) -> Self {
        let spent = spent.unwrap_or(SpentBudgets {
            at: time,
            entries: 0,
            bytes: 0,
            requests: 0,
            quarantined: 0,
        });
        let since = time.duration_since(spent.at).as_secs_f64();
        let of_day = |budget, size: NonZeroU32, spent: u64| {
            let spent = spent as f64 - since.max(0.0) * f64::from(size.get()) / DAY;
            Allowance::of(budget, (size, DAY), spent.max(0.0), now)
        };
        let minute = (quotas.requests_per_minute, MINUTE);
        Self {
            entries: of_day("entries_per_day", quotas.entries_per_day, spent.entries),
            bytes: of_day("bytes_per_day", quotas.bytes_per_day, spent.bytes),
            requests_of_minute: Allowance::of("requests_per_minute", minute, 0.0, now),
            requests_of_day: of_day("requests_per_day", quotas.requests_per_day, spent.requests),
            quarantined: of_day(
                "quarantined_per_day",
                quotas.quarantined_per_day,
                spent.quarantined,
            ),
        }
    }

    /// The used part of the daily budgets, in whole units.
    pub(super) fn spent(&mut self, (now, time): (Instant, Timestamp)) -> SpentBudgets {
        SpentBudgets {
            at: time,
            entries: self.entries.spent(now),
            bytes: self.bytes.spent(now),
            requests: self.requests_of_day.spent(now),
            quarantined: self.quarantined.spent(now),
        }
    }

    /// The budget that an item of this kind has to wait for; the one with the longest wait, if there are
    /// several.
    pub(super) fn pause(&mut self, now: Instant, kind: Kind) -> Option<Pause> {
        let mut asked = vec![&mut self.entries, &mut self.bytes, &mut self.quarantined];
        if kind == Kind::Request {
            asked.extend([&mut self.requests_of_minute, &mut self.requests_of_day]);
        }
        let pauses = asked
            .into_iter()
            .filter_map(|allowance| allowance.pause(now));
        pauses.max_by_key(|pause| pause.wait)
    }

    /// Charges an entry of this cost.
    pub(super) fn charge(&mut self, cost: Cost) {
        self.entries.charge(1.0);
        self.bytes.charge(cost.bytes as f64);
        if cost.kind == Kind::Request {
            self.requests_of_minute.charge(1.0);
            self.requests_of_day.charge(1.0);
        }
    }

    /// Charges so many entries that are set aside.
    pub(super) fn set_aside(&mut self, count: u64) {
        self.quarantined.charge(count as f64);
    }

    /// Adds what has become free until now.
    pub(super) fn refill(&mut self, now: Instant) {
        let Self {
            entries,
            bytes,
            requests_of_minute,
            requests_of_day,
            quarantined,
        } = self;
        for allowance in [
            entries,
            bytes,
            requests_of_minute,
            requests_of_day,
            quarantined,
        ] {
            allowance.refill(now);
        }
    }
}

/// A budget that refills evenly, and may be overdrawn by costs known only afterwards.
#[derive(Clone, Debug)]
struct Allowance {
    budget: &'static str,
    size: f64,
    per_second: f64,
    left: f64,
    at: Instant,
}

impl Allowance {
    /// A budget of a size for a period in seconds, of which so much is used.
    fn of(
        budget: &'static str,
        (size, period): (NonZeroU32, f64),
        spent: f64,
        now: Instant,
    ) -> Self {
        let size = f64::from(size.get());
        Self {
            budget,
            size,
            per_second: size / period,
            left: size - spent,
            at: now,
        }
    }

    fn refill(&mut self, now: Instant) {
        let since = now.saturating_duration_since(self.at).as_secs_f64();
        self.left = (self.left + since * self.per_second).min(self.size);
        self.at = now;
    }

    /// The used part, rounded up.
    fn spent(&mut self, now: Instant) -> u64 {
        self.refill(now);
        (self.size - self.left).ceil() as u64
    }

    fn pause(&mut self, now: Instant) -> Option<Pause> {
        self.refill(now);
        // Whole units only: otherwise a fractional wait would admit single entries.
        (self.left < 1.0).then(|| {
            let wait = Duration::try_from_secs_f64((1.0 - self.left) / self.per_second);
            Pause {
                budget: self.budget,
                wait: wait
                    .unwrap_or(LONGEST_WAIT)
                    .clamp(SHORTEST_WAIT, LONGEST_WAIT),
            }
        })
    }

    fn charge(&mut self, units: f64) {
        self.left -= units;
    }
}
