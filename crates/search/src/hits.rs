//! The documents of a segment that contain a word, kept for further searches.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use roaring::RoaringBitmap;
use tantivy::index::SegmentId;

/// The documents of a segment that contain a word, deleted ones included.
#[derive(Debug)]
pub(crate) struct WordHits {
    /// In any text.
    pub(crate) any: RoaringBitmap,
    /// In the name.
    pub(crate) name: RoaringBitmap,
    /// In the name, as a word or words of it.
    pub(crate) name_word: RoaringBitmap,
    /// In abstract, provider or a code.
    pub(crate) about: RoaringBitmap,
    /// In the abstract, as a word or words of it.
    pub(crate) about_word: RoaringBitmap,
}

impl WordHits {
    /// Stores runs of documents as such: a word that is in nearly all of them takes little memory.
    pub(crate) fn compacted(mut self) -> Self {
        let Self {
            any,
            name,
            name_word,
            about,
            about_word,
        } = &mut self;
        for set in [any, name, name_word, about, about_word] {
            set.optimize();
        }
        self
    }

    /// Bytes of memory.
    pub(crate) fn bytes(&self) -> usize {
        let Self {
            any,
            name,
            name_word,
            about,
            about_word,
        } = self;
        let sets = [any, name, name_word, about, about_word];
        sets.map(RoaringBitmap::serialized_size).iter().sum()
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
