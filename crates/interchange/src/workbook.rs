//! Excel workbooks (XLSX): one of their sheets, read into the same records as a CSV file's. Cells are read one after the other, so that a sheet that claims a million
//! columns takes no more room than what stands in it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use calamine::{DataRef, Reader, Xlsx, XlsxError};
use chengji_domain::catalogue::FIELDS;
use chengji_domain::{Error, ErrorCode, Result};
use csv::StringRecord;
use zip::ZipArchive;

use super::MOST_ROWS;
use super::choice::{Choice, choose};
use super::columns::known_headings;
use super::headings::spelled;
use super::merged::{fill_merged, join_header, passed_over, take_groups};
use super::records::{Record, trimmed};

/// What a workbook begins with, as every ZIP file does.
const MAGIC: &[u8; 4] = b"PK\x03\x04";
/// The most bytes of a workbook when it is unpacked.
const MOST_UNPACKED: u64 = 1 << 30;
/// Columns further right hold nothing of an entry.
pub(super) const MOST_COLUMNS: usize = 256;
/// Rows above the header that are passed over: a title, or what it is for.
pub(super) const TITLES: usize = 20;
/// A row with so many headings that name fields is the header.
const LEAST_HEADINGS: usize = 3;
/// Stands for what a formula without a saved value would have come to.
pub(super) const UNSAVED: &str = "=";
/// From here on a number has lost digits that a code has.
const EXACT: f64 = 1e15;
/// Ranges of rows told in a note.
pub(super) const MOST_RANGES: usize = 20;

/// A sheet, read.
pub(super) struct SheetRead {
    pub(super) name: String,
    /// What stands above the header.
    pub(super) titles: Vec<Record>,
    /// Headings of groups among the rows: each is one merged cell, and its record reaches as far.
    pub(super) groups: Vec<Record>,
    pub(super) records: Vec<Record>,
    pub(super) notes: Vec<String>,
}

pub(super) type Rows = BTreeMap<u32, Vec<(usize, Value)>>;

/// A cell that is not empty.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Error(String),
}

/// Whether a file is a workbook, whatever its name.
pub(super) fn is_workbook(path: &Path) -> bool {
    let mut begin = [0; MAGIC.len()];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut begin));
    read.is_ok() && begin == *MAGIC
}

/// What makes a row a header, and what it should say where there is none.
pub(super) struct Wanted<'a> {
    pub(super) is_header: &'a dyn Fn(&[&str]) -> bool,
    pub(super) headings: String,
}

/// What makes a row the header of a sheet.
pub(super) enum Header<'h> {
    /// So many headings name fields.
    Fields,
    /// So many headings are columns of a map, in the form in which headings are compared.
    Columns(&'h [String]),
    /// It has as many cells as any of the first rows.
    Widest,
    /// It is what somebody else says.
    Wanted(&'h Wanted<'h>),
}

/// Reads the named sheet, or the only visible one that has a header and rows.
pub(super) fn read(
    path: &Path,
    file: &str,
    named: Option<&str>,
    header: &Header<'_>,
) -> Result<SheetRead> {
    let unusable = |e: &dyn std::fmt::Display| {
        let message = format!("{file} cannot be read as a workbook: {e}");
        Error::new(ErrorCode::InvalidArgument, message)
            .with_remedy("open it in a spreadsheet program, save it as .xlsx, and try again")
    };
    check_size(path, file)?;
    let opened = super::text::open(path, file)?;
    let mut workbook: Xlsx<_> = Xlsx::new(BufReader::new(opened)).map_err(|e| unusable(&e))?;
    let Choice { name, mut notes } = choose(&mut workbook, file, named, header, &unusable)?;
    let mut rows = rows(&mut workbook, &name, file).map_err(|e| e.told(&unusable))?;
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
    notes.extend(below.map(|row| {
        format!(
            "the header has two rows; row {} names the parts 表头为两行",
            row + 1
        )
    }));
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

/// The note that the header is in this line, with rows above it.
pub(super) fn titles_passed_over(line: u64, rows: usize) -> String {
    format!(
        "the header is in row {line}; {rows} rows above it were passed over 表头在第{line}行，其上各行未读取"
    )
}

/// A workbook is a ZIP file, and what it says of its size may be untrue: it is unpacked once to see.
fn check_size(path: &Path, file: &str) -> Result<()> {
    let damaged = |e: &dyn std::fmt::Display| {
        let message = format!("{file} is no whole workbook: {e}");
        Error::new(ErrorCode::InvalidArgument, message)
            .with_remedy("the file may have been cut off on its way; get it again 文件可能不完整")
    };
    let opened = super::text::open(path, file)?;
    let mut archive = ZipArchive::new(BufReader::new(opened)).map_err(|e| damaged(&e))?;
    let mut left = MOST_UNPACKED;
    for number in 0..archive.len() {
        let part = archive.by_index(number).map_err(|e| damaged(&e))?;
        let unpacked = std::io::copy(&mut part.take(left + 1), &mut std::io::sink())
            .map_err(|e| damaged(&e))?;
        left = left.checked_sub(unpacked).ok_or_else(|| {
            let message = format!("{file} has more than {} MiB unpacked", MOST_UNPACKED >> 20);
            Error::new(ErrorCode::LimitExceeded, message)
                .with_remedy("split the sheet and import one part after the other 请拆分后分次导入")
        })?;
    }
    Ok(())
}

/// Why a sheet's cells could not be taken.
enum Trouble {
    Unreadable(XlsxError),
    TooMany(Error),
}

impl Trouble {
    fn told(self, unusable: &impl Fn(&dyn std::fmt::Display) -> Error) -> Error {
        match self {
            Self::Unreadable(error) => unusable(&error),
            Self::TooMany(error) => error,
        }
    }
}

fn rows<R: Read + std::io::Seek>(
    workbook: &mut Xlsx<R>,
    name: &str,
    file: &str,
) -> Result<Rows, Trouble> {
    let mut rows = Rows::new();
    let mut reader = workbook
        .worksheet_cells_reader(name)
        .map_err(Trouble::Unreadable)?;
    while let Some(cell) = reader
        .next_cell_with_formula_metadata()
        .map_err(Trouble::Unreadable)?
    {
        let (row, column) = cell.pos;
        let Some(value) = value(&cell.value, cell.formula.is_some()) else {
            continue;
        };
        let column = column as usize;
        if column >= MOST_COLUMNS {
            let message = format!(
                "{file}: row {} of '{name}' has a cell in column {}; at most {MOST_COLUMNS} are read",
                row + 1,
                column + 1
            );
            return Err(Trouble::TooMany(
                Error::new(ErrorCode::LimitExceeded, message)
                    .with_remedy("delete what stands right of the table"),
            ));
        }
        rows.entry(row).or_default().push((column, value));
        if rows.len() > MOST_ROWS + TITLES + 1 {
            return Err(Trouble::TooMany(super::read::too_many(file)));
        }
    }
    Ok(rows)
}

/// The rows that a header may stand in and the one below, without what stands far to the right.
pub(super) fn first_rows<R: Read + std::io::Seek>(
    workbook: &mut Xlsx<R>,
    name: &str,
) -> Result<Rows, XlsxError> {
    let mut rows = Rows::new();
    let mut reader = workbook.worksheet_cells_reader(name)?;
    while rows.len() <= TITLES + 1
        && let Some(cell) = reader.next_cell_with_formula_metadata()?
    {
        let (row, column) = cell.pos;
        if let Some(value) = value(&cell.value, cell.formula.is_some())
            && (column as usize) < MOST_COLUMNS
        {
            rows.entry(row).or_default().push((column as usize, value));
        }
    }
    Ok(rows)
}

/// What a cell says, as it would stand in a CSV file; nothing for an empty one.
fn value(cell: &DataRef<'_>, formula: bool) -> Option<Value> {
    let text = match cell {
        DataRef::Empty if formula => return Some(Value::Error(UNSAVED.to_owned())),
        DataRef::Empty => return None,
        DataRef::Error(error) => return Some(Value::Error(error.to_string())),
        DataRef::String(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => plain(*number),
        DataRef::Bool(yes) => if *yes { "是" } else { "否" }.to_owned(),
        DataRef::DateTime(at) => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            match (hour, minute, second) {
                (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
                _ => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
            }
        }
        DataRef::DateTimeIso(at) => at.strip_suffix("T00:00:00").unwrap_or(at).to_owned(),
    };
    (!trimmed(&text).is_empty()).then_some(Value::Text(text))
}

/// A number as people write it; one that has lost digits as a spreadsheet program shows it, so that
/// it is told what happened to it.
fn plain(number: f64) -> String {
    if number.abs() >= EXACT {
        return format!("{number:E}").replace('E', "E+");
    }
    number.to_string()
}

impl Header<'_> {
    /// The place among the rows of the one that is the header.
    pub(super) fn place(&self, rows: &Rows) -> Option<usize> {
        let mut first = rows.values().take(TITLES);
        if matches!(self, Self::Widest) {
            let widest = rows.values().take(TITLES).map(Vec::len).max()?;
            return first.position(|row| row.len() == widest);
        }
        first.position(|row| {
            let texts = row.iter().filter_map(|(_, value)| match value {
                Value::Text(text) => Some(text.as_str()),
                Value::Error(_) => None,
            });
            self.is_header(&texts.collect::<Vec<_>>())
        })
    }

    /// Whether a row with these texts is the header, as far as its texts alone say so.
    pub(super) fn is_header(&self, texts: &[&str]) -> bool {
        match self {
            Self::Wanted(wanted) => (wanted.is_header)(texts),
            Self::Fields | Self::Widest => known_headings(texts.iter().copied()) >= LEAST_HEADINGS,
            Self::Columns(columns) => {
                let known = texts.iter().filter(|text| columns.contains(&spelled(text)));
                known.count() >= LEAST_HEADINGS.min(columns.len()).max(1)
            }
        }
    }

    pub(super) fn wanted(&self) -> String {
        match self {
            Self::Fields | Self::Widest => FIELDS.map(|(_, zh)| zh).join(","),
            Self::Columns(columns) => columns.join(","),
            Self::Wanted(wanted) => wanted.headings.clone(),
        }
    }
}

/// Formulas count with the value they had when the file was saved, and that is said.
fn formulas<R: Read + std::io::Seek>(
    workbook: &mut Xlsx<R>,
    name: &str,
    header: u32,
) -> Result<Option<String>, XlsxError> {
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
    Ok((count > 0).then(|| {
        format!(
            "formulas count with their last value 公式按保存时的结果读取 (cells 单元格 {count}, first in \
             row 首见行 {first})"
        )
    }))
}

/// The rows, each with a cell for each heading and more only where something stands there.
fn records(rows: Rows) -> Vec<Record> {
    let mut width = 0;
    let mut records = Vec::with_capacity(rows.len());
    for (row, values) in rows {
        let reach = values
            .iter()
            .map(|(column, _)| column + 1)
            .max()
            .unwrap_or_default();
        if records.is_empty() {
            width = reach;
        }
        let mut texts = vec![String::new(); width.max(reach)];
        let mut broken = Vec::new();
        for (column, value) in values {
            let (Value::Text(text) | Value::Error(text)) = &value;
            if let Some(cell) = texts.get_mut(column) {
                cell.clone_from(text);
            }
            if matches!(value, Value::Error(_)) {
                broken.push(column);
            }
        }
        records.push(record(row, texts, broken));
    }
    records
}

pub(super) fn record(row: u32, cells: Vec<String>, broken: Vec<usize>) -> Record {
    let line = u64::from(row) + 1;
    Record {
        line,
        last_line: line,
        cells: StringRecord::from(cells),
        broken,
        problems: Vec::new(),
    }
}

#[cfg(test)]
#[path = "workbook_tests.rs"]
mod tests;
