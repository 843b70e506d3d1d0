//! Records the next move of a matter.

use chengji_domain::fact::{ClusterFact, Origin};
use chengji_domain::matter::{Filing, MatterEvent, MatterMove, MatterRecord, MatterStep};
use chengji_domain::request::Party;
use chengji_domain::{CityCode, Principal, Result};
use chengji_follow::matter_table;
use chengji_store::Tx;
use jiff::Timestamp;

use crate::journal;

/// A move of the coordinator, made by this principal now.
pub(super) fn own_step(now: Timestamp, by: Principal, mv: MatterMove) -> MatterStep {
    MatterStep {
        party: Party::Coordinator,
        actor: by.into(),
        at: now,
        mv,
    }
}

/// Makes a move of the coordinator the next one. Errors: as of [`MatterRecord::order`].
pub(super) fn order_own(
    tx: &mut Tx<'_>,
    now: Timestamp,
    by: &Principal,
    mut record: MatterRecord,
    mv: MatterMove,
) -> Result<MatterRecord> {
    let step = own_step(now, by.clone(), mv);
    record.order(step.clone())?;
    matter_table::put(tx, &record)?;
    let event = ordered(&record, step, None);
    append(tx, now, by, event)?;
    Ok(record)
}

/// The fact of an ordered move, with the actor as its readers see it.
pub(super) fn ordered(
    record: &MatterRecord,
    step: MatterStep,
    origin: Option<Origin>,
) -> MatterEvent {
    let actor = record.filing.shown(&step.actor);
    MatterEvent::Ordered {
        matter: record.id,
        provider: provider_of_entry(record),
        step: MatterStep { actor, ..step },
        origin,
    }
}

/// The provider of a corrected entry; `None` for a demand.
fn provider_of_entry(record: &MatterRecord) -> Option<CityCode> {
    match &record.filing {
        Filing::Correction(filing) => Some(filing.resource.city),
        Filing::Demand(_) => None,
    }
}

/// Appends a fact about a matter on behalf of this principal.
pub(super) fn append(
    tx: &mut Tx<'_>,
    now: Timestamp,
    by: &Principal,
    event: MatterEvent,
) -> Result<()> {
    let fact = ClusterFact::Matter(Box::new(event));
    journal::append(tx, now, by, fact).map(drop)
}
