//! A page of the hits of a search, in order across segments.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::vec;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use roaring::RoaringBitmap;

use crate::document::EntryId;
use crate::generation::Generation;
use crate::query::{Position, Search, Sort};
use crate::ranking::{Order, Rank};
use crate::schema::Fields;
use crate::segment_hits::SegmentHits;
use crate::wanted::Group;

/// A hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The entry.
    pub id: EntryId,
    /// Its place.
    pub position: Position,
    /// True if every word of the query is in it; false if it was found by wanted items alone.
    pub has_words: bool,
}

/// Hits that come before those of the next group.
struct Grouped<'f> {
    /// The documents of each segment.
    docs: Vec<Cow<'f, RoaringBitmap>>,
    /// True if they are ordered by the places of words.
    by_words: bool,
}

impl Grouped<'_> {
    fn contains(&self, position: Position) -> bool {
        let docs = self.docs.get(position.segment as usize);
        docs.is_some_and(|docs| docs.contains(position.doc))
    }

    fn is_empty(&self) -> bool {
        self.docs.iter().all(|docs| docs.is_empty())
    }
}

/// Returns the page of hits.
pub(crate) fn page(
    generation: &Generation,
    fields: &Fields,
    search: &Search,
    found: &[SegmentHits<'_>],
) -> Result<Vec<Hit>> {
    let mut hits = Vec::new();
    if search.limit == 0 {
        return Ok(hits);
    }
    let groups = groups(search, found);
    let mut after = search.after;
    let first = after.and_then(|after| groups.iter().position(|group| group.contains(after)));
    for group in groups.iter().skip(first.unwrap_or_default()) {
        let left = search.limit - hits.len();
        if left == 0 {
            break;
        }
        let orders = orders(fields, search, found, group.by_words)?;
        let listed = merged(&orders, &group.docs, after.take(), left)?;
        hits.extend(listed.into_iter().filter_map(|(rank, segment, doc)| {
            let of_segment = found.get(segment as usize);
            Some(Hit {
                id: rank.id()?,
                position: Position {
                    generation: generation.number,
                    segment,
                    doc,
                },
                has_words: of_segment.is_some_and(|found| found.has_words(doc)),
            })
        }));
    }
    Ok(hits)
}

/// The groups of the hits, best first: one group, unless they are ordered by wanted items.
fn groups<'f>(search: &Search, found: &'f [SegmentHits<'_>]) -> Vec<Grouped<'f>> {
    if search.items.is_empty() || search.sort != Sort::Relevance {
        let docs = found.iter().map(|found| Cow::Borrowed(&found.hits));
        return vec![Grouped {
            docs: docs.collect(),
            by_words: true,
        }];
    }
    let of_group = |found: &SegmentHits<'_>, group: Group| {
        let wanted = found.wanted.as_ref();
        let docs = wanted.map(|wanted| wanted.of_group(&found.hits, group));
        docs.unwrap_or_default()
    };
    let groups = Group::all(&search.items).map(|group| {
        let docs = found.iter();
        Grouped {
            docs: docs
                .map(|found| Cow::Owned(of_group(found, group)))
                .collect(),
            by_words: group.has_words,
        }
    });
    groups.filter(|group| !group.is_empty()).collect()
}

/// The order of each segment's hits; by the places of words, or as if there were none.
fn orders<'f>(
    fields: &Fields,
    search: &Search,
    found: &'f [SegmentHits<'_>],
    by_words: bool,
) -> Result<Vec<Order<'f>>> {
    let orders = found.iter().map(|found| {
        let words = if by_words { &*found.words } else { &[] };
        let segment = &found.live.segment;
        Order::of(segment, fields, &search.query, search.sort, words)
    });
    orders.collect()
}

/// The first `limit` hits of all segments after a place, in order: rank, segment and document.
fn merged(
    orders: &[Order<'_>],
    docs: &[Cow<'_, RoaringBitmap>],
    after: Option<Position>,
    limit: usize,
) -> Result<Vec<(Rank, u32, u32)>> {
    let after = match after {
        Some(after) => Some(rank_of(orders, after)?),
        None => None,
    };
    let mut lists = Vec::with_capacity(orders.len());
    for (segment, (order, docs)) in (0..).zip(orders.iter().zip(docs)) {
        let bound = match &after {
            Some(after) => order.bound_after(after)?,
            None => 0,
        };
        let hits = order.first(docs, bound, limit).into_iter();
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
    while hits.len() < limit
        && let Some(Reverse((rank, segment, doc))) = next.pop()
    {
        if let Some(list) = lists.get_mut(segment as usize) {
            next.extend(list.next().transpose()?.map(Reverse));
        }
        hits.push((rank, segment, doc));
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
