//! Normalization of texts for comparison, and their decomposition into given words.

/// Normalizes a text for comparison: keeps letters and digits only, with full-width forms converted and in
/// lower case. Empty if there are none.
pub fn bare(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    for c in text.chars() {
        let c = match c {
            '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            c => c,
        };
        match c {
            // Most characters: ideographs, which have no case. The tables of all characters are slower.
            '\u{4e00}'..='\u{9fff}' => bare.push(c),
            c if c.is_ascii_alphanumeric() => bare.push(c.to_ascii_lowercase()),
            c if c.is_alphanumeric() => bare.extend(c.to_lowercase()),
            _ => {}
        }
    }
    bare
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_and_digit_is_kept_in_lower_case_and_nothing_else() {
        for c in char::MIN..=char::MAX {
            let half = match c {
                '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap(),
                c => c,
            };
            let kept = half.is_alphanumeric();
            let expected: String = half.to_lowercase().filter(|_| kept).collect();
            assert_eq!(bare(c.encode_utf8(&mut [0; 4])), expected, "{c:?}");
        }
        assert_eq!(bare("停 车场（ＡB-1）"), "停车场ab1");
    }
}
