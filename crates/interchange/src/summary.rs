//! The first sheet of a report: the numbers of wrong and doubtful rows, and their problems, in groups.

use std::collections::HashSet;
use std::path::Path;

use chengji_proto::v1::ImportProblem;
use rust_xlsxwriter::{Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::groups::{Group, groups, ranges, title};
use super::marked::{MAX_NOTES, Weight};
use super::workbook_cell::fitted;

/// The findings of an import, by the lines of its file.
#[derive(Clone, Copy, Debug)]
pub struct Findings<'a> {
    /// The problems.
    pub problems: &'a [ImportProblem],
    /// The points that a reviewer would question.
    pub warnings: &'a [ImportProblem],
}

const NAME: &str = "检查结果";
const HEADINGS: [(&str, f64); 7] = [
    ("类别 kind", 14.0),
    ("字段 field", 24.0),
    ("行数 rows", 14.0),
    ("行号 lines", 30.0),
    ("说明 what is wrong", 60.0),
    ("处理办法 what to do", 60.0),
    ("示例取值 example", 30.0),
];
/// Maximum numbers of groups and of line ranges listed.
const MAX_GROUPS: usize = 1_000;
const MAX_RANGES: usize = 50;

/// Adds the sheet to a workbook whose other sheet will be named `beside`.
pub(super) fn sheet(
    workbook: &mut Workbook,
    (input, mapped): (&Path, bool),
    beside: &str,
    findings: Findings<'_>,
) -> Result<(), XlsxError> {
    let sheet = workbook.add_worksheet();
    sheet.set_name(if beside == NAME { "report" } else { NAME })?;
    let bold = Format::new().set_bold();
    for (column, (_, width)) in (0..).zip(HEADINGS) {
        sheet.set_column_width(column, width)?;
    }
    let (wrong, doubtful) = (rows(findings.problems), rows(findings.warnings));
    let file = input.file_name().unwrap_or_default().to_string_lossy();
    let lines = [
        format!("目录检查结果 report on {file}"),
        format!("有问题的行 rows with problems: {wrong}"),
        format!("有提醒的行 rows with warnings: {doubtful}"),
        again(mapped),
    ];
    let found = findings.problems.len() + findings.warnings.len();
    let capped = (found > MAX_NOTES).then(|| {
        format!(
            "批注仅加到前{MAX_NOTES}处，其余见各行首列 only the first {MAX_NOTES} cells have notes; \
             the first column tells everything"
        )
    });
    let mut row = 0;
    for line in lines.into_iter().chain(capped) {
        sheet.write_string(row, 0, line)?;
        row += 1;
    }
    row += 1;
    for (column, (heading, _)) in (0..).zip(HEADINGS) {
        sheet.write_string_with_format(row, column, heading, &bold)?;
    }
    for (weight, problems) in [
        (Weight::Problem, findings.problems),
        (Weight::Warning, findings.warnings),
    ] {
        for group in groups(problems).iter().take(MAX_GROUPS) {
            row += 1;
            one(sheet, row, weight, group)?;
        }
    }
    Ok(())
}

fn again(mapped: bool) -> String {
    let (zh, en) = match mapped {
        false => ("", ""),
        true => ("（使用同一映射）", " with the same map"),
    };
    format!(
        "红色须改正，黄色请核对；行号与原文件一致，改正后可直接导入本文件{zh} correct what is red, look at \
         what is yellow; rows have the numbers they have in your file; then import this one{en}"
    )
}

/// The row of a group.
fn one(
    sheet: &mut Worksheet,
    row: u32,
    weight: Weight,
    group: &Group<'_>,
) -> Result<(), XlsxError> {
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let ImportProblem {
        field,
        value,
        line,
        problem,
        problem_zh,
        remedy,
        ..
    } = group.first;
    // Of a secret row only the reason is reported.
    let value = if field == "secret" { "" } else { value };
    let example = if group.alike {
        value.to_owned()
    } else {
        format!("line {line} {value}: {problem} {problem_zh}")
    };
    let texts = [
        (0, weight.name().to_owned()),
        (1, title(field)),
        (3, ranges(&group.lines, MAX_RANGES)),
        (4, format!("{} {}", group.problem_zh, group.problem)),
        (5, remedy.clone()),
        (6, example),
    ];
    for (column, text) in texts {
        let format = if column == 0 {
            weight.format()
        } else {
            wrapped.clone()
        };
        sheet.write_string_with_format(row, column, fitted(&text), &format)?;
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
