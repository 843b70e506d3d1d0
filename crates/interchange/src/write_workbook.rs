//! Writes entries as a workbook, and the template that a catalogue is filled into.

use std::io::Write;

use chengji_domain::catalogue::{Entry, FIELDS};
use chengji_domain::{Error, ErrorCode, Result};
use rust_xlsxwriter::{DataValidation, Format, Note, Workbook};

use super::allowed::{explained, terms};
use super::choice::EXAMPLE;
use super::columns::Columns;
use super::row_limit::MAX_ROWS;
use super::workbook_cell::{fitted, text, width};
use super::write::cells;

/// Writes entries as a workbook that reads back equal: one sheet, every cell a text.
pub fn write(entries: &[Entry], out: impl Write + std::io::Seek + Send) -> Result<()> {
    entries.iter().try_for_each(fits)?;
    let mut workbook = Workbook::new();
    catalogue_sheet(&mut workbook, "目录", entries)
        .and_then(|()| workbook.save_to_writer(out))
        .map_err(|e| failed(&e))
}

/// Checks that each of an entry's cells fits in a workbook.
fn fits(entry: &Entry) -> Result<()> {
    let long = |cell: &String| fitted(cell).len() < cell.len();
    let Some(at) = cells(entry).iter().position(long) else {
        return Ok(());
    };
    let (field, zh) = FIELDS[at];
    let message = format!(
        "{}: {zh} {field} is longer than a cell of a workbook may be",
        entry.code
    );
    Err(Error::new(ErrorCode::LimitExceeded, message)
        .with_remedy("export as .csv 请导出为 .csv 文件"))
}

/// Writes an empty sheet to fill in, with its columns explained and lists to choose from, and a second
/// one with an example.
pub fn template(example: &Entry, out: impl Write + std::io::Seek + Send) -> Result<()> {
    let mut workbook = Workbook::new();
    catalogue_sheet(&mut workbook, "目录", &[])
        .and_then(|()| catalogue_sheet(&mut workbook, EXAMPLE, std::slice::from_ref(example)))
        .and_then(|()| workbook.save_to_writer(out))
        .map_err(|e| failed(&e))
}

fn catalogue_sheet(
    workbook: &mut Workbook,
    name: &str,
    entries: &[Entry],
) -> Result<(), rust_xlsxwriter::XlsxError> {
    let text = text();
    let heading = Format::new().set_bold().set_num_format("@");
    // Rows are flushed to disk as they are written.
    let sheet = workbook.add_worksheet_with_constant_memory()?;
    sheet.set_name(name)?.set_freeze_panes(1, 0)?;
    for (column, (field, zh)) in (0_u16..).zip(FIELDS) {
        let required = Columns::is_required(field);
        let title = if required {
            format!("*{zh}")
        } else {
            zh.to_owned()
        };
        sheet
            .set_column_format(column, &text)?
            .set_column_width(column, width(field))?;
        sheet.write_string_with_format(0, column, title, &heading)?;
        let obligation = if required {
            "必填 required"
        } else {
            "选填 optional"
        };
        let told = format!("{field}: {obligation}\n{}", explained(field));
        sheet.insert_note(0, column, &Note::new(told).set_width(300))?;
        let terms = terms(field);
        if !terms.is_empty() {
            let choice = DataValidation::new().allow_list_strings(&terms)?;
            let last = u32::try_from(MAX_ROWS).unwrap_or(u32::MAX);
            sheet.add_data_validation(1, column, last, column, &choice)?;
        }
    }
    for (row, entry) in (1_u32..).zip(entries) {
        for (column, cell) in (0_u16..).zip(cells(entry)) {
            sheet.write_string_with_format(row, column, cell, &text)?;
        }
    }
    Ok(())
}

fn failed(error: &dyn std::fmt::Display) -> Error {
    Error::new(
        ErrorCode::Misconfigured,
        format!("writing the workbook: {error}"),
    )
    .with_remedy("name a file that this user may write")
}
