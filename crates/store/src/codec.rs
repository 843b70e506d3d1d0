//! The encoding of records, and the interface of an index to its table.

use std::fmt;
use std::marker::PhantomData;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};

use crate::keys::Prefix;
use crate::kv::Pair;

/// The encoding of a table's records.
pub trait Codec: 'static {
    /// The record.
    type Record;

    /// Encodes a record. Decoding the bytes gives an equal record. Errors: a record that may not be stored,
    /// such as one that is too large.
    fn encode(record: &Self::Record) -> Result<Vec<u8>>;

    /// Decodes a stored record. The error names the missing or malformed field; the caller turns it into
    /// STORAGE_DAMAGED with the prefix and the key.
    fn decode(bytes: &[u8]) -> Result<Self::Record>;
}

/// A record in its stored form.
pub struct Encoded<C> {
    pub(crate) bytes: Vec<u8>,
    codec: PhantomData<fn() -> C>,
}

impl<C: Codec> Encoded<C> {
    /// Encodes a record. Errors: as of [`Codec::encode`].
    pub fn of(record: &C::Record) -> Result<Self> {
        Ok(Self {
            bytes: C::encode(record)?,
            codec: PhantomData,
        })
    }

    /// Returns the length of the record in bytes.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Returns the stored form.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl<C> fmt::Debug for Encoded<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Encoded").field(&self.bytes).finish()
    }
}

/// The codec of empty records, whose key contains all the data.
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
        let message = msg::RecordNotEmpty { bytes: bytes.len() };
        Err(Error::new(ErrorCode::StorageDamaged, message))
    }
}

/// Decodes the record stored under this key. Errors: STORAGE_DAMAGED with the prefix and the key.
pub(crate) fn decode<C: Codec>(prefix: Prefix, stored: &[u8], bytes: &[u8]) -> Result<C::Record> {
    C::decode(bytes).map_err(|error| {
        let key = stored.get(1..).unwrap_or_default().escape_ascii();
        let message = msg::RecordDamaged {
            cause: error.message(),
            key: Value::text(key),
            kind: format!("{prefix:?}"),
        };
        Error::new(ErrorCode::StorageDamaged, message)
    })
}

/// An index with the type of its keys erased, as its table uses it.
pub trait AnyIndex<K, C: Codec>: Sync {
    /// Returns the index's name, for messages.
    fn name(&self) -> &'static str;

    /// Returns the index's prefix.
    fn prefix(&self) -> Prefix;

    /// Returns true if no two records have the same key.
    fn is_unique(&self) -> bool;

    /// Returns the pairs stored for a record.
    fn entries(&self, key: &K, record: &C::Record) -> Vec<Pair>;

    /// Returns the key of the record that a stored pair belongs to. Errors: STORAGE_DAMAGED.
    fn record_key(&self, stored: &[u8], value: &[u8]) -> Result<K>;
}

/// The keys under which a tally's numbers in force are stored, with the amounts that a record adds to the numbers.
pub type Amounts = Vec<(Vec<u8>, Vec<u64>)>;

/// A tally with the type of its groups erased, as its table uses it.
pub trait AnyTally<K, C: Codec>: Sync {
    /// Returns the tally's name, for messages.
    fn name(&self) -> &'static str;

    /// Returns the tally's prefix.
    fn prefix(&self) -> Prefix;

    /// Returns the keys of the groups that a record adds to, with its amounts.
    fn amounts(&self, key: &K, record: &C::Record) -> Amounts;
}
