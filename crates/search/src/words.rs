//! Words of Chinese texts, found by jieba, and their pinyin.

use std::io::BufReader;
use std::sync::LazyLock;

use flate2::read::GzDecoder;
use jieba_rs::Jieba;
use pinyin::ToPinyin;

/// The dictionary of words, loaded when it is first used.
static JIEBA: LazyLock<Jieba> = LazyLock::new(|| {
    let compressed = include_bytes!("../data/words.txt.gz");
    let mut words = BufReader::new(GzDecoder::new(&compressed[..]));
    // A dictionary that cannot be read has no words: every character is then one. A test reads it.
    Jieba::with_dict(&mut words).unwrap_or_else(|_| Jieba::empty())
});

/// Maximum length of a text without punctuation that is segmented at once, characters.
const MAX_RUN: usize = 100;

/// Returns the words of a folded text, longer words with the words in them (search mode).
pub(crate) fn all(folded: &str) -> impl Iterator<Item = &str> {
    runs(folded).flat_map(|run| {
        let tokens = JIEBA.cut_for_search(run, true);
        tokens.into_iter().map(|token| token.word)
    })
}

/// Returns the words that a folded text consists of.
pub(crate) fn parts(folded: &str) -> impl Iterator<Item = &str> {
    runs(folded).flat_map(|run| {
        let tokens = JIEBA.cut(run, true);
        tokens.into_iter().map(|token| token.word)
    })
}

/// The parts of a text between other characters than letters and digits, none longer than [`MAX_RUN`]:
/// segmentation of a long text without punctuation is slow.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    let runs = text.split(|c: char| !c.is_alphanumeric());
    runs.filter(|run| !run.is_empty()).flat_map(|mut run| {
        std::iter::from_fn(move || {
            if run.is_empty() {
                return None;
            }
            let end = run.char_indices().nth(MAX_RUN).map_or(run.len(), |at| at.0);
            let (first, rest) = run.split_at(end);
            run = rest;
            Some(first)
        })
    })
}

/// Returns the pinyin of a folded text without tones; other characters are kept. Characters with several readings
/// have their most usual one.
pub(crate) fn pinyin(folded: &str) -> String {
    let mut text = String::with_capacity(folded.len() * 2);
    for c in folded.chars() {
        match c.to_pinyin() {
            Some(pinyin) => text.push_str(pinyin.plain()),
            None => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_longer_words_are_found_and_texts_of_any_length_are_segmented() {
        let words: Vec<&str> = all("公共停车场，名录").collect();
        for word in ["公共", "停车", "停车场", "名录"] {
            assert!(words.contains(&word), "{words:?}");
        }
        let parts: Vec<&str> = parts("公共停车场").collect();
        assert_eq!(parts, ["公共", "停车场"]);
        let long = "场".repeat(10 * MAX_RUN);
        assert!(all(&long).all(|word| word.chars().count() <= MAX_RUN));
    }

    #[test]
    fn homophones_have_the_same_pinyin() {
        assert_eq!(pinyin("停车场a1"), "tingchechanga1");
        assert_eq!(pinyin("听车厂"), pinyin("停车场"));
    }
}
