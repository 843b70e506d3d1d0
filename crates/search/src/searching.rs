//! Searching a generation: the hits, their number, and the counts of facets.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use chengji_domain::Result;
use chengji_domain::catalogue::Facet;
use roaring::RoaringBitmap;

use crate::counts::{CountCache, CountKey, Counts};
use crate::facets::Counted;
use crate::generation::{Generation, LiveSegment};
use crate::hits::WordHits;
use crate::matching;
use crate::page::{Hit, page};
use crate::query::{Filters, Query, Search};
use crate::schema::Fields;
use crate::wanted::WantedHits;

/// A page of hits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Number of all hits.
    pub total: u64,
    /// Those of the page, in order.
    pub hits: Vec<Hit>,
    /// The counts of the facets that were asked for, in the order of the request.
    pub facets: Vec<FacetCounts>,
}

/// The number of hits with each value of a facet. Filters by the facet itself do not apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetCounts {
    /// The facet.
    pub facet: Facet,
    /// Values with their numbers of hits, the most frequent first.
    pub counts: Vec<(u32, u64)>,
}

/// The hits of one segment.
pub(crate) struct SegmentHits<'g> {
    pub(crate) live: &'g LiveSegment,
    pub(crate) words: Vec<Arc<WordHits>>,
    /// What was found by words and by wanted items; `None` if none are wanted.
    pub(crate) wanted: Option<WantedHits>,
    /// Hits that are not filtered; `None` if there are no filters.
    unfiltered: Option<RoaringBitmap>,
    /// Those that pass all filters.
    pub(crate) hits: RoaringBitmap,
}

/// Searches a generation.
pub(crate) fn search(
    generation: &Generation,
    fields: &Fields,
    counts: &CountCache,
    search: &Search,
) -> Result<Found> {
    let mut found = Vec::with_capacity(generation.segments.len());
    for live in &generation.segments {
        found.push(SegmentHits::of(live, fields, search)?);
    }
    let counted: OnceCell<Vec<_>> = OnceCell::new();
    let facets = search.facets.iter().map(|facet| {
        let key = CountKey::of(generation.number, search, *facet);
        let known = counts.get(&key).unwrap_or_else(|| {
            let all = || found.iter().map(|found| (found, found.counted())).collect();
            let new = count(counted.get_or_init(all), *facet, search);
            counts.insert(key, Arc::clone(&new));
            new
        });
        FacetCounts {
            facet: *facet,
            counts: known.to_vec(),
        }
    });
    Ok(Found {
        total: found.iter().map(|found| found.hits.len()).sum(),
        facets: facets.collect(),
        hits: page(generation, fields, search, &found)?,
    })
}

/// Returns the number of hits of a query without filters.
pub(crate) fn total(
    generation: &Generation,
    fields: &Fields,
    query: &Query,
    hidden: &[u32],
) -> Result<u64> {
    let mut total = 0;
    for live in &generation.segments {
        let (docs, _) = matches(live, fields, query)?;
        total += live.visible(docs, hidden).len();
    }
    Ok(total)
}

/// The documents of a segment with all words, deleted ones included, and the hits of each word; if there are none, of
/// those that were looked for.
fn matches(
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

impl<'g> SegmentHits<'g> {
    fn of(live: &'g LiveSegment, fields: &Fields, search: &Search) -> Result<Self> {
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

    fn counted(&self) -> Counted {
        Counted::new(&self.hits, self.live.segment.reader.max_doc())
    }
}

/// Removes the documents that do not pass the filters, except the one of a facet.
fn filter(
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

/// Counts the hits with each value of a facet.
fn count(found: &[(&SegmentHits<'_>, Counted)], facet: Facet, search: &Search) -> Counts {
    let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
    let is_filtered = search.filters.contains_key(&facet);
    for (found, passing) in found {
        let segment = &found.live.segment;
        let max_doc = segment.reader.max_doc();
        let add = |value, number| *counts.entry(value).or_default() += number;
        let hits = is_filtered.then(|| {
            let (hits, now) = (found.unfiltered.as_ref(), search.now);
            let mut hits = hits.unwrap_or(&found.hits).clone();
            filter(found.live, &mut hits, &search.filters, Some(facet), now);
            hits
        });
        let docs = hits.as_ref().map(|hits| Counted::new(hits, max_doc));
        let docs = docs.as_ref().unwrap_or(passing);
        if !docs.is_empty() {
            segment.values(facet, search.now, |values| values.count(docs, max_doc, add));
        }
    }
    let mut counts: Vec<(u32, u64)> = counts.into_iter().collect();
    counts.sort_by_key(|(value, number)| (Reverse(*number), *value));
    counts.into()
}
