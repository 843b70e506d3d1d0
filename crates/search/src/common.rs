//! The state shared by the segments of an index.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::counts::CountCache;
use crate::hits::WordCache;

/// The state shared by the segments of an index, and by clones.
#[derive(Clone)]
pub(crate) struct Common {
    /// The hits of words that were searched before.
    pub(crate) words: Arc<WordCache>,
    /// The counts of facets of searches before.
    pub(crate) counts: Arc<CountCache>,
    pub(crate) postings_read: PostingsRead,
}

/// The number of postings that were read. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct PostingsRead(Arc<AtomicU64>);

impl PostingsRead {
    pub(crate) fn add(&self, number: u64) {
        self.0.fetch_add(number, Ordering::Relaxed);
    }

    pub(crate) fn number(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
