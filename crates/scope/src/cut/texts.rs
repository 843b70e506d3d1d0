//! Columns of text, of any of the Arrow types for it.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, LargeStringArray, StringArray, StringViewArray};

/// A column of text.
#[derive(Clone, Copy, Debug)]
pub(super) enum Texts<'a> {
    Short(&'a StringArray),
    Long(&'a LargeStringArray),
    View(&'a StringViewArray),
}

/// The part of a text that a mask keeps.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kept {
    /// This number of characters at the beginning.
    First(usize),
    /// This number of characters at the end.
    Last(usize),
}

impl<'a> Texts<'a> {
    /// Returns the texts of a column; `None` if it has none.
    pub(super) fn of(column: &'a dyn Array) -> Option<Self> {
        let short = column.as_string_opt::<i32>().map(Self::Short);
        let long = || column.as_string_opt::<i64>().map(Self::Long);
        let view = || column.as_string_view_opt().map(Self::View);
        short.or_else(long).or_else(view)
    }

    /// Returns a text.
    pub(super) fn value(self, row: usize) -> &'a str {
        match self {
            Self::Short(texts) => texts.value(row),
            Self::Long(texts) => texts.value(row),
            Self::View(texts) => texts.value(row),
        }
    }

    /// Returns a column of the same type with the part of each text that is kept.
    pub(super) fn kept(self, part: Kept) -> ArrayRef {
        match self {
            Self::Short(texts) => {
                let kept = texts.iter().map(|text| text.map(|text| part.of(text)));
                Arc::new(kept.collect::<StringArray>())
            }
            Self::Long(texts) => {
                let kept = texts.iter().map(|text| text.map(|text| part.of(text)));
                Arc::new(kept.collect::<LargeStringArray>())
            }
            Self::View(texts) => {
                let kept = texts.iter().map(|text| text.map(|text| part.of(text)));
                Arc::new(kept.collect::<StringViewArray>())
            }
        }
    }
}

impl Kept {
    fn of(self, text: &str) -> &str {
        match self {
            Self::First(count) => {
                let end = text.char_indices().nth(count).map(|(end, _)| end);
                &text[..end.unwrap_or(text.len())]
            }
            Self::Last(0) => "",
            Self::Last(count) => {
                let start = text.char_indices().rev().nth(count - 1);
                &text[start.map_or(0, |(start, _)| start)..]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_kept_whole() {
        for (part, expected) in [
            (Kept::First(0), ""),
            (Kept::First(2), "长a"),
            (Kept::First(9), "长a沙"),
            (Kept::Last(0), ""),
            (Kept::Last(2), "a沙"),
            (Kept::Last(9), "长a沙"),
        ] {
            assert_eq!(part.of("长a沙"), expected, "{part:?}");
        }
    }
}
