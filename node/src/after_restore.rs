//! Recovery after a city's log was restored from a backup. When the node has read the coordinator's log to its end, it
//! ends, once, the rules for automatic grants and the standing consents that the backup brought back.
//!
//! They are facts for the city's own people, so no other log says whether people have ended them since the backup.
//! Until this is done, none of them is in force (`restored::lacks_reading`); afterwards people set and give anew those
//! that are still to apply. Fetches whose counts the log has lost are dealt with where a fetch begins
//! (`delivery/lost_counts.rs`).

use std::time::Duration;

use chengji_domain::Result;
use chengji_follow::Followed;
use chengji_store::{Confirmation, Tx};
use tokio::sync::watch;

use crate::consent::standing;
use crate::grant_rules;
use crate::own_log::OwnLog;
use crate::restored;

/// Interval between checks of the progress in reading the coordinator's log.
const INTERVAL: Duration = Duration::from_millis(100);

/// As soon as the coordinator's log was read to its end in the present epoch of the city's log, ends what a restore
/// brought back, and records that it was read. Returns then, or when `stopped` turns true.
pub(crate) async fn run(own: OwnLog, followed: Followed, mut stopped: watch::Receiver<bool>) {
    let recorded = async {
        loop {
            let confirmed = *own.ledger.confirmation().borrow() == Confirmation::Confirmed;
            match restored::lacks_reading(&own.ledger) {
                Ok(false) if confirmed => return,
                Ok(true) if confirmed && followed.state().caught_up.is_some() => {
                    if let Err(error) = record(&own).await {
                        tracing::warn!(%error, "the reading of the coordinator's log");
                    }
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "the reading of the coordinator's log"),
            }
            tokio::time::sleep(INTERVAL).await;
        }
    };
    tokio::select! {
        () = recorded => {}
        _ = stopped.wait_for(|stop| *stop) => {}
    }
}

async fn record(own: &OwnLog) -> Result<()> {
    let (rules, consents) = end_restored(own).await?;
    if rules + consents > 0 {
        tracing::warn!(
            rules,
            consents,
            "this city's log was restored from a backup: its rules for automatic grants and standing consents have \
             ended, because people may have ended them since the backup; give those anew that are still to hold"
        );
    }
    let head = own.ledger.head();
    let job = move |tx: &mut Tx<'_>| restored::put_reading(tx, &head);
    own.ledger.write(job).await
}

/// Ends the rules and the standing consents, piece by piece, and returns their numbers.
async fn end_restored(own: &OwnLog) -> Result<(usize, usize)> {
    let (mut rules, mut consents) = (0, 0);
    loop {
        let log = own.clone();
        let job = move |tx: &mut Tx<'_>| {
            let at = log.now();
            let rules = grant_rules::end_restored(&log, tx, at)?;
            Ok((rules, standing::end_restored(&log, tx, at)?))
        };
        let ended: (usize, usize) = own.ledger.write(job).await?;
        (rules, consents) = (rules + ended.0, consents + ended.1);
        if ended == (0, 0) {
            return Ok((rules, consents));
        }
    }
}

#[cfg(test)]
#[path = "after_restore_tests.rs"]
mod tests;
