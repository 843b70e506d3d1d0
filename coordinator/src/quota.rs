//! Limits on what each city may add to the coordinator: rates and quotas of its log. At a limit, reading
//! waits at its position until the quota allows more; nothing is skipped. What is used of the daily quotas is stored with
//! each piece of the log, so that a restart does not renew them.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chengji_domain::fact::CityFact;
use chengji_domain::{CityCode, Result};
use chengji_follow::{Admission, ParsedEntry, Pause};
use chengji_records::{CityUse, SpentBudgets};
use chengji_store::{KeyValue, Tx, View};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::read_entry::ReadEntry;
use crate::records;

/// Bounds of the delay before a budget is asked again.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
const SHORTEST_WAIT: Duration = Duration::from_millis(100);

const DAY: f64 = 24.0 * 60.0 * 60.0;
const MINUTE: f64 = 60.0;

/// Quotas of each city. Each may be omitted. While a quota is used up, reading the city's log waits at its
/// position and continues when the quota allows; `city list` and the city's own `status` name the quota.
/// After a loss of the database, raise them until the logs are read again.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Quotas {
    /// Log entries a day. A day's entries may arrive at once.
    pub entries_per_day: NonZeroU32,
    /// Bytes of log entries a day. A day's bytes may arrive at once.
    #[schemars(extend("x-value" = "bytes"))]
    pub bytes_per_day: NonZeroU32,
    /// Requests a minute. A minute's requests may arrive at once.
    pub requests_per_minute: NonZeroU32,
    /// Requests a day.
    pub requests_per_day: NonZeroU32,
    /// Entries a day that cannot be applied and are quarantined.
    pub quarantined_per_day: NonZeroU32,
    /// Published entries on record, including withdrawn ones. When they are used up, reading waits before the
    /// next publication until the setting is raised.
    pub catalogue_entries: u64,
    /// Bytes of the published entries on record. When they are used up, reading waits before the next
    /// publication until the setting is raised.
    #[schemars(extend("x-value" = "bytes"))]
    pub catalogue_bytes: u64,
}

impl Default for Quotas {
    fn default() -> Self {
        let number = |number: u32| NonZeroU32::MIN.saturating_add(number - 1);
        Self {
            entries_per_day: number(1_000_000),
            bytes_per_day: number(1 << 30),
            requests_per_minute: number(120),
            requests_per_day: number(5_000),
            quarantined_per_day: number(1_000),
            catalogue_entries: 200_000,
            catalogue_bytes: 256 << 20,
        }
    }
}

/// The remaining budgets, by city.
#[derive(Debug, Default)]
pub struct Budgets {
    quotas: Quotas,
    of: Mutex<HashMap<CityCode, Allowances>>,
}

impl Budgets {
    /// The budgets of these quotas: full, less what is stored as used when a city's log is first read.
    pub fn new(quotas: Quotas) -> Self {
        Self {
            quotas,
            of: Mutex::default(),
        }
    }

    /// Admits as many of the next entries of a city's log, with these costs, as its budgets allow now.
    pub fn admit(
        &self,
        kv: &dyn KeyValue,
        city: CityCode,
        time: Timestamp,
        costs: impl IntoIterator<Item = Cost>,
    ) -> Result<Admission> {
        self.admit_at((Instant::now(), time), kv, city, costs)
    }

    fn admit_at(
        &self,
        (now, time): (Instant, Timestamp),
        kv: &dyn KeyValue,
        city: CityCode,
        costs: impl IntoIterator<Item = Cost>,
    ) -> Result<Admission> {
        let used = records::city_use(kv, city)?;
        let is_full = self.full_catalogue(&used);
        let mut of = self.allowances();
        let own = of
            .entry(city)
            .or_insert_with(|| Allowances::of(&self.quotas, used.spent, (now, time)));
        let mut admitted = 0;
        for Cost { bytes, kind } in costs {
            let pause = match is_full {
                Some(budget) if kind == Kind::Publication => Some(Pause {
                    budget,
                    wait: LONGEST_WAIT,
                }),
                _ => own.pause(now, kind),
            };
            if pause.is_some() {
                return Ok(Admission {
                    items: admitted,
                    pause,
                });
            }
            own.charge(bytes, kind);
            admitted += 1;
        }
        Ok(Admission {
            items: admitted,
            pause: None,
        })
    }

    /// Charges entries of a city's log that were set aside.
    pub fn set_aside(
        &self,
        view: &(impl View + ?Sized),
        city: CityCode,
        time: Timestamp,
        count: u64,
    ) -> Result<()> {
        let used = records::city_use(view, city)?;
        let now = (Instant::now(), time);
        let mut of = self.allowances();
        let own = of
            .entry(city)
            .or_insert_with(|| Allowances::of(&self.quotas, used.spent, now));
        own.quarantined.charge(count as f64);
        Ok(())
    }

    /// Stores what a city has used of its daily budgets, with the entries that used it. Where not all admitted entries
    /// are stored yet, they are included: after a crash in between, they are charged twice.
    pub fn record(&self, tx: &mut Tx<'_>, city: CityCode, time: Timestamp) -> Result<()> {
        let now = (Instant::now(), time);
        let spent = self.allowances().get_mut(&city).map(|own| own.spent(now));
        match spent {
            Some(spent) => records::set_spent(tx, city, spent),
            None => Ok(()),
        }
    }

    /// The limit that a city's published catalogue has reached, if any.
    fn full_catalogue(&self, used: &CityUse) -> Option<&'static str> {
        if used.entries >= self.quotas.catalogue_entries {
            Some("catalogue_entries")
        } else if used.bytes >= self.quotas.catalogue_bytes {
            Some("catalogue_bytes")
        } else {
            None
        }
    }

    fn allowances(&self) -> MutexGuard<'_, HashMap<CityCode, Allowances>> {
        // Each change of an allowance is complete, so a panic elsewhere cannot corrupt it.
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The use that an entry makes of the budgets.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    bytes: usize,
    kind: Kind,
}

impl Cost {
    /// The cost of an entry that arrived.
    pub fn of(entry: &ParsedEntry<ReadEntry>) -> Self {
        Self::of_fact(entry.bytes(), entry.fact().map(|read| &read.entry.fact))
    }

    /// The cost of an entry of this size with this fact, if it is readable.
    pub(crate) fn of_fact(bytes: usize, fact: Option<&CityFact>) -> Self {
        let kind = match fact {
            Some(CityFact::Published { .. }) => Kind::Publication,
            Some(CityFact::Requested { .. }) => Kind::Request,
            _ => Kind::Other,
        };
        Self { bytes, kind }
    }
}

/// The kind of an entry for the budgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Publication,
    Request,
    Other,
}

/// The remaining budgets of one city.
#[derive(Debug)]
struct Allowances {
    entries: Allowance,
    bytes: Allowance,
    requests_of_minute: Allowance,
    requests_of_day: Allowance,
    quarantined: Allowance,
}

impl Allowances {
    /// The budgets that remain after what was spent, which has decreased since then.
    fn of(quotas: &Quotas, spent: Option<SpentBudgets>, (now, time): (Instant, Timestamp)) -> Self {
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
    fn spent(&mut self, (now, time): (Instant, Timestamp)) -> SpentBudgets {
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
    fn pause(&mut self, now: Instant, kind: Kind) -> Option<Pause> {
        let mut asked = vec![&mut self.entries, &mut self.bytes, &mut self.quarantined];
        if kind == Kind::Request {
            asked.extend([&mut self.requests_of_minute, &mut self.requests_of_day]);
        }
        let pauses = asked
            .into_iter()
            .filter_map(|allowance| allowance.pause(now));
        pauses.max_by_key(|pause| pause.wait)
    }

    fn charge(&mut self, bytes: usize, kind: Kind) {
        self.entries.charge(1.0);
        self.bytes.charge(bytes as f64);
        if kind == Kind::Request {
            self.requests_of_minute.charge(1.0);
            self.requests_of_day.charge(1.0);
        }
    }
}

/// A budget that refills evenly, and may be overdrawn by costs known only afterwards.
#[derive(Debug)]
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

#[cfg(test)]
#[path = "quota_tests.rs"]
mod tests;
