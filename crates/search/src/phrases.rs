//! Finding the documents in which several terms are at given distances.
//!
//! A phrase is looked for as a set of occurrences. Those of its rarest term are read, some thousands at a time, and each
//! further term removes the ones that it is not at. The positions of a frequent term are read in order, block by block:
//! reading all of them costs less than looking for as many documents as a frequent phrase has.

use chengji_domain::Result;
use roaring::RoaringBitmap;
use tantivy::directory::FileSlice;
use tantivy::positions::PositionReader;
use tantivy::postings::{BlockSegmentPostings, Postings as _, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet as _, Term};

use crate::docs::Docs;
use crate::failure::unreadable;
use crate::postings::{SEEK_COST, TermPostings};
use crate::segment::Segment;

/// Number of occurrences whose documents are collected at a time.
const PIECE: usize = 128;

/// Number of occurrences that are held at a time: they stay in the processor's cache. Few in tests, which pass it.
const MAX_FOUND: usize = if cfg!(test) { 1_000 } else { 1 << 15 };

/// A place in a text where a phrase may be, in an order: its document, and the position of its last term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Occurrence(u64);

impl Occurrence {
    fn new(doc: u32, position: u32) -> Self {
        Self((u64::from(doc) << 32) | u64::from(position))
    }

    fn doc(self) -> u32 {
        (self.0 >> 32) as u32
    }

    fn position(self) -> u32 {
        self.0 as u32
    }
}

/// A term of a phrase.
struct Part<'s> {
    postings: TermPostings<'s>,
    term: &'s Term,
    /// Distance to the last term.
    distance: u32,
}

/// Returns the documents with terms of one field at these places relative to each other.
pub(crate) fn phrase_docs(segment: &Segment, terms: &[(usize, Term)]) -> Result<RoaringBitmap> {
    if let [(_, only)] = terms {
        return segment.docs(only);
    }
    let last = terms.iter().map(|(at, _)| *at).max().unwrap_or_default();
    let mut parts = Vec::with_capacity(terms.len());
    for (at, term) in terms {
        let Some(postings) = segment.postings(term)? else {
            return Ok(RoaringBitmap::new());
        };
        parts.push(Part {
            postings,
            term,
            distance: u32::try_from(last - at).unwrap_or(u32::MAX),
        });
    }
    parts.sort_by_key(|part| part.postings.number());
    let Some((rarest, others)) = parts.split_first() else {
        return Ok(RoaringBitmap::new());
    };
    let mut reading = Reading::of(rarest)?;
    let others = others.iter().map(|part| Other { part, place: None });
    let mut others: Vec<Other<'_>> = others.collect();
    let (mut docs, mut found) = (Docs::new(segment.reader.max_doc()), Vec::new());
    let (mut left, mut has_more) = (rarest.postings.number(), true);
    while has_more {
        found.clear();
        while has_more && found.len() < MAX_FOUND {
            has_more = reading.next_block();
            found.extend_from_slice(&reading.occurrences);
        }
        // The rest is expected to be like this piece.
        let piece = (found.len() as u64).max(1);
        let pieces = if has_more {
            left.div_ceil(piece).max(1)
        } else {
            1
        };
        left = left.saturating_sub(piece);
        for other in &mut others {
            if found.is_empty() {
                break;
            }
            let expected = found.len() as u64 * pieces;
            other.retain(&mut found, expected)?;
        }
        add(&mut docs, &found);
    }
    Ok(docs.into_set())
}

/// Adds the documents of occurrences.
fn add(docs: &mut Docs, found: &[Occurrence]) {
    let mut some = Vec::with_capacity(PIECE);
    for found in found.chunks(PIECE) {
        some.clear();
        some.extend(found.iter().map(|occurrence| occurrence.doc()));
        some.dedup();
        docs.add(&some);
    }
}

impl Part<'_> {
    /// The positions of the term, those of all documents one after another.
    fn positions(&self) -> Result<PositionReader> {
        let (segment, range) = (self.postings.segment, &self.postings.info.positions_range);
        let of_field = segment.positions.open_read(self.term.field());
        let of_field = of_field.unwrap_or_else(FileSlice::empty);
        let bytes = of_field.read_bytes_slice(range.clone());
        let reader = bytes.and_then(PositionReader::open);
        reader.map_err(unreadable)
    }
}

/// Reads all occurrences of a term in order.
struct Reading<'p> {
    part: &'p Part<'p>,
    blocks: BlockSegmentPostings,
    reader: PositionReader,
    /// Number of positions that were read.
    offset: u64,
    positions: Vec<u32>,
    /// Those of the present block.
    occurrences: Vec<Occurrence>,
}

impl<'p> Reading<'p> {
    /// Begins before the first block.
    fn of(part: &'p Part<'p>) -> Result<Self> {
        Ok(Self {
            part,
            blocks: part.postings.blocks(IndexRecordOption::WithFreqs)?,
            reader: part.positions()?,
            offset: 0,
            positions: Vec::new(),
            occurrences: Vec::new(),
        })
    }

    /// Reads the next block; returns false, and has no occurrences, after the last.
    fn next_block(&mut self) -> bool {
        self.occurrences.clear();
        let (docs, frequencies) = (self.blocks.docs(), self.blocks.freqs());
        if docs.is_empty() {
            return false;
        }
        let distance = self.part.distance;
        let number: u32 = frequencies.iter().sum();
        self.positions.resize(number as usize, 0);
        self.reader.read(self.offset, &mut self.positions);
        self.offset += u64::from(number);
        if self.positions.len() == docs.len() {
            // Once in each.
            let all = docs.iter().zip(&self.positions);
            let all = all.map(|(doc, position)| Occurrence::new(*doc, position + distance));
            self.occurrences.extend(all);
        } else {
            // Those of a document are stored as the distances between them.
            let mut distances = self.positions.iter();
            for (doc, frequency) in docs.iter().zip(frequencies) {
                let mut position = distance;
                for distance in distances.by_ref().take(*frequency as usize) {
                    position += distance;
                    self.occurrences.push(Occurrence::new(*doc, position));
                }
            }
        }
        self.part.postings.count(docs.len());
        self.blocks.advance();
        true
    }
}

/// A term that is not the rarest of a phrase: it keeps the occurrences that it is at.
struct Other<'p> {
    part: &'p Part<'p>,
    /// `None` before the first occurrences.
    place: Option<Place<'p>>,
}

/// The place up to which the postings of a term were read.
enum Place<'p> {
    /// All are read; with the next one of the present block.
    Merging(Box<Reading<'p>>, usize),
    /// The documents of the occurrences are looked for.
    Seeking(Box<SegmentPostings>),
}

impl Other<'_> {
    /// Keeps the occurrences that the term is at. They come after those of the call before; at the first call, about
    /// `all` are expected in this one and the further ones.
    fn retain(&mut self, found: &mut Vec<Occurrence>, all: u64) -> Result<()> {
        let place = match self.place.take() {
            Some(place) => place,
            None if all.saturating_mul(SEEK_COST) < self.part.postings.number() => {
                let option = IndexRecordOption::WithFreqsAndPositions;
                Place::Seeking(Box::new(self.part.postings.sought(option)?))
            }
            None => Place::Merging(Box::new(Reading::of(self.part)?), 0),
        };
        self.place = Some(match place {
            Place::Merging(mut reading, next) => {
                let next = merge(&mut reading, next, found);
                Place::Merging(reading, next)
            }
            Place::Seeking(mut postings) => {
                seek(self.part, &mut postings, found);
                Place::Seeking(postings)
            }
        });
        Ok(())
    }
}

/// Keeps the occurrences that a term is at, reading its own from the `next` of its present block on; returns the next one.
fn merge(reading: &mut Reading<'_>, mut next: usize, found: &mut Vec<Occurrence>) -> usize {
    found.retain(|occurrence| {
        loop {
            while let Some(own) = reading.occurrences.get(next) {
                if own >= occurrence {
                    return own == occurrence;
                }
                next += 1;
            }
            next = 0;
            if !reading.next_block() {
                return false;
            }
        }
    });
    next
}

/// Keeps the occurrences that a term is at, looking for the document of each.
fn seek(part: &Part<'_>, postings: &mut SegmentPostings, found: &mut Vec<Occurrence>) {
    let (mut sought, mut positions, mut looked_for) = (None, Vec::new(), 0);
    found.retain(|occurrence| {
        let doc = occurrence.doc();
        if sought != Some(doc) {
            (sought, looked_for) = (Some(doc), looked_for + 1);
            if postings.doc() < doc {
                postings.seek(doc);
            }
            positions.clear();
            if postings.doc() == doc {
                postings.positions_with_offset(part.distance, &mut positions);
            }
        }
        positions.binary_search(&occurrence.position()).is_ok()
    });
    part.postings.count(looked_for);
}
