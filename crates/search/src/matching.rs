//! Finding the documents of a segment that contain a word, exactly.

use std::sync::Arc;

use chengji_domain::Result;
use roaring::RoaringBitmap;
use tantivy::query::{EnableScoring, PhraseQuery, Query as _};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet, SegmentReader, TERMINATED, Term};

use crate::failure::unreadable;
use crate::grams::{Gram, cover};
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
    let hits = Arc::new(find(&segment.reader, fields, word)?);
    segment.cache.insert(key, Arc::clone(&hits));
    Ok(hits)
}

fn find(reader: &SegmentReader, fields: &Fields, word: &Word) -> Result<WordHits> {
    let name = substring(reader, fields.name, &word.chars)?;
    let about = substring(reader, fields.about, &word.chars)?;
    let items = substring(reader, fields.items, &word.chars)?;
    let code = word.code.as_deref().unwrap_or(&word.chars);
    let codes = substring(reader, fields.codes, code)?;
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
fn substring(reader: &SegmentReader, text: TextFields, word: &[char]) -> Result<RoaringBitmap> {
    let term = |field: Field, chars: &[char]| {
        Term::from_field_text(field, &chars.iter().collect::<String>())
    };
    if word.len() == 1 {
        return term_docs(reader, &term(text.chars, word));
    }
    let gram = |gram: &Gram| term(text.grams, &word[gram.start..gram.start + gram.length]);
    match cover(word).as_slice() {
        [] => Ok(RoaringBitmap::new()),
        [only] => term_docs(reader, &gram(only)),
        grams => {
            let terms = grams.iter().map(|at| (at.start, gram(at)));
            phrase_docs(reader, terms.collect())
        }
    }
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
    let postings = reader.inverted_index(term.field()).map_err(unreadable)?;
    let postings = postings.read_postings(term, IndexRecordOption::Basic);
    match postings.map_err(unreadable)? {
        Some(postings) => Ok(collect(postings, reader.max_doc())),
        None => Ok(RoaringBitmap::new()),
    }
}

/// Documents with these terms at these distances.
fn phrase_docs(reader: &SegmentReader, terms: Vec<(usize, Term)>) -> Result<RoaringBitmap> {
    let query = PhraseQuery::new_with_offset(terms);
    let weight = query.weight(EnableScoring::disabled_from_schema(reader.schema()));
    let scorer = weight.and_then(|weight| weight.scorer(reader, 1.0));
    Ok(collect(scorer.map_err(unreadable)?, reader.max_doc()))
}

fn collect(mut docs: impl DocSet, max_doc: u32) -> RoaringBitmap {
    let is_dense = docs.size_hint() > max_doc / 32;
    if !is_dense {
        let found = std::iter::from_fn(|| {
            let doc = docs.doc();
            docs.advance();
            (doc != TERMINATED).then_some(doc)
        });
        return RoaringBitmap::from_sorted_iter(found).unwrap_or_default();
    }
    let mut bits = vec![0_u8; max_doc as usize / 8 + 1];
    while docs.doc() != TERMINATED {
        let doc = docs.doc();
        bits[doc as usize / 8] |= 1 << (doc % 8);
        docs.advance();
    }
    RoaringBitmap::from_lsb0_bytes(0, &bits)
}
