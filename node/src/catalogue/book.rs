//! The records of the catalogue: one for each published entry.

use std::ops::Bound;

use chengji_domain::catalogue::Record;
use chengji_domain::{Error, ErrorCode, Field, ResourceCode, Result, TextRule};
use chengji_records::StoredRecord;
use chengji_store::{Limit, Prefix, Table, Tx, View};

/// Number of records read at once during a full scan.
const PAGE: usize = 1_000;

/// Records, by code.
static RECORDS: Table<ResourceCode, StoredRecord> = Table::new(Prefix::CatalogueEntry, &[]);

/// Looks up the record of an entry.
pub fn find(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<Option<Record>> {
    RECORDS.get(view, code)
}

/// Looks up the record of an entry; NOT_FOUND if there is none.
pub fn existing(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<Record> {
    find(view, code)?.ok_or_else(|| unknown(code))
}

/// The error for an entry that does not exist or is not published.
pub fn unknown(code: &ResourceCode) -> Error {
    let message = format!("the catalogue has no published entry {code}");
    Error::new(ErrorCode::NotFound, message)
        .with_remedy("'chengji-node catalogue pending' lists what is on its way")
}

/// Looks up the record of an entry that must not be withdrawn.
pub fn published(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<Record> {
    let record = existing(view, code)?;
    if let Some(withdrawn) = &record.withdrawn {
        let message = format!("the entry {code} is withdrawn: {}", withdrawn.reason);
        return Err(Error::new(ErrorCode::Withdrawn, message));
    }
    Ok(record)
}

/// Refuses a reason that cannot be recorded.
pub fn check_reason(reason: &str) -> Result<()> {
    TextRule::REASON.check(Field::Reason, reason)
}

/// Stores a record.
pub fn put(tx: &mut Tx<'_>, record: &Record) -> Result<()> {
    RECORDS.put(tx, &record.entry.code, record)
}

/// Records in order of code, after `after` if given, at most `limit`.
pub fn page(
    view: &(impl View + ?Sized),
    after: Option<&ResourceCode>,
    limit: usize,
) -> Result<Vec<Record>> {
    let later = after.map_or(Bound::Unbounded, |code| Bound::Excluded(code.clone()));
    let page = RECORDS.range((later, Bound::Unbounded));
    let page = page.page(view, Limit::rows(limit))?;
    Ok(page.rows.into_iter().map(|(_, record)| record).collect())
}

/// All records in order of code, read in pages; an error ends the iteration.
pub fn all<V: View + ?Sized>(view: &V) -> impl Iterator<Item = Result<Record>> {
    let mut rest = Some(RECORDS.all());
    let pages = std::iter::from_fn(move || {
        let page = match rest.take()?.page(view, Limit::rows(PAGE)) {
            Ok(page) => page,
            Err(error) => return Some(vec![Err(error)]),
        };
        rest = page.rest;
        let records = page.rows.into_iter().map(|(_, record)| Ok(record));
        Some(records.collect())
    });
    pages.flatten()
}

/// The size of a page: 100 by default, at most 1,000.
pub(crate) fn page_size(asked: u32) -> Result<usize> {
    match asked {
        0 => Ok(100),
        1..=1_000 => Ok(asked as usize),
        _ => Err(Error::new(
            ErrorCode::InvalidArgument,
            format!("a page has 1 to 1,000 entries, not {asked}"),
        )),
    }
}
