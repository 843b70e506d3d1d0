//! Secondary keys of a table: declared with it, written with its records, read in their own order.
//!
//! A record has any number of keys in an index: none if the index is partial, several for values with several
//! elements. An index stores keys alone; the record is read from its table.

use std::ops::{ControlFlow, RangeBounds};

use chengji_domain::Result;

use crate::codec::{AnyIndex, Codec};
use crate::key_part::{Before, KeyPart, Leading};
use crate::keys::{Key, KeyReader, Prefix};
use crate::kv::Pair;
use crate::span::{ENTRIES, Limit, Page, Room, Span, at_once, bounded};
use crate::table::Table;
use crate::view::{View, after};

/// An index of the table of keys `K` and codec `C`, by keys `I`.
pub struct Index<I: 'static, K: 'static, C: Codec> {
    table: &'static Table<K, C>,
    prefix: Prefix,
    name: &'static str,
    is_unique: bool,
    keys: fn(&K, &C::Record) -> Vec<I>,
}

impl<I: KeyPart, K: KeyPart, C: Codec> Index<I, K, C> {
    /// Declares an index of this table, whose declaration lists the index. The keys must depend only on the
    /// record and its own key, and must not repeat for one record. The name is for messages.
    pub const fn new(
        table: &'static Table<K, C>,
        prefix: Prefix,
        name: &'static str,
        keys: fn(&K, &C::Record) -> Vec<I>,
    ) -> Self {
        Self {
            table,
            prefix,
            name,
            is_unique: false,
            keys,
        }
    }

    /// Declares an index in which no two records have the same key.
    pub const fn unique(
        table: &'static Table<K, C>,
        prefix: Prefix,
        name: &'static str,
        keys: fn(&K, &C::Record) -> Vec<I>,
    ) -> Self {
        Self {
            is_unique: true,
            ..Self::new(table, prefix, name, keys)
        }
    }

    /// Returns the table.
    pub fn table(&self) -> &'static Table<K, C> {
        self.table
    }

    /// Returns all entries.
    pub fn all(&self) -> Span<'_, Self> {
        Span::of(self, Key::new(self.prefix).range())
    }

    /// Returns the entries whose keys begin with these parts.
    pub fn under<L: Leading<I>>(&self, leading: &L) -> Span<'_, Self> {
        Span::of(self, leading.add_to(Key::new(self.prefix)).range())
    }

    /// Returns the entries whose keys begin with these parts, with a next part within `bounds`.
    pub fn within<L: Before<I>>(
        &self,
        leading: &L,
        bounds: impl RangeBounds<L::Next>,
    ) -> Span<'_, Self> {
        let leading = leading.add_to(Key::new(self.prefix));
        Span::of(self, bounded(leading, &bounds))
    }

    /// Returns the pair stored for a key in this index and the record's own key.
    pub(crate) fn entry(&self, index_key: &I, key: &K) -> Pair {
        let stored = index_key.add_to(Key::new(self.prefix));
        if self.is_unique {
            (stored.finish(), key.add_to(Key::parts()).finish())
        } else {
            (key.add_to(stored).finish(), Vec::new())
        }
    }

    /// Reads the record of a stored pair of this index, with its length in bytes; `None` if it no longer has this pair.
    fn record_of(
        &self,
        view: &(impl View + ?Sized),
        stored: &[u8],
        key: &K,
    ) -> Result<Option<(C::Record, usize)>> {
        let record_key = self.table.stored_key(key);
        let Some(bytes) = view.value(&record_key)? else {
            return Ok(None);
        };
        let record = self.table.decode(&record_key, &bytes)?;
        let mut entries = self.entries(key, &record).into_iter();
        let has_pair = entries.any(|(entry, _)| entry == stored);
        Ok(has_pair.then_some((record, bytes.len())))
    }

    /// Decodes a stored pair into the key in this index and the record's own key.
    pub(crate) fn read_entry(&self, stored: &[u8], value: &[u8]) -> Result<(I, K)> {
        let mut reader = KeyReader::new(self.prefix, stored)?;
        let index_key = I::read(&mut reader)?;
        let mut own = KeyReader::of_parts(value);
        let key = K::read(if self.is_unique {
            &mut own
        } else {
            &mut reader
        })?;
        own.end()?;
        reader.end()?;
        Ok((index_key, key))
    }
}

impl<I: KeyPart, K: KeyPart, C: Codec> AnyIndex<K, C> for Index<I, K, C> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn prefix(&self) -> Prefix {
        self.prefix
    }

    fn is_unique(&self) -> bool {
        self.is_unique
    }

    fn entries(&self, key: &K, record: &C::Record) -> Vec<Pair> {
        let keys = (self.keys)(key, record);
        keys.iter()
            .map(|index_key| self.entry(index_key, key))
            .collect()
    }

    fn record_key(&self, stored: &[u8], value: &[u8]) -> Result<K> {
        self.read_entry(stored, value).map(|(_, key)| key)
    }
}

impl<I: KeyPart, K: KeyPart, C: Codec> Span<'_, Index<I, K, C>> {
    /// Returns the part of the span after the entry of this key and this record.
    #[must_use]
    pub fn after(&self, index_key: &I, key: &K) -> Self {
        let (stored, _) = self.source.entry(index_key, key);
        self.from(after(&stored))
    }

    /// Returns the next keys of this index with the keys of their records. The records are not read.
    pub fn keys(&self, view: &(impl View + ?Sized), most: usize) -> Result<Page<(I, K), Self>> {
        let (mut rows, mut room) = (Vec::new(), Room::of(Limit::rows(most)));
        let rest = self.walk(
            view,
            at_once(Limit::rows(most), ENTRIES),
            |stored, value| {
                if !room.fits(0) {
                    return Ok(ControlFlow::Break(()));
                }
                rows.push(self.source.read_entry(stored, value)?);
                Ok(ControlFlow::Continue(()))
            },
        )?;
        Ok(Page { rows, rest })
    }

    /// Calls `visit` with every key of this index and the key of its record in order, read page by page to bound memory.
    /// The records are not read. Outside a transaction, pages may be of different states of the store.
    pub fn each_key(
        &self,
        view: &(impl View + ?Sized),
        mut visit: impl FnMut(I, K) -> Result<()>,
    ) -> Result<()> {
        self.walk(view, ENTRIES, |stored, value| {
            let (index_key, key) = self.source.read_entry(stored, value)?;
            visit(index_key, key)?;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(())
    }

    /// Returns the next records in the order of this index. Outside a transaction a record may change between
    /// the reading of its entry and its own: it is on the page only if it still has that entry.
    pub fn page(
        &self,
        view: &(impl View + ?Sized),
        limit: Limit,
    ) -> Result<Page<(K, C::Record), Self>> {
        let (mut rows, mut room) = (Vec::new(), Room::of(limit));
        let rest = self.walk(view, at_once(limit, ENTRIES), |stored, value| {
            if room.rows == 0 {
                return Ok(ControlFlow::Break(()));
            }
            let (_, key) = self.source.read_entry(stored, value)?;
            let Some((record, bytes)) = self.source.record_of(view, stored, &key)? else {
                return Ok(ControlFlow::Continue(()));
            };
            if !room.fits(bytes) {
                return Ok(ControlFlow::Break(()));
            }
            rows.push((key, record));
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(Page { rows, rest })
    }

    /// Iterates over the records in the order of this index, with its keys and their own; reads `at_once` keys at a time.
    /// Outside a transaction, records that changed meanwhile are treated as by [`page`](Self::page).
    pub fn rows<V: View + ?Sized>(
        self,
        view: &V,
        at_once: usize,
    ) -> impl Iterator<Item = Result<(I, K, C::Record)>> {
        let index = self.source;
        let row = move |pair: Result<Pair>| {
            let (stored, value) = pair?;
            let (index_key, key) = index.read_entry(&stored, &value)?;
            let record = index.record_of(view, &stored, &key)?;
            Ok(record.map(|(record, _)| (index_key, key, record)))
        };
        let pairs = self.pairs(view, at_once.min(ENTRIES));
        pairs.filter_map(move |pair| row(pair).transpose())
    }
}
