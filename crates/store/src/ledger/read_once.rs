//! Values that a job has read by their keys, other than its own writes: records that it reads again and again, such as the
//! members that the entries of a log concern, are looked up once. They stay the same while the job runs: nothing but the
//! commit in flight writes to the store meanwhile, whose writes are read before the store.

use std::cell::RefCell;
use std::mem;

use chengji_domain::Result;

use super::read_ahead::Values;

/// Maximum size of what is kept, keys and values, bytes.
const ROOM: usize = 256 * 1024;
/// Maximum size of a kept key and its value, bytes: a longer one costs more to keep than to look up again.
const LONGEST: usize = 4 * 1024;

/// The values that a job has read, and those that were read ahead of it.
#[derive(Default)]
pub(super) struct ReadOnce(RefCell<Known>);

#[derive(Default)]
struct Known {
    values: Values,
    /// Size of what is kept in bytes, without what was read ahead.
    size: usize,
}

impl ReadOnce {
    /// Returns the value of this key, which is looked up unless it is kept.
    pub(super) fn get(
        &self,
        key: &[u8],
        look_up: impl FnOnce() -> Result<Option<Vec<u8>>>,
    ) -> Result<Option<Vec<u8>>> {
        let known = self.0.borrow().values.get(key).cloned();
        if let Some(value) = known {
            return Ok(value);
        }
        let value = look_up()?;
        self.0.borrow_mut().keep(key, &value);
        Ok(value)
    }

    /// Keeps values that were read ahead.
    pub(super) fn extend(&self, ahead: Values) {
        let mut known = self.0.borrow_mut();
        // A job has read little before.
        let kept = mem::replace(&mut known.values, ahead);
        known.values.extend(kept);
    }
}

impl Known {
    /// Keeps a value while there is room: what a job reads first is what its later parts read again.
    fn keep(&mut self, key: &[u8], value: &Option<Vec<u8>>) {
        let size = key.len() + value.as_ref().map_or(0, Vec::len);
        if size <= LONGEST && self.size + size <= ROOM {
            self.size += size;
            self.values.insert(key.to_vec(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_value_is_looked_up_once_while_there_is_room() {
        let (known, lookups) = (ReadOnce::default(), Cell::new(0));
        let gets = |key: &[u8], value: Option<Vec<u8>>| {
            let before = lookups.get();
            let found = known.get(key, || {
                lookups.set(before + 1);
                Ok(value.clone())
            });
            assert_eq!(found.unwrap(), value);
            lookups.get() - before
        };
        let ahead = [(vec![4], Some(vec![9]))];
        known.extend(ahead.clone().into_iter().collect());
        for expected in [1, 0] {
            assert_eq!(gets(&[1], Some(vec![7])), expected);
            assert_eq!(gets(&[3], None), expected, "absent keys are known, too");
            assert_eq!(gets(&[2], Some(vec![8; LONGEST])), 1, "too long");
            assert_eq!(gets(&[4], Some(vec![9])), 0, "read ahead");
            known.extend(ahead.clone().into_iter().collect());
        }
        let keys = |number: u32| [&[9_u8; LONGEST - 4][..], &number.to_be_bytes()].concat();
        let fitting = (ROOM / LONGEST) as u32;
        for number in 0..fitting + 2 {
            gets(&keys(number), None);
        }
        assert_eq!(gets(&keys(0), None), 0);
        assert_eq!(gets(&keys(fitting + 1), None), 1, "no room");
    }
}
