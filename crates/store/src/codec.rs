//! How records are stored, and what a table asks of its indexes.

use chengji_domain::{Error, ErrorCode, Result};

use crate::keys::Prefix;
use crate::kv::Pair;

/// How records of a table are stored.
pub trait Codec: 'static {
    /// The record.
    type Record;

    /// The bytes that are stored. Decoding them gives an equal record. Errors: a record that may not
    /// be stored, such as one that is too large.
    fn encode(record: &Self::Record) -> Result<Vec<u8>>;

    /// The record in stored bytes. An error says what is missing or malformed; its reader makes it
    /// STORAGE_DAMAGED and adds the prefix and the key.
    fn decode(bytes: &[u8]) -> Result<Self::Record>;
}

/// The codec of records whose key says everything.
#[derive(Debug)]
pub struct KeyOnly;

impl Codec for KeyOnly {
    type Record = ();

    fn encode((): &()) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }

    fn decode(bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let message = format!("{} bytes where only the key counts", bytes.len());
        Err(Error::new(ErrorCode::StorageDamaged, message))
    }
}

/// Decodes the record that is stored under this key. Errors: STORAGE_DAMAGED with the prefix and the
/// key.
pub(crate) fn decode<C: Codec>(prefix: Prefix, stored: &[u8], bytes: &[u8]) -> Result<C::Record> {
    C::decode(bytes).map_err(|error| {
        let key = stored.get(1..).unwrap_or_default().escape_ascii();
        let why = error.message();
        let message = format!("the stored record {prefix:?} of key '{key}' is damaged: {why}");
        Error::new(ErrorCode::StorageDamaged, message)
    })
}

/// An index whatever its keys are: what a table asks of its indexes.
pub trait AnyIndex<K, C: Codec>: Sync {
    /// What the index is called in messages.
    fn name(&self) -> &'static str;

    /// The index's prefix.
    fn prefix(&self) -> Prefix;

    /// Whether no two records have the same key.
    fn is_unique(&self) -> bool;

    /// The pairs that are stored for a record.
    fn entries(&self, key: &K, record: &C::Record) -> Vec<Pair>;

    /// The key of the record that a stored pair belongs to. Errors: STORAGE_DAMAGED.
    fn record_key(&self, stored: &[u8], value: &[u8]) -> Result<K>;
}
