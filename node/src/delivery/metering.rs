//! The use of grants at their provider, by which count, rate and period are enforced.
//!
//! A fetch is counted in one transaction before its first byte is sent. What makes it a new one, and which transfer
//! goes on, is decided in `chengji_domain::request::terms`. Counting reads the record of the grant's use and the time
//! of at most one counted fetch, however many there were.

use chengji_domain::request::terms::{CountedContent, Finished, GrantUse, Limits, MeterRefusal};
use chengji_domain::request::{RequestHistory, RequestId};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_records::{StoredCountedFetch, StoredGrantUse};
use chengji_store::{Limit, Prefix, Table, Tx, View};
use jiff::Timestamp;

use super::grant;
use crate::requests::records;

/// Maximum number of recorded times that one fetch removes: more than it adds.
const PRUNED_AT_ONCE: usize = 2;

/// The use of each grant with limits.
pub(crate) static USES: Table<RequestId, StoredGrantUse> = Table::new(Prefix::GrantUse, &[]);

/// The times of counted fetches, by request and number.
pub(crate) static FETCHES: Table<(RequestId, u64), StoredCountedFetch> =
    Table::new(Prefix::CountedFetch, &[]);

/// Meters a transfer of a content from this byte on by the limits of the grant in force. Returns the number of the
/// transfer; `None` where the grant has no limit that is metered. Errors, without counting anything: `LIMIT_EXCEEDED`
/// for count and rate, `GRANT_EXPIRED` for the period.
pub(crate) fn begin(
    tx: &mut Tx<'_>,
    request: RequestId,
    what: (CountedContent, u64),
    now: Timestamp,
) -> Result<Option<u64>> {
    let limits = grant::limits(&records::existing(tx, request)?.history);
    if !limits.are_metered() {
        return Ok(None);
    }
    let used = USES.get(tx, &request)?;
    let compared = compared_at(tx, request, &limits, used.as_ref())?;
    let metered = limits
        .meter(used, what, compared, now)
        .map_err(|refusal| refused(refusal, now))?;
    let used = metered.used;
    if metered.is_new {
        FETCHES.put(tx, &(request, used.counted), &used.counted_at)?;
        prune(tx, request, &used)?;
    }
    USES.put(tx, &request, &used)?;
    Ok(Some(used.transfers))
}

/// The time of the counted fetch that decides whether a further one is within the rate.
fn compared_at(
    view: &(impl View + ?Sized),
    request: RequestId,
    limits: &Limits,
    used: Option<&GrantUse>,
) -> Result<Option<Timestamp>> {
    match limits.compared_fetch(used) {
        None => Ok(None),
        Some(number) => FETCHES.get(view, &(request, number)),
    }
}

/// Refuses a transfer from this byte on before its content is read, where the limits refuse it whatever the content
/// is. Counts nothing. Errors: as of [`begin`].
pub(super) fn check_unread(
    view: &(impl View + ?Sized),
    (request, from): (RequestId, u64),
    limits: &Limits,
    now: Timestamp,
) -> Result<()> {
    let used = USES.get(view, &request)?;
    // A consumer that has a part of a content may go on in it, and one that has all of it asks for its receipt.
    if from > 0 {
        return check_period(limits, used.as_ref(), now);
    }
    let compared = compared_at(view, request, limits, used.as_ref())?;
    limits
        .check_unread(used.as_ref(), compared, now)
        .map_err(|refusal| refused(refusal, now))
}

/// Removes the earliest of the times that no rate needs any more, whatever the grant is changed to.
fn prune(tx: &mut Tx<'_>, request: RequestId, used: &GrantUse) -> Result<()> {
    let first = FETCHES
        .under(&(request,))
        .page(tx, Limit::rows(PRUNED_AT_ONCE))?;
    for (key, at) in first.rows {
        if used.is_beyond_rates(key.1, at) {
            FETCHES.delete(tx, &key)?;
        }
    }
    Ok(())
}

/// Number of fetches that were counted under a grant of this city; `None` where the grant in force has no limit that is
/// metered.
pub(crate) fn counted(
    view: &(impl View + ?Sized),
    history: &RequestHistory,
) -> Result<Option<u64>> {
    if !grant::limits(history).are_metered() {
        return Ok(None);
    }
    let used = USES.get(view, &history.id)?;
    Ok(Some(used.map_or(0, |used| used.kept())))
}

/// Checks that a transfer may go on. Errors: `CONFLICT` where a later one took its place, or where the grant became
/// metered since it began; `GRANT_EXPIRED` for the period.
pub(super) fn check(
    view: &(impl View + ?Sized),
    (request, transfer): (RequestId, Option<u64>),
    limits: &Limits,
    now: Timestamp,
) -> Result<()> {
    if !limits.are_metered() {
        return Ok(());
    }
    let used = USES.get(view, &request)?;
    check_period(limits, used.as_ref(), now)?;
    match transfer.is_some() && used.map(|used| used.transfers) == transfer {
        true => Ok(()),
        false => Err(superseded()),
    }
}

/// Returns the end of the period of use, where there is one.
pub(super) fn period_end(
    view: &(impl View + ?Sized),
    request: RequestId,
    limits: &Limits,
) -> Result<Option<Timestamp>> {
    if limits.period_days.is_none() {
        return Ok(None);
    }
    Ok(limits.period_end(USES.get(view, &request)?.as_ref()))
}

/// Returns true if this content was counted last.
pub(super) fn is_last(
    view: &(impl View + ?Sized),
    request: RequestId,
    content: &CountedContent,
) -> Result<bool> {
    let used = USES.get(view, &request)?;
    Ok(used.is_some_and(|used| used.is_of(content)))
}

/// Checks that the period of use is not over, where no byte is sent. Errors: `GRANT_EXPIRED`.
pub(super) fn check_unsent(
    view: &(impl View + ?Sized),
    request: RequestId,
    limits: &Limits,
    now: Timestamp,
) -> Result<()> {
    check_period(limits, USES.get(view, &request)?.as_ref(), now)
}

fn check_period(limits: &Limits, used: Option<&GrantUse>, now: Timestamp) -> Result<()> {
    limits
        .check_period(used, now)
        .map_err(|refusal| refused(refusal, now))
}

/// Records that a transfer sent everything. Returns false where its fetch was complete before. Errors: `CONFLICT` where
/// a later transfer took its place.
pub(crate) fn finish(
    tx: &mut Tx<'_>,
    request: RequestId,
    transfer: u64,
    now: Timestamp,
) -> Result<bool> {
    let finished = USES
        .get(tx, &request)?
        .map_or(Finished::Superseded, |used| used.finish(transfer, now));
    match finished {
        Finished::Completed(used) => {
            USES.put(tx, &request, &used)?;
            Ok(true)
        }
        Finished::Repeated => Ok(false),
        Finished::Superseded => Err(superseded()),
    }
}

/// Notes that this node ended a transfer: its fetch does not count, unless it is resumed. A transfer that a later one
/// has replaced is not changed.
pub(super) fn fail(tx: &mut Tx<'_>, request: RequestId, transfer: u64) -> Result<()> {
    let used = USES.get(tx, &request)?;
    match used.and_then(|used| used.fail(transfer)) {
        Some(failed) => USES.put(tx, &request, &failed),
        None => Ok(()),
    }
}

fn refused(refusal: MeterRefusal, now: Timestamp) -> Error {
    let message = refusal.message();
    match refusal {
        MeterRefusal::CountUsed { .. } => Error::new(ErrorCode::LimitExceeded, message),
        MeterRefusal::TooSoon { from, .. } => {
            let wait = from.duration_since(now).unsigned_abs();
            Error::new(ErrorCode::LimitExceeded, message).with_retry_after(wait)
        }
        MeterRefusal::PeriodOver { .. } => Error::new(ErrorCode::GrantExpired, message),
    }
}

fn superseded() -> Error {
    Error::new(ErrorCode::Conflict, msg::TransferSuperseded)
}

#[cfg(test)]
#[path = "metering_tests.rs"]
mod tests;
