//! The requests with a running grant for an entry of this city.

use std::ops::Bound;

use chengji_domain::catalogue::{Entry, RunningGrants};
use chengji_domain::request::RequestRecord;
use chengji_domain::stop::{StopCause, StopTarget};
use chengji_domain::{CityCode, ResourceCode, Result};
use chengji_follow::request_table::{self, RUNNING};
use chengji_store::{Tx, View};
use jiff::Timestamp;

use crate::stops;

/// The requests with a running grant for an entry of this city at this time, except those whose deliveries it has
/// stopped for an incident, or revoked.
pub(super) fn of(
    view: &(impl View + ?Sized),
    (city, code): (CityCode, &ResourceCode),
    now: Timestamp,
) -> Result<RunningGrants> {
    let mut running = RunningGrants::default();
    let later = (Bound::Excluded(now), Bound::Unbounded);
    let span = RUNNING.within(&(city, code.clone()), later);
    span.each_key(view, |_, request| {
        if !is_stopped(view, &StopTarget::Request(request))? {
            running.add(request);
        }
        Ok(())
    })?;
    match running.count > 0 && is_stopped(view, &StopTarget::Entry(code.clone()))? {
        true => Ok(RunningGrants::default()),
        false => Ok(running),
    }
}

/// Refuses to end the sharing of an entry that has running grants. Errors: `OUT_OF_TURN`.
pub(super) fn check_none(
    view: &(impl View + ?Sized),
    (city, code): (CityCode, &ResourceCode),
    now: Timestamp,
) -> Result<()> {
    of(view, (city, code), now)?.check_none(code)
}

/// Notes in the requests with a running grant for an entry of this city whether the consumer is outside its region, for
/// the attention of people.
pub(super) fn note_region(
    tx: &mut Tx<'_>,
    (city, entry): (CityCode, &Entry),
    now: Timestamp,
) -> Result<()> {
    let later = (Bound::Excluded(now), Bound::Unbounded);
    let mut requests = Vec::new();
    let span = RUNNING.within(&(city, entry.code.clone()), later);
    span.each_key(tx, |_, request| {
        requests.push(request);
        Ok(())
    })?;
    for request in requests {
        let present = request_table::existing(tx, request)?;
        let consumer = present.history.consumer();
        let region = entry.region.as_ref();
        let outside_region = region.is_some_and(|region| !region.admits(city, consumer));
        if outside_region != present.outside_region {
            let noted = RequestRecord {
                outside_region,
                ..present.clone()
            };
            request_table::replace(tx, Some(&present), &noted)?;
        }
    }
    Ok(())
}

/// Returns true if the provider's stop is an end of deliveries, or begins one with a report.
fn is_stopped(view: &(impl View + ?Sized), target: &StopTarget) -> Result<bool> {
    let stops = stops::of(view, target)?;
    Ok(match stops.in_force() {
        Some((_, StopCause::Incident | StopCause::Revoked)) => true,
        Some((_, StopCause::Suspended | StopCause::Restored)) | None => false,
    })
}

#[cfg(test)]
#[path = "running_tests.rs"]
mod tests;
