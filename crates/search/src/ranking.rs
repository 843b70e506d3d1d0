//! The order of hits within a segment and across segments, and the first of them.

use std::collections::BinaryHeap;
use std::ops::Bound;
use std::sync::Arc;

use chengji_domain::Result;
use roaring::RoaringBitmap;
use tantivy::Term;
use tantivy::columnar::StrColumn;

use crate::document::EntryId;
use crate::failure::unreadable;
use crate::hits::WordHits;
use crate::query::{Query, Sort};
use crate::schema::Fields;
use crate::scores::{SCORE_BITS, WordPlaces};
use crate::segment::Segment;

/// Bits of a lead that order hits of one score by the lengths of their names, which are at most
/// [`MAX_LENGTH`](crate::segment::MAX_LENGTH).
const LENGTH_BITS: u32 = 6;
/// Sets with less than this part of all documents are ordered by themselves.
const SPARSE: u64 = 64;
/// One more than the highest score.
const SCORES: u32 = 1 << SCORE_BITS;
const _: () = assert!(SCORE_BITS + LENGTH_BITS == u32::BITS);

/// A key that orders hits across segments: smaller ones come first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    lead: Lead,
    id: Vec<u8>,
}

impl Rank {
    /// Returns the entry.
    pub(crate) fn id(&self) -> Option<EntryId> {
        EntryId::parse(std::str::from_utf8(&self.id).ok()?)
    }
}

/// The first key in the order of hits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Lead {
    Number(u32),
    Text(Vec<u8>),
}

/// Orders the hits of one segment by numbers: the lead in the upper half, the rank of the id in the lower.
pub(crate) struct Order<'s> {
    segment: &'s Segment,
    sort: Sort,
    scores: Scores<'s>,
}

/// Scores of hits.
enum Scores<'s> {
    /// All are equal.
    Equal,
    /// By the places of words.
    OfWords(WordPlaces<'s>),
}

impl<'s> Order<'s> {
    /// Prepares the order of a segment's hits.
    pub(crate) fn of(
        segment: &'s Segment,
        fields: &Fields,
        query: &Query,
        sort: Sort,
        words: &'s [Arc<WordHits>],
    ) -> Result<Self> {
        let scores = match (sort, words) {
            (Sort::Relevance, [_, ..]) => {
                let name = Term::from_field_text(fields.whole_name, &query.as_name());
                Scores::OfWords(WordPlaces::of(words, segment.docs(&name)?))
            }
            _ => Scores::Equal,
        };
        Ok(Self {
            segment,
            sort,
            scores,
        })
    }

    fn key(&self, doc: u32) -> u64 {
        let score = match &self.scores {
            Scores::Equal => 0,
            Scores::OfWords(places) => places.score(doc),
        };
        self.key_of(doc, score)
    }

    /// The key of a document with this score.
    fn key_of(&self, doc: u32, score: u32) -> u64 {
        let segment = self.segment;
        let lead = match self.sort {
            Sort::Relevance => self.relevance(doc, score),
            Sort::Name => ordinal(&segment.names, doc),
            Sort::Code => ordinal(&segment.codes, doc),
            Sort::Published => {
                let seconds = segment.published_at.first(doc).unwrap_or_default();
                u32::MAX - u32::try_from(seconds.max(0)).unwrap_or(u32::MAX)
            }
        };
        let id = segment.id_ranks.get(doc as usize).copied();
        (u64::from(lead) << 32) | u64::from(id.unwrap_or_default())
    }

    /// Smaller for better scores, then for shorter names; equal for all if there are no words.
    fn relevance(&self, doc: u32, score: u32) -> u32 {
        if matches!(self.scores, Scores::Equal) {
            return 0;
        }
        let length = self.segment.name_lengths.get(doc as usize).copied();
        let length = u32::from(length.unwrap_or_default());
        ((SCORES - 1 - score.min(SCORES - 1)) << LENGTH_BITS) | length
    }

    /// Returns the first `limit` of these documents from `bound` on, in order.
    pub(crate) fn first(&self, hits: &RoaringBitmap, bound: u64, limit: usize) -> Vec<(u64, u32)> {
        match (&self.scores, self.sort) {
            (Scores::Equal, Sort::Relevance) => {
                self.first_of(hits, &self.segment.by_id, 0, bound, limit)
            }
            (Scores::OfWords(places), _) => {
                let (mut first, by_length) = (Vec::new(), &self.segment.by_length);
                places.each(hits, &mut |score, docs| {
                    let left = limit - first.len();
                    first.extend(self.first_of(docs, by_length, score, bound, left));
                    first.len() < limit
                });
                first
            }
            _ => least(hits.iter().map(|doc| (self.key(doc), doc)), bound, limit),
        }
    }

    /// The first of documents of one score. `all` are all documents in their order within the score: of dense sets
    /// the first are soon found among them.
    fn first_of(
        &self,
        docs: &RoaringBitmap,
        all: &[u32],
        score: u32,
        bound: u64,
        limit: usize,
    ) -> Vec<(u64, u32)> {
        if limit == 0 || docs.is_empty() {
            return Vec::new();
        }
        let keyed = |doc: u32| (self.key_of(doc, score), doc);
        if docs.len() < all.len() as u64 / SPARSE {
            return least(docs.iter().map(keyed), bound, limit);
        }
        let start = all.partition_point(|doc| self.key_of(*doc, score) < bound);
        let is_all = docs.len() == all.len() as u64;
        let found = all[start..].iter();
        let found = found.filter(|doc| is_all || docs.contains(**doc));
        found.take(limit).map(|doc| keyed(*doc)).collect()
    }

    /// Returns true if the segment has a document of this number.
    pub(crate) fn contains(&self, doc: u32) -> bool {
        doc < self.segment.reader.max_doc()
    }

    /// Returns the rank of a document among those of all segments.
    pub(crate) fn rank(&self, doc: u32) -> Result<Rank> {
        self.rank_of(self.key(doc))
    }

    /// Returns the rank of the document with this key.
    pub(crate) fn rank_of(&self, key: u64) -> Result<Rank> {
        let (lead, id) = (key >> 32, key & u64::from(u32::MAX));
        let lead = match self.text() {
            Some(column) => Lead::Text(text_of(column, lead)?),
            None => Lead::Number(lead as u32),
        };
        let id = text_of(&self.segment.ids, id)?;
        Ok(Rank { lead, id })
    }

    /// Returns the least key of documents that come after this rank.
    pub(crate) fn bound_after(&self, rank: &Rank) -> Result<u64> {
        let lead = match (&rank.lead, self.text()) {
            (Lead::Text(text), Some(column)) => match ordinal_from(column, text, false)? {
                (lead, true) => lead,
                (next, false) => return Ok(next << 32),
            },
            (Lead::Number(lead), _) => u64::from(*lead),
            (Lead::Text(_), None) => 0,
        };
        let (id, _) = ordinal_from(&self.segment.ids, &rank.id, true)?;
        Ok((lead << 32) + id)
    }

    fn text(&self) -> Option<&StrColumn> {
        match self.sort {
            Sort::Name => Some(&self.segment.names),
            Sort::Code => Some(&self.segment.codes),
            Sort::Relevance | Sort::Published => None,
        }
    }
}

fn ordinal(column: &StrColumn, doc: u32) -> u32 {
    let ordinal = column.ords().first(doc).unwrap_or_default();
    u32::try_from(ordinal).unwrap_or(u32::MAX)
}

/// The ordinal of this text, or with `after` of the one after it; or of the next text there is, and false.
fn ordinal_from(column: &StrColumn, text: &[u8], after: bool) -> Result<(u64, bool)> {
    let dictionary = column.dictionary();
    let exact = dictionary.term_ord(text).map_err(unreadable)?;
    if let Some(exact) = exact {
        return Ok((exact + u64::from(after), true));
    }
    let bounds = dictionary.term_bounds_to_ord(Bound::Included(text), Bound::Unbounded);
    let next = match bounds.map_err(unreadable)?.0 {
        Bound::Included(ordinal) => ordinal,
        Bound::Excluded(ordinal) => ordinal + 1,
        Bound::Unbounded => 0,
    };
    Ok((next.min(u64::from(u32::MAX)), false))
}

/// The text of an ordinal.
fn text_of(column: &StrColumn, ordinal: u64) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    let found = column.dictionary().ord_to_term(ordinal, &mut text);
    found.map_err(unreadable)?;
    Ok(text)
}

/// The least of these keys from `bound` on, in order.
fn least(docs: impl Iterator<Item = (u64, u32)>, bound: u64, limit: usize) -> Vec<(u64, u32)> {
    let mut first: BinaryHeap<(u64, u32)> = BinaryHeap::new();
    for (key, doc) in docs.filter(|(key, _)| *key >= bound) {
        if first.len() < limit {
            first.push((key, doc));
        } else if let Some(mut last) = first.peek_mut()
            && key < last.0
        {
            *last = (key, doc);
        }
    }
    first.into_sorted_vec()
}
