//! How records are stored, and what a table asks of its indexes.

use chengji_domain::Result;

use crate::keys::Prefix;
use crate::kv::Pair;

/// How records of a table are stored.
pub trait Codec: 'static {
    /// The record.
    type Record;

    /// The bytes that are stored. Decoding them gives an equal record. Errors: a record that may not
    /// be stored, such as one that is too large.
    fn encode(record: &Self::Record) -> Result<Vec<u8>>;

    /// The record in stored bytes. Errors: STORAGE_DAMAGED.
    fn decode(bytes: &[u8]) -> Result<Self::Record>;
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
