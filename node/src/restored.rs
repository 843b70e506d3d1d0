//! Deliveries of a city whose log was restored from a backup: they wait until the coordinator's log was
//! read to its end, since it may contain stops that the restored log has lost.

use std::path::Path;
use std::time::Duration;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_follow::Followed;
use chengji_messages::{Message, msg};
use chengji_records::StoredPosition;
use chengji_store::{Confirmation, Ledger, Prefix, RestoredMark, Single};
use tokio::sync::watch;

use crate::own_log::OwnLog;

/// The position of the own log in whose epoch the coordinator's log was read to its end.
static READ_SINCE: Single<StoredPosition> = Single::new(Prefix::ReadSinceEpoch);

/// Interval between checks of the progress in reading the coordinator's log.
const INTERVAL: Duration = Duration::from_millis(100);

/// Fails if the city's log may lack stops that others know: it differs from what its peers know, or it
/// was restored and the coordinator's log was not read to its end since.
pub(crate) fn check(own: &OwnLog, data: &Path) -> Result<()> {
    let confirmation = own.ledger.confirmation().borrow().clone();
    let city = own.city;
    let message: Message = match confirmation {
        Confirmation::Confirmed if lacks_reading(&own.ledger)? => {
            msg::DeliveriesAwaitReading { city }.into()
        }
        Confirmation::Confirmed => return Ok(()),
        Confirmation::Asking => msg::DeliveriesAwaitConfirmation { city }.into(),
        Confirmation::Unconfirmed {
            contradicted_by, ..
        } if !contradicted_by.is_empty() => msg::DeliveriesAwaitMissingLog { city }.into(),
        // No peer can be reached: an ordinary node delivers under the grants it knows.
        Confirmation::Unconfirmed { .. } => match RestoredMark::of(data)? {
            None if !lacks_reading(&own.ledger)? => return Ok(()),
            _ => msg::DeliveriesAwaitRestoredLog { city }.into(),
        },
    };
    Err(Error::new(ErrorCode::Unavailable, message))
}

/// Records that the coordinator's log was read to its end in the present epoch of the city's log, as soon
/// as it was. Ends then, or when `stopped` turns true.
pub(crate) async fn record_reading(
    ledger: Ledger,
    followed: Followed,
    mut stopped: watch::Receiver<bool>,
) {
    let recorded = async {
        loop {
            let confirmed = *ledger.confirmation().borrow() == Confirmation::Confirmed;
            match lacks_reading(&ledger) {
                Ok(false) if confirmed => return,
                Ok(true) if confirmed && followed.state().caught_up.is_some() => {
                    if let Err(error) = record(&ledger).await {
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

/// Returns true if the log is past its first epoch and the coordinator's log was not read to its end in
/// the present one.
pub(crate) fn lacks_reading(ledger: &Ledger) -> Result<bool> {
    let epoch = ledger.head().epoch;
    if epoch.number <= 1 {
        return Ok(false);
    }
    let read = READ_SINCE.get(ledger.kv().as_ref())?;
    Ok(read.is_none_or(|read| read.epoch != epoch))
}

async fn record(ledger: &Ledger) -> Result<()> {
    let head = ledger.head();
    ledger.write(move |tx| READ_SINCE.put(tx, &head)).await
}
