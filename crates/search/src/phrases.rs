//! Finding the documents in which several terms are at given distances.
//!
//! A phrase is looked for as a set of occurrences. Those of its rarest term are read, and each further term removes the
//! ones that it is not at. The positions of a frequent term are read in order, block by block: reading all of them costs
//! less than looking for as many documents as a frequent phrase has.

use chengji_domain::Result;
use roaring::RoaringBitmap;
use tantivy::directory::FileSlice;
use tantivy::positions::PositionReader;
use tantivy::postings::Postings as _;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet as _, Term};

use crate::docs::Docs;
use crate::failure::unreadable;
use crate::postings::{SEEK_COST, TermPostings};
use crate::segment::Segment;

/// Number of occurrences whose documents are collected at a time.
const PIECE: usize = 128;

/// Number of occurrences that are held at a time; few in tests, which pass it.
const MAX_FOUND: usize = if cfg!(test) { 1_000 } else { 4 << 20 };

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
    let (mut docs, mut found) = (Docs::new(segment.reader.max_doc()), Vec::new());
    let mut looked_for = Ok(());
    rarest.each(|occurrences| {
        found.extend_from_slice(occurrences);
        if found.len() >= MAX_FOUND {
            looked_for = others.iter().try_for_each(|part| part.seek(&mut found));
            add(&mut docs, &found);
            found.clear();
        }
        looked_for.is_ok()
    })?;
    looked_for?;
    for part in others {
        if found.len() as u64 * SEEK_COST < part.postings.number() {
            part.seek(&mut found)?;
        } else {
            part.merge(&mut found)?;
        }
    }
    add(&mut docs, &found);
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
    /// Calls `visit` with all occurrences of the term in order, some at a time, until it returns false.
    fn each(&self, mut visit: impl FnMut(&[Occurrence]) -> bool) -> Result<()> {
        let mut blocks = self.postings.blocks(IndexRecordOption::WithFreqs)?;
        let mut reader = self.positions()?;
        let (mut read, mut offset) = (0, 0);
        let (mut positions, mut occurrences) = (Vec::new(), Vec::new());
        while !blocks.docs().is_empty() {
            let (docs, frequencies) = (blocks.docs(), blocks.freqs());
            let number: u32 = frequencies.iter().sum();
            positions.resize(number as usize, 0_u32);
            reader.read(offset, &mut positions);
            offset += u64::from(number);
            read += docs.len();
            occurrences.clear();
            if positions.len() == docs.len() {
                // Once in each.
                let all = docs.iter().zip(&positions);
                occurrences.extend(
                    all.map(|(doc, position)| Occurrence::new(*doc, position + self.distance)),
                );
            } else {
                // Those of a document are stored as the distances between them.
                let mut distances = positions.iter();
                for (doc, frequency) in docs.iter().zip(frequencies) {
                    let mut position = self.distance;
                    for distance in distances.by_ref().take(*frequency as usize) {
                        position += distance;
                        occurrences.push(Occurrence::new(*doc, position));
                    }
                }
            }
            if !visit(&occurrences) {
                break;
            }
            blocks.advance();
        }
        self.postings.count(read);
        Ok(())
    }

    /// The positions of the term, those of all documents one after another.
    fn positions(&self) -> Result<PositionReader> {
        let (segment, range) = (self.postings.segment, &self.postings.info.positions_range);
        let of_field = segment.positions.open_read(self.term.field());
        let of_field = of_field.unwrap_or_else(FileSlice::empty);
        let bytes = of_field.read_bytes_slice(range.clone());
        let reader = bytes.and_then(PositionReader::open);
        reader.map_err(unreadable)
    }

    /// Keeps the occurrences that the term is at, reading all of its own.
    fn merge(&self, found: &mut Vec<Occurrence>) -> Result<()> {
        let (mut next, mut kept) = (0, 0);
        self.each(|occurrences| {
            for occurrence in occurrences {
                while next < found.len() && found[next] < *occurrence {
                    next += 1;
                }
                if next == found.len() {
                    return false;
                }
                if found[next] == *occurrence {
                    found[kept] = *occurrence;
                    (next, kept) = (next + 1, kept + 1);
                }
            }
            true
        })?;
        found.truncate(kept);
        Ok(())
    }

    /// Keeps the occurrences that the term is at, looking for the document of each.
    fn seek(&self, found: &mut Vec<Occurrence>) -> Result<()> {
        let option = IndexRecordOption::WithFreqsAndPositions;
        let mut postings = self.postings.sought(option)?;
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
                    postings.positions_with_offset(self.distance, &mut positions);
                }
            }
            positions.binary_search(&occurrence.position()).is_ok()
        });
        self.postings.count(looked_for);
        Ok(())
    }
}
