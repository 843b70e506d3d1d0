//! Changes of the numbers of tallies that a transaction gathers, and their stored form.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Bound;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, Value, msg};

use crate::codec::Amounts;
use crate::keys::Prefix;

/// Changes of numbers that a transaction has not applied yet, by the key under which the numbers are stored. Many
/// records change the same groups: each group is read and written once.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    by_key: BTreeMap<Vec<u8>, Vec<i128>>,
    size: usize,
}

/// Makes of the key of a group's numbers in force that of another generation.
fn set_generation(key: &mut [u8], generation: u8) {
    if let Some(byte) = key.get_mut(1) {
        *byte = generation;
    }
}

impl Changes {
    /// Adds amounts to the numbers of a generation if `sign` is 1, or subtracts them if it is -1.
    pub(crate) fn add(&mut self, generation: u8, amounts: Amounts, sign: i128) {
        for (mut key, amounts) in amounts {
            set_generation(&mut key, generation);
            let change = self.of(key, amounts.len());
            for (change, amount) in change.iter_mut().zip(amounts) {
                *change += sign * i128::from(amount);
            }
        }
    }

    /// Adds later changes to these.
    pub(crate) fn extend(&mut self, later: Self) {
        if self.by_key.is_empty() {
            *self = later;
            return;
        }
        for (key, later) in later.by_key {
            let change = self.of(key, later.len());
            for (change, later) in change.iter_mut().zip(later) {
                *change += later;
            }
        }
    }

    /// Returns the maximum size of the keys and values to be written, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Returns the keys within `bounds` whose numbers change.
    pub(crate) fn keys(&self, bounds: (Bound<&[u8]>, Bound<&[u8]>)) -> impl Iterator<Item = &[u8]> {
        let changed = self.by_key.range::<[u8], _>(bounds);
        changed.map(|(key, _)| key.as_slice())
    }

    /// Removes and returns the change of the numbers under this key.
    pub(crate) fn take(&mut self, key: &[u8]) -> Option<Vec<i128>> {
        let (key, change) = self.by_key.remove_entry(key)?;
        self.size -= size(&key, change.len());
        Some(change)
    }

    /// Returns all changes by their keys.
    pub(crate) fn into_changes(self) -> impl Iterator<Item = (Vec<u8>, Vec<i128>)> {
        self.by_key.into_iter()
    }

    /// Returns what is stored under this key once the changes are applied. Errors: STORAGE_DAMAGED.
    pub(crate) fn applied(&self, key: &[u8], stored: Option<Vec<u8>>) -> Result<Option<Vec<u8>>> {
        match self.by_key.get(key) {
            Some(change) => apply(key, stored, change),
            None => Ok(stored),
        }
    }

    fn of(&mut self, key: Vec<u8>, numbers: usize) -> &mut Vec<i128> {
        match self.by_key.entry(key) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                self.size += size(new.key(), numbers);
                new.insert(vec![0; numbers])
            }
        }
    }
}

/// The size of a key with this many numbers.
fn size(key: &[u8], numbers: usize) -> usize {
    key.len() + numbers * size_of::<u128>()
}

/// Returns the stored numbers of a group after a change; `None` if all are 0. A number never falls below 0; a check
/// finds one that should.
pub(crate) fn apply(
    key: &[u8],
    stored: Option<Vec<u8>>,
    change: &[i128],
) -> Result<Option<Vec<u8>>> {
    if change.iter().all(|change| *change == 0) {
        return Ok(stored);
    }
    let mut numbers = match &stored {
        Some(stored) => decode(key, stored)?,
        None => Vec::new(),
    };
    numbers.resize(change.len(), 0);
    for (number, change) in numbers.iter_mut().zip(change) {
        *number = number.saturating_add_signed(*change);
    }
    let is_stored = numbers.iter().any(|number| *number != 0);
    Ok(is_stored.then(|| numbers.iter().flat_map(|n| n.to_be_bytes()).collect()))
}

/// Returns the numbers stored under this key. Errors: STORAGE_DAMAGED.
pub(crate) fn decode(key: &[u8], stored: &[u8]) -> Result<Vec<u128>> {
    let (numbers, rest) = stored.as_chunks();
    if !rest.is_empty() {
        return Err(damaged(key, stored));
    }
    Ok(numbers.iter().copied().map(u128::from_be_bytes).collect())
}

pub(crate) fn damaged(key: &[u8], stored: &[u8]) -> Error {
    let mut prefixes = Prefix::ALL.iter();
    let prefix = prefixes.find(|prefix| key.first() == Some(&(**prefix as u8)));
    let cause: Message = msg::TallyLength {
        bytes: stored.len(),
    }
    .into();
    let message = msg::RecordDamaged {
        cause,
        key: Value::text(key.get(1..).unwrap_or_default().escape_ascii()),
        kind: prefix.map_or(String::new(), |prefix| format!("{prefix:?}")),
    };
    Error::new(ErrorCode::StorageDamaged, message)
}
