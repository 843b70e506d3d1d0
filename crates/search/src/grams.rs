//! Grams: the short substrings by which words are found exactly.
//!
//! Texts are indexed by short grams, which are their characters and pairs of adjacent characters, and some also by long
//! grams with their positions: each three adjacent characters, and within runs of ASCII letters and digits, of which every
//! text has the same few, more. A word is in a text if grams that cover it are there at the distances that they have in
//! the word. White space is in no gram, as it is in no word.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// Maximum length of words that are short grams.
pub(crate) const SHORT: usize = 2;
/// Lengths of short grams.
const SHORT_LENGTHS: [usize; SHORT] = [SHORT, 1];
/// Lengths of long grams, longest first.
const LONG_LENGTHS: [usize; 3] = [6, 4, LONG];
/// Length above which grams are within runs of ASCII letters and digits only.
const LONG: usize = 3;

/// A gram of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gram {
    /// The place of its first character in the word.
    pub(crate) start: usize,
    /// Number of characters.
    pub(crate) length: usize,
}

/// Returns long grams that cover a word of more than [`SHORT`] characters, as few and as long as possible.
pub(crate) fn cover(word: &[char]) -> Vec<Gram> {
    let runs = Run::all(word.iter().copied());
    let mut grams: Vec<Gram> = Vec::new();
    let mut covered = 0;
    while covered < word.len() {
        let Some(gram) = longest(&runs, covered) else {
            break;
        };
        covered = gram.start + gram.length;
        grams.push(gram);
    }
    grams
}

/// Returns the longest gram that contains the character at `at`; of several, the last.
fn longest(runs: &[Run], at: usize) -> Option<Gram> {
    LONG_LENGTHS.into_iter().find_map(|length| {
        let first = (at + 1).saturating_sub(length);
        let begins = |start: &usize| runs.get(*start).is_some_and(|run| run.begins(length));
        let start = (first..=at).rev().find(begins)?;
        Some(Gram { start, length })
    })
}

/// The numbers of characters from one on, itself included.
#[derive(Clone, Copy, Default)]
struct Run {
    /// Up to white space.
    visible: usize,
    /// Up to another character than an ASCII letter or digit.
    ascii: usize,
}

impl Run {
    /// The runs that begin at each character.
    fn all(chars: impl DoubleEndedIterator<Item = char>) -> Vec<Self> {
        let mut next = Self::default();
        let runs = chars.rev().map(|c| {
            next = Self {
                visible: if c.is_whitespace() {
                    0
                } else {
                    next.visible + 1
                },
                ascii: if c.is_ascii_alphanumeric() {
                    next.ascii + 1
                } else {
                    0
                },
            };
            next
        });
        let mut runs: Vec<Self> = runs.collect();
        runs.reverse();
        runs
    }

    /// Returns true if a gram of this length begins there.
    fn begins(self, length: usize) -> bool {
        match length {
            ..=LONG => self.visible >= length,
            _ => self.ascii >= length,
        }
    }
}

/// Splits a folded text into its grams, with their places as positions.
#[derive(Clone)]
pub(crate) struct Grams {
    lengths: &'static [usize],
}

impl Grams {
    /// Into short grams.
    pub(crate) const SHORT: Self = Self {
        lengths: &SHORT_LENGTHS,
    };
    /// Into long grams.
    pub(crate) const LONG: Self = Self {
        lengths: &LONG_LENGTHS,
    };
}

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

impl Tokenizer for Grams {
    type TokenStream<'a> = Tokens<Next<'a>>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Self::TokenStream<'a> {
        let runs = Run::all(text.chars());
        let mut bounds: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        bounds.push(text.len());
        let (mut start, mut lengths) = (0, self.lengths.iter());
        tokens(move |token| {
            while let Some(run) = runs.get(start) {
                let Some(length) = lengths.find(|length| run.begins(**length)) else {
                    (start, lengths) = (start + 1, self.lengths.iter());
                    continue;
                };
                token.position = start;
                token
                    .text
                    .push_str(&text[bounds[start]..bounds[start + length]]);
                return true;
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
            ("停车场", &["停车场"][..]),
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
            word in "[a1停车场，-]{3,9}", before in "[a1停 ]{0,3}", after in "[a1停 ]{0,3}",
        ) {
            let text = format!("{before}{word}{after}");
            let mut tokenizer = Grams::LONG;
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
