//! Records of received revisions: whom a correction concerns, and which demands are met by it.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use chengji_domain::fact::{Delivery, Origin};
use chengji_domain::matter::{MatterMove, MatterRecord};
use chengji_domain::request::{
    CLOCK_ALLOWANCE, Move, Request, RequestHistory, RequestId, RequestRecord,
};
use chengji_domain::{CityCode, Fault, Principal, ResourceCode, ResourceRef, Result};
use chengji_follow::matter_table;
use chengji_store::{KeyOnly, Prefix, Table, Tx, View};
use jiff::Timestamp;

use super::ordering::order_own;

/// Maximum number of a city's demands that one delivery ends.
const MAX_ENDED: usize = 100;
/// The provider, the entry, its revision, and the consumer that received it.
type Received = (CityCode, ResourceCode, u32, CityCode);
/// Revisions that cities received.
static RECEIVED: Table<Received, KeyOnly> = Table::new(Prefix::ReceivedRevision, &[]);

/// Notes that a city received a revision under this request, as either side says. A revision that was never granted to
/// the city is not noted: a false receipt brings no notices of corrections.
pub fn note_received(
    tx: &mut Tx<'_>,
    parties: (CityCode, CityCode),
    delivery: &Delivery,
    request: Option<&RequestRecord>,
) -> Result<()> {
    let key = received(parties, delivery);
    let is_granted = request.is_some_and(|record| was_granted(&record.history));
    if !is_granted || RECEIVED.contains(tx, &key)? {
        return Ok(());
    }
    RECEIVED.put(tx, &key, &())
}

/// Returns the key, as it is stored, of the note that a city received what its provider delivered.
pub fn received_key(parties: (CityCode, CityCode), delivery: &Delivery) -> Vec<u8> {
    RECEIVED.stored_key(&received(parties, delivery))
}

fn received((provider, consumer): (CityCode, CityCode), delivery: &Delivery) -> Received {
    (provider, delivery.code.clone(), delivery.revision, consumer)
}

/// Returns true if a request was granted once, by an answer or by a settlement.
pub(super) fn was_granted(history: &RequestHistory) -> bool {
    let mut steps = history.steps.iter();
    let is_granted = |request: Request| request.grant().is_some();
    steps.any(|step| matches!(step.mv, Move::Grant(_))) || history.state().is_ok_and(is_granted)
}

/// The cities that received one of these revisions.
pub(super) fn receivers(
    view: &(impl View + ?Sized),
    resource: &ResourceRef,
    revisions: RangeInclusive<u32>,
) -> Result<BTreeSet<CityCode>> {
    let of = (resource.city, resource.code.clone());
    let mut cities = BTreeSet::new();
    let received = RECEIVED.within(&of, revisions);
    received.each(view, |(.., consumer), ()| {
        cities.insert(consumer);
        Ok(())
    })?;
    Ok(cities)
}

/// Ends the demands of a city that wait for the entry that it has received, as its log says at this position and time.
/// A receipt of before the answer, which a log that is read again repeats, ends none.
pub fn deliver(
    tx: &mut Tx<'_>,
    now: Timestamp,
    (consumer, provider): (CityCode, CityCode),
    receipt: (Origin, Timestamp),
    delivery: &Delivery,
) -> Result<()> {
    let of = (consumer, provider, delivery.code.clone());
    if matter_table::AWAITED_NUMBERS.get(tx, &of)? == [0] {
        return Ok(());
    }
    let awaiting = matter_table::AWAITED.under(&of).keys(tx, MAX_ENDED)?;
    for (_, id) in awaiting.rows {
        let record = matter_table::existing(tx, id)?;
        if !is_after_the_answer(&record, receipt) {
            continue;
        }
        let request = delivery.request;
        let mv = MatterMove::Deliver { request };
        match order_own(tx, now, &Principal::Coordinator, record, mv) {
            Ok(_) => {}
            Err(error) if error.fault() == Fault::Us => return Err(error),
            // The receipt takes effect even where the demand cannot be ended.
            Err(error) => {
                tracing::warn!(demand = %id, %error, "a demand is not ended by its delivery");
            }
        }
    }
    Ok(())
}

/// Returns true if a receipt follows the demand in the consumer's log, and is dated after the answer, but for the
/// tolerated difference of two clocks.
fn is_after_the_answer(record: &MatterRecord, (origin, at): (Origin, Timestamp)) -> bool {
    let Origin { epoch, seq } = origin;
    let received = RequestId {
        city: record.consumer(),
        epoch,
        seq,
    };
    let answered_at = record.steps.last().map(|step| step.at);
    received > record.id
        && answered_at.is_none_or(|answered| answered.duration_since(at) <= CLOCK_ALLOWANCE)
}
