//! The coordinator's own moves.

use chengji_domain::fact::ClusterFact;
use chengji_domain::request::{Move, Party, RequestId, Step};
use chengji_domain::{CityCode, Principal, Result};
use chengji_store::Tx;
use jiff::Timestamp;

use crate::journal;

/// A move of the coordinator, made by this principal now.
pub(super) fn own_step(now: Timestamp, by: Principal, mv: Move) -> Step {
    Step {
        party: Party::Coordinator,
        actor: by.into(),
        at: now,
        mv,
        due: None,
    }
}

/// Appends the fact that such a move was made in a request of this provider.
pub(super) fn append_own(
    tx: &mut Tx<'_>,
    now: Timestamp,
    (request, provider): (RequestId, CityCode),
    step: Step,
) -> Result<()> {
    let by = step.actor.principal.clone();
    let fact = ClusterFact::Ordered {
        request,
        provider,
        step,
        origin: None,
        arrived_at: None,
    };
    journal::append(tx, now, &by, fact).map(drop)
}
