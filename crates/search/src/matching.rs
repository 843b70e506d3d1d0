//! Finding the documents of a segment that contain a word, exactly.

use std::sync::Arc;

use chengji_domain::Result;
use roaring::RoaringBitmap;
use tantivy::query::{EnableScoring, PhraseQuery, Query as _};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet, SegmentReader, TERMINATED, Term};

use crate::facets::set;
use crate::failure::unreadable;
use crate::grams::{SHORT, cover};
use crate::hits::WordHits;
use crate::query::Word;
use crate::schema::{Fields, TextFields};
use crate::segment::Segment;
use crate::words;

/// Returns the hits of a word, which are kept for the next search.
pub(crate) fn hits(segment: &Segment, fields: &Fields, word: &Word) -> Result<Arc<WordHits>> {
    let key = (segment.reader.segment_id(), word.text.clone());
    if let Some(hits) = segment.cache.get(&key) {
        return Ok(hits);
    }
    let hits = Arc::new(find(segment, fields, word)?.compacted());
    segment.cache.insert(key, Arc::clone(&hits));
    Ok(hits)
}

fn find(segment: &Segment, fields: &Fields, word: &Word) -> Result<WordHits> {
    let reader = &segment.reader;
    let name = substring(segment, fields.name, &word.chars)?;
    let about = substring(segment, fields.about, &word.chars)?;
    let items = substring(segment, fields.items, &word.chars)?;
    let code = word.code.as_deref().unwrap_or(&word.chars);
    let codes = substring(segment, fields.codes, code)?;
    let name_word = &words_of(reader, fields.name_words, word, &name)?;
    let about_word = &words_of(reader, fields.about_words, word, &about)?;
    let about = &about | &codes;
    Ok(WordHits {
        any: (&name | &about) | items,
        name_word: name_word & &name,
        about_word: about_word & &about,
        name,
        about,
    })
}

/// Documents with this word in a text.
fn substring(segment: &Segment, text: TextFields, word: &[char]) -> Result<RoaringBitmap> {
    let reader = &segment.reader;
    let term = |field: Field, chars: &[char]| {
        Term::from_field_text(field, &chars.iter().collect::<String>())
    };
    if word.len() <= SHORT {
        return term_docs(reader, &term(text.short, word));
    }
    let mut found = RoaringBitmap::new();
    if let Some(long) = text.long {
        let terms = cover(word).into_iter();
        let terms = terms.map(|gram| (gram.start, term(long, &word[gram.start..][..gram.length])));
        found |= phrase_docs(reader, terms.collect())?;
    }
    if let Some(whole) = text.whole {
        let word: String = word.iter().collect();
        let mut docs = Docs::new(reader.max_doc());
        let distinct = segment.distinct.get(&whole).into_iter();
        for text in distinct.flat_map(|texts| texts.containing(&word)) {
            docs.add_term(reader, &Term::from_field_text(whole, text))?;
        }
        found |= docs.into_set();
    }
    Ok(found)
}

/// Documents among `within` that have all words that the query's word consists of.
fn words_of(
    reader: &SegmentReader,
    field: Field,
    word: &Word,
    within: &RoaringBitmap,
) -> Result<RoaringBitmap> {
    let mut found = within.clone();
    let mut parts = words::parts(&word.text).peekable();
    if parts.peek().is_none() {
        return Ok(RoaringBitmap::new());
    }
    for part in parts {
        if found.is_empty() {
            break;
        }
        found &= term_docs(reader, &Term::from_field_text(field, part))?;
    }
    Ok(found)
}

/// Documents with a term.
pub(crate) fn term_docs(reader: &SegmentReader, term: &Term) -> Result<RoaringBitmap> {
    let mut docs = Docs::new(reader.max_doc());
    docs.add_term(reader, term)?;
    Ok(docs.into_set())
}

/// Documents with these terms at these distances.
fn phrase_docs(reader: &SegmentReader, terms: Vec<(usize, Term)>) -> Result<RoaringBitmap> {
    match terms.as_slice() {
        [] => return Ok(RoaringBitmap::new()),
        [(_, only)] => return term_docs(reader, only),
        _ => {}
    }
    let query = PhraseQuery::new_with_offset(terms);
    let weight = query.weight(EnableScoring::disabled_from_schema(reader.schema()));
    let scorer = weight.and_then(|weight| weight.scorer(reader, 1.0));
    let mut found = scorer.map_err(unreadable)?;
    let mut docs = Docs::new(reader.max_doc());
    while found.doc() != TERMINATED {
        docs.add(&[found.doc()]);
        found.advance();
    }
    Ok(docs.into_set())
}

/// Documents that are collected: a few as numbers, many as bits.
struct Docs {
    max_doc: u32,
    few: Vec<u32>,
    /// A bit for each document; empty while there are few.
    bits: Vec<u8>,
}

impl Docs {
    fn new(max_doc: u32) -> Self {
        let (few, bits) = (Vec::new(), Vec::new());
        Self { max_doc, few, bits }
    }

    fn add_term(&mut self, reader: &SegmentReader, term: &Term) -> Result<()> {
        let index = reader.inverted_index(term.field()).map_err(unreadable)?;
        let postings = index.read_block_postings(term, IndexRecordOption::Basic);
        let Some(mut postings) = postings.map_err(unreadable)? else {
            return Ok(());
        };
        while !postings.docs().is_empty() {
            self.add(postings.docs());
            postings.advance();
        }
        Ok(())
    }

    fn add(&mut self, docs: &[u32]) {
        if self.bits.is_empty() {
            self.few.extend_from_slice(docs);
            if self.few.len() < self.max_doc as usize / 32 + 128 {
                return;
            }
            self.bits = vec![0; self.max_doc as usize / 8 + 1];
            let few = std::mem::take(&mut self.few);
            return self.add(&few);
        }
        for doc in docs {
            if let Some(bits) = self.bits.get_mut(*doc as usize / 8) {
                *bits |= 1 << (doc % 8);
            }
        }
    }

    fn into_set(mut self) -> RoaringBitmap {
        if self.bits.is_empty() {
            self.few.sort_unstable();
            self.few.dedup();
            return set(self.few);
        }
        RoaringBitmap::from_lsb0_bytes(0, &self.bits)
    }
}
