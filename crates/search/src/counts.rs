//! Counts of facets, kept for further pages and calls of the same search while the catalogue does not change.

use std::sync::Arc;

use chengji_domain::catalogue::Facet;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::document::freshness_time;
use crate::query::{Filters, Search};
use crate::wanted_items::WantedItems;

/// Values of a facet with their numbers of hits, the most frequent first.
pub(crate) type Counts = Arc<[(u32, u64)]>;

/// Everything that the counts of a facet depend on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CountKey {
    generation: u64,
    words: String,
    items: WantedItems,
    filters: Filters,
    hidden: Vec<u32>,
    facet: Facet,
    /// The time as of which freshness is judged, if it matters.
    as_of: Option<i64>,
}

impl CountKey {
    /// The key for a search of the generation of this number.
    pub(crate) fn of(generation: u64, search: &Search, facet: Facet) -> Self {
        let is_timed = facet == Facet::Freshness || search.filters.contains_key(&Facet::Freshness);
        let words: Vec<&str> = search.query.texts().collect();
        Self {
            generation,
            words: words.join(" "),
            items: search.items.clone(),
            filters: search.filters.clone(),
            hidden: search.hidden.clone(),
            facet,
            as_of: is_timed.then(|| freshness_time(search.now)),
        }
    }
}

/// Counts of facets by what they depend on.
pub(crate) type CountCache = Cache<CountKey, Counts, CountBytes>;

/// Weighs counts by their bytes.
#[derive(Clone)]
pub(crate) struct CountBytes;

impl Weighter<CountKey, Counts> for CountBytes {
    fn weight(&self, key: &CountKey, counts: &Counts) -> u64 {
        let wanted: usize = key.filters.values().map(Vec::len).sum();
        let numbers = size_of::<u32>() * (wanted + key.hidden.len());
        let texts = key.words.len() + key.items.bytes();
        (200 + texts + numbers + size_of_val(&**counts)) as u64
    }
}
