//! Reads a file of any supported kind into a sheet.

use std::iter::Peekable;
use std::path::Path;

use chengji_domain::catalogue::{FieldProblem, Given};
use chengji_domain::tables::Names;
use chengji_domain::{Error, ErrorCode, Field, Result};
use chengji_messages::{Language, Message, msg};
use csv::StringRecord;

use super::cells::ParsedRow;
use super::columns::{Columns, only_remarks};
use super::groups::ranges;
use super::header::Header;
use super::headings::spelled;
use super::item_rows::ItemRows;
use super::json_lines::{self, Objects};
use super::json_object::Line;
use super::json_path::{Unused, at_path};
use super::layout::{Bound, Made, Survey, proposal};
use super::meaning::Meaning;
use super::notes::{Conversion, Notes};
use super::records::{Record, Records};
use super::repeats::Repeats;
use super::row_limit::{MAX_ROWS, too_many};
use super::titled::Titled;
use super::worksheet::UNSAVED;
use super::{Layout, Row, Sheet, cells, dcat, text, workbook};

/// Options for reading a file.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The sheet of a workbook; the only visible one with a header and rows unless given.
    pub sheet: Option<&'a str>,
    /// The map of a foreign layout.
    pub layout: Option<&'a Layout>,
    /// True if notes are also listed for each row.
    pub row_notes: bool,
    /// The bureau's names of values.
    pub names: &'a Names,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            sheet: None,
            layout: None,
            row_notes: false,
            names: Names::NONE,
        }
    }
}

/// A row in the order of the columns, or the problem with it.
struct Taken {
    line: u64,
    row: Result<Cells, FieldProblem>,
}

struct Cells {
    cells: StringRecord,
    /// Columns whose cell holds a formula in error, or one without a saved value.
    broken: Vec<usize>,
    problems: Vec<FieldProblem>,
    conversions: Vec<(Field, Conversion)>,
}

impl Cells {
    fn made(made: Made, broken: Vec<usize>) -> Self {
        Self {
            cells: StringRecord::from(made.cells),
            broken,
            problems: made.problems,
            conversions: made.conversions,
        }
    }

    fn read(self, columns: &Columns, names: &Names) -> ParsedRow {
        let read = cells::read(columns, &self.without_broken(columns), names);
        let mut problems = Vec::new();
        let secret = read.draft.as_ref().map(|draft| &draft.secret);
        if secret != Some(&Given::Known(true)) {
            // Errors in a column that is not read are ignored.
            let read = self.broken.iter();
            let read = read.filter(|column| columns.field(**column) != Field::Row);
            problems.extend(read.map(|column| {
                let cell = self.cells.get(*column).unwrap_or_default();
                formula(columns.field(*column), cell)
            }));
        }
        if read.draft.is_some() && secret != Some(&Given::Known(true)) {
            problems.extend(self.problems);
        }
        problems.extend(read.problems);
        let mut conversions = self.conversions;
        for (field, conversion) in read.conversions {
            let mut known = conversions.iter_mut();
            match known.find(|known| **known == (field, Conversion::Html)) {
                Some(html) if conversion == Conversion::HtmlKept => html.1 = Conversion::HtmlWithin,
                _ => conversions.push((field, conversion)),
            }
        }
        ParsedRow {
            draft: read.draft,
            problems,
            conversions,
        }
    }

    /// The cells, with broken ones empty, since they are reported as such; but if the secrecy cell is
    /// broken, secrecy stays unknown.
    fn without_broken(&self, columns: &Columns) -> StringRecord {
        let whole = |column: &usize| {
            !self.broken.contains(column) || columns.field(*column) == Field::Secret
        };
        let cells = self.cells.iter().enumerate();
        cells
            .map(|(column, cell)| if whole(&column) { cell } else { "" })
            .collect()
    }
}

/// Reads a file without a map.
pub fn read(path: &Path, sheet: Option<&str>) -> Result<Sheet> {
    let options = Options {
        sheet,
        ..Options::default()
    };
    read_with(path, options)
}

/// Reads a file: a workbook, of which one sheet is read (the named one, or the only one with a header),
/// JSON-LD, JSON lines through a map, or a text. Errors concern the file as a whole; problems of rows are
/// in the sheet.
pub fn read_with(path: &Path, options: Options<'_>) -> Result<Sheet> {
    let file = path.display().to_string();
    let columns = options.layout.map(spelled_columns);
    let header = columns.as_deref().map_or(Header::Fields, Header::Columns);
    if workbook::is_workbook(path) {
        let read = workbook::read(path, &file, options.sheet, &header)?;
        let mut sheet = table(read.records.into_iter().map(Ok), &file, options)?;
        sheet.notes.splice(0..0, read.notes);
        return Ok(sheet);
    }
    refuse_sheet_name(&file, options.sheet)?;
    if dcat::is_jsonld(path) {
        refuse_map(&file, options.layout)?;
        return dcat::read(path, &file);
    }
    if let Some(lines) = json_lines::open(path, &file)? {
        let lines = non_empty(lines, &file)?;
        let layout = options.layout.ok_or_else(|| no_map(&file))?;
        return objects(lines, layout, &file, options);
    }
    let decoded = text::read(path)?;
    let mut sheet = parse(&decoded.text, &file, options)?;
    sheet.notes.splice(0..0, decoded.note);
    Ok(sheet)
}

/// The columns that a map names, in the form in which headings are compared.
pub(super) fn spelled_columns(layout: &Layout) -> Vec<String> {
    layout.columns().map(spelled).collect()
}

/// Proposes a map for a file: filled in as far as its header and values allow; values that `names` does
/// not explain are left to fill in.
pub fn propose(
    path: &Path,
    sheet_name: Option<&str>,
    names: &Names,
    language: Language,
) -> Result<String> {
    let file = path.display().to_string();
    if workbook::is_workbook(path) {
        let read = workbook::read(path, &file, sheet_name, &Header::Fields)
            .or_else(|_| workbook::read(path, &file, sheet_name, &Header::Widest))?;
        return survey(read.records.into_iter().map(Ok), &file, names, language);
    }
    refuse_sheet_name(&file, sheet_name)?;
    if let Some(lines) = json_lines::open(path, &file)? {
        let mut survey = Survey::of_objects();
        for line in non_empty(lines, &file)? {
            // Lines that are not objects are reported when the file is imported.
            if let Ok(object) = line?.1 {
                survey.object(&object);
            }
        }
        if survey.is_empty() {
            return Err(no_objects(&file));
        }
        return Ok(proposal(&survey, &file, names, language));
    }
    let decoded = text::read(path)?;
    let records = Titled::new(Records::new(&decoded.text, &file), &Header::Fields)?;
    survey(records, &file, names, language)
}

fn survey(
    mut records: impl Iterator<Item = Result<Record>>,
    file: &str,
    names: &Names,
    language: Language,
) -> Result<String> {
    let header = records.next().transpose()?;
    let header = header.ok_or_else(|| empty(msg::SheetFileEmpty { file }))?;
    let mut survey = Survey::of_table(&header);
    for record in records {
        survey.record(&record?);
    }
    Ok(proposal(&survey, file, names, language))
}

pub(super) fn refuse_sheet_name(file: &str, sheet: Option<&str>) -> Result<()> {
    let Some(name) = sheet else {
        return Ok(());
    };
    let message = msg::SheetNotAWorkbook { file, name };
    Err(Error::new(ErrorCode::InvalidArgument, message))
}

fn refuse_map(file: &str, layout: Option<&Layout>) -> Result<()> {
    if layout.is_none() {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::InvalidArgument,
        msg::MapNeedless { file },
    ))
}

/// The lines of a file that must have some.
fn non_empty(lines: Objects, file: &str) -> Result<Peekable<Objects>> {
    let mut lines = lines.peekable();
    if lines.peek().is_none() {
        return Err(no_objects(file));
    }
    Ok(lines)
}

fn no_objects(file: &str) -> Error {
    Error::new(ErrorCode::InvalidArgument, msg::JsonNoObject { file })
}

fn no_map(file: &str) -> Error {
    Error::new(ErrorCode::InvalidArgument, msg::MapNeeded { file })
}

pub(super) fn parse(text: &str, file: &str, options: Options<'_>) -> Result<Sheet> {
    let columns = options.layout.map(spelled_columns);
    let header = columns.as_deref().map_or(Header::Fields, Header::Columns);
    let mut records = Titled::new(Records::new(text, file), &header)?;
    let note = records.note();
    let mut sheet = table(records, file, options)?;
    sheet.notes.splice(0..0, note);
    Ok(sheet)
}

fn table(
    mut records: impl Iterator<Item = Result<Record>>,
    file: &str,
    options: Options<'_>,
) -> Result<Sheet> {
    let header = records.next().transpose()?;
    let mut header = header.ok_or_else(|| empty(msg::SheetFileEmpty { file }))?;
    let mut repeats = Repeats::of(&header);
    let item_rows = match options.layout {
        None => ItemRows::take(&mut header),
        Some(_) => ItemRows::default(),
    };
    let meaning = Meaning::read(&header, file, options.layout)?;
    let records = records.filter(|record| !matches!(record, Ok(record) if repeats.meet(record)));
    let mut remarks = Vec::new();
    let records = records.filter_map(|record| match record {
        Ok(record) if only_remarks(meaning.headings(), &record) => {
            remarks.push(record.line);
            None
        }
        record => Some(record),
    });
    let records = item_rows.gather(records);
    let mut sheet = match &meaning {
        Meaning::Own(columns) => {
            let rows = records.map(|record| record.map(|record| taken(columns, record)));
            gather(rows, columns, columns.notes(), file, options)?
        }
        Meaning::Mapped(bound) => {
            let columns = Columns::mapped(bound.names());
            let rows = records.map(|record| record.map(|record| mapped(bound, &record)));
            gather(rows, &columns, bound.notes(), file, options)?
        }
    };
    sheet.notes.extend(passed_over(&remarks));
    sheet.notes.extend(repeats.note());
    sheet.notes.extend(item_rows.note());
    Ok(sheet)
}

fn mapped(bound: &Bound<'_>, record: &Record) -> Taken {
    let row = bound.row(record);
    Taken {
        line: record.line,
        row: row.map(|(made, broken)| Cells::made(made, broken)),
    }
}

/// The note about rows with nothing but a report's remarks.
fn passed_over(remarks: &[u64]) -> Option<Message> {
    (!remarks.is_empty()).then(|| {
        msg::SheetRemarksPassedOver {
            lines: ranges(remarks, 10),
        }
        .into()
    })
}

fn taken(columns: &Columns, record: Record) -> Taken {
    let line = record.line;
    let row = columns.fit(&record).map(|()| Cells {
        cells: record.cells,
        broken: record.broken,
        problems: record.problems,
        conversions: Vec::new(),
    });
    Taken { line, row }
}

fn objects(
    lines: impl Iterator<Item = Result<Line>>,
    layout: &Layout,
    file: &str,
    options: Options<'_>,
) -> Result<Sheet> {
    let columns = Columns::mapped(layout.headings());
    let mut unused = Unused::new(layout);
    let rows = lines.map(|line| {
        let (line, object) = line?;
        let row = object.map(|object| {
            unused.meet(&object);
            let made = layout.row(&|path: &str| at_path(&object, path));
            Cells::made(made, Vec::new())
        });
        Ok(Taken { line, row })
    });
    let mut sheet = gather(rows, &columns, Vec::new(), file, options)?;
    unused.check(layout, file)?;
    sheet.notes.splice(0..0, unused.note());
    Ok(sheet)
}

fn gather(
    rows: impl Iterator<Item = Result<Taken>>,
    columns: &Columns,
    column_notes: Vec<Message>,
    file: &str,
    options: Options<'_>,
) -> Result<Sheet> {
    let mut sheet = Sheet {
        headings: columns.headings(),
        mapped: options.layout.is_some(),
        ..Sheet::default()
    };
    let mut notes = Notes::new(options.row_notes);
    let names = options.names;
    let mut count = 0;
    for row in rows {
        count += 1;
        if count > MAX_ROWS {
            return Err(too_many(file));
        }
        let Taken { line, row } = row?;
        match row {
            Ok(cells) => take(&mut sheet, &mut notes, line, cells.read(columns, names)),
            Err(problem) => sheet.problems.push(sheet.at(line, problem)),
        }
    }
    if count == 0 {
        return Err(empty(msg::SheetFileWithoutRows { file }));
    }
    sheet.notes = column_notes;
    sheet.notes.extend(notes.into_messages());
    Ok(sheet)
}

fn take(sheet: &mut Sheet, notes: &mut Notes, line: u64, read: ParsedRow) {
    for problem in read.problems {
        sheet.problems.push(sheet.at(line, problem));
    }
    for (field, conversion) in read.conversions {
        notes.add(field, conversion, line);
    }
    sheet
        .rows
        .extend(read.draft.map(|draft| Row { line, draft }));
}

fn formula(field: Field, cell: &str) -> FieldProblem {
    let message = broken(cell);
    match is_unsaved(cell) {
        true => FieldProblem::new(field, "", message),
        false => FieldProblem::new(field, cell, message),
    }
}

/// Returns the problem of a cell with a formula that failed or has no saved value.
pub(super) fn broken(cell: &str) -> Message {
    match is_unsaved(cell) {
        true => msg::SheetFormulaUnsaved.into(),
        false => msg::SheetFormulaError.into(),
    }
}

/// A map may have joined it with others.
fn is_unsaved(cell: &str) -> bool {
    cell.split_whitespace().any(|part| part == UNSAVED)
}

/// A file that holds no entry.
pub(super) fn empty(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::InvalidArgument, message)
}
