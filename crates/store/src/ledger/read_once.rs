//! Values that a job has read from the store by their keys: records that it reads again and again, such as the members
//! that the entries of a log concern, are looked up once, and many that it is going to read together. Nothing but the
//! commit in flight writes to the store while a job runs, and its writes are found before these values are asked for.

use std::cell::RefCell;
use std::collections::HashMap;

use chengji_domain::Result;

use crate::kv::KeyValue;

/// Maximum size of what is kept, keys and values, bytes.
const ROOM: usize = 256 * 1024;
/// Maximum size of a kept key and its value, bytes: a longer one costs more to keep than to look up again.
const LONGEST: usize = 4 * 1024;

/// Maximum size of what is looked up ahead, keys and values, bytes; the keys that are looked up together may exceed it.
const AHEAD: usize = 1024 * 1024;
/// Number of keys that are looked up together.
const TOGETHER: usize = 128;

/// The values that a job has read, `None` for keys that the store does not have.
#[derive(Default)]
pub(super) struct ReadOnce(RefCell<Known>);

#[derive(Default)]
struct Known {
    values: HashMap<Vec<u8>, Option<Vec<u8>>>,
    /// Size of what was read without being looked up ahead.
    size: usize,
    /// Size of what was looked up ahead.
    ahead: usize,
}

impl ReadOnce {
    /// Returns the value of this key in the store, which is looked up unless it is kept.
    pub(super) fn get(&self, kv: &dyn KeyValue, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let known = self.0.borrow().values.get(key).cloned();
        if let Some(value) = known {
            return Ok(value);
        }
        let value = kv.get(key)?;
        self.0.borrow_mut().keep(key, &value);
        Ok(value)
    }

    /// Looks up keys in the store together and keeps their values, as many as there is room for.
    pub(super) fn look_ahead(&self, kv: &dyn KeyValue, mut keys: Vec<Vec<u8>>) -> Result<()> {
        let mut known = self.0.borrow_mut();
        keys.sort_unstable();
        keys.dedup();
        keys.retain(|key| !known.values.contains_key(key));
        for some in keys.chunks(TOGETHER) {
            for (key, value) in some.iter().zip(kv.look_up(some)?) {
                known.ahead += size(key, &value);
                known.values.insert(key.clone(), value);
            }
            if known.ahead > AHEAD {
                break;
            }
        }
        Ok(())
    }
}

fn size(key: &[u8], value: &Option<Vec<u8>>) -> usize {
    key.len() + value.as_ref().map_or(0, Vec::len)
}

impl Known {
    /// Keeps a value that was not looked up ahead while there is room: what a job reads first is what its later parts
    /// read again.
    fn keep(&mut self, key: &[u8], value: &Option<Vec<u8>>) {
        let size = size(key, value);
        if size <= LONGEST && self.size + size <= ROOM {
            self.size += size;
            self.values.insert(key.to_vec(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counting::CountingStore;
    use crate::kv::Batch;
    use crate::memory::MemoryStore;

    #[test]
    fn a_value_is_looked_up_once_while_there_is_room() {
        let kv = CountingStore::new(MemoryStore::new());
        let reads = kv.reads();
        let mut batch = Batch::new();
        batch.put(vec![1], vec![7]);
        batch.put(vec![2], vec![8; LONGEST]);
        kv.commit(&batch).unwrap();
        let known = ReadOnce::default();
        let gets = |key: &[u8], value: Option<Vec<u8>>| {
            let before = reads.gets();
            assert_eq!(known.get(&kv, key).unwrap(), value);
            reads.gets() - before
        };
        for lookups in [1, 0] {
            assert_eq!(gets(&[1], Some(vec![7])), lookups);
            assert_eq!(gets(&[3], None), lookups, "absent keys are known, too");
            assert_eq!(gets(&[2], Some(vec![8; LONGEST])), 1, "too long");
        }
        let keys = |number: u32| [&[9_u8; LONGEST - 4][..], &number.to_be_bytes()].concat();
        let fitting = (ROOM / LONGEST) as u32;
        for number in 0..fitting + 2 {
            gets(&keys(number), None);
        }
        assert_eq!(gets(&keys(0), None), 0);
        assert_eq!(gets(&keys(fitting + 1), None), 1, "no room");
    }

    #[test]
    fn keys_are_looked_up_ahead_in_groups_until_there_is_no_room() {
        let kv = CountingStore::new(MemoryStore::new());
        let reads = kv.reads();
        let keys = |first: u8| -> Vec<Vec<u8>> {
            let pairs =
                (0..4_u8).flat_map(|group| (0..TOGETHER as u8).map(move |key| (group, key)));
            pairs.map(|(group, key)| vec![first, group, key]).collect()
        };
        let long = AHEAD / TOGETHER + 1;
        for group in keys(2).chunks(TOGETHER / 2) {
            let mut batch = Batch::new();
            for key in group {
                batch.put(key.clone(), vec![7; long]);
            }
            kv.commit(&batch).unwrap();
        }
        // All of them are absent, or the first group takes all room.
        for (first, groups) in [(1, 4), (2, 1)] {
            let known = ReadOnce::default();
            reads.reset();
            known.look_ahead(&kv, keys(first)).unwrap();
            let looked_up = (groups * TOGETHER) as u64;
            assert_eq!((reads.lookups(), reads.gets()), (groups as u64, looked_up));
            for key in keys(first) {
                let length = known.get(&kv, &key).unwrap().map(|value| value.len());
                assert_eq!(length, (first == 2).then_some(long));
            }
            assert_eq!(reads.gets(), keys(first).len() as u64, "each once");
            assert_eq!(known.get(&kv, &[3]).unwrap(), None);
            assert_eq!(known.get(&kv, &[3]).unwrap(), None);
            assert_eq!(
                reads.gets(),
                keys(first).len() as u64 + 1,
                "room of its own"
            );
        }
    }
}
