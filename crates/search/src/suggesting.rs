//! Suggestions: completions of what is typed, and other words where a search finds little.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chengji_domain::Result;
use tantivy::Term;

use crate::failure::unreadable;
use crate::fold::fold;
use crate::generation::{Generation, LiveSegment};
use crate::query::{Query, Word};
use crate::schema::{Fields, name_of_key, whole};
use crate::searching::total;
use crate::vocabulary::Vocabulary;
use crate::words::pinyin;

/// Number of hits below which other words are suggested.
pub const FEW: u64 = 3;
/// Maximum number of suggestions.
const MAX_SUGGESTED: usize = 3;
/// Maximum number of suggestions whose hits are counted.
const MAX_TRIED: usize = 8;
/// Maximum length of a word for which others are suggested, characters.
const MAX_LENGTH: usize = 20;
/// Maximum number of completions.
pub const MAX_COMPLETIONS: usize = 20;
/// Maximum number of names of a segment that are compared for a completion.
const MAX_NAMES: usize = 2_000;
/// Maximum number of words of a segment that are compared for a completion.
const MAX_WORDS: usize = 20_000;

/// Another query, with the number of its hits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The folded query.
    pub query: String,
    /// The number of its hits.
    pub hits: u64,
}

/// Returns queries that find more than this one, best first: one word of it, or a part of one, is replaced by a word of
/// names that reads the same in pinyin, or differs in one character.
pub(crate) fn suggest(
    generation: &Generation,
    fields: &Fields,
    query: &Query,
    hidden: &[u32],
) -> Result<Vec<Suggestion>> {
    let found = total(generation, fields, query, hidden)?;
    if found >= FEW {
        return Ok(Vec::new());
    }
    // By query: whether it reads the same, and how frequent the new word is.
    let mut candidates: BTreeMap<String, (bool, u64)> = BTreeMap::new();
    for live in &generation.segments {
        let vocabulary = live.segment.vocabulary(fields.name_words)?;
        for (at, word) in query.words.iter().enumerate() {
            let mut add = |new: &str, sounds_alike: bool, number: u32| {
                let candidate = candidates.entry(with_word(query, at, new)).or_default();
                candidate.0 |= sounds_alike;
                candidate.1 += u64::from(number);
            };
            for (reading, other, number) in vocabulary.pinyin_beginning_with(&word.text) {
                if reading == word.text && other != word.text {
                    add(other, true, number);
                }
            }
            if let Some(replaced) = Replaced::of(word) {
                replaced.by_sound(vocabulary, &mut add);
                replaced.by_look(vocabulary, &mut add);
            }
        }
    }
    let mut candidates: Vec<(String, (bool, u64))> = candidates.into_iter().collect();
    candidates.sort_by_key(|(_, likely)| Reverse(*likely));
    candidates.truncate(MAX_TRIED);
    let mut suggestions = Vec::new();
    for (text, _) in candidates {
        let hits = total(generation, fields, &Query::new(&text), hidden)?;
        if hits > found {
            suggestions.push(Suggestion { query: text, hits });
        }
    }
    suggestions.sort_by_key(|suggestion| Reverse(suggestion.hits));
    suggestions.truncate(MAX_SUGGESTED);
    Ok(suggestions)
}

/// The query with another word at this place.
fn with_word(query: &Query, at: usize, word: &str) -> String {
    let mut words: Vec<&str> = query.texts().collect();
    if let Some(old) = words.get_mut(at) {
        *old = word;
    }
    words.join(" ")
}

/// A word whose parts are replaced.
struct Replaced<'w> {
    chars: &'w [char],
    /// The pinyin of each character.
    readings: Vec<String>,
}

impl<'w> Replaced<'w> {
    fn of(word: &'w Word) -> Option<Self> {
        let chars = &word.chars;
        let fits = (2..=MAX_LENGTH).contains(&chars.len()) && word.code.is_none();
        fits.then(|| Self {
            chars,
            readings: chars.iter().map(|c| pinyin(&c.to_string())).collect(),
        })
    }

    /// Calls `add` with each text in which another word takes the place of a part that reads the same.
    fn by_sound(&self, vocabulary: &Vocabulary, add: &mut impl FnMut(&str, bool, u32)) {
        for start in 0..self.chars.len() {
            for end in start + 2..=self.chars.len() {
                let wanted = self.readings[start..end].concat();
                let found = vocabulary.pinyin_beginning_with(&wanted);
                for (_, other, number) in found.take_while(|(reading, ..)| *reading == wanted) {
                    let is_other = other.chars().ne(self.chars[start..end].iter().copied());
                    if is_other && other.chars().count() == end - start {
                        add(&self.with(start, end, other), true, number);
                    }
                }
            }
        }
    }

    /// Calls `add` with each text in which another word takes the place of a part that differs in one character. Of
    /// words of two characters, one is too much for a part.
    fn by_look(&self, vocabulary: &Vocabulary, add: &mut impl FnMut(&str, bool, u32)) {
        for (other, number) in vocabulary.all() {
            let length = other.chars().count();
            let is_part = length < self.chars.len();
            if length > self.chars.len() || (is_part && length == 2) {
                continue;
            }
            for start in 0..=self.chars.len() - length {
                let part = &self.chars[start..start + length];
                let differing = part
                    .iter()
                    .zip(other.chars())
                    .filter(|(old, new)| *old != new);
                if differing.count() == 1 {
                    add(&self.with(start, start + length, other), false, number);
                }
            }
        }
    }

    /// The word with another one in place of a part.
    fn with(&self, start: usize, end: usize, other: &str) -> String {
        let mut new: String = self.chars[..start].iter().collect();
        new.push_str(other);
        new.extend(&self.chars[end..]);
        new
    }
}

/// Returns words and names that begin with what is typed, or whose pinyin does, the most frequent first.
pub(crate) fn complete(
    generation: &Generation,
    fields: &Fields,
    typed: &str,
    hidden: &[u32],
    limit: usize,
) -> Result<Vec<String>> {
    let prefix = whole(&fold(typed));
    if prefix.is_empty() {
        return Ok(Vec::new());
    }
    let is_latin = prefix.bytes().all(|b| b.is_ascii_alphanumeric());
    let mut candidates: BTreeMap<String, u64> = BTreeMap::new();
    for live in &generation.segments {
        let vocabulary = live.segment.vocabulary(fields.name_words)?;
        let words = vocabulary.beginning_with(&prefix).take(MAX_WORDS);
        let sounding = vocabulary.pinyin_beginning_with(&prefix).take(MAX_WORDS);
        let sounding = sounding
            .filter(|_| is_latin)
            .map(|(_, word, number)| (word, number));
        for (word, number) in words.chain(sounding).filter(|(word, _)| *word != prefix) {
            *candidates.entry(word.to_owned()).or_default() += u64::from(number);
        }
        let postings = live.segment.reader.inverted_index(fields.whole_name);
        let postings = postings.map_err(unreadable)?;
        let names = postings.terms().range().ge(&prefix).into_stream();
        let mut names = names.map_err(unreadable)?;
        for _ in 0..MAX_NAMES {
            live.segment.common.postings_read.add(1);
            match names.next() {
                Some((name, found)) if name.starts_with(prefix.as_bytes()) => {
                    let name = String::from_utf8_lossy(name).into_owned();
                    *candidates.entry(name).or_default() += u64::from(found.doc_freq);
                }
                _ => break,
            }
        }
    }
    let mut candidates: Vec<(String, u64)> = candidates.into_iter().collect();
    candidates.sort_by_key(|(text, number)| (Reverse(*number), text.chars().count()));
    candidates.truncate(limit.min(MAX_COMPLETIONS) * 2);
    let mut completions: Vec<String> = Vec::new();
    for (text, _) in candidates {
        let shown = shown(generation, fields, &text, hidden)?;
        completions.extend(shown.filter(|shown| !completions.contains(shown)));
    }
    completions.truncate(limit.min(MAX_COMPLETIONS));
    Ok(completions)
}

/// The completion as it is written in a name; `None` if no entry has it any more.
fn shown(
    generation: &Generation,
    fields: &Fields,
    text: &str,
    hidden: &[u32],
) -> Result<Option<String>> {
    let term = Term::from_field_text(fields.whole_name, text);
    for live in &generation.segments {
        if let Some(doc) = live.first_visible(&term, hidden)? {
            return name(live, doc).map(Some);
        }
    }
    let term = Term::from_field_text(fields.name_words, text);
    for live in &generation.segments {
        if live.first_visible(&term, hidden)?.is_some() {
            return Ok(Some(text.to_owned()));
        }
    }
    Ok(None)
}

/// The name of a document.
fn name(live: &LiveSegment, doc: u32) -> Result<String> {
    let names = &live.segment.names;
    let mut key = String::new();
    let ordinal = names.ords().first(doc).unwrap_or_default();
    names.ord_to_str(ordinal, &mut key).map_err(unreadable)?;
    Ok(name_of_key(&key).to_owned())
}
