//! Deliveries of a city whose log was restored from a backup: they wait until the coordinator's log was
//! read to its end, since it may contain stops that the restored log has lost.

use std::path::Path;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, msg};
use chengji_records::StoredPosition;
use chengji_store::{Confirmation, Ledger, Position, Prefix, RestoredMark, Single, Tx};

use crate::own_log::OwnLog;

/// The position of the own log in whose epoch the coordinator's log was read to its end.
static READ_SINCE: Single<StoredPosition> = Single::new(Prefix::ReadSinceEpoch);

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

/// Returns true if the log is past its first epoch and the coordinator's log was not read to its end in the present
/// one: the log may lack what was recorded after the backup that it was restored from.
pub(crate) fn lacks_reading(ledger: &Ledger) -> Result<bool> {
    let epoch = ledger.head().epoch;
    if epoch.number <= 1 {
        return Ok(false);
    }
    let read = READ_SINCE.get(ledger.kv().as_ref())?;
    Ok(read.is_none_or(|read| read.epoch != epoch))
}

/// Refuses rules and consents while the log may lack something, since they would be ended when the coordinator's log
/// has been read. Errors: `UNAVAILABLE`.
pub(crate) fn check_reading(ledger: &Ledger) -> Result<()> {
    match lacks_reading(ledger)? {
        true => Err(Error::new(ErrorCode::Unavailable, msg::ReadingAwaited)),
        false => Ok(()),
    }
}

/// Records that the coordinator's log was read to its end in the epoch of this position of the own log.
pub(crate) fn put_reading(tx: &mut Tx<'_>, head: &Position) -> Result<()> {
    READ_SINCE.put(tx, head)
}

#[cfg(test)]
pub(crate) mod tests {
    use chengji_domain::epoch::EpochCause;
    use chengji_domain::fact::LogOwner;
    use chengji_follow::{Opening, open_epoch};

    use super::*;

    /// Opens a new epoch of a city's log, as a restore does; returns the position of its first entry.
    pub(crate) async fn restore(own: &OwnLog) -> Position {
        let opening = Opening {
            id: [9; 8],
            highest: 1,
            replaced: None,
            cause: EpochCause::Restored,
            at: own.now(),
        };
        let log = LogOwner::City(own.city);
        open_epoch(&own.ledger, log, opening).await.unwrap()
    }
}
