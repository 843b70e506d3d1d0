//! Moves and stops that arrive before their request is opened. A coordinator that was restored from a
//! backup reads the end of the cities' logs again, each at its own pace: the provider's answer may arrive
//! before the consumer's request. Such entries are kept until the request is opened, or until its
//! consumer's log was read to its end without it.

use chengji_domain::fact::{CityFact, ClusterFact, Origin};
use chengji_domain::problem::Problem;
use chengji_domain::request::{RequestId, RequestRecord};
use chengji_domain::stop::{RecordedAct, StopTarget};
use chengji_domain::{CityCode, Epoch, Error, ErrorCode, Fault, Principal, Result};
use chengji_follow::request_table;
use chengji_messages::msg;
use chengji_proto::convert::city_entry_from;
use chengji_records::StoredEarlyEntry;
use chengji_store::{Entry, Prefix, Table, Tx, View};
use jiff::Timestamp;

use crate::deadlines::Deadlines;
use crate::requests::{Arrived, IsCurrent};
use crate::{journal, requests};

/// Entries of cities' logs about requests that are not opened yet: by request, city and position.
static EARLY: Table<(RequestId, CityCode, Epoch, u64), StoredEarlyEntry> =
    Table::new(Prefix::EarlyMove, &[]);

/// Returns true if a city's move or stop may have arrived before the request was opened, of which this is the record.
pub fn is_early(
    record: Option<&RequestRecord>,
    id: RequestId,
    city: CityCode,
    is_current: &IsCurrent,
) -> bool {
    match record {
        Some(record) => record.history.steps.is_empty() && record.history.provider() == city,
        None => !is_current(id.city),
    }
}

/// Keeps an entry of a city's log until its request is opened.
pub fn store(
    tx: &mut Tx<'_>,
    id: RequestId,
    city: CityCode,
    origin: Origin,
    entry: &Entry,
) -> Result<()> {
    EARLY.put(tx, &(id, city, origin.epoch, origin.seq), entry)
}

/// Applies the entries kept for a request, in the order of each log, once the request is opened.
pub fn apply(tx: &mut Tx<'_>, deadlines: &Deadlines, now: Timestamp, id: RequestId) -> Result<()> {
    if request_table::find(tx, id)?.is_none_or(|record| record.history.steps.is_empty()) {
        return Ok(());
    }
    release(tx, deadlines, now, id)
}

/// Applies the entries kept for a request that is opened.
pub fn release(
    tx: &mut Tx<'_>,
    deadlines: &Deadlines,
    now: Timestamp,
    id: RequestId,
) -> Result<()> {
    for early in take(tx, id)? {
        match early.arrive(tx, deadlines, now, id) {
            Err(error) if error.fault() == Fault::Us => return Err(error),
            Err(error) => early.set_aside(tx, now, &error)?,
            Ok(()) => {}
        }
    }
    Ok(())
}

/// Sets aside the entries kept for a request that was never made.
pub fn give_up(tx: &mut Tx<'_>, now: Timestamp, id: RequestId) -> Result<()> {
    for early in take(tx, id)? {
        early.set_aside(tx, now, &requests::never_made(id))?;
    }
    Ok(())
}

/// The requests for which entries are kept.
pub fn awaited(view: &(impl View + ?Sized)) -> Result<Vec<RequestId>> {
    let mut awaited = Vec::new();
    EARLY.all().each(view, |(id, ..), _| {
        if awaited.last() != Some(&id) {
            awaited.push(id);
        }
        Ok(())
    })?;
    Ok(awaited)
}

/// A kept entry.
struct Early {
    city: CityCode,
    entry: Entry,
}

impl Early {
    fn arrive(
        &self,
        tx: &mut Tx<'_>,
        deadlines: &Deadlines,
        now: Timestamp,
        id: RequestId,
    ) -> Result<()> {
        let (city, entry) = (self.city, city_entry_from(&self.entry, self.city)?);
        let (at, epoch, seq) = (entry.at, entry.epoch, entry.seq);
        let origin = Origin { epoch, seq };
        match entry.fact {
            CityFact::Moved { mv, actor, .. } => {
                let arrived = Arrived {
                    city,
                    origin,
                    at,
                    request: id,
                    mv,
                    actor,
                    out_of_reach: None,
                };
                let present = request_table::find(tx, id)?;
                requests::arrive(tx, deadlines, now, present, arrived)
            }
            CityFact::Stop {
                target: StopTarget::Request(_),
                act,
                actor,
            } => {
                let act = RecordedAct {
                    origin,
                    at,
                    actor,
                    act,
                    noted: true,
                    due: None,
                };
                requests::note_stop(tx, deadlines, now, city, (id, act))
            }
            _ => {
                let message = msg::KeptNeitherMoveNorStop { request: id };
                Err(Error::new(ErrorCode::StorageDamaged, message))
            }
        }
    }

    fn set_aside(&self, tx: &mut Tx<'_>, now: Timestamp, why: &Error) -> Result<()> {
        let (city, entry) = (self.city, city_entry_from(&self.entry, self.city)?);
        let (epoch, seq) = (entry.epoch, entry.seq);
        tracing::warn!(%city, seq, reason = %why, "an entry that waited for its request is quarantined");
        let fact = ClusterFact::Quarantined {
            city,
            epoch,
            seq,
            problem: Problem::from(why),
        };
        journal::append(tx, now, &Principal::Coordinator, fact).map(drop)
    }
}

/// Removes and returns the entries kept for a request.
fn take(tx: &mut Tx<'_>, id: RequestId) -> Result<Vec<Early>> {
    let kept = EARLY.under(&(id,)).collect(tx)?;
    let mut taken = Vec::with_capacity(kept.len());
    for (key, entry) in kept {
        EARLY.delete(tx, &key)?;
        taken.push(Early { city: key.1, entry });
    }
    Ok(taken)
}

#[cfg(test)]
#[path = "early_moves_tests.rs"]
mod tests;
