//! The user's own sheet returned as a workbook with its problems marked: the same rows and columns, each
//! cell a text, bad cells red, doubtful ones yellow, both with a note that gives the reason and remedy.
//! Corrected, it can be imported directly.
//!
//! The file is read a second time for it, so that its cells need not be kept elsewhere. Of a row that is
//! secret, or not certainly not secret, no cell is repeated.

use std::collections::HashMap;
use std::fs::{self, Permissions};
use std::io::BufWriter;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Language, Message, Value, msg};
use rust_xlsxwriter::{Workbook, XlsxError};
use tempfile::NamedTempFile;

use super::header::Header;
use super::marked::{Mark, Marked, Weight};
use super::meaning::Meaning;
use super::read::spelled_columns;
use super::records::{Record, Records};
use super::summary::Findings;
use super::titled::Titled;
use super::{Layout, dcat, json_lines, summary, text, workbook};

/// Default name of the sheet.
const SHEET: &str = "目录";

/// A report being prepared.
#[derive(Debug)]
pub struct Report<'l> {
    input: PathBuf,
    sheet_name: Option<String>,
    layout: Option<&'l Layout>,
    language: Language,
    target: PathBuf,
    part: NamedTempFile,
}

impl<'l> Report<'l> {
    /// Prepares a report on `input`, of which `sheet_name` is read through `layout`, in `target`; write
    /// errors are reported now, before anything is imported. An existing report is replaced once the new
    /// one is complete. Errors: `INVALID_ARGUMENT` where `target` is not an .xlsx file, is the input
    /// itself, or cannot be written.
    pub fn open(
        input: &Path,
        sheet_name: Option<&str>,
        layout: Option<&'l Layout>,
        language: Language,
        target: &Path,
    ) -> Result<Self> {
        let xlsx = target
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("xlsx"));
        if !xlsx {
            let file = Value::text(target.display());
            return Err(refused(msg::ReportNotXlsx { file }));
        }
        if !is_sheet(input) {
            let file = Value::text(input.display());
            return Err(refused(msg::ReportOfNoSheet { file }));
        }
        if is_same(input, target) {
            let file = Value::text(input.display());
            return Err(refused(msg::ReportOverInput { file }));
        }
        let folder = target
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let part = tempfile::Builder::new()
            .prefix(".chengji-report-")
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder)
            .map_err(|e| unwritable(target, &e))?;
        if target.is_dir() {
            let file = Value::text(target.display());
            return Err(refused(msg::ReportIsFolder { file }));
        }
        Ok(Self {
            input: input.to_owned(),
            sheet_name: sheet_name.map(ToOwned::to_owned),
            layout,
            language,
            target: target.to_owned(),
            part,
        })
    }

    /// Writes the report; returns its path.
    pub fn write(self, findings: Findings<'_>) -> Result<PathBuf> {
        let mut workbook = Workbook::new();
        let file = self.input.display().to_string();
        let columns = self.layout.map(spelled_columns);
        let header = columns.as_deref().map_or(Header::Fields, Header::Columns);
        if workbook::is_workbook(&self.input) {
            let sheet_name = self.sheet_name.as_deref();
            let read = workbook::read(&self.input, &file, sheet_name, &header)?;
            let records = read.records.into_iter().map(Ok);
            let beside = (read.titles.as_slice(), read.groups.as_slice());
            self.draw(&mut workbook, &read.name, beside, records, findings)?;
        } else {
            let decoded = text::read(&self.input)?;
            let mut records = Titled::new(Records::new(&decoded.text, &file), &header)?;
            let titles = std::mem::take(&mut records.titles);
            self.draw(&mut workbook, SHEET, (&titles, &[]), records, findings)?;
        }
        let failed = |e: &dyn std::fmt::Display| unwritable(&self.target, e);
        workbook
            .save_to_writer(BufWriter::new(self.part.as_file()))
            .map_err(|e| failed(&e))?;
        self.part.as_file().sync_all().map_err(|e| failed(&e))?;
        self.part.persist(&self.target).map_err(|e| failed(&e))?;
        Ok(self.target)
    }

    fn draw(
        &self,
        workbook: &mut Workbook,
        name: &str,
        (titles, groups): (&[Record], &[Record]),
        mut records: impl Iterator<Item = Result<Record>>,
        findings: Findings<'_>,
    ) -> Result<()> {
        let failed = |e: XlsxError| unwritable(&self.target, &e);
        let about = summary::About {
            input: &self.input,
            mapped: self.layout.is_some(),
            language: self.language,
        };
        summary::sheet(workbook, &about, name, findings).map_err(failed)?;
        // A file that was read before has a header, unless it was changed since.
        let header = records.next().transpose()?.unwrap_or_else(|| Record {
            line: 1,
            last_line: 1,
            cells: csv::StringRecord::new(),
            broken: Vec::new(),
            problems: Vec::new(),
        });
        let meaning = Meaning::read(&header, &self.input.display().to_string(), self.layout)?;
        let marks = by_line(findings);
        let in_place = workbook::is_workbook(&self.input);
        let manner = (self.language, in_place);
        let mut marked = Marked::new(workbook, name, &meaning, manner).map_err(failed)?;
        for title in titles {
            marked.title(title).map_err(failed)?;
        }
        marked.header(&header).map_err(failed)?;
        let mut groups = groups.iter().peekable();
        for record in records {
            let record = record?;
            while let Some(group) = groups.next_if(|group| group.line < record.line) {
                marked.group(group).map_err(failed)?;
            }
            let found = marks.get(&record.line).map_or(&[][..], Vec::as_slice);
            marked.row(&record, found).map_err(failed)?;
        }
        for group in groups {
            marked.group(group).map_err(failed)?;
        }
        marked.finish().map_err(failed)
    }
}

/// Returns true if a file has rows and columns that can be marked.
pub fn is_sheet(input: &Path) -> bool {
    let objects = || json_lines::open(input, "").is_ok_and(|lines| lines.is_some());
    workbook::is_workbook(input) || !(dcat::is_jsonld(input) || objects())
}

/// The marks of each line, problems first.
fn by_line(findings: Findings<'_>) -> HashMap<u64, Vec<Mark<'_>>> {
    let mut marks: HashMap<u64, Vec<Mark<'_>>> = HashMap::new();
    for (weight, found) in [
        (Weight::Problem, findings.problems),
        (Weight::Warning, findings.warnings),
    ] {
        for finding in found {
            let mark = Mark { weight, finding };
            marks.entry(finding.line).or_default().push(mark);
        }
    }
    marks
}

/// Returns true if two paths lead to the same file, through any links.
fn is_same(one: &Path, other: &Path) -> bool {
    let file = |path: &Path| fs::metadata(path).map(|found| (found.dev(), found.ino()));
    matches!((file(one), file(other)), (Ok(one), Ok(other)) if one == other)
}

fn refused(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::InvalidArgument, message)
}

fn unwritable(target: &Path, cause: &dyn std::fmt::Display) -> Error {
    refused(msg::ReportUnwritable {
        cause: Value::text(cause),
        file: Value::text(target.display()),
    })
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "mapped_report_tests.rs"]
mod mapped_tests;
