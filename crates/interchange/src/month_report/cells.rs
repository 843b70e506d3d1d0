//! Sheets and cells of the workbook.

use chengji_messages::{Language, Message};
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use crate::sheet_text::workbook as written;

/// The greatest number that a cell holds exactly; greater ones are written as texts.
const MAX_EXACT: u64 = 1 << 53;

/// The place of the rows in the sheet of figures.
pub(super) struct Placed {
    /// The name of the sheet.
    pub(super) sheet: String,
    /// The first row of figures.
    pub(super) first: u32,
    /// The row after the last one.
    pub(super) end: u32,
}

/// Adds a sheet to be printed across the page, with a name in the language.
pub(super) fn sheet(
    workbook: &mut Workbook,
    name: impl Into<Message>,
    language: Language,
) -> Result<(&mut Worksheet, String), XlsxError> {
    let name = name.into().render(language);
    let sheet = workbook.add_worksheet();
    sheet.set_name(&name)?;
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    Ok((sheet, name))
}

/// The format of headings.
pub(super) fn heading() -> Format {
    cell()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Center)
}

/// The format of cells.
pub(super) fn cell() -> Format {
    Format::new().set_border(FormatBorder::Thin)
}

/// Writes a text, which never computes.
pub(super) fn put_text(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    text: &str,
    format: &Format,
) -> Result<(), XlsxError> {
    let format = format.clone().set_num_format("@");
    sheet.write_string_with_format(row, column, written(text), &format)?;
    Ok(())
}

/// Writes a number.
pub(super) fn put_number(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    number: u64,
    format: &Format,
) -> Result<(), XlsxError> {
    if number > MAX_EXACT {
        return put_text(sheet, (row, column), &number.to_string(), format);
    }
    sheet.write_number_with_format(row, column, number as f64, format)?;
    Ok(())
}
