//! The coordinator's own moves.

use chengji_domain::fact::ClusterFact;
use chengji_domain::request::{Move, Party, RequestHistory, Step};
use chengji_domain::{Principal, Result};
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

/// Appends the fact that such a move was made in a request with this history before it.
pub(super) fn append_own(
    tx: &mut Tx<'_>,
    now: Timestamp,
    before: &RequestHistory,
    step: Step,
) -> Result<()> {
    let by = step.actor.principal.clone();
    let fact = ClusterFact::Ordered {
        request: before.id,
        provider: before.provider(),
        newly_permitted: before.newly_permits(&step),
        step,
        origin: None,
        arrived_at: None,
    };
    journal::append(tx, now, &by, fact).map(drop)
}
