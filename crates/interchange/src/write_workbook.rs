//! Writes entries as a workbook, and the template that a catalogue is filled into.

use std::io::Write;

use chengji_domain::catalogue::{Entry, FIELDS, heading};
use chengji_domain::{Error, ErrorCode, Field, Result};
use chengji_messages::{Language, Message, Value, msg};
use rust_xlsxwriter::{DataValidation, Format, Note, Workbook};

use super::allowed::{explained, terms};
use super::choice::EXAMPLE;
use super::columns::Columns;
use super::row_limit::MAX_ROWS;
use super::sheet_text::{fitted, workbook as written};
use super::workbook_cell::{text, width};
use super::write::cells;

/// Writes entries as a workbook that reads back equal: one sheet, every cell a text, its headings explained
/// in a language.
pub fn write(
    entries: &[Entry],
    language: Language,
    out: impl Write + std::io::Seek + Send,
) -> Result<()> {
    entries.iter().try_for_each(fits)?;
    let mut workbook = Workbook::new();
    catalogue_sheet(&mut workbook, "目录", entries, language)
        .and_then(|()| workbook.save_to_writer(out))
        .map_err(|e| failed(&e))
}

/// Checks that each of an entry's cells fits in a workbook.
fn fits(entry: &Entry) -> Result<()> {
    let long = |cell: &String| fitted(cell).len() < cell.len();
    let Some(at) = cells(entry).iter().position(long) else {
        return Ok(());
    };
    let message = msg::WorkbookCellTooLong {
        code: entry.code.as_str(),
        field: FIELDS[at],
    };
    Err(Error::new(ErrorCode::LimitExceeded, message))
}

/// Writes an empty sheet to fill in, with its columns explained and lists to choose from, and a second
/// one with an example.
pub fn template(
    example: &Entry,
    language: Language,
    out: impl Write + std::io::Seek + Send,
) -> Result<()> {
    let mut workbook = Workbook::new();
    let example = std::slice::from_ref(example);
    catalogue_sheet(&mut workbook, "目录", &[], language)
        .and_then(|()| catalogue_sheet(&mut workbook, EXAMPLE, example, language))
        .and_then(|()| workbook.save_to_writer(out))
        .map_err(|e| failed(&e))
}

fn catalogue_sheet(
    workbook: &mut Workbook,
    name: &str,
    entries: &[Entry],
    language: Language,
) -> Result<(), rust_xlsxwriter::XlsxError> {
    let text = text();
    let bold = Format::new().set_bold().set_num_format("@");
    // Rows are flushed to disk as they are written.
    let sheet = workbook.add_worksheet_with_constant_memory()?;
    sheet.set_name(name)?.set_freeze_panes(1, 0)?;
    for (column, field) in (0_u16..).zip(FIELDS) {
        let mark = if Columns::is_required(field) { "*" } else { "" };
        let title = format!("{mark}{}", heading(field));
        sheet
            .set_column_format(column, &text)?
            .set_column_width(column, width(field))?;
        sheet.write_string_with_format(0, column, title, &bold)?;
        let note = Note::new(explanation(field, language)).set_width(300);
        sheet.insert_note(0, column, &note)?;
        let terms = terms(field);
        if !terms.is_empty() {
            let choice = DataValidation::new().allow_list_strings(&terms)?;
            let last = u32::try_from(MAX_ROWS).unwrap_or(u32::MAX);
            sheet.add_data_validation(1, column, last, column, &choice)?;
        }
    }
    for (row, entry) in (1_u32..).zip(entries) {
        for (column, cell) in (0_u16..).zip(cells(entry)) {
            sheet.write_string_with_format(row, column, written(&cell), &text)?;
        }
    }
    Ok(())
}

/// The note at the heading of a field.
fn explanation(field: Field, language: Language) -> String {
    let obligation: Message = match Columns::is_required(field) {
        true => msg::SheetFieldRequired { field }.into(),
        false => msg::SheetFieldOptional { field }.into(),
    };
    let lines = [Some(obligation), explained(field)].into_iter().flatten();
    let lines: Vec<String> = lines.map(|line| line.render(language)).collect();
    lines.join("\n")
}

fn failed(cause: &dyn std::fmt::Display) -> Error {
    let cause = Value::text(cause);
    Error::new(ErrorCode::Misconfigured, msg::SheetNotWritten { cause })
}
