//! Requests for resources that nobody knows yet: they wait until the provider's log has been read,
//! for what it says may already be on its way.

use std::sync::Arc;
use std::time::Duration;

use chengji_clock::Clock;
use chengji_domain::Result;
use chengji_domain::request::RequestId;
use chengji_follow::cases;
use chengji_runtime::off_thread;
use chengji_store::{KeyValue, Ledger};
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
    let (kv, known) = (Arc::clone(ledger.kv()), is_current.clone());
    for id in off_thread(move || can_be_settled(&*kv, &known)).await? {
        let (terms, now, is_current) = (Arc::clone(terms), clock(), is_current.clone());
        let settled = ledger.write(move |tx| requests::settle(tx, &terms, now, id, &is_current));
        // The others wait, too.
        if let Err(error) = settled.await {
            tracing::error!(%id, %error, "cannot settle a waiting request; trying again");
        }
    }
    Ok(())
}

/// The waiting requests but for those that would only go on waiting: for them nothing is written.
fn can_be_settled(kv: &dyn KeyValue, is_current: &IsCurrent) -> Result<Vec<RequestId>> {
    let mut settled = Vec::new();
    for id in records::waiting(kv)? {
        let waits = match cases::find(kv, id)? {
            Some(record) if !records::is_active(kv, record.case.consumer())? => true,
            Some(record) if record.case.steps.is_empty() => {
                let resource = &record.case.submission.resource;
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
