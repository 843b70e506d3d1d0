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
use crate::lengths::SameLength;
use crate::query::{Query, Sort};
use crate::schema::Fields;
use crate::scores::{SCORE_BITS, WordPlaces};
use crate::segment::Segment;

/// Bits of a lead that order hits of one score by the lengths of their names, which are at most
/// [`MAX_LENGTH`](crate::lengths::MAX_LENGTH).
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
        let length = u32::from(self.segment.by_length.length(doc));
        ((SCORES - 1 - score.min(SCORES - 1)) << LENGTH_BITS) | length
    }

    /// Returns the first `limit` of these documents from `bound` on, in order.
    pub(crate) fn first(&self, hits: &RoaringBitmap, bound: u64, limit: usize) -> Vec<(u64, u32)> {
        if limit == 0 {
            return Vec::new();
        }
        match (&self.scores, self.sort) {
            (Scores::Equal, Sort::Relevance) => {
                let key = |doc| self.key_of(doc, 0);
                first_among(hits, &self.segment.by_id, key, bound, limit)
            }
            (Scores::OfWords(places), _) => {
                let mut first = Vec::new();
                places.each(hits, best_from(bound), &mut |score, docs| {
                    let left = limit - first.len();
                    first.extend(self.first_of_score(docs, score, bound, left));
                    first.len() < limit
                });
                first
            }
            _ => least(hits.iter().map(|doc| (self.key(doc), doc)), bound, limit),
        }
    }

    /// The first of documents of one score: by the lengths of their names, each length by itself, as words are often in
    /// long names only.
    fn first_of_score(
        &self,
        docs: &RoaringBitmap,
        score: u32,
        bound: u64,
        limit: usize,
    ) -> Vec<(u64, u32)> {
        let key = |doc| self.key_of(doc, score);
        if docs.len() < u64::from(self.segment.reader.max_doc()) / SPARSE {
            return least(docs.iter().map(|doc| (key(doc), doc)), bound, limit);
        }
        let mut first = Vec::new();
        for SameLength { by_id, set } in self.segment.by_length.groups() {
            let left = limit - first.len();
            if left == 0 {
                break;
            }
            if by_id.last().is_some_and(|last| key(*last) >= bound) {
                first.extend(first_among(&(docs & set), by_id, key, bound, left));
            }
        }
        first
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

/// The best score of documents whose keys are not below this bound.
fn best_from(bound: u64) -> u32 {
    let worse = u32::try_from(bound >> (u32::BITS + LENGTH_BITS)).unwrap_or(u32::MAX);
    (SCORES - 1).saturating_sub(worse)
}

/// The first of some documents from `bound` on, in order. `all` are those among which they are, in this order: of dense
/// sets the first are soon found among them. After as many as there are in the set, it is read instead.
fn first_among(
    docs: &RoaringBitmap,
    all: &[u32],
    key: impl Fn(u32) -> u64,
    bound: u64,
    limit: usize,
) -> Vec<(u64, u32)> {
    let start = all.partition_point(|doc| key(*doc) < bound);
    let rest = all.get(start..).unwrap_or_default();
    let number = usize::try_from(docs.len()).unwrap_or(usize::MAX);
    let looked_at = number.min(rest.len());
    let found = rest[..looked_at].iter().copied();
    let found = found.filter(|doc| docs.contains(*doc)).take(limit);
    let first: Vec<(u64, u32)> = found.map(|doc| (key(doc), doc)).collect();
    if first.len() == limit || looked_at == rest.len() {
        return first;
    }
    least(docs.iter().map(|doc| (key(doc), doc)), bound, limit)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_best_score_from_a_bound_is_that_of_its_lead() {
        let key = |score: u32, length: u32| {
            u64::from(((SCORES - 1 - score) << LENGTH_BITS) | length) << u32::BITS
        };
        for score in [0, 1, 31, SCORES - 1] {
            assert_eq!(best_from(key(score, 0)), score);
            assert_eq!(best_from(key(score, 63) + 9), score);
        }
        assert_eq!(best_from(0), SCORES - 1);
        assert_eq!(best_from(u64::MAX), 0);
    }

    proptest! {
        #[test]
        fn the_first_of_dense_and_sparse_sets_are_the_least(
            keys in prop::collection::vec(0..50_u64, 1..60),
            wanted in prop::collection::btree_set(0..60_u32, 0..60),
            bound in 0..55_u64,
            limit in 1..9_usize,
        ) {
            // No two are equal, as no two documents have one id.
            let key = |doc: u32| keys[doc as usize] << 8 | u64::from(doc);
            let mut all: Vec<u32> = (0..keys.len() as u32).collect();
            all.sort_by_key(|doc| key(*doc));
            let docs = wanted.into_iter().filter(|doc| *doc < keys.len() as u32);
            let docs: RoaringBitmap = docs.collect();
            let mut expected: Vec<(u64, u32)> = docs.iter().map(|doc| (key(doc), doc)).collect();
            expected.sort_unstable();
            expected.retain(|(key, _)| *key >= bound << 8);
            expected.truncate(limit);
            prop_assert_eq!(first_among(&docs, &all, key, bound << 8, limit), expected);
        }
    }
}
