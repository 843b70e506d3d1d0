//! Secondary keys of a table: declared with it, written with its records, read in their own order.
//!
//! A record has any number of keys in an index: none where the index is partial, several where it is
//! found by several things. An index stores keys alone; the record is read from its table.

use std::ops::RangeBounds;

use chengji_domain::Result;

use crate::key_part::{Before, KeyPart, Leading};
use crate::keys::{Key, KeyReader, Prefix};
use crate::kv::Pair;
use crate::span::{Span, bounded};
use crate::table::{Codec, Table};

/// An index of the table of keys `K` and codec `C`, by keys `I`.
pub struct Index<I: 'static, K: 'static, C: Codec> {
    table: &'static Table<K, C>,
    prefix: Prefix,
    name: &'static str,
    is_unique: bool,
    keys: fn(&K, &C::Record) -> Vec<I>,
}

impl<I: KeyPart, K: KeyPart, C: Codec> Index<I, K, C> {
    /// Declares an index of this table, which names it in turn. The keys of a record follow from it and
    /// its own key alone, and none occurs twice. The name is for messages.
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

    /// The table.
    pub fn table(&self) -> &'static Table<K, C> {
        self.table
    }

    /// All entries.
    pub fn all(&self) -> Span<'_, Self> {
        Span::of(self, Key::new(self.prefix).range())
    }

    /// The entries whose keys begin with these parts.
    pub fn under<L: Leading<I>>(&self, leading: &L) -> Span<'_, Self> {
        Span::of(self, leading.add_to(Key::new(self.prefix)).range())
    }

    /// The entries whose keys begin with these parts, with a next part within `bounds`.
    pub fn within<L: Before<I>>(
        &self,
        leading: &L,
        bounds: impl RangeBounds<L::Next>,
    ) -> Span<'_, Self> {
        let leading = leading.add_to(Key::new(self.prefix));
        Span::of(self, bounded(leading, &bounds))
    }

    /// The pair that is stored for a key in this index and the record's own key.
    pub(crate) fn entry(&self, index_key: &I, key: &K) -> Pair {
        let stored = index_key.add_to(Key::new(self.prefix));
        if self.is_unique {
            (stored.finish(), key.add_to(Key::parts()).finish())
        } else {
            (key.add_to(stored).finish(), Vec::new())
        }
    }

    /// The key in this index and the record's own key, of a stored pair.
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

/// An index whatever its keys are: what a table asks of its indexes.
pub trait AnyIndex<K, C: Codec>: Sync {
    /// What the index is called in messages.
    fn name(&self) -> &'static str;

    /// The index's prefix.
    fn prefix(&self) -> Prefix;

    /// Whether no two records have the same key.
    fn is_unique(&self) -> bool;

    /// The pairs that are stored for a record.
    fn entries(&self, key: &K, record: &C::Record) -> Vec<Pair>;

    /// The key of the record that a stored pair belongs to. Errors: STORAGE_DAMAGED.
    fn record_key(&self, stored: &[u8], value: &[u8]) -> Result<K>;
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
