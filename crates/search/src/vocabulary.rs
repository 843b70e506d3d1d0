//! The words in the names of a segment, for completion and for suggestions.

use chengji_domain::Result;
use tantivy::SegmentReader;
use tantivy::schema::Field;

use crate::failure::unreadable;
use crate::words;

/// Lengths of words that are suggested, characters.
const LENGTHS: std::ops::RangeInclusive<usize> = 2..=8;

/// Words with the number of names they are in.
#[derive(Default)]
pub(crate) struct Vocabulary {
    /// In order of the words.
    words: Vec<(Box<str>, u32)>,
    /// Pinyin of each word and its place, in order.
    by_pinyin: Vec<(Box<str>, u32)>,
}

impl Vocabulary {
    pub(crate) fn of(reader: &SegmentReader, field: Field) -> Result<Self> {
        let postings = reader.inverted_index(field).map_err(unreadable)?;
        let mut terms = postings.terms().stream().map_err(unreadable)?;
        let mut vocabulary = Self::default();
        while let Some((term, found)) = terms.next() {
            let Ok(word) = std::str::from_utf8(term) else {
                continue;
            };
            if LENGTHS.contains(&word.chars().count()) {
                vocabulary.words.push((word.into(), found.doc_freq));
            }
        }
        let places = (0..).zip(&vocabulary.words);
        let pinyin = places.map(|(place, (word, _))| (words::pinyin(word).into(), place));
        vocabulary.by_pinyin = pinyin.collect();
        vocabulary.by_pinyin.sort_unstable();
        Ok(vocabulary)
    }

    /// Returns all words with their numbers.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, u32)> {
        self.words.iter().map(|(word, number)| (&**word, *number))
    }

    /// Returns the words that begin with a prefix.
    pub(crate) fn beginning_with<'v>(
        &'v self,
        prefix: &'v str,
    ) -> impl Iterator<Item = (&'v str, u32)> {
        let start = self.words.partition_point(|(word, _)| &**word < prefix);
        let words = self.words[start..].iter();
        words
            .take_while(move |(word, _)| word.starts_with(prefix))
            .map(|(word, number)| (&**word, *number))
    }

    /// Returns the words whose pinyin begins with a prefix, with their pinyin.
    pub(crate) fn pinyin_beginning_with<'v>(
        &'v self,
        prefix: &'v str,
    ) -> impl Iterator<Item = (&'v str, &'v str, u32)> {
        let start = self.by_pinyin.partition_point(|(text, _)| &**text < prefix);
        let pinyin = self.by_pinyin[start..].iter();
        pinyin
            .take_while(move |(pinyin, _)| pinyin.starts_with(prefix))
            .filter_map(|(pinyin, place)| {
                let (word, number) = self.words.get(*place as usize)?;
                Some((&**pinyin, &**word, *number))
            })
    }
}
