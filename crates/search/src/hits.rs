//! The documents of a segment that contain a word, kept for further searches.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use roaring::RoaringBitmap;
use tantivy::index::SegmentId;

/// The documents of a segment that contain a word, deleted ones included. Often several of the sets are the same, as for
/// a word that is in abstracts alone: those are shared.
#[derive(Debug)]
pub(crate) struct WordHits {
    /// In any text.
    pub(crate) any: Arc<RoaringBitmap>,
    /// In the name.
    pub(crate) name: Arc<RoaringBitmap>,
    /// In the name, as a word or words of it.
    pub(crate) name_word: Arc<RoaringBitmap>,
    /// In abstract, provider or a code.
    pub(crate) about: Arc<RoaringBitmap>,
    /// In the abstract, as a word or words of it.
    pub(crate) about_word: Arc<RoaringBitmap>,
    /// Bytes of memory.
    bytes: usize,
}

/// The sets of a word's hits, as they are found.
#[derive(Debug, Default)]
pub(crate) struct FoundHits {
    pub(crate) any: RoaringBitmap,
    pub(crate) name: RoaringBitmap,
    pub(crate) name_word: RoaringBitmap,
    pub(crate) about: RoaringBitmap,
    pub(crate) about_word: RoaringBitmap,
}

impl WordHits {
    /// Stores sets in little memory: runs of documents as such, and equal sets once.
    pub(crate) fn of(found: FoundHits) -> Self {
        let mut distinct: Vec<Arc<RoaringBitmap>> = Vec::new();
        let mut bytes = 0;
        let mut stored = |mut set: RoaringBitmap| -> Arc<RoaringBitmap> {
            set.optimize();
            let mut known = distinct.iter();
            if let Some(known) = known.find(|known| ***known == set) {
                return Arc::clone(known);
            }
            bytes += set.serialized_size();
            let set = Arc::new(set);
            distinct.push(Arc::clone(&set));
            set
        };
        Self {
            any: stored(found.any),
            name: stored(found.name),
            name_word: stored(found.name_word),
            about: stored(found.about),
            about_word: stored(found.about_word),
            bytes,
        }
    }

    /// Returns the bytes of memory.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// Hits of words, by segment and word.
pub(crate) type WordCache = Cache<(SegmentId, String), Arc<WordHits>, Bytes>;

/// Weighs what is cached by its bytes.
#[derive(Clone)]
pub(crate) struct Bytes;

impl Weighter<(SegmentId, String), Arc<WordHits>> for Bytes {
    fn weight(&self, (_, word): &(SegmentId, String), hits: &Arc<WordHits>) -> u64 {
        (word.len() + 200 + hits.bytes()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_sets_are_stored_once() {
        let set = |docs: [u32; 3]| RoaringBitmap::from_iter(docs);
        let hits = WordHits::of(FoundHits {
            any: set([1, 2, 9]),
            name: set([1, 2, 7]),
            name_word: set([1, 2, 7]),
            about: set([1, 2, 9]),
            about_word: RoaringBitmap::new(),
        });
        assert!(Arc::ptr_eq(&hits.any, &hits.about));
        assert!(Arc::ptr_eq(&hits.name, &hits.name_word));
        assert_eq!(*hits.name, set([1, 2, 7]));
        assert!(hits.about_word.is_empty());
        let sets = [&hits.any, &hits.name, &hits.about_word];
        let bytes: usize = sets.map(|set| set.serialized_size()).iter().sum();
        assert_eq!(hits.bytes(), bytes);
    }
}
