//! The trait of storage engines: get, range and an atomic, conditional, durable batch.
//!
//! The limits are small on purpose, so that an engine behind a network fits as well as an embedded
//! one. Nothing beyond this trait is used of an engine.

use std::collections::BTreeMap;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, msg};

/// Maximum length of a value in bytes.
pub const MAX_VALUE: usize = 64 * 1024;

/// Maximum length of a key in bytes, within the limit of ordered indexes in relational engines.
pub const MAX_KEY: usize = 1024;

/// Maximum size of one atomic batch in bytes: keys and values, of writes and of preconditions.
pub const MAX_BATCH: usize = 1024 * 1024;

/// A batch is merged with an earlier one unless it has less than this part of its writes: 1 in so many.
const MERGED: usize = 8;

/// A key with its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// A write to a key: `Some` puts the value, `None` deletes the key.
pub(crate) type Write = Option<Vec<u8>>;

/// The writes of a batch by key.
pub(crate) type Writes = BTreeMap<Vec<u8>, Write>;

/// An ordered key-value store.
pub trait KeyValue: Send + Sync + 'static {
    /// Returns the value of this key, if there is one.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>>;

    /// Returns the values of these keys, in their order, perhaps of different states of the store. An engine can look up
    /// many together for less than one by one.
    fn look_up(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>> {
        keys.iter().map(|key| self.get(key)).collect()
    }

    /// Returns pairs with `lower <= key < upper` in key order, at most `limit`, all from the same
    /// state of the store.
    fn range(&self, lower: &[u8], upper: &[u8], limit: usize) -> Result<Vec<Pair>>;

    /// Returns the last pair (greatest key) with `lower <= key < upper`.
    fn last(&self, lower: &[u8], upper: &[u8]) -> Result<Option<Pair>>;

    /// Checks the preconditions and applies the writes, all or nothing. The writes are durable when
    /// this returns `Ok`. After [`CommitError::Storage`] nothing of the batch is visible, but after
    /// a power loss the whole batch may turn out to have been written.
    fn commit(&self, batch: &Batch) -> Result<(), CommitError>;
}

/// The reason that a batch was not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// A key does not have the value that the batch expects.
    #[error("the key {} does not have the value this write relies on", hex(key))]
    Precondition {
        /// The key.
        key: Vec<u8>,
    },
    /// A key, a value or the whole batch exceeds a limit.
    #[error("{0}")]
    Limit(Error),
    /// The engine failed to write.
    #[error("{0}")]
    Storage(Error),
}

impl From<CommitError> for Error {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Precondition { key } => {
                Self::new(ErrorCode::Conflict, msg::KeyChanged { key: hex(&key) })
            }
            CommitError::Limit(error) | CommitError::Storage(error) => error,
        }
    }
}

/// Preconditions and writes that are committed atomically.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    expected: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    writes: Writes,
    size: usize,
}

impl Batch {
    /// Makes an empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the precondition that the key has this value, or none, before any write of this batch.
    pub fn expect(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.size += key.len() + value.as_ref().map_or(0, Vec::len);
        self.expected.push((key, value));
    }

    /// Puts a value. Of several writes to one key the last one counts.
    pub fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.write(key, Some(value));
    }

    /// Deletes the key, if it exists.
    pub fn delete(&mut self, key: Vec<u8>) {
        self.write(key, None);
    }

    /// Returns the size of keys and values in bytes, preconditions included, as limited by
    /// [`MAX_BATCH`].
    pub fn size(&self) -> usize {
        self.size
    }

    /// Returns true if the batch has neither preconditions nor writes.
    pub fn is_empty(&self) -> bool {
        self.expected.is_empty() && self.writes.is_empty()
    }

    /// Checks the limits; every engine calls this before it writes. Errors: LIMIT_EXCEEDED.
    pub fn check_limits(&self) -> Result<()> {
        for (key, value) in &self.writes {
            check_record(key, value)?;
        }
        if self.size > MAX_BATCH {
            return Err(limit(msg::WriteTooLarge {
                bytes: self.size,
                most: MAX_BATCH,
            }));
        }
        Ok(())
    }

    pub(crate) fn expected(&self) -> &[(Vec<u8>, Option<Vec<u8>>)] {
        &self.expected
    }

    pub(crate) fn writes(&self) -> &Writes {
        &self.writes
    }

    /// Adds a later batch without preconditions to this one.
    pub(crate) fn extend(&mut self, later: Self) {
        if self.is_empty() {
            *self = later;
        } else if later.writes.len() < self.writes.len() / MERGED {
            for (key, value) in later.writes {
                self.write(key, value);
            }
        } else {
            self.merge(later);
        }
    }

    /// Adds a later batch by going through both, which for many writes takes less than to search a place for each.
    fn merge(&mut self, mut later: Self) {
        let writes = self.writes.len() + later.writes.len();
        self.writes.append(&mut later.writes);
        if self.writes.len() == writes {
            self.size += later.size;
        } else {
            let expected = (self.expected.iter()).map(|(key, value)| size(key.len(), value));
            let written = (self.writes.iter()).map(|(key, value)| size(key.len(), value));
            self.size = expected.chain(written).sum();
        }
    }

    /// Adds a write; returns the earlier one to this key, which it replaces.
    pub(crate) fn write(&mut self, key: Vec<u8>, value: Write) -> Option<Write> {
        let key_size = key.len();
        self.size += size(key_size, &value);
        let earlier = self.writes.insert(key, value)?;
        self.size -= size(key_size, &earlier);
        Some(earlier)
    }

    /// Takes back the last write to this key, which replaced an earlier one, or none.
    pub(crate) fn restore(&mut self, key: Vec<u8>, earlier: Option<Write>) {
        if let Some(earlier) = earlier {
            self.write(key, earlier);
        } else if let Some(last) = self.writes.remove(&key) {
            self.size -= size(key.len(), &last);
        }
    }
}

/// The size of a write in bytes.
pub(crate) fn size(key: usize, value: &Write) -> usize {
    key + value.as_ref().map_or(0, Vec::len)
}

/// Checks the limits of a key and its value. Errors: LIMIT_EXCEEDED.
pub(crate) fn check_record(key: &[u8], value: &Write) -> Result<()> {
    let value = value.as_ref().map_or(0, Vec::len);
    if key.len() <= MAX_KEY && value <= MAX_VALUE {
        return Ok(());
    }
    Err(limit(msg::RecordTooLarge {
        key: key.len(),
        most_key: MAX_KEY,
        most_value: MAX_VALUE,
        value,
    }))
}

fn limit(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::LimitExceeded, message)
}

/// Formats a key for messages.
pub(crate) fn hex(key: &[u8]) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn writes(most: usize) -> impl Strategy<Value = Vec<(u8, Write)>> {
        let value = prop::option::of(prop::collection::vec(any::<u8>(), 0..4));
        prop::collection::vec((any::<u8>(), value), 0..most)
    }

    fn batch(writes: Vec<(u8, Write)>) -> Batch {
        let mut batch = Batch::new();
        batch.expect(vec![0], Some(vec![1]));
        for (key, value) in writes {
            batch.write(vec![key], value);
        }
        batch
    }

    proptest! {
        #[test]
        fn a_batch_with_a_later_one_is_what_one_batch_of_all_would_be(
            earlier in writes(80),
            later in writes(30),
        ) {
            let all = batch([earlier.clone(), later.clone()].concat());
            let mut extended = batch(earlier);
            let mut after = batch(later);
            (after.expected, after.size) = (Vec::new(), after.size - 2);
            extended.extend(after);
            prop_assert_eq!(extended, all);
        }
    }

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
        let mut later = Batch::new();
        later.extend(batch.clone());
        assert_eq!(later, batch);
        later.put(b"a".to_vec(), b"1".to_vec());
        batch.put(b"a".to_vec(), b"22".to_vec());
        later.extend(batch.clone());
        assert_eq!((later.size(), &later), (5, &batch));
        batch.expect(b"c".to_vec(), Some(b"99".to_vec()));
        batch.expect(b"d".to_vec(), None);
        assert_eq!(batch.size(), 9);
        assert!(!batch.is_empty());
    }

    #[test]
    fn a_commit_error_says_whose_fault_it_is() {
        let conflict: Error = CommitError::Precondition { key: vec![2, 0xab] }.into();
        let changed = msg::KeyChanged { key: "02ab" };
        assert_eq!(conflict, Error::new(ErrorCode::Conflict, changed));
        let full = Error::new(ErrorCode::StorageFull, msg::Text { text: "full" });
        assert_eq!(Error::from(CommitError::Storage(full.clone())), full);
    }
}
