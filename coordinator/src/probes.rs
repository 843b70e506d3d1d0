//! Probes (抽查) of unconditional entries: orders them, notes their outcomes, and lists them. Which entries are due follows
//! from the catalogue and the day, and the prober from these and the cities that can be reached (`chengji_domain::probe`).

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use chengji_access::roster;
use chengji_clock::Clock;
use chengji_domain::calendar::local_date;
use chengji_domain::fact::ClusterFact;
use chengji_domain::probe::{
    Declaration, ProbeMade, ProbeNote, ProbeOrder, declaration, is_due, order_of_turns, prober,
};
use chengji_domain::roster::MembershipStatus;
use chengji_domain::{CityCode, Error, ErrorCode, Principal, ResourceRef, Result};
use chengji_follow::probe_table;
use chengji_messages::msg;
use chengji_proto::service::{Page, ProbeService};
use chengji_proto::v1;
use chengji_runtime::off_thread;
use chengji_store::{KeyValue, Ledger, Tx};
use chengji_transport::Permit;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::watch;

use crate::followed::FollowedCities;
use crate::requests::IsCurrent;
use crate::{journal, records};

/// Interval between checks for a new day.
const INTERVAL: Duration = Duration::from_secs(10);

/// Maximum number of days for a probe.
const MAX_DAYS: u32 = 366;

/// Number of keys of entries read at once.
const KEYS: usize = 1_000;

/// Probes (抽查): the coordinator orders cities to read entries of others that are shared without conditions, to count
/// them and to compare them with what their providers declare.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ProbeSettings {
    /// True to order probes. The cluster decides about that; all nodes have to be of a version that knows probes.
    pub enabled: bool,
    /// Interval at which each entry is probed.
    #[schemars(extend("x-value" = "days"))]
    pub every_days: NonZeroU32,
    /// Maximum number of probes a day. Where more entries are due, chance decides.
    pub per_day: u32,
    /// Time after the day of the order in which a city can make a probe.
    #[schemars(range(min = 1, max = 366), extend("x-value" = "days"))]
    pub days: u32,
    /// Size of a file, or of the values of a table, up to which it is probed.
    #[schemars(extend("x-value" = "bytes"))]
    pub max_bytes: u64,
}

impl Default for ProbeSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            every_days: NonZeroU32::MIN.saturating_add(29),
            per_day: 20,
            days: 7,
            max_bytes: 1 << 30,
        }
    }
}

/// Orders and lists probes.
#[derive(Clone)]
pub struct Probes {
    ledger: Ledger,
    cities: FollowedCities,
    settings: ProbeSettings,
    clock: Clock,
}

impl Probes {
    /// Stores probes in this ledger, and orders them from the cities that can be reached.
    pub fn new(
        ledger: Ledger,
        cities: FollowedCities,
        settings: ProbeSettings,
        clock: Clock,
    ) -> Self {
        Self {
            ledger,
            cities,
            settings,
            clock,
        }
    }

    /// Orders the probes of each day once two cities can be reached, until `stopped` turns true.
    pub async fn watch(self, mut stopped: watch::Receiver<bool>) {
        if !self.settings.enabled {
            return;
        }
        let mut done = None;
        loop {
            let now = (self.clock)();
            let today = local_date(now);
            if done != Some(today) {
                match order(&self.ledger, self.settings, &self.cities.is_current(), now).await {
                    Ok(None) => {}
                    Ok(Some(ordered)) => {
                        tracing::info!(ordered, "ordered the probes of the day");
                        done = Some(today);
                    }
                    Err(error) => tracing::error!(%error, "cannot order probes; trying again"),
                }
            }
            tokio::select! {
                () = tokio::time::sleep(INTERVAL) => {}
                _ = stopped.wait_for(|stop| *stop) => return,
            }
        }
    }
}

impl ProbeService<Permit> for Probes {
    async fn list(&self, _: Permit, asked: v1::ListProbesRequest) -> Result<Page<v1::Probe>> {
        let (ledger, now) = (self.ledger.clone(), (self.clock)());
        off_thread(move || probe_table::page(&**ledger.kv(), &asked, now)).await
    }
}

/// Orders the probes of this day that are not ordered yet; returns their number. `None` if fewer than two cities can be
/// reached: a single one could not probe its own entries.
async fn order(
    ledger: &Ledger,
    settings: ProbeSettings,
    is_current: &IsCurrent,
    now: Timestamp,
) -> Result<Option<usize>> {
    let (kv, is_current) = (Arc::clone(ledger.kv()), Arc::clone(is_current));
    let orders = off_thread(move || orders_of_day(&*kv, settings, &is_current, now)).await?;
    let Some(orders) = orders else {
        return Ok(None);
    };
    let ordered = orders.len();
    for order in orders {
        let job = move |tx: &mut Tx<'_>| {
            let fact = ClusterFact::ProbeOrdered(Box::new(order));
            journal::append(tx, now, &Principal::Coordinator, fact).map(drop)
        };
        ledger.write(job).await?;
        metrics::counter!("chengji_probes_ordered_total").increment(1);
    }
    Ok(Some(ordered))
}

/// The probes of this day that are not ordered yet.
fn orders_of_day(
    kv: &dyn KeyValue,
    settings: ProbeSettings,
    is_current: &IsCurrent,
    now: Timestamp,
) -> Result<Option<Vec<ProbeOrder>>> {
    let mut active = BTreeSet::new();
    roster::each_member(kv, |known| {
        let is_active = known.status == MembershipStatus::Active;
        active.extend(is_active.then_some(known.member.city));
        Ok(())
    })?;
    let reached: Vec<CityCode> = active
        .iter()
        .copied()
        .filter(|city| is_current(*city))
        .collect();
    if reached.len() < 2 {
        return Ok(None);
    }
    let today = local_date(now);
    let ordered = ordered_on(kv, today)?;
    let mut due = due_entries(kv, settings, today, &active)?;
    due.retain(|(resource, _)| !ordered.contains(resource));
    due.sort_by_cached_key(|(resource, _)| order_of_turns(resource, today));
    let room = (settings.per_day as usize).saturating_sub(ordered.len());
    let until = today.saturating_add(i64::from(settings.days.min(MAX_DAYS)).days());
    let orders = due
        .into_iter()
        .take(room)
        .filter_map(|(resource, declared)| {
            Some(ProbeOrder {
                prober: prober(&resource, &reached, today)?,
                provider: resource.city,
                code: resource.code,
                until,
                declared,
            })
        });
    Ok(Some(orders.collect()))
}

/// The entries that may be probed and are due on this day, of these cities.
fn due_entries(
    kv: &dyn KeyValue,
    settings: ProbeSettings,
    today: Date,
    cities: &BTreeSet<CityCode>,
) -> Result<Vec<(ResourceRef, Declaration)>> {
    let (mut due, mut last) = (Vec::new(), None);
    loop {
        let keys = records::entry_keys(kv, last.as_ref(), KEYS)?;
        for (city, code) in &keys {
            let (city, code) = (*city, code.clone());
            let resource = ResourceRef { city, code };
            if !cities.contains(&city) || !is_due(&resource, settings.every_days, today) {
                continue;
            }
            let record = records::entry(kv, city, &resource.code)?;
            let declared = record.as_ref().and_then(declaration);
            let small = declared.filter(|of| of.measurement.bytes <= settings.max_bytes);
            due.extend(small.map(|declared| (resource, declared)));
        }
        match keys.into_iter().next_back() {
            Some(key) => last = Some(key),
            None => return Ok(due),
        }
    }
}

/// The entries whose probe was ordered on this day.
fn ordered_on(kv: &dyn KeyValue, today: Date) -> Result<BTreeSet<ResourceRef>> {
    let mut ordered = BTreeSet::new();
    for record in probe_table::newest_first(kv) {
        let record = record?;
        if local_date(record.at) < today {
            break;
        }
        ordered.insert(ResourceRef {
            city: record.order.provider,
            code: record.order.code,
        });
    }
    Ok(ordered)
}

/// Records the outcome of a probe from the log of the city that made it, once, and notes it for the provider. Ignores the
/// outcome of an order that a restored coordinator has lost.
///
/// # Errors
///
/// `PEER_INVALID` for a probe that this city was not ordered to make.
pub fn note(
    tx: &mut Tx<'_>,
    (city, at): (CityCode, Timestamp),
    now: Timestamp,
    made: &ProbeMade,
) -> Result<()> {
    let Some(known) = probe_table::find(tx, made.number)? else {
        return Ok(());
    };
    if !known.is_of(made, city) {
        let message = msg::ProbeNotOfCity { city };
        return Err(Error::new(ErrorCode::PeerInvalid, message));
    }
    if !probe_table::put_outcome(tx, (city, at), made)? {
        return Ok(());
    }
    let note = ProbeNote {
        prober: city,
        at,
        made: made.clone(),
    };
    let fact = ClusterFact::ProbeNoted(Box::new(note));
    journal::append(tx, now, &Principal::Coordinator, fact).map(drop)
}

#[cfg(test)]
#[path = "probes_tests.rs"]
mod tests;
