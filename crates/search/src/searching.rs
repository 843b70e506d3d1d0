//! Searching a generation: the hits, their number, and the counts of facets.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use chengji_domain::Result;
use chengji_domain::catalogue::Facet;

use crate::counts::{CountCache, CountKey, Counts};
use crate::facets::Counted;
use crate::generation::Generation;
use crate::page::{Hit, page};
use crate::query::{Query, Search};
use crate::schema::Fields;
use crate::segment_hits::{SegmentHits, filter, matches};

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
