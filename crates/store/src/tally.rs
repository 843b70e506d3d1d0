//! Tallies of a table: numbers summed by group, declared with the table and written with its records.
//!
//! Each record adds amounts to any number of groups. A group whose numbers are all 0 is not stored. A tally is read
//! in the order of its groups, without reading any record.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::{Bound, RangeBounds};

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, Value, msg};

use crate::codec::{Amounts, AnyTally, Codec};
use crate::key_part::{Before, KeyPart, Leading};
use crate::keys::{Key, KeyReader, Prefix};
use crate::ledger::Tx;
use crate::span::{ENTRIES, Span, bounded};
use crate::view::View;

/// The generation of the numbers in force.
pub(crate) const IN_FORCE: u8 = 0;
/// The generation of the numbers of a recount in progress.
pub(crate) const RECOUNTED: u8 = 1;

/// Changes of numbers that a transaction has not applied yet, by the key under which the numbers are stored. Many
/// records change the same groups: each group is read and written once.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    by_key: BTreeMap<Vec<u8>, Vec<i128>>,
    size: usize,
}

/// The groups of a record, and the numbers that it adds to each.
type Groups<G, K, R, const N: usize> = fn(&K, &R) -> Vec<(G, [u64; N])>;

/// `N` numbers for each group `G` of the records of codec `C` under keys `K`.
pub struct Tally<G: 'static, K: 'static, C: Codec, const N: usize> {
    prefix: Prefix,
    name: &'static str,
    groups: Groups<G, K, C::Record, N>,
}

impl<G: KeyPart, K: KeyPart, C: Codec, const N: usize> Tally<G, K, C, N> {
    /// Declares a tally, which its table lists. The groups must depend only on the record and its own key. The name
    /// is for messages.
    pub const fn new(
        prefix: Prefix,
        name: &'static str,
        groups: Groups<G, K, C::Record, N>,
    ) -> Self {
        Self {
            prefix,
            name,
            groups,
        }
    }

    /// Returns the numbers of a group; zeros if no record adds to it. Errors: STORAGE_DAMAGED.
    pub fn get(&self, view: &(impl View + ?Sized), group: &G) -> Result<[u128; N]> {
        let key = group.add_to(in_force(self.prefix)).finish();
        match view.value(&key)? {
            Some(stored) => self.numbers(&key, &stored),
            None => Ok([0; N]),
        }
    }

    /// Returns all groups.
    pub fn all(&self) -> Span<'_, Self> {
        Span::of(self, in_force(self.prefix).range())
    }

    /// Returns the groups that begin with these parts.
    pub fn under<L: Leading<G>>(&self, leading: &L) -> Span<'_, Self> {
        Span::of(self, leading.add_to(in_force(self.prefix)).range())
    }

    /// Returns the groups that begin with these parts, with a next part within `bounds`.
    pub fn within<L: Before<G>>(
        &self,
        leading: &L,
        bounds: impl RangeBounds<L::Next>,
    ) -> Span<'_, Self> {
        Span::of(
            self,
            bounded(leading.add_to(in_force(self.prefix)), &bounds),
        )
    }

    fn numbers(&self, key: &[u8], stored: &[u8]) -> Result<[u128; N]> {
        let numbers = decode(key, stored)?;
        numbers.try_into().map_err(|_| damaged(key, stored))
    }
}

impl<G: KeyPart, K: KeyPart, C: Codec, const N: usize> Span<'_, Tally<G, K, C, N>> {
    /// Iterates over the groups in order, with their numbers.
    pub fn rows<V: View + ?Sized>(self, view: &V) -> impl Iterator<Item = Result<(G, [u128; N])>> {
        let tally = self.source;
        self.pairs(view, ENTRIES).map(move |pair| {
            let (key, stored) = pair?;
            let mut reader = KeyReader::new(tally.prefix, &key)?;
            reader.u8()?;
            let group = G::read(&mut reader)?;
            reader.end()?;
            Ok((group, tally.numbers(&key, &stored)?))
        })
    }

    /// Returns the sum of the numbers of all groups.
    pub fn sum(self, view: &(impl View + ?Sized)) -> Result<[u128; N]> {
        let mut sum = [0; N];
        for row in self.rows(view) {
            for (total, number) in sum.iter_mut().zip(row?.1) {
                *total += number;
            }
        }
        Ok(sum)
    }
}

impl<G: KeyPart, K: KeyPart, C: Codec, const N: usize> AnyTally<K, C> for Tally<G, K, C, N> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn prefix(&self) -> Prefix {
        self.prefix
    }

    fn amounts(&self, key: &K, record: &C::Record) -> Amounts {
        let groups = (self.groups)(key, record).into_iter();
        let encoded = groups.map(|(group, amounts)| {
            let key = group.add_to(in_force(self.prefix)).finish();
            (key, amounts.to_vec())
        });
        encoded.collect()
    }
}

/// The start of the keys of a tally's numbers in force.
fn in_force(prefix: Prefix) -> Key {
    Key::new(prefix).u8(IN_FORCE)
}

/// The stored key of an encoded group.
pub(crate) fn stored_key(prefix: Prefix, generation: u8, group: &[u8]) -> Vec<u8> {
    let mut key = Key::new(prefix).u8(generation).finish();
    key.extend_from_slice(group);
    key
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

/// Returns true if a recount in progress of the table of this prefix has counted the record of this stored key.
pub(crate) fn has_counted(tx: &Tx<'_>, table: Prefix, stored: &[u8]) -> Result<bool> {
    let progress = tx.get(&progress_key(table))?;
    let counted = progress.as_deref().and_then(|progress| progress.get(8..));
    Ok(counted.is_some_and(|last| stored <= last))
}

/// The key of the progress of a recount: the number of the recount, and the key of the last record counted.
pub(crate) fn progress_key(table: Prefix) -> Vec<u8> {
    Key::new(Prefix::Recount).u8(table as u8).finish()
}

fn decode(key: &[u8], stored: &[u8]) -> Result<Vec<u128>> {
    let (numbers, rest) = stored.as_chunks();
    if !rest.is_empty() {
        return Err(damaged(key, stored));
    }
    Ok(numbers.iter().copied().map(u128::from_be_bytes).collect())
}

fn damaged(key: &[u8], stored: &[u8]) -> Error {
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
