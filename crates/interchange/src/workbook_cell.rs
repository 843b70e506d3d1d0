//! The cells of workbooks being written: their widths and formats.

use chengji_domain::Field;
use rust_xlsxwriter::{Format, FormatAlign};

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
        Field::Name
        | Field::Provider
        | Field::ProviderCode
        | Field::ShareCondition
        | Field::ShareUses
        | Field::ShareReason => 24.0,
        _ => 14.0,
    }
}
