//! The hits of a search in one segment, by words, wanted items and filters.

use std::sync::Arc;

use chengji_domain::Result;
use chengji_domain::catalogue::Facet;
use roaring::RoaringBitmap;

use crate::facets::Counted;
use crate::generation::LiveSegment;
use crate::hits::WordHits;
use crate::matching;
use crate::query::{Filters, Query, Search};
use crate::schema::Fields;
use crate::wanted::WantedHits;

/// The hits of one segment.
pub(crate) struct SegmentHits<'g> {
    /// The segment.
    pub(crate) live: &'g LiveSegment,
    /// The hits of each word.
    pub(crate) words: Vec<Arc<WordHits>>,
    /// The matches by words and by wanted items; `None` for a search without wanted items.
    pub(crate) wanted: Option<WantedHits>,
    /// The hits before filtering; `None` for a search without filters.
    pub(crate) unfiltered: Option<RoaringBitmap>,
    /// The hits that pass all filters.
    pub(crate) hits: RoaringBitmap,
}

impl<'g> SegmentHits<'g> {
    /// Finds the hits of a segment.
    pub(crate) fn of(live: &'g LiveSegment, fields: &Fields, search: &Search) -> Result<Self> {
        let (mut docs, words) = matches(live, fields, &search.query)?;
        let mut wanted = None;
        if !search.items.is_empty() {
            let found = WantedHits::of(&live.segment, fields, search, docs)?;
            docs = found.all();
            wanted = Some(found);
        }
        let mut hits = live.visible(docs, &search.hidden);
        let unfiltered = (!search.filters.is_empty()).then(|| hits.clone());
        filter(live, &mut hits, &search.filters, None, search.now);
        Ok(Self {
            live,
            words,
            wanted,
            unfiltered,
            hits,
        })
    }

    /// Returns true for a hit with every word.
    pub(crate) fn has_words(&self, doc: u32) -> bool {
        let wanted = self.wanted.as_ref();
        wanted.is_none_or(|wanted| wanted.has_words(doc))
    }

    /// Returns the hits, prepared for counting.
    pub(crate) fn counted(&self) -> Counted {
        Counted::new(&self.hits, self.live.segment.reader.max_doc())
    }
}

/// The documents of a segment with all words, deleted ones included, and the hits of each word; if there are none, of
/// those that were looked for.
pub(crate) fn matches(
    live: &LiveSegment,
    fields: &Fields,
    query: &Query,
) -> Result<(RoaringBitmap, Vec<Arc<WordHits>>)> {
    let mut words = Vec::with_capacity(query.words.len());
    let mut docs: Option<RoaringBitmap> = None;
    for word in &query.words {
        let hits = matching::hits(&live.segment, fields, word)?;
        let any: &RoaringBitmap = &hits.any;
        let with_word = docs.take().map_or_else(|| any.clone(), |docs| docs & any);
        words.push(hits);
        let is_found = !with_word.is_empty();
        docs = Some(with_word);
        if !is_found {
            // Further words find nothing either.
            break;
        }
    }
    let docs = docs.unwrap_or_else(|| {
        let mut all = RoaringBitmap::new();
        all.insert_range(0..live.segment.reader.max_doc());
        all
    });
    Ok((docs, words))
}

/// Removes the documents that do not pass the filters, except the one of a facet.
pub(crate) fn filter(
    live: &LiveSegment,
    docs: &mut RoaringBitmap,
    filters: &Filters,
    except: Option<Facet>,
    now: i64,
) {
    for (facet, wanted) in filters {
        if Some(*facet) == except {
            continue;
        }
        live.segment.values(*facet, now, |values| {
            let mut passing = RoaringBitmap::new();
            for docs in wanted.iter().filter_map(|value| values.sets.get(value)) {
                passing |= docs;
            }
            *docs &= passing;
        });
    }
}
