//! The sheet of a report with the user's own rows: their cells as texts in the same places, marked, and a
//! first column with the problems of each row.

use chengji_domain::Field;
use chengji_messages::{Language, Message, msg};
use chengji_proto::v1::ImportProblem;
use rust_xlsxwriter::{Format, Formula, Note, Workbook, Worksheet, XlsxError};

use super::columns::{is_remarks, only_remarks, remarks};
use super::groups::{line_of, message};
use super::meaning::Meaning;
use super::records::{Record, trimmed};
use super::sheet_text::fitted;
use super::workbook_cell::{text, width};
use super::worksheet::UNSAVED;

/// Maximum number of cells with a note; spreadsheet programs get slow with more.
pub(super) const MAX_NOTES: usize = 10_000;
/// Maximum length of a note, characters.
const MAX_NOTED: usize = 2_000;

/// The severity of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// The row is not an entry.
    Problem,
    /// A point that a reviewer would question.
    Warning,
}

impl Weight {
    pub(super) fn label(self) -> Message {
        match self {
            Self::Problem => msg::ReportProblem.into(),
            Self::Warning => msg::ReportWarning.into(),
        }
    }

    /// Text, in the colours that spreadsheet programs use for bad and for neutral.
    pub(super) fn format(self) -> Format {
        let (ground, ink) = match self {
            Self::Problem => (0x00FF_C7CE, 0x009C_0006),
            Self::Warning => (0x00FF_EB9C, 0x009C_5700),
        };
        text().set_background_color(ground).set_font_color(ink)
    }
}

/// A finding in a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark<'a> {
    pub(super) weight: Weight,
    pub(super) finding: &'a ImportProblem,
}

impl Mark<'_> {
    fn field(&self) -> Option<Field> {
        Field::of_name(&self.finding.field)
    }

    fn is_of(&self, fields: &[Field]) -> bool {
        self.field().is_some_and(|field| fields.contains(&field))
    }
}

/// A sheet being written, row by row; rows are flushed to disk as they are written.
pub(super) struct Marked<'a> {
    sheet: &'a mut Worksheet,
    meaning: &'a Meaning<'a>,
    language: Language,
    /// The fields of each column.
    fields: Vec<Vec<Field>>,
    /// The columns that an earlier report added.
    remarks: Vec<usize>,
    /// True if cells are in their column in rows of any length, as in a workbook.
    in_place: bool,
    plain: Format,
    bold: Format,
    problem: Format,
    warning: Format,
    notes: usize,
    header: u32,
    last: u32,
}

impl<'a> Marked<'a> {
    pub(super) fn new(
        workbook: &'a mut Workbook,
        name: &str,
        meaning: &'a Meaning<'a>,
        (language, in_place): (Language, bool),
    ) -> Result<Self, XlsxError> {
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        // A name that only other programs allow is replaced.
        if sheet.set_name(name).is_err() {
            sheet.set_name("目录")?;
        }
        let headings = meaning.headings().iter().enumerate();
        let remarks = headings.filter(|(_, heading)| is_remarks(heading));
        Ok(Self {
            sheet,
            remarks: remarks.map(|(at, _)| at).collect(),
            fields: meaning.fields(),
            meaning,
            language,
            in_place,
            plain: text(),
            bold: text().set_bold(),
            problem: Weight::Problem.format(),
            warning: Weight::Warning.format(),
            notes: 0,
            header: 0,
            last: 0,
        })
    }

    /// A row above the header.
    pub(super) fn title(&mut self, record: &Record) -> Result<(), XlsxError> {
        let row = row_of(record)?;
        for (column, cell) in filled(record) {
            let column = self.place(column)?;
            let plain = &self.plain;
            self.sheet
                .write_string_with_format(row, column, fitted(cell), plain)?;
        }
        Ok(())
    }

    /// The heading of a group, one merged cell as it was.
    pub(super) fn group(&mut self, record: &Record) -> Result<(), XlsxError> {
        let row = row_of(record)?;
        let Some((left, text)) = filled(record).next() else {
            return Ok(());
        };
        let (left, right) = (self.place(left)?, self.place(record.cells.len())? - 1);
        self.sheet
            .merge_range(row, left, row, right, fitted(text), &self.bold)?;
        Ok(())
    }

    /// The header, which stays in view.
    pub(super) fn header(&mut self, record: &Record) -> Result<(), XlsxError> {
        let row = row_of(record)?;
        (self.header, self.last) = (row, row);
        self.sheet
            .set_freeze_panes(row + 1, 1)?
            .set_column_width(0, 50)?
            .write_string_with_format(row, 0, remarks(self.language), &self.bold)?;
        for (at, heading) in record.cells.iter().enumerate() {
            if self.remarks.contains(&at) {
                continue;
            }
            let column = self.place(at)?;
            let width = width(self.fields(at).first().copied().unwrap_or(Field::Row));
            // A correction typed into a cell is a text, too.
            self.sheet
                .set_column_format(column, &self.plain)?
                .set_column_width(column, width)?;
            self.sheet
                .write_string_with_format(row, column, fitted(heading), &self.bold)?;
        }
        Ok(())
    }

    /// A row below the header, with its findings, problems first.
    pub(super) fn row(&mut self, record: &Record, marks: &[Mark<'_>]) -> Result<(), XlsxError> {
        if only_remarks(self.meaning.headings(), record) {
            return Ok(());
        }
        let row = row_of(record)?;
        self.last = row;
        let in_place = self.in_place || record.cells.len() == self.fields.len();
        let repeated = in_place && self.meaning.may_be_repeated(record);
        let remarks = self.remarks_on(record, marks, repeated).join("\n");
        if !remarks.is_empty() {
            let weight = marks.first().map(|mark| mark.weight);
            // Findings without a cell of their own are noted here.
            let others = marks.iter().filter(|mark| repeated && !self.has_cell(mark));
            let others: Vec<&Mark<'_>> = others.collect();
            self.cell(row, 0, &remarks, weight, &others)?;
        }
        if repeated {
            self.cells(row, record, marks)?;
        }
        Ok(())
    }

    /// Ends the sheet and makes it filterable and sortable.
    pub(super) fn finish(self) -> Result<(), XlsxError> {
        let last = self.place(self.fields.len())?.saturating_sub(1);
        self.sheet.autofilter(self.header, 0, self.last, last)?;
        Ok(())
    }

    fn cells(&mut self, row: u32, record: &Record, marks: &[Mark<'_>]) -> Result<(), XlsxError> {
        // Most rows have no findings.
        let whole = marks.iter().find(|mark| mark.field() == Some(Field::Row));
        for (at, cell) in record.cells.iter().enumerate() {
            if self.remarks.contains(&at) {
                continue;
            }
            let column = self.place(at)?;
            let fields = self.fields(at);
            let of_these = |mark: &&Mark<'_>| mark.is_of(fields);
            let own: Vec<&Mark<'_>> = marks.iter().filter(of_these).collect();
            let weight = own.first().copied().or(whole).map(|mark| mark.weight);
            if record.broken.contains(&at) {
                // Remains an error when the report is imported unchanged.
                let cell = if cell == UNSAVED { "#N/A" } else { cell };
                let formula = Formula::new("=NA()").set_result(cell);
                let format = self.format(weight).clone();
                self.sheet
                    .write_formula_with_format(row, column, formula, &format)?;
                self.note(row, column, &own)?;
            } else if weight.is_some() || !cell.is_empty() {
                self.cell(row, column, cell, weight, &own)?;
            }
        }
        Ok(())
    }

    fn cell(
        &mut self,
        row: u32,
        column: u16,
        text: &str,
        weight: Option<Weight>,
        noted: &[&Mark<'_>],
    ) -> Result<(), XlsxError> {
        let format = self.format(weight).clone();
        self.sheet
            .write_string_with_format(row, column, fitted(text), &format)?;
        self.note(row, column, noted)
    }

    fn note(&mut self, row: u32, column: u16, marks: &[&Mark<'_>]) -> Result<(), XlsxError> {
        if marks.is_empty() || self.notes >= MAX_NOTES {
            return Ok(());
        }
        self.notes += 1;
        let texts = marks.iter().map(|mark| noted(mark, self.language));
        let mut texts: Vec<String> = texts.collect();
        texts.dedup();
        let text: String = texts.join("\n\n").chars().take(MAX_NOTED).collect();
        // Approximate number of lines of 300 pixels, each 18 high.
        let lines = text.lines().map(|line| 1 + line.len() / 45).sum::<usize>();
        let height = u32::try_from(lines.clamp(4, 25)).unwrap_or(25) * 18;
        let note = Note::new(text)
            .add_author_prefix(false)
            .set_width(300)
            .set_height(height);
        self.sheet.insert_note(row, column, &note)?;
        Ok(())
    }

    /// The texts of the column in front of a row: its problems, and how the row is given back.
    fn remarks_on(&self, record: &Record, marks: &[Mark<'_>], repeated: bool) -> Vec<String> {
        let lines = marks.iter().map(|mark| {
            let mut finding = mark.finding.clone();
            if !repeated {
                finding.value.clear();
            }
            line_of(&finding, self.language)
        });
        let mut remarks: Vec<String> = lines.collect();
        remarks.dedup();
        let cut = |cell: &str| fitted(cell).len() < cell.len();
        if !repeated {
            remarks.push(Message::from(msg::ReportRowNotRepeated).render(self.language));
        } else if record.cells.iter().any(cut) {
            remarks.push(Message::from(msg::ReportCellCut).render(self.language));
        }
        remarks
    }

    fn format(&self, weight: Option<Weight>) -> &Format {
        match weight {
            None => &self.plain,
            Some(Weight::Problem) => &self.problem,
            Some(Weight::Warning) => &self.warning,
        }
    }

    /// Returns true if a mark's field has a column.
    fn has_cell(&self, mark: &Mark<'_>) -> bool {
        self.fields.iter().any(|fields| mark.is_of(fields))
    }

    fn fields(&self, column: usize) -> &[Field] {
        self.fields.get(column).map_or(&[], Vec::as_slice)
    }

    /// The place of a column of the file in this sheet: one to the right of its own, unless the file is a
    /// report itself and has the first column already.
    fn place(&self, column: usize) -> Result<u16, XlsxError> {
        let left = self.remarks.iter().filter(|at| **at < column).count();
        u16::try_from(column + 1 - left).map_err(|_| XlsxError::RowColumnLimitError)
    }
}

/// The row of a workbook for the record's line.
fn row_of(record: &Record) -> Result<u32, XlsxError> {
    u32::try_from(record.line.saturating_sub(1)).map_err(|_| XlsxError::RowColumnLimitError)
}

fn filled(record: &Record) -> impl Iterator<Item = (usize, &str)> {
    let cells = record.cells.iter().enumerate();
    cells.filter(|(_, cell)| !trimmed(cell).is_empty())
}

fn noted(mark: &Mark<'_>, language: Language) -> String {
    let message = message(mark.finding);
    let shown = msg::ReportNote {
        kind: mark.weight.label(),
        message: &message,
    };
    let shown = Message::from(shown).render(language);
    match message.remedy(language) {
        Some(remedy) => format!("{shown}\n→ {remedy}"),
        None => shown,
    }
}
