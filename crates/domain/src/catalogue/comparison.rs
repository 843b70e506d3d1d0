//! Normalization of texts for comparison, and their decomposition into given words.

/// Normalizes a text for comparison: keeps letters and digits only, with full-width forms converted and in
/// lower case. Empty if there are none.
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

/// Returns true if a text consists entirely of these words and of the parts that `also` recognizes, one after
/// the other; true for an empty one.
pub(super) fn is_made_of(text: &str, words: &[&str], also: impl Fn(&str) -> Option<usize>) -> bool {
    // Marks each place in the text that a sequence of words reaches: all sequences are followed at once.
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
