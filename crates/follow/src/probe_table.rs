//! Probes: at the coordinator all, at a node those of its city's entries and those that its city makes.

use std::cmp::Reverse;

use chengji_domain::calendar::local_date;
use chengji_domain::fact::Origin;
use chengji_domain::probe::{ProbeMade, ProbeRecord};
use chengji_domain::{CityCode, Epoch, Result};
use chengji_paging::Pager;
use chengji_proto::convert::{city_from, code_from, probe_state_from, probe_to};
use chengji_proto::service::Page;
use chengji_proto::v1;
use chengji_records::StoredProbe;
use chengji_store::{KeyOnly, KeyValue, Prefix, Table, Tx, View};
use jiff::Timestamp;
use jiff::civil::Date;

/// Number of records removed at once.
const PAGE: usize = 100;

/// The key of a probe: the position of its order, latest first.
pub type ProbeKey = (Reverse<u64>, Epoch);

/// The probes.
pub static PROBES: Table<ProbeKey, StoredProbe> = Table::new(Prefix::Probe, &[]);

/// The probes that the own city still has to make, by last day.
static DUE: Table<(Date, Reverse<u64>, Epoch), KeyOnly> = Table::new(Prefix::ProbeDue, &[]);

fn key(number: Origin) -> ProbeKey {
    (Reverse(number.seq), number.epoch)
}

fn due_key(record: &ProbeRecord) -> (Date, Reverse<u64>, Epoch) {
    let (seq, epoch) = key(record.number);
    (record.order.until, seq, epoch)
}

/// Looks up a probe.
///
/// # Errors
///
/// Storage errors.
pub fn find(view: &(impl View + ?Sized), number: Origin) -> Result<Option<ProbeRecord>> {
    PROBES.get(view, &key(number))
}

/// Stores a probe that was ordered: at the coordinator, or at the node of `own`, which then has to make it if it is the
/// prober. One that is known already keeps its outcome.
///
/// # Errors
///
/// Storage errors.
pub fn take(tx: &mut Tx<'_>, record: &ProbeRecord, own: Option<CityCode>) -> Result<()> {
    let known = find(tx, record.number)?;
    if known.is_some_and(|known| known.order == record.order && known.made.is_some()) {
        return Ok(());
    }
    PROBES.put(tx, &key(record.number), record)?;
    match own == Some(record.order.prober) {
        true => DUE.put(tx, &due_key(record), &()),
        false => Ok(()),
    }
}

/// Stores the outcome of a probe of this prober, which is then no longer due. Returns false for one that is not known, and
/// for one with an outcome.
///
/// # Errors
///
/// Storage errors.
pub fn put_outcome(
    tx: &mut Tx<'_>,
    (prober, at): (CityCode, Timestamp),
    made: &ProbeMade,
) -> Result<bool> {
    let known = find(tx, made.number)?.filter(|known| known.is_of(made, prober));
    let Some(mut record) = known.filter(|known| known.made.is_none()) else {
        return Ok(false);
    };
    record.made = Some((at, made.outcome.clone()));
    PROBES.put(tx, &key(record.number), &record)?;
    DUE.delete(tx, &due_key(&record))?;
    Ok(true)
}

/// Returns the first probes that the own city has to make, those with the earliest last day first; at most `most`.
///
/// # Errors
///
/// Storage errors.
pub fn due(kv: &dyn KeyValue, most: usize) -> Result<Vec<ProbeRecord>> {
    let keys = DUE.all().keys(kv, most)?;
    let mut due = Vec::new();
    for ((_, seq, epoch), _) in keys.rows {
        due.extend(PROBES.get(kv, &(seq, epoch))?);
    }
    Ok(due)
}

/// Iterates over all probes, the newest first.
///
/// # Errors
///
/// Storage errors end it.
pub fn newest_first(kv: &dyn KeyValue) -> impl Iterator<Item = Result<ProbeRecord>> {
    let rows = PROBES.all().rows(kv, PAGE);
    rows.map(|row| row.map(|(_, record)| record))
}

/// Returns a page of probes, newest first, with their states at this time.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a malformed city, code or state, and for a cursor of another list; storage errors.
pub fn page(
    kv: &dyn KeyValue,
    asked: &v1::ListProbesRequest,
    now: Timestamp,
) -> Result<Page<v1::Probe>> {
    let pager = Pager::<ProbeKey>::of(asked)?;
    let city = optional(&asked.city).map(city_from).transpose()?;
    let code = optional(&asked.code).map(code_from).transpose()?;
    let (state, today) = (probe_state_from(asked.state()), local_date(now));
    let rows = PROBES.range(pager.bounds()).rows(kv, pager.at_once());
    pager.fill(rows, |_, record| {
        let order = &record.order;
        let is_wanted = city.is_none_or(|city| [order.provider, order.prober].contains(&city))
            && code.as_ref().is_none_or(|code| *code == order.code)
            && state.is_none_or(|state| state == record.state(today));
        Ok(is_wanted.then(|| probe_to(&record, today)))
    })
}

fn optional(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// Removes the probes that a node still has to make, before the coordinator's log is read anew; returns false while there
/// are more. Probes that were made stay.
///
/// # Errors
///
/// Storage errors.
pub fn forget(tx: &mut Tx<'_>) -> Result<bool> {
    let some = DUE.all().keys(tx, PAGE)?;
    for (due @ (_, seq, epoch), _) in &some.rows {
        PROBES.delete(tx, &(*seq, *epoch))?;
        DUE.delete(tx, due)?;
    }
    Ok(some.rest.is_none())
}

#[cfg(test)]
#[path = "probe_table_tests.rs"]
mod tests;
