//! The requests with a running grant for an entry of this city.

use std::ops::Bound;

use chengji_domain::catalogue::RunningGrants;
use chengji_domain::stop::{StopAct, StopCause, StopTarget, Stops};
use chengji_domain::{CityCode, Error, ErrorCode, ResourceCode, Result};
use chengji_follow::request_table::RUNNING;
use chengji_messages::msg;
use chengji_store::{Ledger, View};
use jiff::Timestamp;

use super::entries;
use crate::{restored, stops};

/// Number of requests read at once.
const PAGE: usize = 50;

/// The requests with a running grant for an entry of this city at this time, except those whose deliveries it has
/// stopped for an incident, or revoked. They are counted up to [`RunningGrants::MAX_COUNTED`].
pub(super) fn of(
    view: &(impl View + ?Sized),
    (city, code): (CityCode, &ResourceCode),
    now: Timestamp,
) -> Result<RunningGrants> {
    let mut running = RunningGrants::default();
    let later = (Bound::Excluded(now), Bound::Unbounded);
    let mut rest = Some(RUNNING.within(&(city, code.clone()), later));
    while let Some(span) = rest.filter(|_| running.count < RunningGrants::MAX_COUNTED) {
        let page = span.keys(view, PAGE)?;
        for (_, request) in page.rows {
            if !is_stopped(view, &StopTarget::Request(request))? {
                running.add(request);
            }
        }
        rest = page.rest;
    }
    match running.count > 0 && is_stopped(view, &StopTarget::Entry(code.clone()))? {
        true => Ok(RunningGrants::default()),
        false => Ok(running),
    }
}

/// Refuses to end the sharing of an entry that has running grants, and, unless its deliveries are stopped for an
/// incident, while a log that was restored from a backup may lack some. Errors: `OUT_OF_TURN`.
pub(super) fn check_none(
    view: &(impl View + ?Sized),
    ledger: &Ledger,
    (city, code): (CityCode, &ResourceCode),
    now: Timestamp,
) -> Result<()> {
    of(view, (city, code), now)?.check_none(code)?;
    if is_stopped(view, &StopTarget::Entry(code.clone()))? || !restored::lacks_reading(ledger)? {
        return Ok(());
    }
    Err(Error::new(ErrorCode::OutOfTurn, msg::ReadingAwaited))
}

/// Refuses to lift an incident stop, be it of a request or of the entry, once the entry was withdrawn or excluded from
/// sharing under it: no delivery would go on, and nothing would ask for the end of the share. Errors: `WITHDRAWN`,
/// `NOT_SHARED`.
pub(crate) fn check_act(
    view: &(impl View + ?Sized),
    code: &ResourceCode,
    (stops, act): (&Stops, &StopAct),
) -> Result<()> {
    let is_lifted = matches!(act, StopAct::Lifted { .. }) && is_end(stops);
    match is_lifted && entries::find(view, code)?.is_some() {
        true => entries::shared(view, code).map(drop),
        false => Ok(()),
    }
}

fn is_stopped(view: &(impl View + ?Sized), target: &StopTarget) -> Result<bool> {
    Ok(is_end(&stops::of(view, target)?))
}

/// Returns true if the provider's stop is an end of deliveries, or begins one with a report.
fn is_end(stops: &Stops) -> bool {
    match stops.in_force() {
        Some((_, StopCause::Incident | StopCause::Revoked)) => true,
        Some((_, StopCause::Suspended | StopCause::Restored)) | None => false,
    }
}

#[cfg(test)]
#[path = "running_tests.rs"]
mod tests;
