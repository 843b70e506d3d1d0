//! Tallies of a table: numbers summed by group, declared with the table and written with its records.
//!
//! Each record adds amounts to any number of groups. A group whose numbers are all 0 is not stored. A tally is read
//! in the order of its groups, without reading any record.

use std::collections::BTreeMap;
use std::ops::RangeBounds;

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

/// Changes of numbers by encoded group.
pub(crate) type Changes = BTreeMap<Vec<u8>, Vec<i128>>;

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
        let numbers = decode(self.prefix, key, stored)?;
        numbers
            .try_into()
            .map_err(|_| damaged(self.prefix, key, stored))
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
            let group = group.add_to(Key::parts()).finish();
            (group, amounts.to_vec())
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

/// Adds amounts to changes, or subtracts them.
pub(crate) fn add(changes: &mut Changes, amounts: Amounts, sign: i128) {
    for (group, amounts) in amounts {
        let change = changes.entry(group).or_default();
        change.resize(amounts.len(), 0);
        for (change, amount) in change.iter_mut().zip(amounts) {
            *change += sign * i128::from(amount);
        }
    }
}

/// Applies changes to the numbers of a generation. A number never falls below 0; a check finds one that should.
pub(crate) fn apply(
    tx: &mut Tx<'_>,
    prefix: Prefix,
    generation: u8,
    changes: &Changes,
) -> Result<()> {
    for (group, change) in changes {
        if change.iter().all(|change| *change == 0) {
            continue;
        }
        let key = stored_key(prefix, generation, group);
        let mut numbers = match tx.get(&key)? {
            Some(stored) => decode(prefix, &key, &stored)?,
            None => Vec::new(),
        };
        numbers.resize(change.len(), 0);
        for (number, change) in numbers.iter_mut().zip(change) {
            *number = number.saturating_add_signed(*change);
        }
        if numbers.iter().all(|number| *number == 0) {
            tx.delete(key);
        } else {
            tx.put(key, numbers.iter().flat_map(|n| n.to_be_bytes()).collect());
        }
    }
    Ok(())
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

fn decode(prefix: Prefix, key: &[u8], stored: &[u8]) -> Result<Vec<u128>> {
    let (numbers, rest) = stored.as_chunks();
    if !rest.is_empty() {
        return Err(damaged(prefix, key, stored));
    }
    Ok(numbers.iter().copied().map(u128::from_be_bytes).collect())
}

fn damaged(prefix: Prefix, key: &[u8], stored: &[u8]) -> Error {
    let cause: Message = msg::TallyLength {
        bytes: stored.len(),
    }
    .into();
    let message = msg::RecordDamaged {
        cause,
        key: Value::text(key.get(1..).unwrap_or_default().escape_ascii()),
        kind: format!("{prefix:?}"),
    };
    Error::new(ErrorCode::StorageDamaged, message)
}
