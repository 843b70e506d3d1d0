//! Grants with limits that a node meters, after its log was restored from a backup: how often data was fetched under
//! them since the backup is not known.
//!
//! Counts are kept by this node alone, and no other log has them. Deliveries under such a grant therefore stop at the
//! first fetch, as they do under a grant that the log has lost, until a person of the city confirms them by `request
//! lift-stop`: then they go on with the counts of the backup. Every fetch under a grant made since the restore is in
//! this log.

use chengji_domain::Result;
use chengji_domain::request::{RequestId, RequestRecord};
use chengji_domain::stop::{StopAct, StopCause, StopTarget};
use chengji_follow::epoch_began_at;
use chengji_store::{Tx, View};

use crate::own_log::OwnLog;
use crate::requests::records;
use crate::stops;

/// Stops deliveries under a grant whose count may have been lost. Errors: `GRANT_SUSPENDED` then.
pub(super) async fn check(own: &OwnLog, request: RequestId) -> Result<()> {
    let kv = own.ledger.kv().as_ref();
    if is_known(own, kv, &records::existing(kv, request)?)? {
        return Ok(());
    }
    let log = own.clone();
    let job = move |tx: &mut Tx<'_>| stop(&log, tx, request);
    match own.ledger.write(job).await? {
        false => Ok(()),
        true => {
            let target = StopTarget::Request(request);
            Err(stops::stopped(&target, StopCause::Restored, ""))
        }
    }
}

/// Stops deliveries under the grant, unless people have confirmed them meanwhile. Returns true if they are stopped.
fn stop(own: &OwnLog, tx: &mut Tx<'_>, request: RequestId) -> Result<bool> {
    let mut record = records::existing(tx, request)?;
    if is_known(own, tx, &record)? {
        return Ok(false);
    }
    let target = StopTarget::Request(request);
    if stops::of(tx, &target)?.in_force().is_some() {
        return Ok(true);
    }
    let act = StopAct::Stopped {
        cause: StopCause::Restored,
        reason: String::new(),
        report: None,
    };
    let by = (own.node().into(), own.now());
    let recorded = stops::act(own, tx, by, target, act)?;
    tracing::error!(%request,
        "deliveries are stopped: this city's log was restored and may have lost fetches that count; \
         'request list --attention' lists the requests to confirm");
    record.stops.take(recorded);
    records::put(tx, &record)?;
    Ok(true)
}

/// Returns true if every counted fetch under the grant is in the log: it was never restored, the grant was made since,
/// or people have let its deliveries go on since.
fn is_known(own: &OwnLog, view: &(impl View + ?Sized), record: &RequestRecord) -> Result<bool> {
    let epoch = own.ledger.head().epoch;
    if epoch.number <= 1 {
        return Ok(true);
    }
    let acts = stops::of(view, &StopTarget::Request(record.history.id))?;
    let has_acted = acts.acts().iter().any(|act| act.origin.epoch == epoch);
    if has_acted && acts.in_force().is_none() {
        return Ok(true);
    }
    let mut steps = record.history.steps.iter();
    let granted = steps.find(|step| step.mv.grant().is_some());
    let has_moved = record.decided.is_some_and(|last| last.epoch == epoch);
    match granted {
        Some(step) if has_moved => {
            let began_at = epoch_began_at(view)?;
            Ok(began_at.is_some_and(|began_at| step.at >= began_at))
        }
        Some(_) | None => Ok(false),
    }
}

#[cfg(test)]
#[path = "lost_counts_tests.rs"]
mod tests;
