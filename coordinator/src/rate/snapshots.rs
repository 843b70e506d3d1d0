//! Snapshots of the folds of cities' logs: what a start or a past cut-off need not fold again.
//!
//! A snapshot is the fold of a first part of one copy of a log. It follows from the log alone, so it is never more
//! than a saving: one that is damaged, of other rows, or not of the stored entries, is passed over.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ops::Bound;

use chengji_domain::fact::LogOwner;
use chengji_domain::rate::{CityFold, ROWS, close_of, month_end};
use chengji_domain::{CityCode, Error, ErrorCode, Result};
use chengji_follow::{LogCopy, root};
use chengji_messages::msg;
use chengji_records::{RateSnapshot, StoredRateSnapshot, StoredRateSnapshotPart};
use chengji_store::{KeyValue, Ledger, Prefix, Table, Tx};
use jiff::Timestamp;

use crate::arrivals;

/// Minimum number of entries between two snapshots of a log. Large folds have larger distances: at least half as
/// many entries as rows, so that the writing of snapshots stays in proportion to what is followed.
pub const LEAST_BETWEEN: u64 = 2_000;
/// Number of rows of a part: of each kind and with the longest codes they fit a stored value.
const PART: usize = 200;
/// Number of parts deleted at once.
const DELETED: u32 = 256;
/// Number of records of snapshots read at once.
const AT_ONCE: usize = 32;
/// Number of the newest snapshots that are kept of a copy: one is damaged, the next serves.
const KEPT: usize = 2;

/// City, copy, and number of folded entries.
type SnapshotKey = (CityCode, u32, Reverse<u64>);

/// Snapshots, of each copy the latest first.
static SNAPSHOTS: Table<SnapshotKey, StoredRateSnapshot> = Table::new(Prefix::RateSnapshot, &[]);

/// Their parts, by number.
static PARTS: Table<(CityCode, u32, u64, u32), StoredRateSnapshotPart> =
    Table::new(Prefix::RateSnapshotPart, &[]);

/// The fold of a first part of a log's copy.
#[derive(Clone, Debug)]
pub struct LogFold {
    /// The log's city.
    pub city: CityCode,
    /// The number of the copy.
    pub copy: u32,
    /// Number of folded entries, from the first on; those that were set aside count nothing.
    pub end: u64,
    /// Their latest date.
    pub latest: Timestamp,
    /// The fold.
    pub fold: CityFold,
}

/// Returns the newest usable snapshot of a log's copy within its entries, all of which are dated up to `until`.
pub fn newest(
    kv: &dyn KeyValue,
    city: CityCode,
    copy: &LogCopy,
    until: Option<Timestamp>,
) -> Result<Option<LogFold>> {
    let from = Bound::Included(Reverse(copy.next));
    let found = SNAPSHOTS.within(&(city, copy.number), (from, Bound::Unbounded));
    for row in found.rows(kv, KEPT) {
        let read = row.and_then(|((.., Reverse(end)), snapshot)| {
            let is_early = until.is_none_or(|until| snapshot.latest <= until);
            match is_early && snapshot.complete && snapshot.formula == ROWS {
                true => read(kv, city, copy, end, &snapshot).map(Some),
                false => Ok(None),
            }
        });
        match read {
            Ok(None) => {}
            Ok(found) => return Ok(found),
            Err(error) if error.code() == ErrorCode::StorageDamaged => {
                tracing::warn!(%city, %error, "a snapshot of the rate is damaged; an earlier one is used");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

fn read(
    kv: &dyn KeyValue,
    city: CityCode,
    copy: &LogCopy,
    end: u64,
    snapshot: &RateSnapshot,
) -> Result<LogFold> {
    if root(kv, copy.log, copy.number, end)? != snapshot.root {
        return Err(damaged(city, end));
    }
    let mut fold = CityFold::default();
    for part in 0..snapshot.parts {
        let part = PARTS.get(kv, &(city, copy.number, end, part))?;
        fold.extend(part.ok_or_else(|| damaged(city, end))?);
    }
    Ok(LogFold {
        city,
        copy: copy.number,
        end,
        latest: snapshot.latest,
        fold,
    })
}

fn damaged(city: CityCode, end: u64) -> Error {
    let message = msg::RateSnapshotDamaged { city, end };
    Error::new(ErrorCode::StorageDamaged, message)
}

/// Returns true if figures of a past cut-off go on from this fold rather than from a stored snapshot: it serves the
/// end of its month, and no later one of the month does.
pub fn is_useful(kv: &dyn KeyValue, taken: &LogFold) -> Result<bool> {
    let LogFold {
        city,
        copy,
        end,
        latest,
        ..
    } = *taken;
    if !serves_month_end(kv, city, copy, end, latest)? {
        return Ok(false);
    }
    let later = (Bound::Unbounded, Bound::Included(Reverse(end)));
    let later = SNAPSHOTS.within(&(city, copy), later);
    for row in readable(later.rows(kv, AT_ONCE)) {
        let (end, snapshot) = row?;
        if snapshot.complete
            && snapshot.formula == ROWS
            && month_end(snapshot.latest) == month_end(latest)
            && serves_month_end(kv, city, copy, end, snapshot.latest)?
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Returns the snapshots of these rows with their number of folded entries. Damaged ones are passed over.
fn readable(
    rows: impl Iterator<Item = Result<(SnapshotKey, RateSnapshot)>>,
) -> impl Iterator<Item = Result<(u64, RateSnapshot)>> {
    let is_damaged = |error: &Error| error.code() == ErrorCode::StorageDamaged;
    rows.filter(move |row| !row.as_ref().is_err_and(is_damaged))
        .map(|row| row.map(|((.., Reverse(end)), snapshot)| (end, snapshot)))
}

/// Returns true if all of these entries count at the end of the month of their latest date: what arrived after its
/// close does not.
fn serves_month_end(
    kv: &dyn KeyValue,
    city: CityCode,
    copy: u32,
    end: u64,
    latest: Timestamp,
) -> Result<bool> {
    let arrived = arrivals::before(kv, city, close_of(month_end(latest)))?;
    Ok(arrived.is_some_and(|arrived| arrived.number == copy && end <= arrived.next))
}

/// Stores a snapshot, piece by piece, and deletes those that it makes superfluous.
pub async fn write(ledger: &Ledger, taken: &LogFold) -> Result<()> {
    let LogFold {
        city,
        copy,
        end,
        latest,
        ref fold,
    } = *taken;
    let log = LogOwner::City(city);
    let parts = u32::try_from(fold.row_count().div_ceil(PART)).unwrap_or(u32::MAX);
    let begun = RateSnapshot {
        formula: ROWS.to_owned(),
        latest,
        root: root(&**ledger.kv(), log, copy, end)?,
        parts,
        complete: false,
    };
    let complete = RateSnapshot {
        complete: true,
        ..begun.clone()
    };
    let key = (city, copy, Reverse(end));
    ledger
        .write(move |tx| SNAPSHOTS.put(tx, &key, &begun))
        .await?;
    let mut rows = fold.rows();
    for part in 0..parts {
        let rows: Vec<_> = rows.by_ref().take(PART).collect();
        let part = (city, copy, end, part);
        ledger.write(move |tx| PARTS.put(tx, &part, &rows)).await?;
    }
    ledger
        .write(move |tx| SNAPSHOTS.put(tx, &key, &complete))
        .await?;
    delete_superfluous(ledger, city, copy).await
}

/// Deletes the snapshots of a copy that are neither among the newest nor the newest that serve the end of their month,
/// and those that were not completed.
async fn delete_superfluous(ledger: &Ledger, city: CityCode, copy: u32) -> Result<()> {
    let (mut months, mut complete, mut deleted) = (BTreeSet::new(), 0, Vec::new());
    let kv = &**ledger.kv();
    for row in readable(SNAPSHOTS.under(&(city, copy)).rows(kv, AT_ONCE)) {
        let (end, snapshot) = row?;
        let latest = snapshot.latest;
        let is_first = snapshot.complete
            && serves_month_end(kv, city, copy, end, latest)?
            && months.insert(month_end(latest));
        complete += usize::from(snapshot.complete);
        if !snapshot.complete || (!is_first && complete > KEPT) {
            deleted.push((end, snapshot.parts));
        }
    }
    for (end, parts) in deleted {
        let mut from = 0;
        while from < parts {
            let until = parts.min(from.saturating_add(DELETED));
            let job = move |tx: &mut Tx<'_>| {
                (from..until)
                    .try_for_each(|part| PARTS.delete(tx, &(city, copy, end, part)).map(drop))
            };
            ledger.write(job).await?;
            from = until;
        }
        ledger
            .write(move |tx| SNAPSHOTS.delete(tx, &(city, copy, Reverse(end))).map(drop))
            .await?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "snapshots_tests.rs"]
mod tests;
