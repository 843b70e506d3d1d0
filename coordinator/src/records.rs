//! The tables of the coordinator's store: the federated catalogue, and the waiting requests. The requests
//! themselves: `chengji_follow::request_table`.
//!
//! One read function per record type, over committed state and over a transaction's view alike.

mod sums;

use std::ops::{Bound, RangeBounds};

use chengji_domain::catalogue::EntryRecord;
use chengji_domain::request::{RequestHistory, RequestId};
use chengji_domain::{CityCode, ResourceCode, Result};
use chengji_records::{CityUse, SpentBudgets, StoredCityUse, StoredRecord};
use chengji_store::{Encoded, KeyOnly, Prefix, Table, Tx, View};

pub use self::sums::CatalogueSums;
use crate::changes;

/// Number of records removed at once.
const PAGE: usize = 256;

/// Entries of all cities' catalogues, by city and code.
static ENTRIES: Table<(CityCode, ResourceCode), StoredRecord> = Table::new(Prefix::Federated, &[]);

/// Looks up a city's entry.
pub fn entry(
    view: &(impl View + ?Sized),
    city: CityCode,
    code: &ResourceCode,
) -> Result<Option<EntryRecord>> {
    ENTRIES.get(view, &(city, code.clone()))
}

/// Returns true if a city's entry is on record. It is not decoded.
pub fn has_entry(view: &(impl View + ?Sized), city: CityCode, code: &ResourceCode) -> Result<bool> {
    ENTRIES.contains(view, &(city, code.clone()))
}

/// Returns the keys of the entries of all cities after this one, in order; at most `most`.
pub fn entry_keys(
    view: &(impl View + ?Sized),
    after: Option<&(CityCode, ResourceCode)>,
    most: usize,
) -> Result<Vec<(CityCode, ResourceCode)>> {
    let rest = match after {
        None => ENTRIES.all(),
        Some(key) => ENTRIES.all().after(key),
    };
    let keys = rest.keys(view, most)?;
    Ok(keys.rows.into_iter().map(|(key, _)| key).collect())
}

/// Returns the key that a city's entry is stored under.
pub fn entry_key(city: CityCode, code: &ResourceCode) -> Vec<u8> {
    ENTRIES.stored_key(&(city, code.clone()))
}

/// Looks up a city's entry to be replaced, with the bytes that it takes.
pub fn sized_entry(
    tx: &Tx<'_>,
    city: CityCode,
    code: &ResourceCode,
) -> Result<Option<(EntryRecord, usize)>> {
    ENTRIES.get_sized(tx, &(city, code.clone()))
}

/// Stores a city's entry in place of one that takes `before` bytes, if there is one.
pub fn put_entry(
    tx: &mut Tx<'_>,
    sums: &mut CatalogueSums,
    city: CityCode,
    record: &EntryRecord,
    before: Option<usize>,
) -> Result<()> {
    let key = (city, record.entry.code.clone());
    let bytes = ENTRIES.put_sized(tx, &key, record)?;
    sums.note_put(key, bytes, before)
}

/// Stores the encoded record of a city's entry that has none yet.
pub fn put_first(
    tx: &mut Tx<'_>,
    sums: &mut CatalogueSums,
    city: CityCode,
    code: &ResourceCode,
    record: &Encoded<StoredRecord>,
) -> Result<()> {
    let key = (city, code.clone());
    ENTRIES.put_encoded(tx, &key, record)?;
    sums.note_put(key, record.size(), None)
}

/// The used part of each city's budgets, by city.
static CITY_USE: Table<CityCode, StoredCityUse> = Table::new(Prefix::CityUse, &[]);

/// The used part of a city's budgets; zero without a record.
pub fn city_use(view: &(impl View + ?Sized), city: CityCode) -> Result<CityUse> {
    CITY_USE.get(view, &city).map(Option::unwrap_or_default)
}

/// The used parts of the budgets of the cities within these bounds, in order of cities; reads `at_once` records at a time.
/// Cities without a record are left out.
pub fn city_uses<V: View + ?Sized>(
    view: &V,
    bounds: impl RangeBounds<CityCode>,
    at_once: usize,
) -> impl Iterator<Item = Result<(CityCode, CityUse)>> {
    CITY_USE.range(bounds).rows(view, at_once)
}

/// Changes the used part of a city's budgets, and what is counted with it.
fn change_use(tx: &mut Tx<'_>, city: CityCode, change: impl FnOnce(&mut CityUse)) -> Result<()> {
    let mut used = city_use(tx, city)?;
    change(&mut used);
    CITY_USE.put(tx, &city, &used)
}

/// Counts a revision of a city's entry that adds conditions to the published one.
pub fn count_added_conditions(tx: &mut Tx<'_>, city: CityCode) -> Result<()> {
    change_use(tx, city, |used| used.conditions_added += 1)
}

/// Counts a correction that a city answered late, or not yet after its deadline.
pub fn count_late_correction(tx: &mut Tx<'_>, city: CityCode) -> Result<()> {
    change_use(tx, city, |used| used.corrected_late += 1)
}

/// Counts a usage record that a city did not make in time.
pub fn count_missing_usage(tx: &mut Tx<'_>, city: CityCode) -> Result<()> {
    change_use(tx, city, |used| used.usage_not_recorded += 1)
}

/// Counts an entry that a city updated late.
pub fn count_late_update(tx: &mut Tx<'_>, city: CityCode) -> Result<()> {
    change_use(tx, city, |used| used.updated_late += 1)
}

/// Marks a city's entries as forgotten, or as restored.
pub fn set_forgotten(tx: &mut Tx<'_>, city: CityCode, forgotten: bool) -> Result<()> {
    change_use(tx, city, |used| used.forgotten = forgotten)
}

/// Records the used part of a city's daily budgets.
pub fn set_spent(tx: &mut Tx<'_>, city: CityCode, spent: SpentBudgets) -> Result<()> {
    change_use(tx, city, |used| used.spent = Some(spent))
}

/// Calls `visit` with every entry of the federated catalogue, of one city or of all, by city and code.
pub fn each_entry(
    view: &(impl View + ?Sized),
    city: Option<CityCode>,
    mut visit: impl FnMut(CityCode, EntryRecord) -> Result<()>,
) -> Result<()> {
    let entries = city.map_or_else(|| ENTRIES.all(), |city| ENTRIES.under(&(city,)));
    entries.each(view, |(city, _), record| visit(city, record))
}

/// Removes some of a city's entries; returns true when none are left.
pub fn forget_entries(tx: &mut Tx<'_>, city: CityCode) -> Result<bool> {
    let some = ENTRIES.under(&(city,)).keys(tx, PAGE)?;
    let awaited = AWAITED_APPROVALS.under(&(city,)).count(tx, 1)? > 0;
    let mut used = city_use(tx, city)?;
    used.entries -= (some.rows.len() as u64).min(used.entries);
    for (key, bytes) in &some.rows {
        used.bytes -= (*bytes as u64).min(used.bytes);
        ENTRIES.delete(tx, key)?;
        if awaited {
            recheck_approvals(tx, city, &key.1, 0)?;
        }
    }
    let removed = some.rows.into_iter().map(|((_, code), _)| code);
    changes::note(tx, city, removed.collect())?;
    let all = some.rest.is_none();
    if all {
        (used.entries, used.bytes) = (0, 0);
        (
            used.conditions_added,
            used.updated_late,
            used.usage_not_recorded,
        ) = (0, 0, 0);
    }
    CITY_USE.put(tx, &city, &used)?;
    Ok(all)
}

/// The requests that wait for their provider's log.
static WAITING: Table<RequestId, KeyOnly> = Table::new(Prefix::Waiting, &[]);

/// Records that a request waits for its provider's log, or no longer does.
pub fn wait(tx: &mut Tx<'_>, id: RequestId, waits: bool) -> Result<()> {
    if waits {
        WAITING.put(tx, &id, &())
    } else {
        WAITING.delete(tx, &id).map(drop)
    }
}

/// The waiting requests.
pub fn waiting(view: &(impl View + ?Sized)) -> Result<Vec<RequestId>> {
    let waiting = WAITING.all().collect(view)?;
    Ok(waiting.into_iter().map(|(id, ())| id).collect())
}

/// The requests that wait for the admission of their provider, by provider. They are not among [`waiting`]: until then,
/// or until the wait is over, there is nothing to be decided about them.
static WAITING_FOR_MEMBER: Table<(CityCode, RequestId), KeyOnly> =
    Table::new(Prefix::WaitingForMember, &[]);

/// Records that a request waits for the admission of its provider, or no longer does.
pub fn wait_for_member(
    tx: &mut Tx<'_>,
    provider: CityCode,
    id: RequestId,
    waits: bool,
) -> Result<()> {
    match waits {
        true => WAITING_FOR_MEMBER.put(tx, &(provider, id), &()),
        false => WAITING_FOR_MEMBER.delete(tx, &(provider, id)).map(drop),
    }
}

/// The cities for whose admission requests wait. Reads one key of each.
pub fn awaited_members(view: &(impl View + ?Sized)) -> Result<Vec<CityCode>> {
    let (mut cities, mut after) = (Vec::new(), Bound::Unbounded);
    loop {
        let rest = WAITING_FOR_MEMBER.within(&(), (after, Bound::Unbounded));
        let first = rest.keys(view, 1)?.rows.pop();
        let Some(((city, _), _)) = first else {
            return Ok(cities);
        };
        cities.push(city);
        after = Bound::Excluded(city);
    }
}

/// Adds some of the requests that wait for the admission of a city to those to be decided. Returns true if they were the
/// last.
pub fn release_some(tx: &mut Tx<'_>, provider: CityCode) -> Result<bool> {
    let some = WAITING_FOR_MEMBER.under(&(provider,)).keys(tx, PAGE)?;
    for ((provider, id), _) in some.rows {
        wait_for_member(tx, provider, id, false)?;
        wait(tx, id, true)?;
    }
    Ok(some.rest.is_none())
}

/// The requests that wait for the approval of the common superior authority, by their entry.
static AWAITED_APPROVALS: Table<(CityCode, ResourceCode, RequestId), KeyOnly> =
    Table::new(Prefix::AwaitedApproval, &[]);

/// Entries that have changed while requests for them wait for an approval, by city, code and revision.
static RECHECKS: Table<ChangedEntry, KeyOnly> = Table::new(Prefix::ApprovalRecheck, &[]);

/// The city, the code and the revision of an entry that has changed; [`u32::MAX`] where it was withdrawn, 0 where its
/// city's log is read anew.
pub type ChangedEntry = (CityCode, ResourceCode, u32);

/// Records that a request waits for an approval, or no longer does.
pub fn await_approval(tx: &mut Tx<'_>, history: &RequestHistory, awaits: bool) -> Result<()> {
    let resource = &history.submission.resource;
    let key = (resource.city, resource.code.clone(), history.id);
    match awaits {
        true => AWAITED_APPROVALS.put(tx, &key, &()),
        false => AWAITED_APPROVALS.delete(tx, &key).map(drop),
    }
}

/// Notes that an entry has changed, if requests for it wait for an approval: the approval may no longer be required.
pub fn recheck_approvals(
    tx: &mut Tx<'_>,
    city: CityCode,
    code: &ResourceCode,
    revision: u32,
) -> Result<()> {
    let waiting = AWAITED_APPROVALS.under(&(city, code.clone()));
    match waiting.count(tx, 1)? {
        0 => Ok(()),
        _ => RECHECKS.put(tx, &(city, code.clone(), revision), &()),
    }
}

/// The entries that have changed while requests for them wait for an approval.
pub fn rechecks(view: &(impl View + ?Sized)) -> Result<Vec<ChangedEntry>> {
    let changed = RECHECKS.all().collect(view)?;
    Ok(changed.into_iter().map(|(entry, ())| entry).collect())
}

/// Adds some of the requests that wait for an approval of a changed entry to those to be decided, beginning after this
/// one. Returns the last of them; `None` if there are no more, in which case the note of the change is removed.
pub fn recheck_some(
    tx: &mut Tx<'_>,
    changed: &ChangedEntry,
    after: Option<RequestId>,
) -> Result<Option<RequestId>> {
    let after = after.map_or(Bound::Unbounded, Bound::Excluded);
    let entry = (changed.0, changed.1.clone());
    let waiting = AWAITED_APPROVALS.within(&entry, (after, Bound::Unbounded));
    let some = waiting.keys(tx, PAGE)?;
    let mut last = None;
    for ((.., id), _) in some.rows {
        wait(tx, id, true)?;
        last = Some(id);
    }
    if some.rest.is_some() {
        return Ok(last);
    }
    RECHECKS.delete(tx, changed)?;
    Ok(None)
}
