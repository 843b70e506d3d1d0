//! The numbered changes of the federated catalogue: which records were written, for the search index that follows them.
//! Written with the records; removed once the index has them.

use chengji_domain::{CityCode, ResourceCode, Result};
use chengji_records::{ChangedEntries, StoredChangedEntries, StoredLastChange};
use chengji_store::{KeyValue, Limit, Prefix, Single, Table, Tx, View};

/// Maximum number of changes in a record.
const TOGETHER: usize = 256;
/// Number of records read or removed at once.
const PIECE: usize = 32;

/// The changed entries, several in a record, by number of its last change.
static CHANGES: Table<u64, StoredChangedEntries> = Table::new(Prefix::EntryChange, &[]);
/// The number of the last change.
static LAST: Single<StoredLastChange> = Single::new(Prefix::LastEntryChange);

/// A changed entry: its city and its code.
pub type ChangedEntry = (CityCode, ResourceCode);

/// Notes that the records of these entries of a city are written or removed; each is noted once.
pub fn note(tx: &mut Tx<'_>, city: CityCode, mut codes: Vec<ResourceCode>) -> Result<()> {
    codes.sort_unstable();
    codes.dedup();
    let mut number = last(tx)?;
    for some in codes.chunks(TOGETHER) {
        let codes = some.to_vec();
        number += codes.len() as u64;
        CHANGES.put(tx, &number, &ChangedEntries { city, codes })?;
    }
    match codes.is_empty() {
        true => Ok(()),
        false => LAST.put(tx, &number),
    }
}

/// Returns the number of the last change; 0 before the first.
pub fn last(view: &(impl View + ?Sized)) -> Result<u64> {
    LAST.get(view).map(Option::unwrap_or_default)
}

/// Returns true if all changes after this one are kept. They are removed in order.
pub fn are_kept_after(kv: &dyn KeyValue, number: u64) -> Result<bool> {
    let last = last(kv)?;
    if number >= last {
        return Ok(number == last);
    }
    let next = records_after(kv, number, 1).next().transpose()?;
    Ok(next.is_some_and(|(end, changed)| first(end, &changed) <= number + 1))
}

/// Returns the changes after this one with their numbers, at most so many.
pub fn after(kv: &dyn KeyValue, number: u64, most: usize) -> Result<Vec<(u64, ChangedEntry)>> {
    let mut changes = Vec::new();
    for record in records_after(kv, number, PIECE) {
        let (end, changed) = record?;
        let numbered = (first(end, &changed)..).zip(changed.codes);
        let later = numbered.filter(|(change, _)| *change > number);
        let room = most.saturating_sub(changes.len());
        changes.extend(
            later
                .map(|(change, code)| (change, (changed.city, code)))
                .take(room),
        );
        if changes.len() >= most {
            break;
        }
    }
    Ok(changes)
}

/// Returns the records that have changes after this one; reads `at_once` at a time.
fn records_after(
    kv: &dyn KeyValue,
    number: u64,
    at_once: usize,
) -> impl Iterator<Item = Result<(u64, ChangedEntries)>> {
    CHANGES.range(number + 1..).rows(kv, at_once)
}

/// Returns the number of the first change in a record, whose last one has the number `end`.
fn first(end: u64, changed: &ChangedEntries) -> u64 {
    let before = end.saturating_sub(changed.codes.len() as u64);
    before.saturating_add(1)
}

/// Removes records of changes after `from` up to `to`; returns the number up to which none are left, but those in a record
/// with later ones. Those that were removed before are not looked for: a store passes over them one by one until it has
/// compacted them.
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chengji_store::{Ledger, MemoryStore};

    use super::*;
    use crate::tests::world::{CONSUMER, PROVIDER, city};

    fn ledger() -> Ledger {
        Ledger::create(Arc::new(MemoryStore::new()), "coordinator", [1; 8]).unwrap()
    }

    fn codes(numbers: impl IntoIterator<Item = u64>) -> Vec<ResourceCode> {
        let code = |number| format!("103001{number:06}").parse().unwrap();
        numbers.into_iter().map(code).collect()
    }

    async fn noted(ledger: &Ledger, of: &str, codes: Vec<ResourceCode>) {
        let of = city(of);
        let noting = ledger.write(move |tx| note(tx, of, codes));
        noting.await.unwrap();
    }

    async fn trimmed(ledger: &Ledger, from: u64, to: u64) -> u64 {
        ledger.write(move |tx| trim(tx, from, to)).await.unwrap()
    }

    #[tokio::test]
    async fn changes_have_a_number_each_and_are_read_from_any_on() {
        let ledger = ledger();
        let kv = &**ledger.kv();
        let numbers = 1..=2 * TOGETHER as u64 + 3;
        noted(&ledger, PROVIDER, codes(numbers.clone())).await;
        noted(&ledger, PROVIDER, Vec::new()).await;
        // An entry that was changed several times by a transaction is noted once.
        noted(&ledger, CONSUMER, codes([7, 5, 7])).await;
        let of = |of: &str, codes: Vec<ResourceCode>| {
            let of = city(of);
            codes.into_iter().map(move |code| (of, code))
        };
        let all: Vec<_> = of(PROVIDER, codes(numbers))
            .chain(of(CONSUMER, codes([5, 7])))
            .collect();
        let last_one = all.len() as u64;
        assert_eq!(last(kv).unwrap(), last_one);
        for from in 0..=last_one {
            let place = usize::try_from(from).unwrap();
            for most in [1, 2, TOGETHER, all.len()] {
                let expected = (from + 1..).zip(all[place..].iter().take(most).cloned());
                let found = after(kv, from, most).unwrap();
                assert_eq!(found, expected.collect::<Vec<_>>(), "{most} after {from}");
            }
            assert!(are_kept_after(kv, from).unwrap(), "{from}");
        }
        assert!(!are_kept_after(kv, last_one + 1).unwrap());
    }

    #[tokio::test]
    async fn a_record_is_removed_with_the_last_of_its_changes() {
        let ledger = ledger();
        let kv = &**ledger.kv();
        for _ in 0..3 {
            noted(&ledger, PROVIDER, codes(1..=3)).await;
        }
        assert_eq!(trimmed(&ledger, 0, 5).await, 5);
        let are_kept = (0..=9).map(|from| are_kept_after(kv, from).unwrap());
        let expected = (0..=9).map(|from| from >= 3);
        assert_eq!(are_kept.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        assert_eq!(after(kv, 5, 10).unwrap().len(), 4);
        assert_eq!(trimmed(&ledger, 5, 9).await, 9);
        assert_eq!(after(kv, 0, 10).unwrap(), []);
        assert!(!are_kept_after(kv, 8).unwrap());
        assert!(are_kept_after(kv, 9).unwrap());
    }

    #[tokio::test]
    async fn as_many_records_are_removed_as_fit_in_a_piece() {
        let ledger = ledger();
        let records = PIECE as u64 + 1;
        for _ in 0..records {
            noted(&ledger, PROVIDER, codes([1, 2])).await;
        }
        let last = 2 * records;
        assert_eq!(trimmed(&ledger, 0, last).await, last - 2);
        assert_eq!(trimmed(&ledger, last - 2, last).await, last);
        assert_eq!(after(&**ledger.kv(), 0, 10).unwrap(), []);
    }
}
