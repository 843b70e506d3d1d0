//! What cities have received: whom a correction concerns, and which demands are met by it.

use std::collections::BTreeSet;

use chengji_domain::fact::Delivery;
use chengji_domain::matter::MatterMove;
use chengji_domain::{CityCode, Principal, ResourceCode, ResourceRef, Result};
use chengji_follow::matter_table;
use chengji_store::{KeyOnly, Prefix, Table, Tx, View};
use jiff::Timestamp;

use super::ordering::order_own;

/// Maximum number of a city's demands that one delivery ends.
const MAX_ENDED: usize = 100;
/// Number of receivers read at once; the members of a cluster are fewer.
const MAX_RECEIVERS: usize = 10_000;

/// Revisions that cities received, by provider, entry, revision and consumer.
static RECEIVED: Table<(CityCode, ResourceCode, u32, CityCode), KeyOnly> =
    Table::new(Prefix::ReceivedRevision, &[]);

/// Notes that a city received a revision, as either side says.
pub fn note_received(
    tx: &mut Tx<'_>,
    provider: CityCode,
    consumer: CityCode,
    delivery: &Delivery,
) -> Result<()> {
    let key = (provider, delivery.code.clone(), delivery.revision, consumer);
    match RECEIVED.contains(tx, &key)? {
        true => Ok(()),
        false => RECEIVED.put(tx, &key, &()),
    }
}

/// The cities that received a revision.
pub(super) fn receivers(
    view: &(impl View + ?Sized),
    resource: &ResourceRef,
    revision: u32,
) -> Result<BTreeSet<CityCode>> {
    let of = (resource.city, resource.code.clone(), revision);
    let found = RECEIVED.under(&of).keys(view, MAX_RECEIVERS)?;
    let cities = found.rows.into_iter().map(|((.., consumer), _)| consumer);
    Ok(cities.collect())
}

/// Ends the demands of a city that wait for the entry that it has received.
pub fn deliver(
    tx: &mut Tx<'_>,
    now: Timestamp,
    consumer: CityCode,
    provider: CityCode,
    delivery: &Delivery,
) -> Result<()> {
    let of = (consumer, provider, delivery.code.clone());
    let awaiting = matter_table::AWAITED.under(&of).keys(tx, MAX_ENDED)?;
    for (_, id) in awaiting.rows {
        let record = matter_table::existing(tx, id)?;
        let request = delivery.request;
        let mv = MatterMove::Deliver { request };
        order_own(tx, now, &Principal::Coordinator, record, mv)?;
    }
    Ok(())
}
