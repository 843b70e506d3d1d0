//! Limits on what each city may add to the coordinator: rates and quotas of its log. At a limit, reading
//! waits at its position until the quota allows more; nothing is skipped. What is used of the daily quotas is stored
//! with each piece of the log, so that a restart does not renew them.
//!
//! An entry is charged once, by the transaction that stores it. Until then it is reserved by its position: one that
//! could not be stored arrives again, and takes the place of its reservation.

mod allowance;

use std::collections::HashMap;
use std::mem;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use chengji_domain::fact::CityFact;
use chengji_domain::matter::MatterFact;
use chengji_domain::{CityCode, Result};
use chengji_follow::{Admission, ParsedEntry, Pause};
use chengji_records::{CityUse, SpentBudgets};
use chengji_store::{KeyValue, Tx};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use self::allowance::{Allowances, LONGEST_WAIT};
use crate::read_entry::ReadEntry;
use crate::records;

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
    /// Requests, corrections, demands and acts on return flows a minute. A minute's may arrive at once.
    pub requests_per_minute: NonZeroU32,
    /// Requests, corrections, demands and acts on return flows a day.
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
    of: Mutex<HashMap<CityCode, Account>>,
}

/// Entries of a city's log that a transaction stores.
#[derive(Debug)]
pub struct Charge<C> {
    /// The position after them.
    pub end: u64,
    /// Their costs.
    pub costs: C,
    /// Number of those that are set aside.
    pub set_aside: u64,
}

impl Budgets {
    /// The budgets of these quotas: full, less what is stored as used when a city's log is first read.
    pub fn new(quotas: Quotas) -> Self {
        Self {
            quotas,
            of: Mutex::default(),
        }
    }

    /// Admits as many of the entries of a city's log from the position `first` on, with these costs, as its budgets
    /// allow now.
    pub fn admit(
        &self,
        kv: &dyn KeyValue,
        city: CityCode,
        time: Timestamp,
        next: (u64, impl IntoIterator<Item = Cost>),
    ) -> Result<Admission> {
        self.admit_at((Instant::now(), time), kv, city, next)
    }

    fn admit_at(
        &self,
        now: (Instant, Timestamp),
        kv: &dyn KeyValue,
        city: CityCode,
        (first, costs): (u64, impl IntoIterator<Item = Cost>),
    ) -> Result<Admission> {
        let mut accounts = self.accounts();
        // Read while the accounts are locked: a record read before could be older than the last charge.
        let used = records::city_use(kv, city)?;
        let is_full = self.full_catalogue(&used);
        let account = self.account(&mut accounts, city, used.spent, now);
        account.admitted.retain(|(seq, _)| *seq < first);
        let (now, _) = now;
        let mut left = account.left(now);
        let mut admitted = 0;
        // The position is checked against the stored one when the entries are stored.
        let positions = (0..).map(|number| first.wrapping_add(number));
        for (seq, cost) in positions.zip(costs) {
            let pause = match is_full {
                Some(budget) if cost.kind == Kind::Publication => Some(Pause {
                    budget,
                    wait: LONGEST_WAIT,
                }),
                _ => left.pause(now, cost.kind),
            };
            if pause.is_some() {
                return Ok(Admission {
                    items: admitted,
                    pause,
                });
            }
            left.charge(cost);
            account.admitted.push((seq, cost));
            admitted += 1;
        }
        Ok(Admission {
            items: admitted,
            pause: None,
        })
    }

    /// Charges entries of a city's log in the transaction that stores them. The charge counts if that is committed.
    pub fn charge(
        &self,
        tx: &mut Tx<'_>,
        city: CityCode,
        time: Timestamp,
        charge: Charge<impl IntoIterator<Item = Cost>>,
    ) -> Result<()> {
        self.charge_at((Instant::now(), time), tx, city, charge)
    }

    fn charge_at(
        &self,
        now: (Instant, Timestamp),
        tx: &mut Tx<'_>,
        city: CityCode,
        charge: Charge<impl IntoIterator<Item = Cost>>,
    ) -> Result<()> {
        let mut accounts = self.accounts();
        let record = records::city_use(tx, city)?.spent;
        let account = self.account(&mut accounts, city, record, now);
        let mut left = account.stored.clone();
        left.refill(now.0);
        for cost in charge.costs {
            left.charge(cost);
        }
        left.set_aside(charge.set_aside);
        let record = left.spent(now);
        account.charged = Some(Charged {
            record,
            left,
            end: charge.end,
        });
        records::set_spent(tx, city, record)
    }

    /// The account of a city, of which this record is stored.
    fn account<'a>(
        &self,
        accounts: &'a mut HashMap<CityCode, Account>,
        city: CityCode,
        record: Option<SpentBudgets>,
        now: (Instant, Timestamp),
    ) -> &'a mut Account {
        let account = accounts
            .entry(city)
            .or_insert_with(|| Account::of(&self.quotas, record, now));
        account.settle(&self.quotas, record, now);
        account
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

    fn accounts(&self) -> MutexGuard<'_, HashMap<CityCode, Account>> {
        // Each change of an account is complete, so a panic elsewhere cannot corrupt it.
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The use of a city's budgets: the stored charges, those of the transaction in progress, and admitted entries.
#[derive(Debug)]
struct Account {
    /// The budgets that remain after the charges that are stored.
    stored: Allowances,
    /// The stored record of these charges.
    record: Option<SpentBudgets>,
    /// The last charge, while it is not known to be stored.
    charged: Option<Charged>,
    /// The positions and costs of the entries that were admitted and are not known to be stored.
    admitted: Vec<(u64, Cost)>,
}

/// A charge of entries that a transaction stores.
#[derive(Debug)]
struct Charged {
    /// The record after it.
    record: SpentBudgets,
    /// The budgets that remain after it.
    left: Allowances,
    /// The position after the entries.
    end: u64,
}

impl Account {
    fn of(quotas: &Quotas, record: Option<SpentBudgets>, now: (Instant, Timestamp)) -> Self {
        Self {
            stored: Allowances::of(quotas, record, now),
            record,
            charged: None,
            admitted: Vec::new(),
        }
    }

    /// Matches the account with the stored record, which shows whether the last charge was committed. A record of
    /// neither replaces both.
    fn settle(&mut self, quotas: &Quotas, record: Option<SpentBudgets>, now: (Instant, Timestamp)) {
        match self.charged.take() {
            Some(charged) if Some(charged.record) == record => {
                self.admitted.retain(|(seq, _)| *seq >= charged.end);
                self.stored = charged.left;
                self.record = record;
            }
            charged if self.record == record => self.charged = charged,
            _ => {
                let admitted = mem::take(&mut self.admitted);
                *self = Self {
                    admitted,
                    ..Self::of(quotas, record, now)
                };
            }
        }
    }

    /// The budgets that remain after the stored charges and the admitted entries.
    fn left(&self, now: Instant) -> Allowances {
        let mut left = self.stored.clone();
        left.refill(now);
        for (_, cost) in &self.admitted {
            left.charge(*cost);
        }
        left
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
            Some(CityFact::Matter(fact)) if matches!(**fact, MatterFact::Filed { .. }) => {
                Kind::Request
            }
            // Each is noted for all members concerned.
            Some(CityFact::ReturnFlow(_)) => Kind::Request,
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

#[cfg(test)]
#[path = "quota_tests.rs"]
mod tests;
