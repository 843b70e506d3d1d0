//! Forgets a removed city's entries in the directory and its accounts of the rate. The copy of its log
//! stays, for figures of the past, and both are rebuilt from it when the city takes part again.

use std::sync::Arc;

use chengji_access::roster;
use chengji_domain::fact::LogOwner;
use chengji_domain::roster::MembershipStatus;
use chengji_domain::{CityCode, ErrorCode, Result};
use chengji_follow::{CopiedEntry, Follower, current_copy, damaged_entry, set_aside};
use chengji_proto::convert::city_entry_from;
use chengji_runtime::off_thread;
use chengji_store::{Ledger, Tx};

use crate::federation::Federation;
use crate::rate::LiveRate;
use crate::records::{self, CatalogueSums};
use crate::{catalogue, retry};

/// Number of log entries whose effects are written at once; each rewrites a record of up to 64 KiB.
const PIECE: usize = 8;

/// Forgets a removed city's published entries, unless already done.
async fn forget(ledger: &Ledger, rate: &LiveRate, city: CityCode) -> Result<()> {
    let used = records::city_use(&**ledger.kv(), city)?;
    if used.forgotten && used.entries == 0 && rate.entries(city) == 0 {
        return Ok(());
    }
    loop {
        let forgotten = ledger.write(move |tx| {
            let member = roster::member(tx, city)?;
            // The city takes part again, or was never removed.
            if member.is_none_or(|member| member.status != MembershipStatus::Removed) {
                return Ok(true);
            }
            let used = records::city_use(tx, city)?;
            if used.forgotten && used.entries == 0 {
                return Ok(true);
            }
            records::set_forgotten(tx, city, true)?;
            records::forget_entries(tx, city)
        });
        if forgotten.await? {
            break;
        }
    }
    if records::city_use(&**ledger.kv(), city)?.forgotten {
        rate.forget(city);
        tracing::info!(%city, "its entries are removed from the directory; the copy of its log is kept");
    }
    Ok(())
}

/// Forgets a removed city's published entries, retrying until done.
pub async fn forget_until_done(ledger: &Ledger, rate: &LiveRate, city: CityCode) {
    let failure = "its entries are not removed from the directory yet";
    retry::until_done(city, failure, || forget(ledger, rate, city)).await;
}

/// Rebuilds the forgotten entries of a city from the copy of its log.
async fn recall(ledger: &Ledger, rate: &Arc<LiveRate>, city: CityCode) -> Result<()> {
    if !records::city_use(&**ledger.kv(), city)?.forgotten {
        return Ok(());
    }
    // Removes the leftovers of an interrupted rebuild.
    while !ledger
        .write(move |tx| records::forget_entries(tx, city))
        .await?
    {}
    let log = LogOwner::City(city);
    let kv = Arc::clone(ledger.kv());
    let known = off_thread(move || Ok((current_copy(&*kv, log)?, set_aside(&*kv, log)?)));
    let (copy, aside) = known.await?;
    let (aside, mut from) = (Arc::new(aside), 0);
    while let Some(copy) = copy.filter(|copy| from < copy.next) {
        let copies = rate.copies().clone();
        let entries = off_thread(move || copies.entries(&copy, from, PIECE)).await?;
        from += entries.len() as u64;
        let aside = Arc::clone(&aside);
        let job = move |tx: &mut Tx<'_>| {
            let mut sums = CatalogueSums::default();
            for (seq, copied) in entries {
                match copied {
                    CopiedEntry::Entry(entry) if entry.has_body() && !aside.contains(&seq) => {
                        let entry = city_entry_from(&entry, city)?;
                        catalogue::apply(tx, &mut sums, city, entry.at, &entry.fact, None)?;
                    }
                    CopiedEntry::Entry(_) => {}
                    CopiedEntry::Damaged => return Err(damaged_entry(&copy, seq)),
                }
            }
            sums.store(tx, city)
        };
        ledger.write(job).await?;
    }
    let own = Arc::clone(rate);
    off_thread(move || own.recall(city)).await?;
    ledger
        .write(move |tx| records::set_forgotten(tx, city, false))
        .await
}

/// Rebuilds them, retrying until done. The follower of its log, which does not run yet, fetches damaged
/// entries of the copy again.
pub async fn recall_until_done(
    ledger: &Ledger,
    rate: &Arc<LiveRate>,
    city: CityCode,
    follower: &Follower<Federation>,
) {
    let failure = "its entries are not back in the directory yet";
    let attempt = || recall_or_fetch_again(ledger, rate, city, follower);
    retry::until_done(city, failure, attempt).await;
}

/// Rebuilds them. Where a damaged entry prevents it, has the damaged entries fetched again, for the next attempt.
async fn recall_or_fetch_again(
    ledger: &Ledger,
    rate: &Arc<LiveRate>,
    city: CityCode,
    follower: &Follower<Federation>,
) -> Result<()> {
    let recalled = recall(ledger, rate, city).await;
    let is_damaged = matches!(&recalled, Err(error) if error.code() == ErrorCode::StorageDamaged);
    if is_damaged && let Err(error) = follower.fetch_again().await {
        tracing::warn!(%city, %error, "damaged entries cannot be fetched again now");
    }
    recalled
}

#[cfg(test)]
#[path = "forgetting_tests.rs"]
mod tests;
