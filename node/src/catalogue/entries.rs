//! The records of the catalogue: one for each published entry.

use std::collections::{BTreeSet, HashMap};
use std::ops::RangeBounds;

use chengji_domain::catalogue::{Entry, EntryRecord, ShareClass};
use chengji_domain::{Error, ErrorCode, Field, ResourceCode, Result, TextRule, Uscc};
use chengji_messages::msg;
use chengji_records::StoredRecord;
use chengji_store::{Index, KeyPart, Prefix, Span, Table, Tx, View};

use super::counts;
use super::likeness::{Likeness, Traits};

/// Number of records read at once during a full scan.
const AT_ONCE: usize = 1_000;
/// Number of keys of an index that are held at once during a longer search.
const KEYS: usize = 4_096;

/// Records, by code.
pub static RECORDS: Table<ResourceCode, StoredRecord> =
    Table::new(Prefix::CatalogueEntry, &[&LISTS, &LIKE]).with_tallies(&[&counts::COUNTS]);

/// Number of the parts of a classification before the last one.
const DETAIL: usize = 3;

/// Whether it is withdrawn, the feature it is listed by, the feature's value, and the code.
pub type ListKey = (bool, u8, String, ResourceCode);

/// Records by each feature that lists are filtered by, in order of code.
pub static LISTS: Index<ListKey, ResourceCode, StoredRecord> = Index::new(
    &RECORDS,
    Prefix::CatalogueList,
    "published entries by feature",
    |code, record| {
        let is_withdrawn = record.withdrawn.is_some();
        let features = features(&record.entry).into_iter();
        let key =
            |(listed, value): (Listed, String)| (is_withdrawn, listed as u8, value, code.clone());
        features.map(key).collect()
    },
);

/// Records that are not withdrawn, by the traits of likely duplicates.
static LIKE: Index<Likeness, ResourceCode, StoredRecord> = Index::new(
    &RECORDS,
    Prefix::CatalogueLikeness,
    "published entries by likeness",
    |_, record| match record.withdrawn {
        Some(_) => Vec::new(),
        None => Traits::of(&record.entry).likenesses().collect(),
    },
);

/// A feature that published entries are listed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Listed {
    /// None: all entries, with an empty value. Those of the first parts of a classification are a range of codes.
    All = 0,
    /// The provider's credit code.
    Provider = 1,
    /// The share class.
    Class = 2,
    /// The administrative level.
    Level = 3,
    /// The classification, if it has a last part: its length is not fixed, so the codes do not show where it ends.
    Classification = 4,
}

fn features(entry: &Entry) -> Vec<(Listed, String)> {
    let mut features = vec![
        (Listed::All, String::new()),
        (Listed::Provider, entry.provider_code.to_string()),
        (Listed::Class, entry.share_class().en().to_owned()),
        (Listed::Level, entry.level.en().to_owned()),
    ];
    let classification = entry.classification.to_string();
    if classification.matches('/').count() == DETAIL {
        features.push((Listed::Classification, classification));
    }
    features
}

/// The first published entry with this likeness that is not skipped.
pub fn first_like(
    view: &(impl View + ?Sized),
    likeness: Likeness,
    skip: impl Fn(&ResourceCode) -> bool,
) -> Result<Option<ResourceCode>> {
    first(view, LIKE.under(&likeness), skip)
}

/// The first published entry of each likeness that is not skipped, of all in one pass.
pub fn first_of_each(
    view: &(impl View + ?Sized),
    skip: impl Fn(&ResourceCode) -> bool,
) -> Result<HashMap<Likeness, ResourceCode>> {
    let (mut first, mut next) = (HashMap::new(), Some(LIKE.all()));
    while let Some(span) = next {
        let page = span.keys(view, KEYS)?;
        for (likeness, code) in page.rows {
            if !skip(&code) {
                first.entry(likeness).or_insert(code);
            }
        }
        next = page.rest;
    }
    Ok(first)
}

/// The first published entry of this provider that is not skipped.
pub fn first_of(
    view: &(impl View + ?Sized),
    provider: Uscc,
    skip: impl Fn(&ResourceCode) -> bool,
) -> Result<Option<ResourceCode>> {
    let of = (false, Listed::Provider as u8, provider.to_string());
    first(view, LISTS.under(&of), skip)
}

fn first<I: KeyPart>(
    view: &(impl View + ?Sized),
    span: Span<'_, Index<I, ResourceCode, StoredRecord>>,
    skip: impl Fn(&ResourceCode) -> bool,
) -> Result<Option<ResourceCode>> {
    /// Number of keys read at first: the first is skipped only where it is imported itself.
    const FEW: usize = 8;
    let (mut next, mut keys) = (Some(span), FEW);
    while let Some(span) = next {
        let page = span.keys(view, keys)?;
        keys = KEYS;
        let mut found = page.rows.into_iter().map(|(_, code)| code);
        if let Some(code) = found.find(|code| !skip(code)) {
            return Ok(Some(code));
        }
        next = page.rest;
    }
    Ok(None)
}

/// Looks up the record of an entry.
pub fn find(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<Option<EntryRecord>> {
    RECORDS.get(view, code)
}

/// Looks up the record of an entry; NOT_FOUND if there is none.
pub fn existing(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<EntryRecord> {
    find(view, code)?.ok_or_else(|| unknown(code))
}

/// Returns true if an entry is on record and of one of these departments; where none are given, for every code.
pub fn is_of(
    view: &(impl View + ?Sized),
    code: &ResourceCode,
    departments: Option<&BTreeSet<Uscc>>,
) -> Result<bool> {
    let Some(departments) = departments else {
        return Ok(true);
    };
    let record = find(view, code)?;
    Ok(record.is_some_and(|record| departments.contains(&record.entry.provider_code)))
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

/// Looks up the content of an entry that must not be withdrawn, and of a class that is shared.
pub fn shared(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<Entry> {
    let entry = published(view, code)?.entry;
    if entry.share_class() == ShareClass::NotShared {
        let message = msg::EntryNotShared {
            basis: entry.share_condition(),
            code: code.as_str(),
        };
        return Err(Error::new(ErrorCode::NotShared, message));
    }
    Ok(entry)
}

/// Refuses a reason that cannot be recorded.
pub fn check_reason(reason: &str) -> Result<()> {
    TextRule::REASON.check(Field::Reason, reason)
}

/// Stores a record.
pub fn put(tx: &mut Tx<'_>, record: &EntryRecord) -> Result<()> {
    RECORDS.put(tx, &record.entry.code, record)
}

/// Stores a record in place of the present one, which was read in this transaction.
pub fn replace(tx: &mut Tx<'_>, present: Option<&EntryRecord>, record: &EntryRecord) -> Result<()> {
    RECORDS.replace(tx, &record.entry.code, present, record)
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
