//! The distinct texts of a field of a segment: texts that are the same in many entries, such as names of items, are fewer
//! than the entries, and are searched one by one.

use chengji_domain::Result;
use memchr::memmem::Finder;
use tantivy::SegmentReader;
use tantivy::schema::Field;

use crate::failure::unreadable;

/// All texts one after another.
pub(crate) struct DistinctTexts {
    all: String,
    /// The end of each in bytes.
    ends: Vec<usize>,
}

impl DistinctTexts {
    /// Reads the texts of a field.
    pub(crate) fn of(reader: &SegmentReader, field: Field) -> Result<Self> {
        let postings = reader.inverted_index(field).map_err(unreadable)?;
        let mut terms = postings.terms().stream().map_err(unreadable)?;
        let (mut all, mut ends) = (String::new(), Vec::new());
        while terms.advance() {
            all.push_str(&String::from_utf8_lossy(terms.key()));
            ends.push(all.len());
        }
        Ok(Self { all, ends })
    }

    /// Returns the texts that contain a word.
    pub(crate) fn containing<'t>(&'t self, word: &'t str) -> impl Iterator<Item = &'t str> {
        let (finder, mut from) = (Finder::new(word), 0);
        std::iter::from_fn(move || {
            loop {
                let found = from + finder.find(self.all.as_bytes().get(from..)?)?;
                let number = self.ends.partition_point(|end| *end <= found);
                let end = *self.ends.get(number)?;
                if found + word.len() <= end {
                    let start = number
                        .checked_sub(1)
                        .and_then(|before| self.ends.get(before));
                    from = end;
                    return Some(&self.all[start.copied().unwrap_or_default()..end]);
                }
                // The word is partly in the next text.
                from = found + 1;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_texts_with_a_word_are_found(texts in prop::collection::vec("[ab停]{0,4}", 0..6), word in "[ab停]{1,3}") {
            let (mut all, mut ends) = (String::new(), Vec::new());
            for text in &texts {
                all.push_str(text);
                ends.push(all.len());
            }
            let distinct = DistinctTexts { all, ends };
            let expected = texts.iter().filter(|text| text.contains(&word));
            prop_assert_eq!(distinct.containing(&word).collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        }
    }
}
