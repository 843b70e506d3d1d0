//! Excel workbooks (XLSX): one sheet, read into the same records as a CSV file's.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use calamine::{DataRef, Reader, Xlsx, XlsxError};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, Value, msg};
use zip::ZipArchive;

use super::choice::{Choice, choose};
use super::header::{Header, titles_passed_over};
use super::merged::{fill_merged, join_header, passed_over, take_groups};
use super::records::Record;
use super::worksheet::{Rows, records, rows};

/// The first bytes of a workbook, as of every ZIP file.
const MAGIC: &[u8; 4] = b"PK\x03\x04";
/// Maximum unpacked size of a workbook, bytes.
const MAX_UNPACKED: u64 = 1 << 30;

/// A sheet after reading.
pub(super) struct SheetRead {
    pub(super) name: String,
    /// The rows above the header.
    pub(super) titles: Vec<Record>,
    /// Headings of groups among the rows: each is one merged cell, and its record has the same width.
    pub(super) groups: Vec<Record>,
    pub(super) records: Vec<Record>,
    pub(super) notes: Vec<Message>,
}

/// Returns true if a file is a workbook, under any name.
pub(super) fn is_workbook(path: &Path) -> bool {
    let mut begin = [0; MAGIC.len()];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut begin));
    read.is_ok() && begin == *MAGIC
}

/// Reads the named sheet, or the only visible one that has a header and rows.
pub(super) fn read(
    path: &Path,
    file: &str,
    named: Option<&str>,
    header: &Header<'_>,
) -> Result<SheetRead> {
    let unusable = |e: &dyn std::fmt::Display| {
        let cause = Value::text(e);
        Error::new(
            ErrorCode::InvalidArgument,
            msg::WorkbookUnusable { cause, file },
        )
    };
    check_size(path, file)?;
    let opened = super::text::open(path, file)?;
    let mut workbook: Xlsx<_> = Xlsx::new(BufReader::new(opened)).map_err(|e| unusable(&e))?;
    let Choice { name, mut notes } = choose(&mut workbook, file, named, header, &unusable)?;
    let mut rows = rows(&mut workbook, &name, file).map_err(|e| e.into_error(&unusable))?;
    let at = header.place(&rows).unwrap_or_default();
    let first = rows.keys().nth(at).copied().unwrap_or_default();
    let mut titles = Rows::new();
    if at > 0 {
        notes.push(titles_passed_over(u64::from(first) + 1, at));
        let below = rows.split_off(&first);
        titles = std::mem::replace(&mut rows, below);
    }
    let mut merged = workbook
        .merge_cells_by_sheet_name(&name)
        .map_err(|e| unusable(&e))?;
    let below = join_header(first, &merged, &mut rows);
    notes.extend(below.map(|row| Message::from(msg::SheetHeaderOfTwoRows { row: row + 1 })));
    merged.retain(|merged| merged.start.0 > below.unwrap_or(first));
    let groups = take_groups(&merged, &mut rows);
    notes.extend(passed_over(&groups));
    notes.extend(fill_merged(&merged, &mut rows));
    notes.extend(formulas(&mut workbook, &name, first).map_err(|e| unusable(&e))?);
    Ok(SheetRead {
        name,
        titles: records(titles),
        groups,
        records: records(rows),
        notes,
    })
}

/// A workbook is a ZIP file whose stated size may be false: it is unpacked once to check.
fn check_size(path: &Path, file: &str) -> Result<()> {
    let damaged = |e: &dyn std::fmt::Display| {
        let cause = Value::text(e);
        Error::new(
            ErrorCode::InvalidArgument,
            msg::WorkbookDamaged { cause, file },
        )
    };
    let opened = super::text::open(path, file)?;
    let mut archive = ZipArchive::new(BufReader::new(opened)).map_err(|e| damaged(&e))?;
    let mut left = MAX_UNPACKED;
    for number in 0..archive.len() {
        let part = archive.by_index(number).map_err(|e| damaged(&e))?;
        let unpacked = std::io::copy(&mut part.take(left + 1), &mut std::io::sink())
            .map_err(|e| damaged(&e))?;
        left = left.checked_sub(unpacked).ok_or_else(|| {
            let most = MAX_UNPACKED >> 20;
            let message = msg::SheetUnpackedTooLarge { file, most };
            Error::new(ErrorCode::LimitExceeded, message)
        })?;
    }
    Ok(())
}

/// The note that formulas are read with the value saved in the file.
fn formulas<R: Read + std::io::Seek>(
    workbook: &mut Xlsx<R>,
    name: &str,
    header: u32,
) -> Result<Option<Message>, XlsxError> {
    let mut reader = workbook.worksheet_cells_reader(name)?;
    let (mut count, mut first) = (0_u64, 0);
    while let Some(cell) = reader.next_cell_with_formula_metadata()? {
        let (row, _) = cell.pos;
        if cell.formula.is_none() || cell.value == DataRef::Empty || row <= header {
            continue;
        }
        if count == 0 {
            first = row + 1;
        }
        count += 1;
    }
    Ok((count > 0).then(|| msg::SheetFormulasRead { count, row: first }.into()))
}

#[cfg(test)]
#[path = "workbook_tests.rs"]
mod tests;
