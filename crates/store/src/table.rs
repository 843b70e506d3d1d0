//! Typed tables: records of one kind under keys of one type, with secondary keys declared beside them.
//!
//! A table, its indexes and its tallies are declared once, as statics that name each other. Writing a record also
//! writes its index entries and its groups' numbers in the same transaction: the difference between those of the
//! stored record and those of the new one. Nothing else writes the pairs of a table.

use std::ops::{ControlFlow, RangeBounds};

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;

use crate::codec::{self, Amounts, AnyIndex, AnyTally, Codec, Encoded};
use crate::key_part::{Before, KeyPart, Leading};
use crate::keys::{Key, KeyReader, Prefix};
use crate::kv::{KeyValue, Pair};
use crate::ledger::Tx;
use crate::span::{Limit, Page, Room, Span, at_once, bounded};
use crate::tally;
use crate::view::{View, after};

/// Number of records read at once, each of up to 64 KiB.
const RECORDS: usize = 64;

/// A table: records of the codec `C` under keys `K`.
pub struct Table<K: 'static, C: Codec> {
    prefix: Prefix,
    indexes: &'static [&'static dyn AnyIndex<K, C>],
    tallies: &'static [&'static dyn AnyTally<K, C>],
}

/// The pairs of a record in each index, and its amounts in each tally.
#[derive(PartialEq)]
struct Derived {
    entries: Vec<Vec<Pair>>,
    amounts: Vec<Amounts>,
}

impl<K: KeyPart, C: Codec> Table<K, C> {
    /// Declares the table of this prefix and all its indexes. Adding an index to a table, or changing an
    /// index's keys, needs a migration that has it built.
    pub const fn new(prefix: Prefix, indexes: &'static [&'static dyn AnyIndex<K, C>]) -> Self {
        let tallies = &[];
        Self {
            prefix,
            indexes,
            tallies,
        }
    }

    /// Declares all tallies of the table. Adding or changing one needs a migration, as an index does.
    #[must_use]
    pub const fn with_tallies(self, tallies: &'static [&'static dyn AnyTally<K, C>]) -> Self {
        Self { tallies, ..self }
    }

    /// Returns the table's prefix.
    pub fn prefix(&self) -> Prefix {
        self.prefix
    }

    /// Returns the indexes.
    pub fn indexes(&self) -> &'static [&'static dyn AnyIndex<K, C>] {
        self.indexes
    }

    /// Returns the tallies.
    pub fn tallies(&self) -> &'static [&'static dyn AnyTally<K, C>] {
        self.tallies
    }

    /// Returns the record under this key, if there is one.
    pub fn get(&self, view: &(impl View + ?Sized), key: &K) -> Result<Option<C::Record>> {
        let key = self.stored_key(key);
        let stored = view.value(&key)?;
        stored.map(|bytes| self.decode(&key, &bytes)).transpose()
    }

    /// Returns the record under this key with its length in bytes, if there is one.
    pub fn get_sized(
        &self,
        view: &(impl View + ?Sized),
        key: &K,
    ) -> Result<Option<(C::Record, usize)>> {
        let key = self.stored_key(key);
        let stored = view.value(&key)?;
        let sized = stored.map(|bytes| Ok((self.decode(&key, &bytes)?, bytes.len())));
        sized.transpose()
    }

    /// Returns true if there is a record under this key. It is not decoded.
    pub fn contains(&self, view: &(impl View + ?Sized), key: &K) -> Result<bool> {
        Ok(self.size(view, key)?.is_some())
    }

    /// Returns the length of the record under this key in bytes. It is not decoded.
    pub fn size(&self, view: &(impl View + ?Sized), key: &K) -> Result<Option<usize>> {
        Ok(view.value(&self.stored_key(key))?.map(|bytes| bytes.len()))
    }

    /// Stores a record under this key, replacing the present one. Errors: ALREADY_EXISTS if another record
    /// has its key in a unique index.
    pub fn put(&self, tx: &mut Tx<'_>, key: &K, record: &C::Record) -> Result<()> {
        self.put_sized(tx, key, record).map(drop)
    }

    /// Stores a record as [`Self::put`] does; returns its length in bytes.
    pub fn put_sized(&self, tx: &mut Tx<'_>, key: &K, record: &C::Record) -> Result<usize> {
        let bytes = C::encode(record)?;
        let length = bytes.len();
        let before = match (self.indexes, self.tallies) {
            ([], []) => None,
            _ => self.get(tx, key)?,
        };
        let before = self.derived(key, before.as_ref());
        self.write(tx, key, before, (record, bytes))?;
        Ok(length)
    }

    /// Stores a record in place of the present one, which the caller has read in this transaction: it is
    /// not read again. Errors: as of [`Self::put`].
    pub fn replace(
        &self,
        tx: &mut Tx<'_>,
        key: &K,
        present: Option<&C::Record>,
        record: &C::Record,
    ) -> Result<()> {
        self.replace_within(tx, key, (present, record), usize::MAX)
            .map(drop)
    }

    /// Stores a record as [`Self::replace`] does unless it takes more than `most` bytes; returns true if it is stored.
    pub fn replace_within(
        &self,
        tx: &mut Tx<'_>,
        key: &K,
        (present, record): (Option<&C::Record>, &C::Record),
        most: usize,
    ) -> Result<bool> {
        let bytes = C::encode(record)?;
        if bytes.len() > most {
            return Ok(false);
        }
        let before = self.derived(key, present);
        debug_assert!(
            self.get(tx, key)
                .is_ok_and(|stored| self.derived(key, stored.as_ref()) == before)
        );
        self.write(tx, key, before, (record, bytes))?;
        Ok(true)
    }

    /// Stores a record that is encoded already, replacing the present one. Errors: as of [`Self::put`].
    pub fn put_encoded(&self, tx: &mut Tx<'_>, key: &K, encoded: &Encoded<C>) -> Result<()> {
        if self.indexes.is_empty() && self.tallies.is_empty() {
            tx.put(self.stored_key(key), encoded.bytes.clone());
            return Ok(());
        }
        self.put(tx, key, &C::decode(&encoded.bytes)?)
    }

    /// Changes the record under this key, if there is one. A change that fails writes nothing.
    pub fn update<T>(
        &self,
        tx: &mut Tx<'_>,
        key: &K,
        change: impl FnOnce(&mut C::Record) -> Result<T>,
    ) -> Result<Option<T>> {
        let Some(mut record) = self.get(tx, key)? else {
            return Ok(None);
        };
        let before = self.derived(key, Some(&record));
        let done = change(&mut record)?;
        let bytes = C::encode(&record)?;
        self.write(tx, key, before, (&record, bytes))?;
        Ok(Some(done))
    }

    /// Deletes the record under this key. Returns true if there was one.
    pub fn delete(&self, tx: &mut Tx<'_>, key: &K) -> Result<bool> {
        let stored = self.stored_key(key);
        let Some(bytes) = tx.get(&stored)? else {
            return Ok(false);
        };
        match (self.indexes, self.tallies) {
            ([], []) => tx.delete(stored),
            _ => self.remove(tx, key, &self.decode(&stored, &bytes)?)?,
        }
        Ok(true)
    }

    /// Deletes a record, which the caller has read in this transaction: it is not read again.
    pub fn remove(&self, tx: &mut Tx<'_>, key: &K, present: &C::Record) -> Result<()> {
        let stored = self.stored_key(key);
        let before = self.derived(key, Some(present));
        for (entry, _) in before.entries.into_iter().flatten() {
            tx.delete(entry);
        }
        self.count(tx, &stored, before.amounts, Vec::new())?;
        tx.delete(stored);
        Ok(())
    }

    /// Returns all records.
    pub fn all(&self) -> Span<'_, Self> {
        Span::of(self, Key::new(self.prefix).range())
    }

    /// Returns the records whose keys begin with these parts.
    pub fn under<L: Leading<K>>(&self, leading: &L) -> Span<'_, Self> {
        Span::of(self, leading.add_to(Key::new(self.prefix)).range())
    }

    /// Returns the records whose keys begin with these parts, with a next part within `bounds`.
    pub fn within<L: Before<K>>(
        &self,
        leading: &L,
        bounds: impl RangeBounds<L::Next>,
    ) -> Span<'_, Self> {
        let leading = leading.add_to(Key::new(self.prefix));
        Span::of(self, bounded(leading, &bounds))
    }

    /// Returns the records whose keys are within `bounds`.
    pub fn range(&self, bounds: impl RangeBounds<K>) -> Span<'_, Self> {
        Span::of(self, bounded(Key::new(self.prefix), &bounds))
    }

    /// Returns a key as it is stored.
    pub fn stored_key(&self, key: &K) -> Vec<u8> {
        key.add_to(Key::new(self.prefix)).finish()
    }

    /// Decodes a stored key.
    pub(crate) fn read_key(&self, stored: &[u8]) -> Result<K> {
        let mut reader = KeyReader::new(self.prefix, stored)?;
        let key = K::read(&mut reader)?;
        reader.end()?;
        Ok(key)
    }

    /// Decodes the record stored under this key. Errors: STORAGE_DAMAGED with prefix and key.
    pub(crate) fn decode(&self, stored: &[u8], bytes: &[u8]) -> Result<C::Record> {
        codec::decode::<C>(self.prefix, stored, bytes)
    }

    /// Returns all that is stored for a record besides itself.
    fn derived(&self, key: &K, record: Option<&C::Record>) -> Derived {
        let entries = |index: &&dyn AnyIndex<K, C>| {
            record.map_or(Vec::new(), |record| index.entries(key, record))
        };
        let amounts = |tally: &&dyn AnyTally<K, C>| {
            record.map_or(Vec::new(), |record| tally.amounts(key, record))
        };
        Derived {
            entries: self.indexes.iter().map(entries).collect(),
            amounts: self.tallies.iter().map(amounts).collect(),
        }
    }

    fn write(
        &self,
        tx: &mut Tx<'_>,
        key: &K,
        before: Derived,
        (record, bytes): (&C::Record, Vec<u8>),
    ) -> Result<()> {
        let after = self.derived(key, Some(record));
        for (index, entries) in self.indexes.iter().zip(&after.entries) {
            check_unique(tx, *index, entries)?;
        }
        let stored = self.stored_key(key);
        self.count(tx, &stored, before.amounts, after.amounts)?;
        for (before, after) in before.entries.iter().zip(after.entries) {
            for (entry, _) in before.iter().filter(|entry| !after.contains(entry)) {
                tx.delete(entry.clone());
            }
            for (entry, value) in after.into_iter().filter(|entry| !before.contains(entry)) {
                tx.put(entry, value);
            }
        }
        tx.put(stored, bytes);
        Ok(())
    }

    /// Moves a record's amounts to its new groups, also in a recount that has counted the record.
    fn count(
        &self,
        tx: &mut Tx<'_>,
        stored: &[u8],
        before: Vec<Amounts>,
        after: Vec<Amounts>,
    ) -> Result<()> {
        if self.tallies.is_empty() || before == after {
            return Ok(());
        }
        let is_recounted = tally::has_counted(tx, self.prefix, stored)?;
        for (of_tallies, sign) in [(before, -1), (after, 1)] {
            for amounts in of_tallies {
                if is_recounted {
                    tx.count(tally::RECOUNTED, amounts.clone(), sign);
                }
                tx.count(tally::IN_FORCE, amounts, sign);
            }
        }
        Ok(())
    }
}

fn check_unique<K, C: Codec>(
    tx: &Tx<'_>,
    index: &dyn AnyIndex<K, C>,
    entries: &[Pair],
) -> Result<()> {
    for (entry, value) in entries.iter().filter(|_| index.is_unique()) {
        if tx.get(entry)?.is_some_and(|found| found != *value) {
            let message = msg::KeyTaken {
                index: index.name(),
            };
            return Err(Error::new(ErrorCode::AlreadyExists, message));
        }
    }
    Ok(())
}

impl<K: KeyPart, C: Codec> Span<'_, Table<K, C>> {
    /// Returns the part of the span after this key.
    #[must_use]
    pub fn after(&self, key: &K) -> Self {
        self.from(after(&self.source.stored_key(key)))
    }

    /// Returns the next records.
    pub fn page(
        &self,
        view: &(impl View + ?Sized),
        limit: Limit,
    ) -> Result<Page<(K, C::Record), Self>> {
        let (mut rows, mut room) = (Vec::new(), Room::of(limit));
        let rest = self.walk(view, at_once(limit, RECORDS), |stored, bytes| {
            if !room.fits(bytes.len()) {
                return Ok(ControlFlow::Break(()));
            }
            let record = self.source.decode(stored, bytes)?;
            rows.push((self.source.read_key(stored)?, record));
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(Page { rows, rest })
    }

    /// Iterates over the records in order, with their keys; reads `at_once` at a time. Storage errors end it. Outside a
    /// transaction, records may be of different states of the store.
    pub fn rows<V: View + ?Sized>(
        self,
        view: &V,
        at_once: usize,
    ) -> impl Iterator<Item = Result<(K, C::Record)>> {
        let table = self.source;
        let row = move |pair: Result<Pair>| {
            let (stored, bytes) = pair?;
            Ok((table.read_key(&stored)?, table.decode(&stored, &bytes)?))
        };
        self.pairs(view, at_once.min(RECORDS)).map(row)
    }

    /// Returns the next keys, with the lengths of their records in bytes. The records are not decoded.
    pub fn keys(&self, view: &(impl View + ?Sized), most: usize) -> Result<Page<(K, usize), Self>> {
        let mut rows = Vec::new();
        let rest = self.walk(
            view,
            at_once(Limit::rows(most), RECORDS),
            |stored, bytes| {
                if rows.len() == most {
                    return Ok(ControlFlow::Break(()));
                }
                rows.push((self.source.read_key(stored)?, bytes.len()));
                Ok(ControlFlow::Continue(()))
            },
        )?;
        Ok(Page { rows, rest })
    }

    /// Returns the first record.
    pub fn first(&self, view: &(impl View + ?Sized)) -> Result<Option<(K, C::Record)>> {
        Ok(self.page(view, Limit::rows(1))?.rows.pop())
    }

    /// Returns the last record.
    pub fn last(&self, kv: &dyn KeyValue) -> Result<Option<(K, C::Record)>> {
        let last = kv.last(self.lower(), self.upper())?;
        let row = last.map(|(stored, bytes)| {
            let record = self.source.decode(&stored, &bytes)?;
            Ok((self.source.read_key(&stored)?, record))
        });
        row.transpose()
    }

    /// Calls `visit` with every record in order, read page by page to bound memory. Outside a transaction,
    /// pages may be of different states of the store.
    pub fn each(
        &self,
        view: &(impl View + ?Sized),
        mut visit: impl FnMut(K, C::Record) -> Result<()>,
    ) -> Result<()> {
        self.walk(view, RECORDS, |stored, bytes| {
            let record = self.source.decode(stored, bytes)?;
            visit(self.source.read_key(stored)?, record)?;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(())
    }

    /// Returns all records with their keys.
    pub fn collect(&self, view: &(impl View + ?Sized)) -> Result<Vec<(K, C::Record)>> {
        let mut rows = Vec::new();
        self.each(view, |key, record| {
            rows.push((key, record));
            Ok(())
        })?;
        Ok(rows)
    }
}
