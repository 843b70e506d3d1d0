//! The cells of workbooks being written: their limits and formats.

use chengji_domain::Field;
use rust_xlsxwriter::{Format, FormatAlign};

/// Maximum length of a cell, UTF-16 units.
const MAX_UNITS: usize = 32_767;

/// The format of a text.
pub(super) fn text() -> Format {
    // Text, so that spreadsheet programs do not turn a code into a number or a date.
    Format::new()
        .set_num_format("@")
        .set_align(FormatAlign::Top)
}

/// The width of a field's column, characters.
pub(super) fn width(field: Field) -> f64 {
    match field {
        Field::Abstract | Field::Items => 50.0,
        Field::Name | Field::Provider | Field::ProviderCode | Field::ShareCondition => 24.0,
        _ => 14.0,
    }
}

/// The longest beginning of a text that fits in a cell.
pub(super) fn fitted(text: &str) -> &str {
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
