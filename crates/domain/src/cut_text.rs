//! Texts of other systems that are shown in part: the values of a table in a preview, the comments on its columns.

/// A text, cut to a number of characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutText {
    /// The text, or its beginning.
    pub text: String,
    /// True if the text is longer.
    pub is_cut: bool,
}

impl CutText {
    /// Cuts a text to at most `most` characters.
    pub fn of(text: &str, most: usize) -> Self {
        let end = text.char_indices().nth(most).map(|(end, _)| end);
        Self {
            text: text[..end.unwrap_or(text.len())].to_owned(),
            is_cut: end.is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters_only_if_it_is_longer() {
        for (text, most, expected, is_cut) in [
            ("", 0, "", false),
            ("长沙市", 3, "长沙市", false),
            ("长沙市", 2, "长沙", true),
            ("a长", 0, "", true),
        ] {
            let cut = CutText::of(text, most);
            assert_eq!(
                (cut.text.as_str(), cut.is_cut),
                (expected, is_cut),
                "{text}"
            );
        }
    }
}
