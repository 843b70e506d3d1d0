//! Grams: the short substrings by which words are found exactly.
//!
//! A text is indexed by each of its characters, by each two and three adjacent characters, and within runs of ASCII letters
//! and digits, of which every text has the same few, also by longer grams. A word is in a text if grams that
//! cover it are there at the places that they have in the word. White space is in no gram, as it is in no word.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// Lengths of grams, longest first.
const LENGTHS: [usize; 4] = [6, 4, LONGEST, 2];
/// Length above which grams are within runs of ASCII letters and digits only.
const LONGEST: usize = 3;

/// A gram of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gram {
    /// The place of its first character in the word.
    pub(crate) start: usize,
    /// Number of characters.
    pub(crate) length: usize,
}

/// Returns grams that cover a word of at least two characters, as few and as long as possible.
pub(crate) fn cover(word: &[char]) -> Vec<Gram> {
    let mut grams: Vec<Gram> = Vec::new();
    let mut covered = 0;
    while covered < word.len() {
        let Some(gram) = longest(word, covered) else {
            break;
        };
        covered = gram.start + gram.length;
        grams.push(gram);
    }
    grams
}

/// Returns the longest gram that contains the character at `at`; of several, the last.
fn longest(word: &[char], at: usize) -> Option<Gram> {
    LENGTHS.into_iter().find_map(|length| {
        let first = (at + 1).saturating_sub(length);
        let fits = |start: &usize| begins(word, *start, length);
        let start = (first..=at).rev().find(fits)?;
        Some(Gram { start, length })
    })
}

/// Returns true if there is a gram of this length at `start`.
fn begins(chars: &[char], start: usize, length: usize) -> bool {
    let Some(gram) = chars.get(start..start + length) else {
        return false;
    };
    match length {
        ..=LONGEST => !gram.iter().any(|c| c.is_whitespace()),
        _ => gram.iter().all(char::is_ascii_alphanumeric),
    }
}

/// Splits a folded text into its characters.
#[derive(Clone, Default)]
pub(crate) struct Chars;

/// Splits a folded text into its grams, with their places as positions.
#[derive(Clone, Default)]
pub(crate) struct Grams;

/// Splits a text at [`SEPARATOR`].
#[derive(Clone, Default)]
pub(crate) struct Separated;

/// Separates words that are indexed as they are.
pub(crate) const SEPARATOR: char = '\u{1f}';

/// Writes the next token; returns false if there is none.
pub(crate) type Next<'t> = Box<dyn FnMut(&mut Token) -> bool + 't>;

/// Tokens of a text.
pub(crate) struct Tokens<N> {
    token: Token,
    next: N,
}

impl<N: FnMut(&mut Token) -> bool> TokenStream for Tokens<N> {
    fn advance(&mut self) -> bool {
        self.token.text.clear();
        (self.next)(&mut self.token)
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

fn tokens<'t>(next: impl FnMut(&mut Token) -> bool + 't) -> Tokens<Next<'t>> {
    Tokens {
        token: Token::default(),
        next: Box::new(next),
    }
}

impl Tokenizer for Chars {
    type TokenStream<'a> = Tokens<Next<'a>>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Self::TokenStream<'a> {
        let mut chars = text.chars().filter(|c| !c.is_whitespace()).enumerate();
        tokens(move |token| {
            let Some((place, c)) = chars.next() else {
                return false;
            };
            token.position = place;
            token.text.push(c);
            true
        })
    }
}

impl Tokenizer for Grams {
    type TokenStream<'a> = Tokens<Next<'a>>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Self::TokenStream<'a> {
        let chars: Vec<char> = text.chars().collect();
        let (mut start, mut lengths) = (0, LENGTHS.into_iter());
        tokens(move |token| {
            while start < chars.len() {
                let Some(length) = lengths.next() else {
                    (start, lengths) = (start + 1, LENGTHS.into_iter());
                    continue;
                };
                if begins(&chars, start, length) {
                    token.position = start;
                    token.text.extend(&chars[start..start + length]);
                    return true;
                }
            }
            false
        })
    }
}

impl Tokenizer for Separated {
    type TokenStream<'a> = Tokens<Next<'a>>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Self::TokenStream<'a> {
        let mut words = text.split(SEPARATOR).filter(|word| !word.is_empty());
        tokens(move |token| {
            let Some(word) = words.next() else {
                return false;
            };
            token.position = 0;
            token.text.push_str(word);
            true
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn covering(word: &str) -> Vec<String> {
        let chars: Vec<char> = word.chars().collect();
        let grams = cover(&chars).into_iter();
        grams
            .map(|gram| chars[gram.start..gram.start + gram.length].iter().collect())
            .collect()
    }

    #[test]
    fn a_word_is_covered_by_few_and_long_grams() {
        for (word, grams) in [
            ("停车", &["停车"][..]),
            ("停车场", &["停车场"]),
            ("登记信息", &["登记信", "记信息"]),
            ("公共停车场名", &["公共停", "车场名"]),
            ("poi编号", &["poi", "i编号"]),
            ("10300100", &["103001", "300100"]),
            ("10300", &["1030", "0300"]),
            ("a编b", &["a编b"]),
        ] {
            assert_eq!(covering(word), grams, "{word}");
        }
    }

    proptest! {
        #[test]
        fn the_grams_of_a_cover_are_grams_of_every_text_with_the_word(
            word in "[a1停车场，-]{2,9}", before in "[a1停 ]{0,3}", after in "[a1停 ]{0,3}",
        ) {
            let text = format!("{before}{word}{after}");
            let mut tokenizer = Grams;
            let mut stream = tokenizer.token_stream(&text);
            let mut found = Vec::new();
            while let Some(token) = stream.next() {
                found.push((token.position, token.text.clone()));
            }
            let offset = before.chars().count();
            let chars: Vec<char> = word.chars().collect();
            let (mut covered, grams) = (0, cover(&chars));
            for gram in grams {
                prop_assert!(gram.start <= covered);
                covered = gram.start + gram.length;
                let text: String = chars[gram.start..covered].iter().collect();
                prop_assert!(found.contains(&(offset + gram.start, text)));
            }
            prop_assert_eq!(covered, chars.len());
        }
    }
}
