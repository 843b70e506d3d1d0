//! Requests for unknown resources, which wait until the provider's log was read, since the resource may
//! be on its way; and moves that wait for their request.

use std::sync::Arc;
use std::time::Duration;

use chengji_access::roster;
use chengji_clock::Clock;
use chengji_domain::Result;
use chengji_domain::request::RequestId;
use chengji_follow::request_table;
use chengji_runtime::off_thread;
use chengji_store::{KeyValue, Ledger};
use tokio::sync::watch;

use crate::deadlines::Deadlines;
use crate::requests::IsCurrent;
use crate::{early_moves, records, requests};

/// Interval between checks of waiting requests; there are usually none.
const INTERVAL: Duration = Duration::from_secs(1);

/// Decides about every waiting request once.
pub async fn settle_all(
    ledger: &Ledger,
    deadlines: &Arc<Deadlines>,
    clock: &Clock,
    is_current: &IsCurrent,
) -> Result<()> {
    let (kv, known) = (Arc::clone(ledger.kv()), is_current.clone());
    for id in off_thread(move || can_be_settled(&*kv, &known)).await? {
        let (deadlines, now, is_current) = (Arc::clone(deadlines), clock(), is_current.clone());
        let settled = ledger.write(move |tx| {
            requests::settle(tx, &deadlines, now, id, &is_current)?;
            early_moves::apply(tx, &deadlines, now, id)
        });
        // The other requests are still handled.
        if let Err(error) = settled.await {
            tracing::error!(%id, %error, "cannot settle a waiting request; trying again");
        }
    }
    settle_early_moves(ledger, deadlines, clock, is_current).await
}

/// Ends the waiting of moves whose request was opened meanwhile, or was never made.
async fn settle_early_moves(
    ledger: &Ledger,
    deadlines: &Arc<Deadlines>,
    clock: &Clock,
    is_current: &IsCurrent,
) -> Result<()> {
    let (kv, known) = (Arc::clone(ledger.kv()), is_current.clone());
    for (id, is_opened) in off_thread(move || no_longer_early(&*kv, &known)).await? {
        let (deadlines, now) = (Arc::clone(deadlines), clock());
        let settled = ledger.write(move |tx| match is_opened {
            true => early_moves::apply(tx, &deadlines, now, id),
            false => early_moves::give_up(tx, now, id),
        });
        if let Err(error) = settled.await {
            tracing::error!(%id, %error, "cannot settle moves that wait for a request; trying again");
        }
    }
    Ok(())
}

/// The requests whose kept moves can be released, and whether each was opened; others may still arrive.
fn no_longer_early(kv: &dyn KeyValue, is_current: &IsCurrent) -> Result<Vec<(RequestId, bool)>> {
    let mut settled = Vec::new();
    for id in early_moves::awaited(kv)? {
        match request_table::find(kv, id)? {
            Some(record) if record.history.steps.is_empty() => {}
            Some(_) => settled.push((id, true)),
            None if is_current(id.city) => settled.push((id, false)),
            None => {}
        }
    }
    Ok(settled)
}

/// The waiting requests that can be decided now; nothing is written for the others.
fn can_be_settled(kv: &dyn KeyValue, is_current: &IsCurrent) -> Result<Vec<RequestId>> {
    let mut settled = Vec::new();
    for id in records::waiting(kv)? {
        let waits = match request_table::find(kv, id)? {
            Some(record) if !roster::is_active(kv, record.history.consumer())? => true,
            Some(record) if record.history.steps.is_empty() => {
                let resource = &record.history.submission.resource;
                let known = records::entry(kv, resource.city, &resource.code)?.is_some();
                !known && !is_current(resource.city)
            }
            _ => false,
        };
        if !waits {
            settled.push(id);
        }
    }
    Ok(settled)
}

/// Decides about waiting requests repeatedly, until `shutdown` turns true.
pub async fn watch_waiting(
    ledger: Ledger,
    deadlines: Arc<Deadlines>,
    clock: Clock,
    is_current: IsCurrent,
    mut shutdown: watch::Receiver<bool>,
) {
    loop {
        if let Err(error) = settle_all(&ledger, &deadlines, &clock, &is_current).await {
            tracing::error!(%error, "cannot settle waiting requests; trying again");
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            _ = shutdown.wait_for(|stop| *stop) => return,
        }
    }
}
