//! The numbered changes of the federated catalogue: which records were written, for the search index that follows them.
//! Written with the records; removed once the index has them.

use chengji_domain::{CityCode, ResourceCode, Result};
use chengji_records::{ChangedEntry, StoredChangedEntry, StoredLastChange};
use chengji_store::{KeyValue, Limit, Prefix, Single, Table, Tx, View};

/// Number of changes removed at once.
const PIECE: usize = 5_000;

/// The changed entries, by number of the change.
static CHANGES: Table<u64, StoredChangedEntry> = Table::new(Prefix::EntryChange, &[]);
/// The number of the last change.
static LAST: Single<StoredLastChange> = Single::new(Prefix::LastEntryChange);

/// The number of the last change that a transaction has noted, if there is one. It is stored once, by [`Self::store`]:
/// until then nothing else may note changes in the transaction.
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct Noted(Option<u64>);

impl Noted {
    /// Notes that the record of an entry is written or removed.
    pub fn note(&mut self, tx: &mut Tx<'_>, city: CityCode, code: &ResourceCode) -> Result<()> {
        let before = match self.0 {
            Some(last) => last,
            None => last(tx)?,
        };
        let (number, code) = (before + 1, code.clone());
        CHANGES.put(tx, &number, &ChangedEntry { city, code })?;
        self.0 = Some(number);
        Ok(())
    }

    /// Stores the number of the last change.
    pub fn store(self, tx: &mut Tx<'_>) -> Result<()> {
        self.0.map_or(Ok(()), |last| LAST.put(tx, &last))
    }
}

/// Returns the number of the last change; 0 before the first.
pub fn last(view: &(impl View + ?Sized)) -> Result<u64> {
    LAST.get(view).map(Option::unwrap_or_default)
}

/// Returns true if all changes after this one are kept. They are removed in order.
pub fn are_kept_after(kv: &dyn KeyValue, number: u64) -> Result<bool> {
    let last = last(kv)?;
    Ok(number == last || (number < last && CHANGES.contains(kv, &(number + 1))?))
}

/// Returns the changes after this one with their numbers, at most so many.
pub fn after(kv: &dyn KeyValue, number: u64, most: usize) -> Result<Vec<(u64, ChangedEntry)>> {
    let page = CHANGES.range(number + 1..).page(kv, Limit::rows(most))?;
    Ok(page.rows)
}

/// Removes some of the changes after `from` up to `to`; returns the number up to which none are left. Those that were
/// removed before are not looked for: a store passes over them one by one until it has compacted them.
pub fn trim(tx: &mut Tx<'_>, from: u64, to: u64) -> Result<u64> {
    let some = CHANGES.range(from + 1..=to).page(tx, Limit::rows(PIECE))?;
    for (number, changed) in &some.rows {
        CHANGES.remove(tx, number, changed)?;
    }
    let last = some.rows.last().map(|(number, _)| *number);
    Ok(match some.rest {
        Some(_) => last.unwrap_or(from),
        None => to,
    })
}
