//! Reading from either the committed store or a job's view of it with uncommitted writes.

use chengji_domain::Result;

use crate::keys::Key;
use crate::kv::{KeyValue, Pair};

/// A source of records, so that reading code serves both handlers, which read committed state, and
/// jobs, which also read their own writes.
pub trait View {
    /// Returns the value of this key.
    fn value(&self, key: &[u8]) -> Result<Option<Vec<u8>>>;

    /// Returns pairs with `lower <= key < upper` in key order, at most `limit`.
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

/// Calls `visit` with every key and value under this key, in key order. Reads page by page to bound
/// memory; outside a transaction, pages may be of different states of the store.
pub fn each(
    view: &(impl View + ?Sized),
    under: Key,
    mut visit: impl FnMut(&[u8], &[u8]) -> Result<()>,
) -> Result<()> {
    const PAGE: usize = 256;
    let (mut lower, upper) = under.range();
    loop {
        let pairs = view.pairs(&lower, &upper, PAGE)?;
        for (key, value) in &pairs {
            visit(key, value)?;
        }
        match pairs.get(PAGE - 1) {
            Some((last, _)) => lower = after(last),
            None => return Ok(()),
        }
    }
}

/// Returns the least key after this one, to continue reading from.
pub fn after(key: &[u8]) -> Vec<u8> {
    [key, &[0]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Prefix;
    use crate::kv::Batch;
    use crate::memory::MemoryStore;

    #[test]
    fn every_pair_under_a_key_is_visited_once_however_many_there_are() {
        for count in [0, 1, 255, 256, 257, 512, 600] {
            let kv: Box<dyn KeyValue> = Box::new(MemoryStore::new());
            let mut batch = Batch::new();
            for number in 0..count {
                let key = Key::new(Prefix::Audit).u64(number).finish();
                batch.put(key, number.to_be_bytes().to_vec());
            }
            batch.put(Key::new(Prefix::Receipt).u64(0).finish(), vec![9]);
            kv.commit(&batch).unwrap();
            let mut seen = Vec::new();
            each(&*kv, Key::new(Prefix::Audit), |_, value| {
                seen.push(u64::from_be_bytes(value.try_into().unwrap()));
                Ok(())
            })
            .unwrap();
            assert_eq!(seen, (0..count).collect::<Vec<_>>());
        }
    }
}
