//! A provider's refusal to deliver under a grant that is valid according to the coordinator: recorded at
//! the consumer, so that its people see the disagreement.

use chengji_domain::problem::Problem;
use chengji_domain::request::{ProviderRefusal, RequestId, State};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_store::Tx;

use crate::own_log::OwnLog;
use crate::requests::records;

/// Records the failure of a fetch, if the provider's answer contradicts the coordinator.
pub(super) async fn note(own: &OwnLog, id: RequestId, error: &Error) -> Result<()> {
    let is_refusal = matches!(
        error.code(),
        ErrorCode::NoGrant
            | ErrorCode::GrantExpired
            | ErrorCode::GrantRevoked
            | ErrorCode::GrantSuspended
    );
    if !is_refusal {
        return Ok(());
    }
    let at = own.now();
    let refusal = ProviderRefusal {
        at,
        problem: Problem::from(error),
    };
    let job = move |tx: &mut Tx<'_>| {
        let mut record = records::existing(tx, id)?;
        if record.shown_state(at)? == State::Granted {
            record.provider_refusal = Some(refusal);
            records::put(tx, &record)?;
        }
        Ok(())
    };
    own.ledger.write(job).await
}

/// Forgets a refusal once the provider has delivered.
pub(super) fn clear(tx: &mut Tx<'_>, id: RequestId) -> Result<()> {
    let mut record = records::existing(tx, id)?;
    if record.provider_refusal.take().is_some() {
        records::put(tx, &record)?;
    }
    Ok(())
}
