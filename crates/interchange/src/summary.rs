//! The first sheet of a report: the numbers of wrong and doubtful rows, and their problems, in groups.

use std::collections::HashSet;
use std::path::Path;

use chengji_domain::Field;
use chengji_messages::{Language, Message, msg};
use chengji_proto::v1::ImportProblem;
use rust_xlsxwriter::{Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::groups::{Group, groups, message, ranges, title};
use super::marked::{MAX_NOTES, Weight};
use super::sheet_text;

/// The findings of an import, by the lines of its file.
#[derive(Clone, Copy, Debug)]
pub struct Findings<'a> {
    /// The problems.
    pub problems: &'a [ImportProblem],
    /// The points that a reviewer would question.
    pub warnings: &'a [ImportProblem],
}

/// The subject of a report, and its reader.
pub(super) struct About<'a> {
    pub(super) input: &'a Path,
    /// True if the file was read through a map.
    pub(super) mapped: bool,
    pub(super) language: Language,
}

/// The columns of the groups, and their widths.
fn columns() -> [(Message, f64); 7] {
    [
        (msg::ReportColumnKind.into(), 14.0),
        (msg::ReportColumnField.into(), 24.0),
        (msg::ReportColumnRows.into(), 14.0),
        (msg::ReportColumnLines.into(), 30.0),
        (msg::ReportColumnProblem.into(), 60.0),
        (msg::ReportColumnRemedy.into(), 60.0),
        (msg::ReportColumnExample.into(), 30.0),
    ]
}

/// Maximum numbers of groups and of line ranges listed.
const MAX_GROUPS: usize = 1_000;
const MAX_RANGES: usize = 50;

/// Adds the sheet to a workbook whose other sheet is to have the name `beside`.
pub(super) fn sheet(
    workbook: &mut Workbook,
    about: &About<'_>,
    beside: &str,
    findings: Findings<'_>,
) -> Result<(), XlsxError> {
    let language = about.language;
    let sheet = workbook.add_worksheet();
    let name = Message::from(msg::ReportSheet).render(language);
    let other = || format!("{name} 2");
    sheet.set_name(if beside == name {
        other()
    } else {
        name.clone()
    })?;
    let mut row = 0;
    for line in introduction(about, findings) {
        sheet.write_string(row, 0, line.render(language))?;
        row += 1;
    }
    row += 1;
    let bold = Format::new().set_bold();
    for (column, (heading, width)) in (0..).zip(columns()) {
        sheet.set_column_width(column, width)?;
        sheet.write_string_with_format(row, column, heading.render(language), &bold)?;
    }
    for (weight, problems) in [
        (Weight::Problem, findings.problems),
        (Weight::Warning, findings.warnings),
    ] {
        for group in groups(problems).iter().take(MAX_GROUPS) {
            row += 1;
            one(sheet, row, (weight, language), group)?;
        }
    }
    Ok(())
}

/// The lines above the groups.
fn introduction(about: &About<'_>, findings: Findings<'_>) -> Vec<Message> {
    let file = about.input.file_name().unwrap_or_default();
    let again: Message = match about.mapped {
        false => msg::ReportImportAgain.into(),
        true => msg::ReportImportAgainWithMap.into(),
    };
    let mut lines = vec![
        msg::ReportTitle {
            file: file.to_string_lossy().into_owned(),
        }
        .into(),
        msg::ReportRowsWithProblems {
            rows: rows(findings.problems),
        }
        .into(),
        msg::ReportRowsWithWarnings {
            rows: rows(findings.warnings),
        }
        .into(),
        again,
    ];
    if findings.problems.len() + findings.warnings.len() > MAX_NOTES {
        lines.push(msg::ReportNotesCapped { most: MAX_NOTES }.into());
    }
    lines
}

/// The row of a group.
fn one(
    sheet: &mut Worksheet,
    row: u32,
    (weight, language): (Weight, Language),
    group: &Group<'_>,
) -> Result<(), XlsxError> {
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let first = group.first;
    // Of a secret row only the reason is reported.
    let secret = first.field == Field::Secret.as_str();
    let value = if secret { "" } else { first.value.as_str() };
    let example: Message = match group.alike {
        true => msg::Text { text: value }.into(),
        false => msg::ReportExample {
            line: first.line,
            message: message(first),
            value,
        }
        .into(),
    };
    let texts = [
        (0, weight.label().render(language)),
        (1, title(first).render(language)),
        (3, ranges(&group.lines, MAX_RANGES).render(language)),
        (4, group.message.render(language)),
        (5, group.message.remedy(language).unwrap_or_default()),
        (6, example.render(language)),
    ];
    for (column, text) in texts {
        let format = if column == 0 {
            weight.format()
        } else {
            wrapped.clone()
        };
        sheet.write_string_with_format(row, column, sheet_text::workbook(&text), &format)?;
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "a file has at most 200,000 rows"
    )]
    sheet.write_number(row, 2, group.lines.len() as f64)?;
    Ok(())
}

fn rows(problems: &[ImportProblem]) -> usize {
    let lines: HashSet<u64> = problems.iter().map(|problem| problem.line).collect();
    lines.len()
}
