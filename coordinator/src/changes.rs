//! The numbered changes of the federated catalogue: which records were written, for the search index that follows them.
//! Written with the records; removed once the index has them.

use chengji_domain::{CityCode, ResourceCode, Result};
use chengji_records::{ChangedEntry, StoredChangedEntry, StoredLastChange};
use chengji_store::{KeyValue, Limit, Prefix, Single, Table, Tx, View};

/// Number of changes removed at once.
const PIECE: usize = 1_000;

/// The changed entries, by number of the change.
static CHANGES: Table<u64, StoredChangedEntry> = Table::new(Prefix::EntryChange, &[]);
/// The number of the last change.
static LAST: Single<StoredLastChange> = Single::new(Prefix::LastEntryChange);

/// Notes that the record of an entry is written or removed.
pub fn note(tx: &mut Tx<'_>, city: CityCode, code: &ResourceCode) -> Result<()> {
    let number = last(tx)? + 1;
    let code = code.clone();
    CHANGES.put(tx, &number, &ChangedEntry { city, code })?;
    LAST.put(tx, &number)
}

/// Returns the number of the last change; 0 before the first.
pub fn last(view: &(impl View + ?Sized)) -> Result<u64> {
    LAST.get(view).map(Option::unwrap_or_default)
}

/// Returns true if all changes after this one are kept.
pub fn are_kept_after(kv: &dyn KeyValue, number: u64) -> Result<bool> {
    let (first, last) = (CHANGES.all().first(kv)?, last(kv)?);
    let has_next = first.is_some_and(|(first, _)| first <= number + 1);
    Ok(number == last || (number < last && has_next))
}

/// Returns the changes after this one with their numbers, at most so many.
pub fn after(kv: &dyn KeyValue, number: u64, most: usize) -> Result<Vec<(u64, ChangedEntry)>> {
    let page = CHANGES.range(number + 1..).page(kv, Limit::rows(most))?;
    Ok(page.rows)
}

/// Removes some of the changes up to this one; returns true when none of them are left.
pub fn trim(tx: &mut Tx<'_>, number: u64) -> Result<bool> {
    let some = CHANGES.range(..=number).keys(tx, PIECE)?;
    for (number, _) in &some.rows {
        CHANGES.delete(tx, number)?;
    }
    Ok(some.rest.is_none())
}
