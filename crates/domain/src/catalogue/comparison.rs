//! Texts without what the same words are written with, and what they are made of.

/// A text as it compares with another: what the same words are written with, such as blanks,
/// punctuation, full-width forms and case, is left out. Empty where nothing else is in it.
pub fn bare(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            c => c,
        })
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether nothing but these words, and what else is found at a place, makes up a text, one after the
/// other; true for an empty one.
pub(super) fn is_made_of(text: &str, words: &[&str], also: impl Fn(&str) -> Option<usize>) -> bool {
    // For each place in the text, whether words lead there: all ways through are followed at once.
    let mut reached = vec![false; text.len() + 1];
    if let Some(start) = reached.first_mut() {
        *start = true;
    }
    for at in 0..text.len() {
        if !reached[at] {
            continue;
        }
        let rest = &text[at..];
        let fits = words.iter().filter(|word| rest.starts_with(**word));
        for length in fits.map(|word| word.len()).chain(also(rest)) {
            reached[at + length] = true;
        }
    }
    reached[text.len()]
}
