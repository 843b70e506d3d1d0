//! The trait every storage engine fulfils: get, range and an atomic, conditional, durable batch.
//!
//! The limits are small on purpose, so that an engine behind a network fits as well as an
//! embedded one. What an engine offers beyond this trait is not used anywhere.

use std::collections::BTreeMap;

use chengji_domain::{Error, ErrorCode, Result};

/// The most bytes a value may have.
pub const MAX_VALUE: usize = 64 * 1024;

/// The most bytes a key may have: what every ordered index of a relational engine takes, too.
pub const MAX_KEY: usize = 1024;

/// The most bytes one atomic batch may have: keys and values, of writes and of preconditions.
pub const MAX_BATCH: usize = 1024 * 1024;

/// A key with its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// What a batch does to keys: `Some` puts the value, `None` deletes the key.
pub(crate) type Writes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// An ordered key-value store.
pub trait KeyValue: Send + Sync + 'static {
    /// The value of this key, if there is one.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>>;

    /// Pairs with `lower <= key < upper` in key order, at most `limit`. All of them stand in the
    /// same state of the store.
    fn range(&self, lower: &[u8], upper: &[u8], limit: usize) -> Result<Vec<Pair>>;

    /// The last pair (greatest key) with `lower <= key < upper`.
    fn last(&self, lower: &[u8], upper: &[u8]) -> Result<Option<Pair>>;

    /// Checks preconditions and writes, all or nothing. What is written is durable when this
    /// returns `Ok`. After [`CommitError::Storage`] nothing of the batch is visible, but an engine
    /// that lost power meanwhile may turn out to have written all of it.
    fn commit(&self, batch: Batch) -> Result<(), CommitError>;
}

/// Why a batch was not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// A key does not have the value the batch relies on.
    #[error("the key {} does not have the value this write relies on", hex(key))]
    Precondition {
        /// The key.
        key: Vec<u8>,
    },
    /// A key, a value or the whole batch passes a limit.
    #[error("{0}")]
    Limit(Error),
    /// The engine could not write.
    #[error("{0}")]
    Storage(Error),
}

impl From<CommitError> for Error {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Precondition { .. } => Self::new(ErrorCode::Conflict, error.to_string()),
            CommitError::Limit(error) | CommitError::Storage(error) => error,
        }
    }
}

/// Preconditions and writes that are committed together or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    expected: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    writes: Writes,
    size: usize,
}

impl Batch {
    /// A batch that expects and writes nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Commits only where the key has this value, or none, before any write of this batch.
    pub fn expect(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.size += key.len() + value.as_ref().map_or(0, Vec::len);
        self.expected.push((key, value));
    }

    /// Gives the key this value. Of several writes to one key the last one counts.
    pub fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.write(key, Some(value));
    }

    /// Removes the key and its value, where there is one.
    pub fn delete(&mut self, key: Vec<u8>) {
        self.write(key, None);
    }

    /// Bytes of keys and values, preconditions included, as [`MAX_BATCH`] counts them.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether there is nothing to check and nothing to write.
    pub fn is_empty(&self) -> bool {
        self.expected.is_empty() && self.writes.is_empty()
    }

    /// Passes a limit or not; every engine asks before it writes.
    pub fn check_limits(&self) -> Result<()> {
        for (key, value) in &self.writes {
            let value = value.as_ref().map_or(0, Vec::len);
            if key.len() > MAX_KEY || value > MAX_VALUE {
                return Err(limit(format!(
                    "a record has a key of {} bytes and a value of {value}; \
                     at most {MAX_KEY} and {MAX_VALUE} are stored",
                    key.len(),
                )));
            }
        }
        if self.size > MAX_BATCH {
            return Err(limit(format!(
                "one write has {} bytes; at most {MAX_BATCH} are written at once",
                self.size
            )));
        }
        Ok(())
    }

    pub(crate) fn expected(&self) -> &[(Vec<u8>, Option<Vec<u8>>)] {
        &self.expected
    }

    pub(crate) fn writes(&self) -> &Writes {
        &self.writes
    }

    pub(crate) fn into_writes(self) -> Writes {
        self.writes
    }

    /// Adds the writes of a later batch to this one.
    pub(crate) fn extend(&mut self, later: Writes) {
        for (key, value) in later {
            self.write(key, value);
        }
    }

    fn write(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        let (key_size, size) = (key.len(), key.len() + value.as_ref().map_or(0, Vec::len));
        self.size += size;
        if let Some(earlier) = self.writes.insert(key, value) {
            self.size -= key_size + earlier.map_or(0, |value| value.len());
        }
    }
}

fn limit(message: String) -> Error {
    Error::new(ErrorCode::LimitExceeded, message)
}

/// A key as people read it in a message.
pub(crate) fn hex(key: &[u8]) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_counts_what_it_would_write() {
        let mut batch = Batch::new();
        assert!(batch.is_empty());
        batch.put(b"ab".to_vec(), b"12345".to_vec());
        assert_eq!(batch.size(), 7);
        batch.put(b"ab".to_vec(), b"1".to_vec());
        assert_eq!(batch.size(), 3);
        batch.delete(b"ab".to_vec());
        assert_eq!(batch.size(), 2);
        batch.expect(b"c".to_vec(), Some(b"99".to_vec()));
        batch.expect(b"d".to_vec(), None);
        assert_eq!(batch.size(), 6);
        assert!(!batch.is_empty());
    }

    #[test]
    fn a_commit_error_says_whose_fault_it_is() {
        let conflict: Error = CommitError::Precondition { key: vec![2, 0xab] }.into();
        assert_eq!(conflict.code(), ErrorCode::Conflict);
        assert!(conflict.message().contains("02ab"));
        let full = Error::new(ErrorCode::StorageFull, "full");
        assert_eq!(Error::from(CommitError::Storage(full.clone())), full);
    }
}
