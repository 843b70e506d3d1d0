//! The records of the catalogue: one for each published entry.

use std::ops::RangeBounds;

use chengji_domain::catalogue::EntryRecord;
use chengji_domain::{Error, ErrorCode, Field, ResourceCode, Result, TextRule};
use chengji_messages::msg;
use chengji_records::StoredRecord;
use chengji_store::{Prefix, Table, Tx, View};

/// Number of records read at once during a full scan.
const AT_ONCE: usize = 1_000;

/// Records, by code.
static RECORDS: Table<ResourceCode, StoredRecord> = Table::new(Prefix::CatalogueEntry, &[]);

/// Looks up the record of an entry.
pub fn find(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<Option<EntryRecord>> {
    RECORDS.get(view, code)
}

/// Looks up the record of an entry; NOT_FOUND if there is none.
pub fn existing(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<EntryRecord> {
    find(view, code)?.ok_or_else(|| unknown(code))
}

/// The error for an entry that does not exist or is not published.
pub fn unknown(code: &ResourceCode) -> Error {
    let code = code.as_str();
    Error::new(ErrorCode::NotFound, msg::EntryNotPublished { code })
}

/// Looks up the record of an entry that must not be withdrawn.
pub fn published(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<EntryRecord> {
    let record = existing(view, code)?;
    if let Some(withdrawn) = &record.withdrawn {
        let message = msg::EntryWithdrawn {
            code: code.as_str(),
            reason: &withdrawn.reason,
        };
        return Err(Error::new(ErrorCode::Withdrawn, message));
    }
    Ok(record)
}

/// Refuses a reason that cannot be recorded.
pub fn check_reason(reason: &str) -> Result<()> {
    TextRule::REASON.check(Field::Reason, reason)
}

/// Stores a record.
pub fn put(tx: &mut Tx<'_>, record: &EntryRecord) -> Result<()> {
    RECORDS.put(tx, &record.entry.code, record)
}

/// Iterates over the records within `bounds` in order of code; reads `at_once` at a time.
pub fn rows<V: View + ?Sized>(
    view: &V,
    bounds: impl RangeBounds<ResourceCode>,
    at_once: usize,
) -> impl Iterator<Item = Result<(ResourceCode, EntryRecord)>> {
    RECORDS.range(bounds).rows(view, at_once)
}

/// All records in order of code, read in pages; an error ends the iteration.
pub fn all<V: View + ?Sized>(view: &V) -> impl Iterator<Item = Result<EntryRecord>> {
    rows(view, .., AT_ONCE).map(|row| row.map(|(_, record)| record))
}
