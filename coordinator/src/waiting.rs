//! Requests for resources that nobody knows yet: they wait until the provider's log has been read,
//! for what it says may already be on its way.

use std::sync::Arc;
use std::time::Duration;

use chengji_domain::Result;
use chengji_follow::{Clock, cases};
use chengji_store::Ledger;
use tokio::sync::watch;

use crate::requests::IsCurrent;
use crate::terms::Terms;
use crate::{records, requests};

/// How often waiting requests are looked at; there are none most of the time.
const INTERVAL: Duration = Duration::from_secs(1);

/// Looks at every waiting request once.
pub async fn settle_all(
    ledger: &Ledger,
    terms: &Arc<Terms>,
    clock: &Clock,
    is_current: &IsCurrent,
) -> Result<()> {
    let kv = &**ledger.kv();
    for id in records::waiting(kv)? {
        if let Some(record) = cases::find(kv, id)? {
            let resource = &record.case.submission.resource;
            let known = records::entry(kv, resource.city, &resource.code)?.is_some();
            // As long as it would only go on waiting, nothing is written.
            if record.case.steps.is_empty() && !known && !is_current(resource.city) {
                continue;
            }
        }
        let (terms, now, is_current) = (Arc::clone(terms), clock(), is_current.clone());
        ledger
            .write(move |tx| requests::settle(tx, &terms, now, id, &is_current))
            .await?;
    }
    Ok(())
}

/// Looks at them again and again, until `shutdown` turns true.
pub async fn watch_waiting(
    ledger: Ledger,
    terms: Arc<Terms>,
    clock: Clock,
    is_current: IsCurrent,
    mut shutdown: watch::Receiver<bool>,
) {
    loop {
        if let Err(error) = settle_all(&ledger, &terms, &clock, &is_current).await {
            tracing::error!(%error, "cannot settle waiting requests; trying again");
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            _ = shutdown.wait_for(|stop| *stop) => return,
        }
    }
}
