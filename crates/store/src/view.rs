//! Reading, wherever from: the committed store, or a job's view of it with what is being written.

use chengji_domain::Result;

use crate::kv::{KeyValue, Pair};
use crate::ledger::Tx;

/// Something records can be read from. What reads a record is written once and serves handlers,
/// which read committed state, and jobs, which read their own writes, too.
pub trait View {
    /// The value of this key.
    fn value(&self, key: &[u8]) -> Result<Option<Vec<u8>>>;

    /// Pairs with `lower <= key < upper` in key order, at most `limit`.
    fn pairs(&self, lower: &[u8], upper: &[u8], limit: usize) -> Result<Vec<Pair>>;
}

impl View for dyn KeyValue {
    fn value(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.get(key)
    }

    fn pairs(&self, lower: &[u8], upper: &[u8], limit: usize) -> Result<Vec<Pair>> {
        self.range(lower, upper, limit)
    }
}

impl View for Tx<'_> {
    fn value(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.get(key)
    }

    fn pairs(&self, lower: &[u8], upper: &[u8], limit: usize) -> Result<Vec<Pair>> {
        self.range(lower, upper, limit)
    }
}
