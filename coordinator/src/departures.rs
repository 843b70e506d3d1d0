//! Ends what is open with a city that has left the cluster: requests, corrections and demands.

use chengji_clock::Clock;
use chengji_domain::{CityCode, Result};
use chengji_store::Ledger;

use crate::{matters, requests, retry};

/// Ends all of a city that was removed, retrying until done.
pub(crate) async fn end_until_done(ledger: &Ledger, clock: &Clock, city: CityCode) {
    let failure = "its requests, corrections and demands are not ended yet";
    retry::until_done(city, failure, || end(ledger, clock, city)).await;
}

async fn end(ledger: &Ledger, clock: &Clock, city: CityCode) -> Result<()> {
    let requests = requests::end_requests(ledger, clock, city).await;
    // A failure of the others does not keep these.
    let matters = matters::end_matters(ledger, clock, city).await;
    let (requests, matters) = (requests?, matters?);
    if requests + matters > 0 {
        tracing::info!(%city, requests, matters, "ended what was open with a removed city");
    }
    Ok(())
}
