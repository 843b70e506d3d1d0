//! The in-memory equivalent of the durable store, for tests: the same trait, the same limits, no
//! disk.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{PoisonError, RwLock};

use chengji_domain::Result;

use crate::kv::{Batch, CommitError, KeyValue, Pair};

/// An ordered store in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    pairs: RwLock<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl MemoryStore {
    /// Makes an empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

impl KeyValue for MemoryStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let pairs = self.pairs.read().unwrap_or_else(PoisonError::into_inner);
        Ok(pairs.get(key).cloned())
    }

    fn range(&self, lower: &[u8], upper: &[u8], limit: usize) -> Result<Vec<Pair>> {
        if lower >= upper {
            return Ok(Vec::new());
        }
        let pairs = self.pairs.read().unwrap_or_else(PoisonError::into_inner);
        let within = pairs.range::<[u8], _>((Bound::Included(lower), Bound::Excluded(upper)));
        Ok(within
            .take(limit)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }

    fn last(&self, lower: &[u8], upper: &[u8]) -> Result<Option<Pair>> {
        if lower >= upper {
            return Ok(None);
        }
        let pairs = self.pairs.read().unwrap_or_else(PoisonError::into_inner);
        let mut within = pairs.range::<[u8], _>((Bound::Included(lower), Bound::Excluded(upper)));
        Ok(within
            .next_back()
            .map(|(key, value)| (key.clone(), value.clone())))
    }

    fn commit(&self, batch: &Batch) -> Result<(), CommitError> {
        batch.check_limits().map_err(CommitError::Limit)?;
        let mut pairs = self.pairs.write().unwrap_or_else(PoisonError::into_inner);
        for (key, value) in batch.expected() {
            if pairs.get(key) != value.as_ref() {
                return Err(CommitError::Precondition { key: key.clone() });
            }
        }
        for (key, value) in batch.writes() {
            match value {
                Some(value) => pairs.insert(key.clone(), value.clone()),
                None => pairs.remove(key),
            };
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::{self, Fixture};

    struct Memory(MemoryStore);

    impl Fixture for Memory {
        fn fresh() -> Self {
            Self(MemoryStore::new())
        }

        fn kv(&self) -> &dyn KeyValue {
            &self.0
        }
    }

    conformance::suite!(Memory);
}
