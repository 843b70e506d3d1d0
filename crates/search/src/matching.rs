//! Finding the documents of a segment that contain a word, exactly.

use std::sync::Arc;

use chengji_domain::Result;
use roaring::RoaringBitmap;
use tantivy::Term;
use tantivy::schema::Field;

use crate::docs::Docs;
use crate::grams::{SHORT, cover};
use crate::hits::{FoundHits, WordHits};
use crate::phrases::phrase_docs;
use crate::query::Word;
use crate::schema::{Fields, TextFields};
use crate::segment::Segment;
use crate::words;

/// Returns the hits of a word, which are kept for the next search.
pub(crate) fn hits(segment: &Segment, fields: &Fields, word: &Word) -> Result<Arc<WordHits>> {
    let known = &segment.common.words;
    let key = (segment.reader.segment_id(), word.text.clone());
    if let Some(hits) = known.get(&key) {
        return Ok(hits);
    }
    let hits = Arc::new(WordHits::of(find(segment, fields, word)?));
    known.insert(key, Arc::clone(&hits));
    Ok(hits)
}

fn find(segment: &Segment, fields: &Fields, word: &Word) -> Result<FoundHits> {
    let name = substring(segment, fields.name, &word.chars)?;
    let about = substring(segment, fields.about, &word.chars)?;
    let items = substring(segment, fields.items, &word.chars)?;
    let code = word.code.as_deref().unwrap_or(&word.chars);
    let codes = substring(segment, fields.codes, code)?;
    let name_word = words_of(segment, fields.name_words, word, &name)?;
    let about_word = words_of(segment, fields.about_words, word, &about)?;
    let about = &about | &codes;
    Ok(FoundHits {
        any: (&name | &about) | items,
        name_word,
        about_word,
        name,
        about,
    })
}

/// Documents with this word in a text.
fn substring(segment: &Segment, text: TextFields, word: &[char]) -> Result<RoaringBitmap> {
    let term = |field: Field, chars: &[char]| {
        Term::from_field_text(field, &chars.iter().collect::<String>())
    };
    if word.len() <= SHORT {
        return segment.docs(&term(text.short, word));
    }
    let mut found = RoaringBitmap::new();
    if let Some(long) = text.long {
        let grams = cover(word).into_iter();
        let terms = grams.map(|gram| (gram.start, term(long, &word[gram.start..][..gram.length])));
        found |= phrase_docs(segment, &terms.collect::<Vec<_>>())?;
    }
    if let Some(whole) = text.whole {
        let word: String = word.iter().collect();
        let mut docs = Docs::new(segment.reader.max_doc());
        let distinct = segment.distinct.get(&whole).into_iter();
        for text in distinct.flat_map(|texts| texts.containing(&word)) {
            segment.collect(&Term::from_field_text(whole, text), &mut docs)?;
        }
        found |= docs.into_set();
    }
    Ok(found)
}

/// Documents among `within` that have all words that the query's word consists of.
fn words_of(
    segment: &Segment,
    field: Field,
    word: &Word,
    within: &RoaringBitmap,
) -> Result<RoaringBitmap> {
    let mut parts = words::parts(&word.text).peekable();
    if parts.peek().is_none() {
        return Ok(RoaringBitmap::new());
    }
    let mut found = within.clone();
    for part in parts {
        if found.is_empty() {
            break;
        }
        found = segment.docs_among(&found, &Term::from_field_text(field, part))?;
    }
    Ok(found)
}
