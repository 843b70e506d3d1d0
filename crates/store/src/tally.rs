//! Tallies of a table: numbers summed by group, declared with the table and written with its records.
//!
//! Each record adds amounts to any number of groups. A group whose numbers are all 0 is not stored. A tally is read
//! in the order of its groups, without reading any record.

use std::ops::RangeBounds;

use chengji_domain::Result;

use crate::codec::{Amounts, AnyTally, Codec};
use crate::key_part::{Before, KeyPart, Leading};
use crate::keys::{Key, KeyReader, Prefix};
use crate::ledger::Tx;
use crate::span::{ENTRIES, Span, bounded};
use crate::tally_changes::{damaged, decode};
use crate::view::View;

/// The generation of the numbers in force.
pub(crate) const IN_FORCE: u8 = 0;
/// The generation of the numbers of a recount in progress.
pub(crate) const RECOUNTED: u8 = 1;

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

    /// Returns the key that the numbers of a group are stored under.
    pub fn stored_key(&self, group: &G) -> Vec<u8> {
        group.add_to(in_force(self.prefix)).finish()
    }

    /// Returns the numbers of a group; zeros if no record adds to it. Errors: STORAGE_DAMAGED.
    pub fn get(&self, view: &(impl View + ?Sized), group: &G) -> Result<[u128; N]> {
        let key = self.stored_key(group);
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
    /// Iterates over the groups in order, with their numbers; reads at most so many at once.
    pub fn rows<V: View + ?Sized>(
        self,
        view: &V,
        at_once: usize,
    ) -> impl Iterator<Item = Result<(G, [u128; N])>> {
        let tally = self.source;
        self.pairs(view, at_once.min(ENTRIES)).map(move |pair| {
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
        for row in self.rows(view, ENTRIES) {
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
        let encoded = groups.map(|(group, amounts)| (self.stored_key(&group), amounts.to_vec()));
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
