//! The records of the catalogue: one for each entry that was published.

use std::ops::Bound;

use chengji_domain::catalogue::Record;
use chengji_domain::{Error, ErrorCode, ResourceCode, Result, TextRule};
use chengji_records::StoredRecord;
use chengji_store::{Limit, Prefix, Table, Tx, View};

/// Records read at a time on the way through all of them.
const PAGE: usize = 1_000;

/// Records, by code.
static RECORDS: Table<ResourceCode, StoredRecord> = Table::new(Prefix::CatalogueEntry, &[]);

/// The record of an entry.
pub fn find(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<Option<Record>> {
    RECORDS.get(view, code)
}

/// The record of an entry that must exist.
pub fn existing(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<Record> {
    find(view, code)?.ok_or_else(|| unknown(code))
}

/// There is no such entry, or none that is published.
pub fn unknown(code: &ResourceCode) -> Error {
    let message = format!("the catalogue has no published entry {code}");
    Error::new(ErrorCode::NotFound, message)
        .with_remedy("'chengji-node catalogue pending' lists what is on its way")
}

/// The record of an entry that must exist and not be withdrawn.
pub fn published(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<Record> {
    let record = existing(view, code)?;
    if let Some(withdrawn) = &record.withdrawn {
        let message = format!("the entry {code} is withdrawn: {}", withdrawn.reason);
        return Err(Error::new(ErrorCode::Withdrawn, message));
    }
    Ok(record)
}

/// Refuses a reason that may not be recorded.
pub fn check_reason(reason: &str) -> Result<()> {
    TextRule::REASON.check("the reason", reason)
}

/// Stores a record.
pub fn put(tx: &mut Tx<'_>, record: &Record) -> Result<()> {
    RECORDS.put(tx, &record.entry.code, record)
}

/// Records in order of code, after `after` where it is given, at most `limit`.
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

/// All records in order of code, some of which are read at a time; nothing comes after an error.
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

/// The size of a page: 100 where none is asked for, at most 1,000.
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
