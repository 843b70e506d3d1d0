//! Moves and stops that arrive before their request is opened. A coordinator that was restored from a
//! backup reads the end of the cities' logs again, each at its own pace: the provider's answer may arrive
//! before the consumer's request. Such entries are kept until the request is opened, or until its
//! consumer's log was read to its end without it. The roster may be as old as the backup, too: entries about requests
//! of a city that it does not know wait for its admission. What is kept of a city for a request, and what is kept when
//! it is about requests of unknown cities, is bounded; it ends in pieces, each in a transaction.

use std::ops::Bound;

use chengji_access::roster;
use chengji_domain::fact::{CityFact, ClusterFact, Origin, QuarantinedRun};
use chengji_domain::matter::MatterFact;
use chengji_domain::problem::Problem;
use chengji_domain::request::{RequestId, RequestRecord};
use chengji_domain::roster::MembershipStatus;
use chengji_domain::stop::{RecordedAct, StopTarget};
use chengji_domain::{CityCode, Epoch, Error, ErrorCode, Fault, Principal, Result};
use chengji_follow::{matter_table, request_table};
use chengji_messages::msg;
use chengji_proto::convert::city_entry_from;
use chengji_records::StoredEarlyEntry;
use chengji_store::{Entry, IndexedTable, Limit, Prefix, Table, Tally, Tx, View};
use jiff::Timestamp;

use crate::deadlines::Deadlines;
use crate::matters::ArrivedMove;
use crate::requests::{Arrived, IsCurrent};
use crate::{journal, matters, requests};

/// Maximum number of entries that are kept of a city for a request.
const MAX_ENTRIES: usize = 200;
/// Maximum size of the entries that are kept of a city for a request, bytes.
const MAX_BYTES: usize = 256 * 1024;
/// Maximum number of entries that are kept of a city about requests of unknown cities.
const MAX_OF_UNKNOWN: usize = 256;
/// Number of kept entries of all cities up to which further ones about requests of unknown cities are kept.
const MAX_KEPT: usize = 4_096;
/// Limits of a piece: the effects of its entries, a few times their size, are a part of a transaction.
const PIECE: Limit = Limit {
    rows: 16,
    bytes: 64 * 1024,
};
/// Number of kept entries that are read at once to list their requests. Most requests have few.
const LISTED: usize = 256;
/// Limits of a piece that is set aside: one fact for those of a city.
const GIVEN_UP: Limit = Limit {
    rows: MAX_ENTRIES,
    bytes: MAX_BYTES,
};

/// The key of a kept entry: its request, and the city, epoch and position of its log.
type EarlyKey = (RequestId, CityCode, Epoch, u64);

/// Entries of cities' logs about requests that are not opened yet: by request, city and position.
static EARLY: Table<EarlyKey, StoredEarlyEntry> =
    Table::new(Prefix::EarlyMove, &[]).with_tallies(&[&KEPT]);
/// Numbers of these entries by request, and the sums of the numbers that their keys consist of: those of a single entry
/// are its key. Most requests have none or one, which takes one look-up to find out.
static KEPT: Tally<RequestId, EarlyKey, StoredEarlyEntry, 5> = Tally::new(
    Prefix::EarlyMoveTally,
    "entries that wait for a request",
    |(id, city, epoch, seq), _| {
        let (number, random) = (epoch.number.into(), u64::from_be_bytes(epoch.id));
        vec![(*id, [1, city.number().into(), number, random, *seq])]
    },
);

/// The table of these entries, which has a tally.
pub static INDEXED: [&dyn IndexedTable; 1] = [&EARLY];

/// Returns the key of the number of entries that are kept for a request.
pub fn number_key(id: RequestId) -> Vec<u8> {
    KEPT.stored_key(&id)
}

/// Returns true if entries are kept for a request.
fn are_kept(view: &(impl View + ?Sized), id: RequestId) -> Result<bool> {
    let [entries, ..] = KEPT.get(view, &id)?;
    Ok(entries > 0)
}

/// Returns the key of the only entry that is kept for a request; `None` if there is none, or several.
fn only_key(view: &(impl View + ?Sized), id: RequestId) -> Result<Option<EarlyKey>> {
    let [1, city, number, random, seq] = KEPT.get(view, &id)? else {
        return Ok(None);
    };
    let key = || {
        let city = CityCode::from_number(city.try_into().ok()?).ok()?;
        let (number, random) = (number.try_into().ok()?, u64::try_from(random).ok()?);
        let epoch = Epoch {
            number,
            id: random.to_be_bytes(),
        };
        Some((id, city, epoch, seq.try_into().ok()?))
    };
    Ok(key())
}

/// Returns true if entries of a city are kept for a request.
fn are_kept_of(view: &(impl View + ?Sized), id: RequestId, city: CityCode) -> Result<bool> {
    Ok(are_kept(view, id)? && EARLY.under(&(id, city)).count(view, 1)? > 0)
}

/// Returns true if a city's move or stop may have arrived before the request was opened, of which this is the record,
/// or follows earlier ones that are still kept.
pub fn is_early(
    view: &(impl View + ?Sized),
    record: Option<&RequestRecord>,
    id: RequestId,
    city: CityCode,
    is_current: &IsCurrent,
) -> Result<bool> {
    match record {
        Some(record) if record.history.steps.is_empty() => Ok(record.history.provider() == city),
        Some(_) => are_kept_of(view, id, city),
        None => may_wait(view, (id, city), is_current),
    }
}

/// Returns true if a city's move in a matter may have arrived before the matter was filed, or follows earlier ones that
/// are still kept.
pub fn is_early_in_matter(
    view: &(impl View + ?Sized),
    id: RequestId,
    city: CityCode,
    is_open: bool,
    is_current: &IsCurrent,
) -> Result<bool> {
    match is_open {
        true => are_kept_of(view, id, city),
        false => may_wait(view, (id, city), is_current),
    }
}

/// Returns true if a city's entry about something without a record may wait for it: it may still arrive, and if it is
/// of an unknown city, few enough entries are kept.
fn may_wait(
    view: &(impl View + ?Sized),
    (id, city): (RequestId, CityCode),
    is_current: &IsCurrent,
) -> Result<bool> {
    match roster::last_read(view, id.city)? {
        None => has_room(view, city),
        Some(_) => may_be_opened(view, id, is_current),
    }
}

/// Returns true if this is the number of a matter that is open, or of a request that was opened.
fn is_opened(view: &(impl View + ?Sized), id: RequestId) -> Result<bool> {
    if matter_table::find(view, id)?.is_some() {
        return Ok(true);
    }
    let record = request_table::find(view, id)?;
    Ok(record.is_some_and(|record| !record.history.steps.is_empty()))
}

/// Returns true if a further entry of a city about a request of an unknown city is kept. Those of one city leave room
/// for those of others.
fn has_room(view: &(impl View + ?Sized), city: CityCode) -> Result<bool> {
    let kept = EARLY.all().keys(view, MAX_KEPT)?.rows;
    if kept.len() == MAX_KEPT {
        return Ok(false);
    }
    let (mut of_unknown, mut last) = (0, None);
    for ((id, ..), _) in kept.iter().filter(|((_, of, ..), _)| *of == city) {
        let is_unknown = match last {
            Some((known, is_unknown)) if known == id.city => is_unknown,
            _ => roster::last_read(view, id.city)?.is_none(),
        };
        last = Some((id.city, is_unknown));
        of_unknown += usize::from(is_unknown);
    }
    Ok(of_unknown < MAX_OF_UNKNOWN)
}

/// Returns true if a request without a record may still arrive: the log of its city, a member, was not read to its end,
/// or the city is not known and may still be admitted.
pub fn may_be_opened(
    view: &(impl View + ?Sized),
    id: RequestId,
    is_current: &IsCurrent,
) -> Result<bool> {
    Ok(match roster::last_read(view, id.city)? {
        None => true,
        Some(known) => !is_current(id.city) && known.status != MembershipStatus::Removed,
    })
}

/// Returns true if a city was admitted, and not removed since: a removed city's log is not read again.
fn is_member(view: &(impl View + ?Sized), city: CityCode) -> Result<bool> {
    let known = roster::last_read(view, city)?;
    Ok(known.is_some_and(|known| known.status != MembershipStatus::Removed))
}

/// Keeps an entry of a city's log until its request is opened.
///
/// # Errors
///
/// `LIMIT_EXCEEDED` where more than 200 entries or 256 KiB would be kept of the city for the request.
pub fn store(
    tx: &mut Tx<'_>,
    id: RequestId,
    city: CityCode,
    origin: Origin,
    entry: &Entry,
) -> Result<()> {
    let key = (id, city, origin.epoch, origin.seq);
    if !are_kept(tx, id)? && entry.size() <= MAX_BYTES {
        return EARLY.replace(tx, &key, None, entry);
    }
    let kept = EARLY.under(&(id, city)).keys(tx, MAX_ENTRIES)?.rows;
    // A log that is read again repeats its entries.
    let others = kept.iter().filter(|(known, _)| *known != key);
    let (entries, bytes) = others.fold((1, entry.size()), |(entries, bytes), (_, size)| {
        (entries + 1, bytes + size)
    });
    if entries > MAX_ENTRIES || bytes > MAX_BYTES {
        let message = msg::EarlyMovesTooMany {
            city,
            request: id,
            entries: MAX_ENTRIES,
            bytes: MAX_BYTES,
        };
        return Err(Error::new(ErrorCode::LimitExceeded, message));
    }
    EARLY.put(tx, &key, entry)
}

/// Applies a piece of the entries kept for a request once the request is opened; returns true when none are left that can
/// be applied now.
pub fn apply(
    tx: &mut Tx<'_>,
    deadlines: &Deadlines,
    now: Timestamp,
    id: RequestId,
) -> Result<bool> {
    if !is_opened(tx, id)? {
        return Ok(true);
    }
    release(tx, deadlines, now, id)
}

/// Applies the first piece of the entries kept for a request or a matter that this transaction opens. The rest is applied
/// by `waiting`.
pub fn release_first(
    tx: &mut Tx<'_>,
    deadlines: &Deadlines,
    now: Timestamp,
    id: RequestId,
) -> Result<()> {
    match are_kept(tx, id)? {
        true => release(tx, deadlines, now, id).map(drop),
        false => Ok(()),
    }
}

/// Applies a piece of the entries kept for a request that is opened, in the order of each log; returns true when none
/// are left.
fn release(tx: &mut Tx<'_>, deadlines: &Deadlines, now: Timestamp, id: RequestId) -> Result<bool> {
    let (piece, is_last) = take(tx, id, PIECE)?;
    for early in piece {
        match early.arrive(tx, deadlines, now, id) {
            Err(error) if error.fault() == Fault::Us => return Err(error),
            Err(error) => set_aside(tx, now, &[early], &error)?,
            Ok(()) => {}
        }
    }
    Ok(is_last)
}

/// Sets aside a piece of the entries kept for a request that was never made; returns true when none are left.
pub fn give_up(tx: &mut Tx<'_>, now: Timestamp, id: RequestId) -> Result<bool> {
    let (piece, is_last) = take(tx, id, GIVEN_UP)?;
    let of_one_log =
        |one: &Early, next: &Early| one.city == next.city && one.origin.epoch == next.origin.epoch;
    for run in piece.chunk_by(of_one_log) {
        set_aside(tx, now, run, &requests::never_made(id))?;
    }
    Ok(is_last)
}

/// Returns the requests for which entries are kept.
pub fn awaited(view: &(impl View + ?Sized)) -> Result<Vec<RequestId>> {
    let mut awaited: Vec<RequestId> = Vec::new();
    loop {
        let after = awaited
            .last()
            .copied()
            .map_or(Bound::Unbounded, Bound::Excluded);
        let next = EARLY.within(&(), (after, Bound::Unbounded));
        let next = next.keys(view, LISTED)?.rows;
        if next.is_empty() {
            return Ok(awaited);
        }
        awaited.extend(next.into_iter().map(|((id, ..), _)| id));
        awaited.dedup();
    }
}

/// A kept entry.
struct Early {
    city: CityCode,
    origin: Origin,
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
        if !is_member(tx, self.city)? {
            let message = msg::LogOfInactiveCity { city: self.city };
            return Err(Error::new(ErrorCode::Suspended, message));
        }
        let (city, origin) = (self.city, self.origin);
        let entry = city_entry_from(&self.entry, city)?;
        let at = entry.at;
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
                    // Read again after a restore: it was ordered before, by the settings of then.
                    negotiation_required: false,
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
            CityFact::Matter(fact) => match *fact {
                MatterFact::Moved { mv, actor, .. } => {
                    let arrived = ArrivedMove {
                        city,
                        origin,
                        at,
                        matter: id,
                        mv,
                        actor,
                    };
                    matters::arrive(tx, now, arrived)
                }
                MatterFact::RowsAttached { .. } | MatterFact::Filed { .. } => Err(unexpected(id)),
            },
            _ => Err(unexpected(id)),
        }
    }
}

/// Records entries of one epoch of a city's log, in their order, as quarantined: several of them together.
fn set_aside(tx: &mut Tx<'_>, now: Timestamp, run: &[Early], why: &Error) -> Result<()> {
    let (Some(first), Some(last)) = (run.first(), run.last()) else {
        return Ok(());
    };
    let (city, problem, count) = (first.city, Problem::from(why), run.len() as u64);
    let Origin { epoch, seq } = first.origin;
    tracing::warn!(%city, seq, count, reason = %why, "entries that waited for their request are quarantined");
    let fact = match count {
        1 => ClusterFact::Quarantined {
            city,
            epoch,
            seq,
            problem,
        },
        _ => ClusterFact::QuarantineSummarised {
            city,
            run: QuarantinedRun {
                epoch,
                from_seq: seq,
                to_seq: last.origin.seq,
                count,
                problem,
            },
        },
    };
    journal::append(tx, now, &Principal::Coordinator, fact).map(drop)
}

/// The error of a kept entry that is neither a move nor a stop.
fn unexpected(request: RequestId) -> Error {
    let message = msg::KeptNeitherMoveNorStop { request };
    Error::new(ErrorCode::StorageDamaged, message)
}

/// Removes and returns the next entries kept for a request, at least one if there are any; true if they are the last.
fn take(tx: &mut Tx<'_>, id: RequestId, piece: Limit) -> Result<(Vec<Early>, bool)> {
    let (rows, is_last) = next_kept(tx, id, piece)?;
    let mut taken = Vec::with_capacity(rows.len());
    for (key, entry) in rows {
        EARLY.remove(tx, &key, &entry)?;
        let (_, city, epoch, seq) = key;
        let origin = Origin { epoch, seq };
        taken.push(Early {
            city,
            origin,
            entry,
        });
    }
    Ok((taken, is_last))
}

/// Returns the next entries kept for a request; true if they are the last. Where the numbers name no kept entry, the
/// table is read.
fn next_kept(tx: &Tx<'_>, id: RequestId, piece: Limit) -> Result<(Vec<(EarlyKey, Entry)>, bool)> {
    if let Some(key) = only_key(tx, id)?
        && let Some(entry) = EARLY.get(tx, &key)?
    {
        return Ok((vec![(key, entry)], true));
    }
    let page = EARLY.under(&(id,)).page(tx, piece)?;
    Ok((page.rows, page.rest.is_none()))
}

#[cfg(test)]
#[path = "early_moves_tests.rs"]
mod tests;
