//! The order of hits within a segment and across segments, and the first of them.

use std::collections::BinaryHeap;
use std::ops::Bound;
use std::sync::Arc;

use chengji_domain::Result;
use roaring::RoaringBitmap;
use tantivy::Term;
use tantivy::columnar::StrColumn;

use crate::failure::unreadable;
use crate::hits::WordHits;
use crate::matching::term_docs;
use crate::query::{Query, Sort};
use crate::schema::Fields;
use crate::segment::Segment;

/// Bits of a score that count the words of one kind: more than there are words.
const WORDS: u32 = 5;

/// Bits of a lead that order hits of one score by the lengths of their names.
const LENGTH_BITS: u32 = 6;
/// Length above which names rank alike, characters.
const MAX_LENGTH: u32 = (1 << LENGTH_BITS) - 1;
/// One more than the highest score.
const SCORES: u32 = 1 << (u32::BITS - LENGTH_BITS);

/// A key that orders hits across segments: smaller ones come first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    lead: Lead,
    id: Vec<u8>,
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
    /// Scores of the documents; empty if all are equal.
    scores: Vec<u32>,
}

impl<'s> Order<'s> {
    /// Prepares the order of a segment's hits.
    pub(crate) fn of(
        segment: &'s Segment,
        fields: &Fields,
        query: &Query,
        sort: Sort,
        words: &[Arc<WordHits>],
        hits: &RoaringBitmap,
    ) -> Result<Self> {
        let mut scores = Vec::new();
        if sort == Sort::Relevance && !query.is_empty() {
            scores = vec![0; segment.reader.max_doc() as usize];
            let mut add = |docs: &RoaringBitmap, kind: u32| {
                for doc in docs & hits {
                    if let Some(score) = scores.get_mut(doc as usize) {
                        *score += 1 << (WORDS * kind);
                    }
                }
            };
            for word in words {
                add(&word.name, 3);
                add(&word.name_word, 2);
                add(&(&word.about - &word.name), 1);
                add(&(&word.about_word - &word.name), 0);
            }
            let name = Term::from_field_text(fields.whole_name, &query.as_name());
            add(&term_docs(&segment.reader, &name)?, 4);
        }
        Ok(Self {
            segment,
            sort,
            scores,
        })
    }

    fn key(&self, doc: u32) -> u64 {
        let segment = self.segment;
        let lead = match self.sort {
            Sort::Relevance => self.relevance(doc),
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
    fn relevance(&self, doc: u32) -> u32 {
        let Some(score) = self.scores.get(doc as usize) else {
            return 0;
        };
        let length = self.segment.name_lengths.get(doc as usize).copied();
        let length = u32::from(length.unwrap_or_default()).min(MAX_LENGTH);
        ((SCORES - 1 - score.min(&(SCORES - 1))) << LENGTH_BITS) | length
    }

    /// Returns the first `limit` of these documents from `bound` on, in order.
    pub(crate) fn first(&self, hits: &RoaringBitmap, bound: u64, limit: usize) -> Vec<(u64, u32)> {
        let mut first: BinaryHeap<(u64, u32)> = BinaryHeap::with_capacity(limit + 1);
        for doc in hits {
            let key = self.key(doc);
            if key < bound {
                continue;
            }
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

    /// Returns true if the segment has a document of this number.
    pub(crate) fn contains(&self, doc: u32) -> bool {
        doc < self.segment.reader.max_doc()
    }

    /// Returns the rank of a document among those of all segments.
    pub(crate) fn rank(&self, doc: u32) -> Result<Rank> {
        Ok(self.ranks(&[(self.key(doc), doc)])?.remove(0))
    }

    /// Returns the ranks of documents with their keys.
    pub(crate) fn ranks(&self, docs: &[(u64, u32)]) -> Result<Vec<Rank>> {
        let leads = docs.iter().map(|(key, _)| key >> 32);
        let leads: Vec<Lead> = match self.text() {
            Some(column) => texts(column, leads)?.into_iter().map(Lead::Text).collect(),
            None => leads.map(|lead| Lead::Number(lead as u32)).collect(),
        };
        let ids = docs.iter().map(|(key, _)| key & u64::from(u32::MAX));
        let ids = texts(&self.segment.ids, ids)?;
        let ranks = leads.into_iter().zip(ids);
        Ok(ranks.map(|(lead, id)| Rank { lead, id }).collect())
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

/// The texts of ordinals.
fn texts(column: &StrColumn, ordinals: impl Iterator<Item = u64>) -> Result<Vec<Vec<u8>>> {
    let mut wanted: Vec<(u64, usize)> = ordinals.zip(0..).collect();
    wanted.sort_unstable();
    let sorted: Vec<u64> = wanted.iter().map(|(ordinal, _)| *ordinal).collect();
    let (mut texts, mut places) = (vec![Vec::new(); wanted.len()], wanted.iter());
    if sorted.is_empty() {
        return Ok(texts);
    }
    let read = column.dictionary().sorted_ords_to_term_cb(&sorted, |text| {
        if let Some(at) = places.next().and_then(|(_, at)| texts.get_mut(*at)) {
            at.extend_from_slice(text);
        }
    });
    read.map_err(unreadable)?;
    Ok(texts)
}
