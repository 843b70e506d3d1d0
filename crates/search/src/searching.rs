//! Searching a generation: the hits, their number, the counts of facets, and a page in order.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;
use std::vec;

use chengji_domain::catalogue::Facet;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use roaring::RoaringBitmap;

use crate::counts::{CountCache, CountKey, Counts};
use crate::document::EntryId;
use crate::facets::Counted;
use crate::generation::{Generation, LiveSegment};
use crate::hits::WordHits;
use crate::matching;
use crate::query::{Filters, Position, Query, Search};
use crate::ranking::{Order, Rank};
use crate::schema::Fields;

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

/// A hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The entry.
    pub id: EntryId,
    /// Its place.
    pub position: Position,
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
struct SegmentHits<'g> {
    live: &'g LiveSegment,
    words: Vec<Arc<WordHits>>,
    /// Hits of the words, not filtered; `None` if there are no filters.
    unfiltered: Option<RoaringBitmap>,
    /// Those that pass all filters.
    hits: RoaringBitmap,
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
        let (docs, words) = matches(live, fields, &search.query)?;
        let mut hits = live.visible(docs, &search.hidden);
        let unfiltered = (!search.filters.is_empty()).then(|| hits.clone());
        filter(live, &mut hits, &search.filters, None, search.now);
        Ok(Self {
            live,
            words,
            unfiltered,
            hits,
        })
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

/// The page of hits.
fn page(
    generation: &Generation,
    fields: &Fields,
    search: &Search,
    found: &[SegmentHits<'_>],
) -> Result<Vec<Hit>> {
    if search.limit == 0 {
        return Ok(Vec::new());
    }
    let mut orders = Vec::with_capacity(found.len());
    for SegmentHits { live, words, .. } in found {
        let order = Order::of(&live.segment, fields, &search.query, search.sort, words);
        orders.push(order?);
    }
    let after = match search.after {
        Some(after) => Some(rank_of(&orders, after)?),
        None => None,
    };
    let mut lists = Vec::with_capacity(orders.len());
    for (segment, (order, found)) in (0..).zip(orders.iter().zip(found)) {
        let bound = match &after {
            Some(after) => order.bound_after(after)?,
            None => 0,
        };
        let hits = order.first(&found.hits, bound, search.limit).into_iter();
        lists.push(Ranked {
            segment,
            order,
            hits,
        });
    }
    let mut next = BinaryHeap::with_capacity(lists.len());
    for list in &mut lists {
        next.extend(list.next().transpose()?.map(Reverse));
    }
    let mut hits = Vec::new();
    while hits.len() < search.limit
        && let Some(Reverse((rank, segment, doc))) = next.pop()
    {
        if let Some(list) = lists.get_mut(segment as usize) {
            next.extend(list.next().transpose()?.map(Reverse));
        }
        let position = Position {
            generation: generation.number,
            segment,
            doc,
        };
        hits.extend(rank.id().map(|id| Hit { id, position }));
    }
    Ok(hits)
}

/// The first hits of a segment in order, each ranked when it is needed: that reads its texts.
struct Ranked<'o> {
    segment: u32,
    order: &'o Order<'o>,
    hits: vec::IntoIter<(u64, u32)>,
}

impl Iterator for Ranked<'_> {
    type Item = Result<(Rank, u32, u32)>;

    fn next(&mut self) -> Option<Self::Item> {
        let (key, doc) = self.hits.next()?;
        let rank = self.order.rank_of(key);
        Some(rank.map(|rank| (rank, self.segment, doc)))
    }
}

fn rank_of(orders: &[Order<'_>], position: Position) -> Result<Rank> {
    let order = orders.get(position.segment as usize);
    let order = order.filter(|order| order.contains(position.doc));
    let order = order.ok_or_else(|| Error::new(ErrorCode::InvalidArgument, msg::CursorInvalid))?;
    order.rank(position.doc)
}
