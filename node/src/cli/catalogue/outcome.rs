//! The outcome of an import, as shown to people and as given to programs.

use std::collections::HashMap;

use chengji_client::fields::Fields;
use chengji_client::output::{Column, Format, Table, note, print};
use chengji_domain::{Field, Result};
use chengji_interchange::{self as interchange, SheetProblem};
use chengji_messages::{Language, Message, msg};
use chengji_proto::{convert, v1};

/// Maximum number of findings that are listed one by one.
const MAX_LINES: usize = 20;
/// Maximum number of line ranges listed for a group.
const MAX_RANGES: usize = 12;

/// The problems and notes of a file, found while it was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub(super) problems: Vec<v1::ImportProblem>,
    pub(super) notes: Vec<v1::Text>,
}

impl Found {
    /// The problems of a sheet, in order of their lines.
    pub(super) fn of(problems: &[SheetProblem], notes: &[Message]) -> Self {
        let wire = problems.iter().map(|problem| v1::ImportProblem {
            row_name: problem.row_name.clone().unwrap_or_default(),
            ..convert::import_problem_to(problem.line, &problem.problem)
        });
        let mut problems: Vec<_> = wire.collect();
        problems.sort_by_key(|problem| problem.line);
        let notes = notes.iter().map(convert::text_to).collect();
        Self { problems, notes }
    }
}

/// The node's summary together with what was found here. `held` says that the problems found here
/// keep the rest from being written.
pub(super) fn with_own(
    mut summary: v1::ImportSummary,
    own: Found,
    held: bool,
) -> v1::ImportSummary {
    let mut lines: Vec<u64> = own.problems.iter().map(|problem| problem.line).collect();
    lines.dedup();
    summary.invalid += lines.len() as u64;
    summary.accepted &= !held;
    summary.problems.extend(own.problems);
    summary.problems.sort_by_key(|problem| problem.line);
    summary.notes = own.notes;
    summary
}

/// Says of each problem and warning in which column of the file it stands. The node knows fields only.
pub(super) fn in_columns(
    mut summary: v1::ImportSummary,
    headings: &HashMap<Field, String>,
) -> v1::ImportSummary {
    let findings = summary.problems.iter_mut().chain(&mut summary.warnings);
    for problem in findings {
        let heading = Field::of_name(&problem.field).and_then(|field| headings.get(&field));
        problem.column = heading.cloned().unwrap_or_default();
    }
    summary
}

/// The form in which an import is shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// Nothing was to be written.
    pub(super) dry_run: bool,
    /// The entries stay drafts.
    pub(super) draft: bool,
    /// True if a report can be written.
    pub(super) can_report: bool,
    /// Each problem in a line of its own, however many.
    pub(super) all_problems: bool,
    /// There is a report that marks them in the sheet.
    pub(super) report: bool,
    pub(super) format: Format,
}

/// Shows problems, warnings and counts: data on standard output, the rest on standard error.
pub(super) fn show(summary: &v1::ImportSummary, manner: Manner) -> Result<()> {
    let mut grouped = false;
    if manner.format == Format::Table {
        for (kind, found) in [
            (Message::from(msg::ReportProblem), &summary.problems),
            (msg::ReportWarning.into(), &summary.warnings),
        ] {
            if manner.all_problems || found.len() <= MAX_LINES {
                for one in found {
                    note(line_of(&kind, one));
                }
            } else {
                grouped = true;
                tell_groups(&kind, found);
            }
        }
    }
    let outcome = outcome(summary, manner);
    if manner.format == Format::Csv {
        note(outcome.clone());
    }
    print(manner.format, summary, |summary| match manner.format {
        Format::Csv => problems(summary),
        Format::Table | Format::Json => counts(summary),
    })?;
    if manner.format == Format::Table {
        if grouped && !manner.report {
            note(msg::ImportAllProblemsHint);
            if manner.can_report {
                note(msg::ImportReportHint);
            }
        }
        note(outcome);
    }
    Ok(())
}

fn line_of(kind: &Message, problem: &v1::ImportProblem) -> Message {
    let line = interchange::line_of(problem, Language::of_process());
    msg::ImportProblemLine {
        kind,
        line: problem.line,
        problem: line,
    }
    .into()
}

fn tell_groups(kind: &Message, found: &[v1::ImportProblem]) {
    for group in interchange::groups(found) {
        lines_of(kind, &group).into_iter().for_each(note);
    }
}

/// A group as people read it: where, what, an example, and the remedy once.
fn lines_of(kind: &Message, group: &interchange::Group<'_>) -> Vec<Message> {
    let first = group.first;
    let (line, value) = (first.line, &first.value);
    let example: Message = match value.is_empty() {
        true => msg::SheetLine { line }.into(),
        false => msg::ImportExampleValue { line, value }.into(),
    };
    let example: Message = match group.alike {
        true => example,
        false => {
            let problem = interchange::message(first);
            msg::ImportExampleProblem { example, problem }.into()
        }
    };
    let mut lines: Vec<Message> = vec![
        msg::ImportGroup {
            kind,
            field: interchange::title(first),
            rows: group.lines.len(),
            problem: &group.message,
        }
        .into(),
        msg::ImportGroupLines {
            lines: interchange::ranges(&group.lines, MAX_RANGES),
        }
        .into(),
        msg::ImportGroupExample { example }.into(),
    ];
    let remedy = group.message.remedy(Language::of_process());
    lines.extend(remedy.map(|remedy| msg::ImportGroupRemedy { remedy }.into()));
    lines
}

fn outcome(summary: &v1::ImportSummary, manner: Manner) -> Message {
    let v1::ImportSummary {
        added,
        revised,
        unchanged,
        invalid,
        accepted,
        ..
    } = *summary;
    if !accepted {
        return msg::ImportRefusedWhole { invalid }.into();
    }
    let mut counts: Vec<Message> = vec![
        msg::CountNew { count: added }.into(),
        msg::CountRevised { count: revised }.into(),
        msg::CountUnchanged { count: unchanged }.into(),
        msg::CountLeftOut { count: invalid }.into(),
    ];
    let warnings = summary.warnings.len();
    if warnings > 0 {
        counts.push(msg::CountWarnings { count: warnings }.into());
    }
    let result: Message = match manner {
        Manner { dry_run: true, .. } => {
            let result = msg::ImportResultDryRun;
            return msg::ImportWouldBe { counts, result }.into();
        }
        Manner { draft: true, .. } => msg::ImportResultDrafts.into(),
        _ if added + revised > 0 => msg::ImportResultSubmitted.into(),
        _ => msg::ImportResultNothing.into(),
    };
    msg::ImportOutcome { counts, result }.into()
}

fn counts(summary: &v1::ImportSummary) -> Table {
    let mut fields = Fields::new();
    fields.field("added", msg::ColumnNew, summary.added);
    fields.field("revised", msg::ColumnRevised, summary.revised);
    fields.field("unchanged", msg::ColumnUnchanged, summary.unchanged);
    fields.field("invalid", msg::ColumnLeftOut, summary.invalid);
    fields.field("warnings", msg::ColumnWarnings, summary.warnings.len());
    fields.into()
}

fn problems(summary: &v1::ImportSummary) -> Table {
    let mut table = Table::new(&[
        Column::right("line", msg::ColumnLine),
        Column::left("field", msg::ColumnField),
        Column::left("value", msg::ColumnValue),
        Column::left("problem", msg::ColumnProblem),
        Column::left("remedy", msg::ColumnRemedy),
        Column::left("kind", msg::ColumnKind),
        Column::left("column", msg::ColumnColumn),
    ]);
    let problems = summary.problems.iter().map(|one| (one, "problem"));
    let warnings = summary.warnings.iter().map(|one| (one, "warning"));
    for (problem, kind) in problems.chain(warnings) {
        let message = interchange::message(problem);
        let problem = problem.clone();
        table.row([
            problem.line.to_string(),
            problem.field,
            problem.value,
            message.shown(),
            message.remedy(Language::of_process()).unwrap_or_default(),
            kind.to_owned(),
            problem.column,
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use chengji_domain::catalogue::FieldProblem;
    use chengji_messages::Value;

    use super::*;

    fn mistakes() -> Found {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../deploy/demo-data/430200/catalogue.csv"
        );
        let (_, problems) = interchange::check(&interchange::read(Path::new(path), None).unwrap());
        Found::of(&problems, &[])
    }

    #[test]
    fn the_nodes_problems_and_the_files_are_told_together_in_order_of_lines() {
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
        let skipped = with_own(node.clone(), mistakes(), false);
        let lines: Vec<u64> = skipped
            .problems
            .iter()
            .map(|problem| problem.line)
            .collect();
        assert_eq!(lines, [9, 22, 30, 37, 53, 63]);
        assert_eq!((skipped.invalid, skipped.accepted), (6, true));
        assert!(!with_own(node, mistakes(), true).accepted);
    }

    #[test]
    fn a_problem_names_the_column_where_the_file_has_one() {
        let found = mistakes();
        let summary = with_own(v1::ImportSummary::default(), found, true);
        let headings = HashMap::from([(Field::UpdateCycle, "更新频率*".to_owned())]);
        let summary = in_columns(summary, &headings);
        for problem in summary.problems {
            let named = if problem.field == "update_cycle" {
                "更新频率*"
            } else {
                ""
            };
            assert_eq!(problem.column, named, "{}", problem.field);
        }
    }

    #[test]
    fn a_problem_is_one_line_with_field_value_and_remedy() {
        let problem = &mistakes().problems[3];
        let message = interchange::message(problem);
        let remedy = message.remedy(Language::English).unwrap();
        assert_eq!(message.code(), "catalogue-value-unknown");
        let line = line_of(&msg::ReportProblem.into(), problem);
        assert_eq!(line.param("line"), Some(&53_u64.into()));
        let reported = format!("update cycle '每两周': {message} — {remedy}");
        assert_eq!(line.param("problem"), Some(&reported.into()));
    }

    #[test]
    fn a_group_is_told_with_its_rows_an_example_and_the_remedy_once() {
        let wrong = mistakes().problems[3].clone();
        let many: Vec<v1::ImportProblem> = (2..3_002)
            .map(|line| v1::ImportProblem {
                line,
                ..wrong.clone()
            })
            .collect();
        let groups = interchange::groups(&many);
        assert_eq!(groups.len(), 1);
        let message = interchange::message(&wrong);
        assert_eq!((groups[0].alike, &groups[0].message), (true, &message));
        let reported = lines_of(&msg::ReportProblem.into(), &groups[0]);
        assert_eq!(reported.len(), 4);
        let remedy = message.remedy(Language::English).unwrap();
        assert_eq!(
            reported[3],
            Message::from(msg::ImportGroupRemedy { remedy })
        );
    }

    #[test]
    fn a_group_shows_its_first_message_where_they_differ() {
        let problem = |line: u64| {
            let message = msg::SheetCodeTwice { line: line - 10 };
            let problem = FieldProblem::new(Field::Code, &format!("1030010000{line}"), message);
            convert::import_problem_to(line, &problem)
        };
        let many: Vec<_> = (12..40).map(problem).collect();
        let groups = interchange::groups(&many);
        let common = Message::from(msg::SheetCodeTwice { line: "…" });
        let first = interchange::message(&many[0]);
        let reported = lines_of(&msg::ReportProblem.into(), &groups[0]);
        assert_eq!(reported[0].param("problem"), Some(&common.into()));
        let Some(Value::Message(example)) = reported[2].param("example") else {
            panic!("{reported:?}");
        };
        assert_eq!(example.param("problem"), Some(&first.into()));
    }
}
