//! Folding of texts for comparison: one character at a time, independent of its neighbours, so that a place in a folded
//! text is a place in the original.
//!
//! Folded are compatibility forms such as full width (NFKD), case, accents and other combining marks, and traditional
//! Chinese characters (OpenCC's table of characters).

use std::collections::HashMap;
use std::ops::{Range, RangeInclusive};
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The block of unified ideographs: most characters of Chinese texts. They have no case and no other forms than the
/// traditional ones.
const IDEOGRAPHS: RangeInclusive<char> = '\u{4e00}'..='\u{9fff}';

/// Simplified characters by their traditional forms. Source: see the first line of the file.
static SIMPLIFIED: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let table = include_str!("../data/traditional-to-simplified.tsv");
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    let pairs = rows.filter_map(|line| {
        let (traditional, simplified) = line.split_once('\t')?;
        Some((traditional.chars().next()?, simplified.chars().next()?))
    });
    pairs.collect()
});

/// The same for all [`IDEOGRAPHS`], by their numbers.
static SIMPLIFIED_IDEOGRAPHS: LazyLock<Vec<char>> = LazyLock::new(|| {
    let simplified = |c: char| SIMPLIFIED.get(&c).copied().unwrap_or(c);
    IDEOGRAPHS.map(simplified).collect()
});

/// Folds a text.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        fold_char(c, |c| folded.push(c));
    }
    folded
}

/// A folded text whose characters are known by their places in the original.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folded {
    chars: Vec<char>,
    /// For each character, the bytes of the original character it is of.
    origins: Vec<Range<usize>>,
}

impl Folded {
    /// Folds a text.
    pub fn new(text: &str) -> Self {
        let (mut chars, mut origins) = (Vec::new(), Vec::new());
        for (start, c) in text.char_indices() {
            let origin = start..start + c.len_utf8();
            fold_char(c, |c| {
                chars.push(c);
                origins.push(origin.clone());
            });
        }
        Self { chars, origins }
    }

    /// Returns the folded characters.
    pub fn chars(&self) -> &[char] {
        &self.chars
    }

    /// Finds a folded word. Returns the byte ranges of the original characters of each occurrence, in order.
    pub fn occurrences<'f>(&'f self, word: &'f [char]) -> impl Iterator<Item = Range<usize>> + 'f {
        let windows = self.chars.windows(word.len().max(1)).enumerate();
        windows.filter_map(move |(at, window)| {
            let found = !word.is_empty() && window == word;
            found.then(|| self.origins[at].start..self.origins[at + word.len() - 1].end)
        })
    }
}

/// Folds one character into none, one or several.
fn fold_char(c: char, mut push: impl FnMut(char)) {
    if c.is_ascii() {
        push(c.to_ascii_lowercase());
        return;
    }
    if IDEOGRAPHS.contains(&c) {
        let number = c as usize - *IDEOGRAPHS.start() as usize;
        push(SIMPLIFIED_IDEOGRAPHS.get(number).copied().unwrap_or(c));
        return;
    }
    let lower = c.nfkd().flat_map(char::to_lowercase);
    let plain = lower.nfkd().filter(|c| !is_combining_mark(*c));
    for c in plain {
        push(SIMPLIFIED.get(&c).copied().unwrap_or(c));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn width_case_accents_and_traditional_characters_are_folded() {
        for (text, folded) in [
            ("ＰＯＩ編號", "poi编号"),
            ("臺灣　㎡", "台湾 m2"),
            ("Café", "cafe"),
            ("Cafe\u{301}", "cafe"),
            ("Straße ﬁ", "straße fi"),
            ("（１０３）", "(103)"),
        ] {
            assert_eq!(fold(text), folded);
        }
    }

    #[test]
    fn an_occurrence_covers_the_original_characters() {
        let text = "共㎡停車場Ａ";
        let folded = Folded::new(text);
        let found = |word: &str| -> Vec<&str> {
            let word: Vec<char> = fold(word).chars().collect();
            let found = folded.occurrences(&word);
            found.map(|place| &text[place]).collect()
        };
        assert_eq!(found("停车场a"), ["停車場Ａ"]);
        assert_eq!(found("2停"), ["㎡停"], "a part of a character is all of it");
        assert_eq!(found("车库"), [""; 0]);
        assert_eq!(found(""), [""; 0]);
    }

    proptest! {
        #[test]
        fn folding_is_per_character_and_folds_no_further(text in "\\PC*", more in "\\PC*") {
            let folded = fold(&text);
            prop_assert_eq!(&fold(&folded), &folded);
            prop_assert_eq!(fold(&format!("{text}{more}")), format!("{folded}{}", fold(&more)));
        }

        #[test]
        fn places_are_those_of_the_original_characters(text in "[a-cＡ-Ｃ㎡é車场 ]{0,12}") {
            let with_places = Folded::new(&text);
            prop_assert_eq!(with_places.chars().iter().collect::<String>(), fold(&text));
            for (at, _) in with_places.chars().iter().enumerate() {
                for end in at + 1..=with_places.chars().len() {
                    let word = &with_places.chars()[at..end];
                    let found = with_places.occurrences(word).any(|place| {
                        let origin = &text[place];
                        fold(origin).contains(&word.iter().collect::<String>())
                    });
                    prop_assert!(found);
                }
            }
        }
    }
}
