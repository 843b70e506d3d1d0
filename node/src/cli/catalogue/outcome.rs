//! How an import went, as it is told to people and to programs.

use std::io::Write as _;

use chengji_domain::Result;
use chengji_domain::catalogue::FIELDS;
use chengji_proto::{convert, v1};
use chengji_terminal::cells;
use chengji_terminal::fields::Fields;
use chengji_terminal::output::{Column, Format, Table, print};

use crate::sheet::SheetProblem;

/// The most problems of one answer; so says the contract.
pub(super) const MOST_PROBLEMS: usize = 10_000;

/// The node's summary together with the problems found here. `held` says that these keep the rest
/// from being written.
pub(super) fn with_own(
    mut summary: v1::ImportSummary,
    problems: &[SheetProblem],
    held: bool,
) -> v1::ImportSummary {
    let mut lines: Vec<u64> = problems.iter().map(|problem| problem.line).collect();
    lines.dedup();
    summary.invalid += lines.len() as u64;
    summary.accepted &= !held;
    let own = problems
        .iter()
        .map(|problem| convert::problem_to(problem.line, &problem.problem));
    summary.problems.extend(own);
    summary.problems.sort_by_key(|problem| problem.line);
    summary.problems.truncate(MOST_PROBLEMS);
    summary
}

/// Shows the problems and the counts: data on standard output, the rest on standard error.
pub(super) fn show(summary: &v1::ImportSummary, dry_run: bool, format: Format) -> Result<()> {
    if format == Format::Table {
        for problem in &summary.problems {
            tell(&line_of(problem));
        }
    }
    let outcome = outcome(summary, dry_run);
    if format == Format::Csv {
        tell(&outcome);
    }
    print(format, summary, |summary| match format {
        Format::Csv => problems(summary),
        Format::Table | Format::Json => counts(summary),
    })?;
    if format == Format::Table {
        tell(&outcome);
    }
    Ok(())
}

fn line_of(problem: &v1::ImportProblem) -> String {
    let v1::ImportProblem {
        line,
        field,
        value,
        problem,
        problem_zh,
        remedy,
    } = problem;
    let title = title(field);
    let value = if value.is_empty() {
        String::new()
    } else {
        format!(" '{value}'")
    };
    format!("line {line} {title}{value}: {problem} {problem_zh} — {remedy}")
}

/// A field in Chinese and by its name in the contract.
fn title(field: &str) -> String {
    match FIELDS.iter().find(|(name, _)| *name == field) {
        Some((name, zh)) => format!("{zh} {name}"),
        None => field.to_owned(),
    }
}

fn outcome(summary: &v1::ImportSummary, dry_run: bool) -> String {
    let v1::ImportSummary {
        added,
        revised,
        unchanged,
        invalid,
        accepted,
        ..
    } = summary;
    if !accepted {
        return format!(
            "nothing was written: {invalid} rows are wrong; correct them, or leave them out with \
             --skip-invalid 未写入任何内容：{invalid} 行有误；请改正后重试，或用 --skip-invalid 跳过"
        );
    }
    let result = if dry_run {
        "nothing was written, this was a dry run 试运行，未写入"
    } else {
        "done 已完成"
    };
    format!(
        "{added} new 新增, {revised} revised 新版本, {unchanged} unchanged 未变化, \
         {invalid} left out 未导入: {result}"
    )
}

fn counts(summary: &v1::ImportSummary) -> Table {
    let mut fields = Fields::new();
    fields.field("added", "new 新增", summary.added.to_string());
    fields.field("revised", "revised 新版本", summary.revised.to_string());
    fields.field(
        "unchanged",
        "unchanged 未变化",
        summary.unchanged.to_string(),
    );
    fields.field("invalid", "left out 未导入", summary.invalid.to_string());
    fields.into()
}

fn problems(summary: &v1::ImportSummary) -> Table {
    let mut table = Table::new(&[
        Column::right("line", "line 行"),
        Column::left("field", "field 字段"),
        Column::left("value", "value 值"),
        Column::left("problem", "problem"),
        Column::left("problem_zh", "问题"),
        Column::left("remedy", "remedy 改法"),
    ]);
    for problem in summary.problems.iter().cloned() {
        table.row([
            problem.line.to_string(),
            problem.field,
            problem.value,
            problem.problem,
            problem.problem_zh,
            problem.remedy,
        ]);
    }
    table
}

/// A line for people, on standard error; that nobody may be listening is no reason to fail.
pub(super) fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", cells::plain(text));
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::sheet;

    fn mistakes() -> Vec<SheetProblem> {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../deploy/demo-data/430200/catalogue.csv"
        );
        sheet::check(&sheet::read(Path::new(path), None).unwrap()).1
    }

    #[test]
    fn the_nodes_problems_and_the_files_are_told_together_in_order_of_lines() {
        let problems = mistakes();
        let theirs = v1::ImportProblem {
            line: 30,
            ..Default::default()
        };
        let node = v1::ImportSummary {
            added: 60,
            invalid: 1,
            accepted: true,
            problems: vec![theirs],
            ..Default::default()
        };
        let skipped = with_own(node.clone(), &problems, false);
        let lines: Vec<u64> = skipped
            .problems
            .iter()
            .map(|problem| problem.line)
            .collect();
        assert_eq!(lines, [9, 22, 30, 37, 53, 63]);
        assert_eq!((skipped.invalid, skipped.accepted), (6, true));
        assert!(!with_own(node, &problems, true).accepted);
    }

    #[test]
    fn a_problem_is_one_line_with_field_value_and_remedy() {
        let problems = mistakes();
        let problem = convert::problem_to(53, &problems[3].problem);
        let line = line_of(&problem);
        assert!(
            line.starts_with("line 53 更新周期 update_cycle '每两周': the value is unknown "),
            "{line}"
        );
        assert!(line.contains(" — one of 取值范围: 实时"), "{line}");
    }
}
