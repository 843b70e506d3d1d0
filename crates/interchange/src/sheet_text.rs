//! Text of unknown origin in sheets, for CSV files and workbooks: it computes nothing, and it moves,
//! reorders and hides nothing.
//!
//! Spreadsheet programs take a CSV cell that begins with `=` for a formula, whatever its origin. Such a text is
//! written with a leading `'`, which [`original`] removes, so that a round trip preserves the text. The cells of
//! a workbook have a type: there every text is written as one, and never computes.

use std::borrow::Cow;

use chengji_messages::quoted::{Lines, is_unsafe};

/// Maximum length of a cell of a workbook, UTF-16 units.
pub(crate) const MAX_UNITS: usize = 32_767;

/// The text of a cell of a CSV file.
pub(crate) fn csv(text: &str) -> Cow<'_, str> {
    let text = visible(text);
    if is_formula(&text) {
        return Cow::Owned(format!("'{text}"));
    }
    text
}

/// The text of a cell that [`csv`] made.
pub(crate) fn original(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if is_formula(text) => text,
        _ => cell,
    }
}

/// The text of a cell of a workbook. Cells that go back to those who wrote them stay as they are instead, and
/// are only [`fitted`].
pub(crate) fn workbook(text: &str) -> Cow<'_, str> {
    match visible(text) {
        Cow::Borrowed(text) => Cow::Borrowed(fitted(text)),
        Cow::Owned(text) => Cow::Owned(fitted(&text).to_owned()),
    }
}

/// The whole text of a cell of a workbook; `None` for one that does not fit.
#[cfg(feature = "tables")]
pub(crate) fn whole(text: &str) -> Option<Cow<'_, str>> {
    let text = visible(text);
    (fitted(&text).len() == text.len()).then_some(text)
}

/// The longest beginning of a text that fits in a cell of a workbook.
pub(crate) fn fitted(text: &str) -> &str {
    // No character has fewer bytes than units.
    if text.len() <= MAX_UNITS {
        return text;
    }
    let mut units = 0;
    let end = text.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > MAX_UNITS
    });
    end.map_or(text, |(at, _)| text.get(..at).unwrap_or(text))
}

/// Returns true if a spreadsheet program could take a text for a formula, now or without leading `'`s.
/// Some also take full-width signs for formulas.
fn is_formula(text: &str) -> bool {
    let bare = text.trim_start_matches('\'');
    bare.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// A text with escapes for characters that move, reorder or hide; borrowed where it has none.
fn visible(text: &str) -> Cow<'_, str> {
    let escaped = |c: char| is_unsafe(c) && !matches!(c, '\n' | '\t');
    match text.contains(escaped) {
        true => Cow::Owned(Lines(text).to_string()),
        false => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_cell_of_a_workbook_holds_what_moves_or_reorders_and_all_fit(text in any::<String>()) {
            let cell = workbook(&text);
            prop_assert!(!cell.contains(|c: char| is_unsafe(c) && !matches!(c, '\n' | '\t')));
            prop_assert_eq!(fitted(&cell), &*cell);
        }

        #[test]
        fn a_text_without_unsafe_characters_is_the_same_in_a_workbook(text in "[=@甲a\n\t -]{0,20}") {
            prop_assert_eq!(&*workbook(&text), text.as_str());
        }
    }
}
