//! The records of the catalogue: one per entry, as it stands.

use chengji_domain::{Error, ErrorCode, ResourceCode, Result, TextRule};
use chengji_proto::{stored, v1};
use chengji_store::{Key, Prefix, Tx, View};
use prost::Message;

/// Records read at a time on the way through all of them.
const PAGE: usize = 1_000;

/// The record of an entry.
pub fn find(
    view: &(impl View + ?Sized),
    code: &ResourceCode,
) -> Result<Option<v1::CatalogueRecord>> {
    view.value(&key(code))?
        .map(|bytes| decode(&bytes))
        .transpose()
}

/// The record of an entry that must exist.
pub fn existing(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<v1::CatalogueRecord> {
    find(view, code)?.ok_or_else(|| unknown(code))
}

/// There is no such entry, or none that is published.
pub fn unknown(code: &ResourceCode) -> Error {
    let message = format!("the catalogue has no published entry {code}");
    Error::new(ErrorCode::NotFound, message)
        .with_remedy("'chengji-node catalogue pending' lists what is on its way")
}

/// The record of an entry that must exist and not be withdrawn.
pub fn published(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<v1::CatalogueRecord> {
    let record = existing(view, code)?;
    if record.withdrawn_at.is_some() {
        let message = format!("the entry {code} is withdrawn: {}", record.withdrawn_reason);
        return Err(Error::new(ErrorCode::Withdrawn, message));
    }
    Ok(record)
}

/// A stored record lacks what each of them has.
pub(super) fn no_entry() -> Error {
    Error::new(
        ErrorCode::StorageDamaged,
        "a stored record of the catalogue has no entry",
    )
}

/// Refuses a reason that may not be recorded.
pub fn check_reason(reason: &str) -> Result<()> {
    TextRule::REASON.check("the reason", reason)
}

/// Keeps a record.
pub fn put(tx: &mut Tx<'_>, record: &v1::CatalogueRecord) -> Result<()> {
    let code: ResourceCode = record
        .entry
        .as_ref()
        .map(|entry| entry.code.as_str())
        .unwrap_or_default()
        .parse()?;
    tx.put(key(&code), record.encode_to_vec());
    Ok(())
}

/// Records in order of code, after `after` where it is given, at most `limit`.
pub fn page(
    view: &(impl View + ?Sized),
    after: Option<&ResourceCode>,
    limit: usize,
) -> Result<Vec<v1::CatalogueRecord>> {
    let (lower, upper) = after_code(Prefix::CatalogueEntry, after);
    view.pairs(&lower, &upper, limit)?
        .iter()
        .map(|(_, bytes)| decode(bytes))
        .collect()
}

/// All records in order of code, some of which are read at a time; nothing comes after an error.
pub fn all<V: View + ?Sized>(view: &V) -> impl Iterator<Item = Result<v1::CatalogueRecord>> {
    let (mut lower, upper) = Key::new(Prefix::CatalogueEntry).range();
    let pages = std::iter::from_fn(move || {
        let pairs = match view.pairs(&lower, &upper, PAGE) {
            Ok(pairs) => pairs,
            Err(error) => {
                lower.clone_from(&upper);
                return Some(vec![Err(error)]);
            }
        };
        let (last, _) = pairs.last()?;
        lower.clone_from(last);
        lower.push(0);
        Some(pairs.iter().map(|(_, bytes)| decode(bytes)).collect())
    });
    pages.flatten()
}

/// The keys of a prefix by code, of those after this one where it is given.
pub(super) fn after_code(prefix: Prefix, after: Option<&ResourceCode>) -> (Vec<u8>, Vec<u8>) {
    let (first, upper) = Key::new(prefix).range();
    let lower = after.map_or(first, |code| {
        // The smallest key greater than that of the code.
        let mut key = Key::new(prefix).text(code.as_str()).finish();
        key.push(0);
        key
    });
    (lower, upper)
}

fn key(code: &ResourceCode) -> Vec<u8> {
    Key::new(Prefix::CatalogueEntry)
        .text(code.as_str())
        .finish()
}

fn decode(bytes: &[u8]) -> Result<v1::CatalogueRecord> {
    stored::decode(bytes, "catalogue entry")
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
