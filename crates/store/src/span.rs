//! Ranges of tables and indexes, and reading them page by page, bounded by rows and by bytes.

use std::ops::{Bound, ControlFlow, RangeBounds};
use std::vec;

use chengji_domain::Result;

use crate::key_part::KeyPart;
use crate::keys::Key;
use crate::kv::Pair;
use crate::view::{View, after};

/// Number of an index's pairs read at once.
pub(crate) const ENTRIES: usize = 256;
/// A range of keys of a table or an index.
pub struct Span<'s, S> {
    pub(crate) source: &'s S,
    lower: Vec<u8>,
    upper: Vec<u8>,
}

/// Limits of a page. The first row is always included, whatever its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Maximum number of rows, at least one.
    pub rows: usize,
    /// Maximum bytes of stored records.
    pub bytes: usize,
}

impl Limit {
    /// Limits the number of rows only.
    pub const fn rows(rows: usize) -> Self {
        Self {
            rows,
            bytes: usize::MAX,
        }
    }
}

/// Some of the rows of a span, in order.
#[derive(Debug)]
pub struct Page<R, S> {
    /// The rows.
    pub rows: Vec<R>,
    /// The span to continue with, if there is more.
    pub rest: Option<S>,
}

impl<'s, S> Span<'s, S> {
    pub(crate) fn of(source: &'s S, (lower, upper): (Vec<u8>, Vec<u8>)) -> Self {
        Self {
            source,
            lower,
            upper,
        }
    }

    /// Counts the rows of the span and stops at `most`.
    pub fn count(&self, view: &(impl View + ?Sized), most: usize) -> Result<usize> {
        let mut counted = 0;
        self.walk(view, most.min(ENTRIES), |_, _| {
            counted += 1;
            Ok(if counted == most {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        })?;
        Ok(counted)
    }

    /// Calls `visit` with stored pairs in order, reading `at_once` of them together, until it breaks. Returns
    /// the rest of the span from that pair on.
    pub(crate) fn walk(
        &self,
        view: &(impl View + ?Sized),
        at_once: usize,
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>>,
    ) -> Result<Option<Self>> {
        let mut lower = self.lower.clone();
        loop {
            let pairs = view.pairs(&lower, &self.upper, at_once)?;
            for (key, value) in &pairs {
                if visit(key, value)?.is_break() {
                    return Ok(Some(self.from(key.clone())));
                }
            }
            match pairs.last() {
                Some((last, _)) if pairs.len() == at_once => lower = after(last),
                _ => return Ok(None),
            }
        }
    }

    /// Iterates over the stored pairs in order; reads `at_once` at a time. Outside a transaction, pairs may be of
    /// different states of the store.
    pub(crate) fn pairs<V: View + ?Sized>(self, view: &V, at_once: usize) -> Pairs<'_, V> {
        let (lower, upper) = self.into_bounds();
        Pairs {
            view,
            lower: Some(lower),
            upper,
            at_once: at_once.max(1),
            read: Vec::new().into_iter(),
        }
    }

    /// Returns the first key.
    pub(crate) fn lower(&self) -> &[u8] {
        &self.lower
    }

    /// Returns the exclusive upper bound.
    pub(crate) fn upper(&self) -> &[u8] {
        &self.upper
    }

    /// Returns the first key and the exclusive upper bound.
    pub(crate) fn into_bounds(self) -> (Vec<u8>, Vec<u8>) {
        (self.lower, self.upper)
    }

    /// Returns the part of the span from this key on.
    pub(crate) fn from(&self, lower: Vec<u8>) -> Self {
        let lower = lower.max(self.lower.clone());
        Self::of(self.source, (lower, self.upper.clone()))
    }
}

/// Iterator over stored pairs that reads some at a time.
pub(crate) struct Pairs<'v, V: ?Sized> {
    view: &'v V,
    /// The next key to read from; `None` at the end.
    lower: Option<Vec<u8>>,
    upper: Vec<u8>,
    at_once: usize,
    read: vec::IntoIter<Pair>,
}

impl<V: View + ?Sized> Pairs<'_, V> {
    fn read_next(&mut self) -> Result<Option<Pair>> {
        if let Some(pair) = self.read.next() {
            return Ok(Some(pair));
        }
        let Some(lower) = self.lower.take() else {
            return Ok(None);
        };
        let pairs = self.view.pairs(&lower, &self.upper, self.at_once)?;
        if let Some((last, _)) = pairs.get(self.at_once - 1) {
            self.lower = Some(after(last));
        }
        self.read = pairs.into_iter();
        Ok(self.read.next())
    }
}

/// Nothing comes after an error.
impl<V: View + ?Sized> Iterator for Pairs<'_, V> {
    type Item = Result<Pair>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read_next().transpose()
    }
}

/// Returns the range of keys that begin with `leading`, with a next part within these bounds.
pub(crate) fn bounded<T: KeyPart>(
    leading: Key,
    bounds: &impl RangeBounds<T>,
) -> (Vec<u8>, Vec<u8>) {
    let key = |part: &T| part.add_to(leading.clone());
    let lower = match bounds.start_bound() {
        Bound::Included(part) => key(part).finish(),
        Bound::Excluded(part) => key(part).range().1,
        Bound::Unbounded => leading.clone().finish(),
    };
    let upper = match bounds.end_bound() {
        Bound::Included(part) => key(part).range().1,
        Bound::Excluded(part) => key(part).finish(),
        Bound::Unbounded => leading.range().1,
    };
    (lower, upper)
}

/// The room left on a page.
pub(crate) struct Room {
    pub(crate) rows: usize,
    bytes: usize,
    is_empty: bool,
}

impl Room {
    pub(crate) fn of(limit: Limit) -> Self {
        Self {
            rows: limit.rows,
            bytes: limit.bytes,
            is_empty: true,
        }
    }

    /// Takes the room of one more row. Returns false if there is none.
    pub(crate) fn fits(&mut self, bytes: usize) -> bool {
        if self.rows == 0 || (bytes > self.bytes && !self.is_empty) {
            return false;
        }
        self.is_empty = false;
        self.rows -= 1;
        self.bytes = self.bytes.saturating_sub(bytes);
        true
    }
}

/// Number of pairs read at once for a page: one more than its rows, to detect another page.
pub(crate) fn at_once(limit: Limit, most: usize) -> usize {
    limit.rows.saturating_add(1).min(most)
}
