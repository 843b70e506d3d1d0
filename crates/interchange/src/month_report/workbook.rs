//! The workbook of a report: a sheet of figures, one of charts, one of positions.

use std::io::{Seek, Write};

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Language, Message, Value, msg};
use chengji_proto::v1;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::cells::{Placed, cell, heading, put_number, put_text, sheet};
use super::{ReportColumn, ReportValue, charts, columns, positions, remarks, scope, title, total};

/// The row of the headings; the title and what the report is about are above.
const HEADINGS: u32 = 3;

/// Writes the report as a workbook in a language.
///
/// # Errors
///
/// `MISCONFIGURED` if it cannot be written.
pub fn write(
    report: &v1::MonthReport,
    language: Language,
    out: impl Write + Seek + Send,
) -> Result<()> {
    let mut workbook = Workbook::new();
    let made = figures(&mut workbook, report, language)
        .and_then(|placed| charts::add(&mut workbook, report, &placed, language))
        .and_then(|()| positions::add(&mut workbook, report, language))
        .and_then(|()| workbook.save_to_writer(out));
    made.map_err(|cause| {
        let cause = Value::text(cause);
        Error::new(ErrorCode::Misconfigured, msg::SheetNotWritten { cause })
    })
}

fn figures(
    workbook: &mut Workbook,
    report: &v1::MonthReport,
    language: Language,
) -> Result<Placed, XlsxError> {
    let (sheet, name) = sheet(workbook, msg::MonthReportSheetFigures, language)?;
    let columns = columns();
    let large = Format::new().set_bold().set_font_size(16);
    put_text(sheet, (0, 0), &title(report).render(language), &large)?;
    let about = std::iter::once(scope(report)).chain(remarks(report));
    let about: Vec<String> = about.map(|line| line.render(language)).collect();
    put_text(sheet, (1, 0), &about.join(" "), &Format::new())?;
    for (at, column) in (0_u16..).zip(&columns) {
        let width = if column.is_text() { 20 } else { 12 };
        sheet.set_column_width(at, width)?;
        put_text(
            sheet,
            (HEADINGS, at),
            &column.title.render(language),
            &heading(),
        )?;
    }
    sheet.set_freeze_panes(HEADINGS + 1, 0)?;
    let first = HEADINGS + 1;
    let mut end = first;
    for row in &report.rows {
        put_row(sheet, end, &columns, row, &cell())?;
        end += 1;
    }
    let bold = cell().set_bold();
    put_row(sheet, end, &columns, &total(report), &bold)?;
    let label = Message::from(msg::MonthReportTotal).render(language);
    put_text(sheet, (end, 0), &label, &bold)?;
    Ok(Placed {
        sheet: name,
        first,
        end,
    })
}

fn put_row(
    sheet: &mut Worksheet,
    row: u32,
    columns: &[ReportColumn],
    of: &v1::ReportRow,
    format: &Format,
) -> Result<(), XlsxError> {
    for (at, column) in (0_u16..).zip(columns) {
        match column.of(of) {
            Some(ReportValue::Text(text)) => put_text(sheet, (row, at), &text, format)?,
            Some(ReportValue::Number(number)) => put_number(sheet, (row, at), number, format)?,
            None => put_text(sheet, (row, at), "", format)?,
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "workbook_tests.rs"]
mod tests;
