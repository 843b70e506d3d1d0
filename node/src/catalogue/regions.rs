//! Notes in the requests with running grants whether their consumer is outside the region of the entry, for the
//! attention of people.
//!
//! An entry may have more grants than one job can rewrite. The job that publishes a revision with another region
//! records only that the region changed (`RegionChanged`); the jobs after it mark the requests piece by piece. If they
//! are interrupted, the next approval or the next start goes on.

use std::ops::Bound;

use chengji_domain::catalogue::Region;
use chengji_domain::request::{RequestId, RequestRecord};
use chengji_domain::{CityCode, ErrorCode, ResourceCode, Result};
use chengji_follow::request_table::{self, RUNNING};
use chengji_store::{KeyOnly, MAX_BATCH, Prefix, Table, Tx};
use jiff::Timestamp;

use super::entries;
use crate::own_log::OwnLog;

/// Entries of this city whose region changed, until the requests with their running grants are marked.
static CHANGED: Table<ResourceCode, KeyOnly> = Table::new(Prefix::RegionChanged, &[]);

/// Number of requests looked up at once.
const PAGE: usize = 50;
/// Bytes after which a job marks no further request.
const MOST_WRITTEN: usize = MAX_BATCH / 4;

/// The last request that a job looked at, with its key in [`RUNNING`].
type Passed = ((CityCode, ResourceCode, Timestamp), RequestId);

/// Records that the region of a published entry changed; [`mark_grants`] is called after the job.
pub(super) fn note_change(tx: &mut Tx<'_>, code: &ResourceCode) -> Result<()> {
    CHANGED.put(tx, code, &())
}

/// Marks the requests with running grants for all entries whose region changed. An error is logged, since the revisions
/// are published: what remains is marked after the next approval or at the next start.
pub(crate) async fn mark_grants(own: &OwnLog) {
    if let Err(error) = mark_all(own).await {
        tracing::error!("running grants outside a region cannot all be marked now: {error}");
    }
}

async fn mark_all(own: &OwnLog) -> Result<()> {
    let mut passed: Option<Passed> = None;
    while let Some(code) = first(own)? {
        let (city, now) = (own.city, own.now());
        let after = passed.filter(|((_, of, _), _)| *of == code);
        let job = move |tx: &mut Tx<'_>| mark_some(tx, (city, &code), now, after.as_ref());
        passed = own.ledger.write(job).await?;
    }
    Ok(())
}

/// The first entry whose region changed.
fn first(own: &OwnLog) -> Result<Option<ResourceCode>> {
    let changed = CHANGED.all().first(own.ledger.kv().as_ref())?;
    Ok(changed.map(|(code, ())| code))
}

/// Marks requests for an entry, beginning after this one, as many as one job may write. Returns the last of them if
/// more may follow. The record of the change is deleted only by a job that looked at all of them: between two jobs the
/// region may change again, and a grant may come to end before those already passed.
fn mark_some(
    tx: &mut Tx<'_>,
    (city, code): (CityCode, &ResourceCode),
    now: Timestamp,
    after: Option<&Passed>,
) -> Result<Option<Passed>> {
    let region = entries::find(tx, code)?.and_then(|record| record.entry.region);
    let later = (Bound::Excluded(now), Bound::Unbounded);
    let all = RUNNING.within(&(city, code.clone()), later);
    let mut rest = Some(match after {
        Some((key, request)) => all.after(key, request),
        None => all,
    });
    while let Some(span) = rest {
        let page = span.keys(tx, PAGE)?;
        for (key, request) in page.rows {
            mark(tx, request, city, region.as_ref())?;
            if tx.written() >= MOST_WRITTEN {
                return Ok(Some((key, request)));
            }
        }
        rest = page.rest;
    }
    if after.is_none() {
        CHANGED.delete(tx, code)?;
    }
    Ok(None)
}

/// Notes in a request whether its consumer is outside the region of the entry. A record without room for the note is
/// left as it is.
fn mark(
    tx: &mut Tx<'_>,
    request: RequestId,
    city: CityCode,
    region: Option<&Region>,
) -> Result<()> {
    let present = request_table::existing(tx, request)?;
    let consumer = present.history.consumer();
    let outside_region = region.is_some_and(|region| !region.admits(city, consumer));
    if outside_region == present.outside_region {
        return Ok(());
    }
    let marked = RequestRecord {
        outside_region,
        ..present.clone()
    };
    let replaced = request_table::replace(tx, Some(&present), &marked);
    if let Err(error) = &replaced
        && error.code() == ErrorCode::LimitExceeded
    {
        tracing::error!(%request, "a running grant outside a region cannot be marked: {error}");
        return Ok(());
    }
    replaced
}

#[cfg(test)]
#[path = "regions_tests.rs"]
mod tests;
