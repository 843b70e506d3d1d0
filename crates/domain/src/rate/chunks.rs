//! A sorted collection whose clones are cheap: rows in chunks that clones share until one of them changes.
//!
//! A clone copies one pointer per chunk; a change copies at most one chunk of [`MAX_ROWS`] rows. Rows are
//! added, changed and replaced, never removed one by one.

use std::sync::Arc;

/// Maximum number of rows of a chunk.
const MAX_ROWS: usize = 128;
/// Number of rows by which a full allocation grows.
const GROWTH: usize = 16;

/// A row with its key, which never changes.
pub(super) trait Keyed: Clone {
    type Key: Ord;

    fn key(&self) -> &Self::Key;
}

/// Rows in the order of their keys, each key once. Each chunk has a note, which a new chunk takes over from
/// the one that it was split off.
#[derive(Clone, Debug)]
pub(super) struct Chunks<T, N = ()> {
    chunks: Vec<Chunk<T, N>>,
    rows: usize,
}

#[derive(Clone, Debug)]
struct Chunk<T, N> {
    rows: Arc<Vec<T>>,
    note: N,
}

/// The place of a row. It holds until the next insertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) chunk: usize,
    row: usize,
}

impl<T, N> Default for Chunks<T, N> {
    fn default() -> Self {
        let chunks = Vec::new();
        Self { chunks, rows: 0 }
    }
}

impl<T: Keyed, N: Clone + Default> Chunks<T, N> {
    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.rows
    }

    /// Number of chunks.
    pub(super) fn chunks(&self) -> usize {
        self.chunks.len()
    }

    /// Returns the place of a key, or the place to insert its row at.
    pub(super) fn find(&self, key: &T::Key) -> Result<Place, Place> {
        // The last chunk that begins at the key or before; chunks are never empty.
        let after = self
            .chunks
            .partition_point(|chunk| chunk.rows.first().is_some_and(|row| row.key() <= key));
        let chunk = after.saturating_sub(1);
        let rows = self
            .chunks
            .get(chunk)
            .map_or(&[][..], |chunk| &chunk.rows[..]);
        match rows.binary_search_by(|row| row.key().cmp(key)) {
            Ok(row) => Ok(Place { chunk, row }),
            Err(row) => Err(Place { chunk, row }),
        }
    }

    /// Returns the row with this key.
    pub(super) fn get(&self, key: &T::Key) -> Option<&T> {
        let place = self.find(key).ok()?;
        self.chunks[place.chunk].rows.get(place.row)
    }

    /// Returns the row at a place.
    pub(super) fn at(&self, place: Place) -> &T {
        &self.chunks[place.chunk].rows[place.row]
    }

    /// Returns the row at a place, in a chunk of its own, and the chunk's note.
    pub(super) fn at_mut(&mut self, place: Place) -> (&mut T, &mut N) {
        let chunk = &mut self.chunks[place.chunk];
        (
            &mut Arc::make_mut(&mut chunk.rows)[place.row],
            &mut chunk.note,
        )
    }

    /// Returns the rows of a chunk.
    pub(super) fn rows_of(&self, chunk: usize) -> &[T] {
        &self.chunks[chunk].rows
    }

    /// Returns the rows of a chunk, no longer shared with clones.
    pub(super) fn rows_of_mut(&mut self, chunk: usize) -> &mut [T] {
        Arc::make_mut(&mut self.chunks[chunk].rows).as_mut_slice()
    }

    /// Returns the note of a chunk.
    pub(super) fn note(&self, chunk: usize) -> &N {
        &self.chunks[chunk].note
    }

    /// Returns the note of a chunk, to be changed.
    pub(super) fn note_mut(&mut self, chunk: usize) -> &mut N {
        &mut self.chunks[chunk].note
    }

    /// Returns the notes of all chunks.
    pub(super) fn notes(&self) -> impl Iterator<Item = &N> {
        self.chunks.iter().map(|chunk| &chunk.note)
    }

    /// Inserts or replaces a row; returns its place, and the row that it replaces.
    pub(super) fn put(&mut self, row: T) -> (Place, Option<T>) {
        match self.find(row.key()) {
            Ok(place) => {
                let before = std::mem::replace(self.at_mut(place).0, row);
                (place, Some(before))
            }
            Err(place) => (self.insert(place, row), None),
        }
    }

    /// Inserts a row at the place that `find` returned for its key.
    pub(super) fn insert(&mut self, place: Place, row: T) -> Place {
        let place = self.with_room(place);
        let rows = Arc::make_mut(&mut self.chunks[place.chunk].rows);
        if rows.len() == rows.capacity() {
            rows.reserve_exact(GROWTH);
        }
        rows.insert(place.row, row);
        self.rows += 1;
        place
    }

    /// Returns the rows from the first one of which this is not true; it must be true of a first part of the
    /// rows only.
    pub(super) fn from(&self, is_before: impl Fn(&T) -> bool) -> impl Iterator<Item = &T> {
        let begins_before = |chunk: &Chunk<T, N>| chunk.rows.first().is_some_and(&is_before);
        let chunk = self.chunks.partition_point(begins_before).saturating_sub(1);
        let rows = self
            .chunks
            .get(chunk)
            .map_or(&[][..], |chunk| &chunk.rows[..]);
        let row = rows.partition_point(is_before);
        let chunks = self.chunks.iter().skip(chunk);
        chunks.flat_map(|chunk| chunk.rows.iter()).skip(row)
    }

    /// Returns all rows.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flat_map(|chunk| chunk.rows.iter())
    }

    /// Makes room for a row at this place; returns the place after that.
    fn with_room(&mut self, place: Place) -> Place {
        let Place { chunk, row } = place;
        let count = self.chunks.get(chunk).map(|chunk| chunk.rows.len());
        if count.is_some_and(|count| count < MAX_ROWS) {
            return place;
        }
        // Rows that come in their order fill each chunk; others leave both halves room.
        let is_last = chunk + 1 >= self.chunks.len() && count.is_none_or(|count| row == count);
        let kept = if is_last { row } else { MAX_ROWS / 2 };
        let (rest, note) = match self.chunks.get_mut(chunk) {
            Some(full) => {
                let rows = Arc::make_mut(&mut full.rows);
                let rest = rows.split_off(kept);
                rows.shrink_to_fit();
                (rest, full.note.clone())
            }
            None => (Vec::new(), N::default()),
        };
        let new = Chunk {
            rows: Arc::new(rest),
            note,
        };
        let at = self.chunks.len().min(chunk + 1);
        self.chunks.insert(at, new);
        match row.checked_sub(kept) {
            Some(row) => Place { chunk: at, row },
            None => place,
        }
    }

    /// Size in memory, bytes, allocations included.
    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        let rows = |chunk: &Chunk<T, N>| chunk.rows.capacity() * size_of::<T>() + 40;
        let spine = self.chunks.capacity() * size_of::<Chunk<T, N>>();
        spine + self.chunks.iter().map(rows).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    impl Keyed for (u16, u8) {
        type Key = u16;

        fn key(&self) -> &u16 {
            &self.0
        }
    }

    proptest! {
        /// It holds the rows of a `BTreeMap`, and clones keep the rows that they had.
        #[test]
        fn rows_are_sorted_and_clones_keep_theirs(
            rows in prop::collection::vec((0..2_000_u16, any::<u8>()), 0..1_500),
            ascending in 0..1_000_u16,
            cloned_at in 0..1_500_usize,
        ) {
            let ascending = (0..ascending).map(|key| (key, 0));
            let mut model = BTreeMap::new();
            let mut chunks = Chunks::<(u16, u8)>::default();
            let mut clone = None;
            for (number, row) in ascending.chain(rows).enumerate() {
                if number == cloned_at {
                    clone = Some((chunks.clone(), model.clone()));
                }
                let (place, before) = chunks.put(row);
                prop_assert_eq!(chunks.at(place), &row);
                prop_assert_eq!(before.map(|(_, value)| value), model.insert(row.0, row.1));
            }
            for (chunks, model) in [Some((chunks, model)), clone].into_iter().flatten() {
                let want: Vec<_> = model.iter().map(|(key, value)| (*key, *value)).collect();
                prop_assert_eq!(chunks.iter().copied().collect::<Vec<_>>(), want.clone());
                prop_assert_eq!(chunks.len(), model.len());
                for key in [0, 7, 999, 1_500] {
                    prop_assert_eq!(chunks.get(&key).map(|row| row.1), model.get(&key).copied());
                    let from: Vec<_> = chunks.from(|row| row.0 < key).copied().collect();
                    let start = want.partition_point(|row| row.0 < key);
                    prop_assert_eq!(from, &want[start..]);
                }
            }
        }
    }
}
