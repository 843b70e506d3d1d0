//! Snippets: a part of a text around the words that were found in it.

use std::ops::Range;

use memchr::memmem;

use crate::fold::{Folded, fold};
use crate::query::Query;

/// Characters shown before the first word.
const BEFORE: usize = 12;

/// A part of a text with the places of words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// The part, with `…` where something was left out.
    pub text: String,
    /// The places of words in it in bytes, in order, without overlaps.
    pub marks: Vec<Range<usize>>,
}

/// Returns the part of a text around the first of the query's words, at most about `length` characters; `None` if none is
/// in it.
pub fn snippet(text: &str, query: &Query, length: usize) -> Option<Snippet> {
    // The places in a text cost more than the words.
    let marks = has_word(text, query).then(|| marks(text, query))?;
    let first = marks.first()?.start;
    let start = text[..first].char_indices().rev().take(BEFORE);
    let start = start.last().map_or(first, |(at, _)| at);
    // All of the beginning is shown instead of a part that saves little.
    let start = if text[..start].chars().count() < BEFORE {
        0
    } else {
        start
    };
    let end = text[start..].char_indices().nth(length);
    let end = end.map_or(text.len(), |(at, _)| start + at);
    let (before, after) = (
        if start > 0 { "…" } else { "" },
        if end < text.len() { "…" } else { "" },
    );
    let shift = |at: usize| at - start + before.len();
    let shown = marks.into_iter().filter(|mark| mark.end <= end);
    Some(Snippet {
        text: format!("{before}{}{after}", &text[start..end]),
        marks: shown
            .map(|mark| shift(mark.start)..shift(mark.end))
            .collect(),
    })
}

/// Returns true if one of the query's words is in a text.
pub fn has_word(text: &str, query: &Query) -> bool {
    if query.is_empty() {
        return false;
    }
    let folded = fold(text);
    let is_in = |word: &str| memmem::find(folded.as_bytes(), word.as_bytes()).is_some();
    query.words.iter().any(|word| {
        let code = word.code.as_deref();
        is_in(&word.text) || code.is_some_and(|code| is_in(&code.iter().collect::<String>()))
    })
}

/// Returns the places of the query's words in a text in bytes, in order; overlapping ones are joined.
pub fn marks(text: &str, query: &Query) -> Vec<Range<usize>> {
    let folded = Folded::new(text);
    let words = query.words.iter();
    let mut found: Vec<Range<usize>> = words
        .flat_map(|word| {
            let code = word.code.as_deref().map(|code| folded.occurrences(code));
            folded
                .occurrences(&word.chars)
                .chain(code.into_iter().flatten())
        })
        .collect();
    found.sort_unstable_by_key(|mark| mark.start);
    let mut joined: Vec<Range<usize>> = Vec::new();
    for mark in found {
        match joined.last_mut() {
            Some(last) if mark.start <= last.end => last.end = last.end.max(mark.end),
            _ => joined.push(mark),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_words_are_marked_in_the_original_text() {
        let query = Query::new("停车场 poi");
        let shown = snippet("含公共停車場的ＰＯＩ", &query, 80).unwrap();
        let marked = shown.marks.iter().map(|mark| &shown.text[mark.clone()]);
        assert_eq!(marked.collect::<Vec<_>>(), ["停車場", "ＰＯＩ"]);
        assert_eq!(snippet("公交站点", &query, 80), None);
        let code = Query::new("103001/000003");
        assert_eq!(marks("103001000003", &code).first(), Some(&(0..12)));
        assert!(has_word("103001000003", &code) && !has_word("103001000004", &code));
        assert!(!has_word("103001000003", &Query::new("")));
    }

    #[test]
    fn a_long_text_is_cut_around_the_first_word() {
        let text = format!("{}停车场{}", "前".repeat(50), "后".repeat(50));
        let shown = snippet(&text, &Query::new("停车场"), 20).unwrap();
        assert_eq!(shown.text.chars().count(), 22);
        assert!(shown.text.starts_with("…前") && shown.text.ends_with("后…"));
        assert_eq!(&shown.text[shown.marks[0].clone()], "停车场");
        let short = snippet("公共停车场", &Query::new("停车场"), 20).unwrap();
        assert_eq!(short.text, "公共停车场");
    }

    proptest! {
        #[test]
        fn marks_are_in_order_and_each_has_a_word(
            text in "[a-bＡé㎡停車车场 ]{0,40}", words in "[ab停车2]{1,2}( [场m])?", length in 1..30_usize,
        ) {
            let query = Query::new(&words);
            let contains = query.texts().any(|word| fold(&text).contains(word));
            prop_assert_eq!(has_word(&text, &query), contains);
            prop_assert_eq!(!marks(&text, &query).is_empty(), contains);
            let Some(shown) = snippet(&text, &query, length) else {
                prop_assert!(!contains);
                return Ok(());
            };
            prop_assert!(contains);
            prop_assert!(shown.marks.windows(2).all(|two| two[0].end < two[1].start));
            for mark in shown.marks {
                let marked = fold(&shown.text[mark]);
                prop_assert!(query.texts().any(|word| marked.contains(word)));
            }
        }
    }
}
