//! The outcome of mounting or unmounting many files, done or planned, as shown to people and as given
//! to programs; and the confirmation before it.

use std::process::ExitCode;

use chengji_client::failure;
use chengji_client::output::{Cell, Column, Format, Table, note, print};
use chengji_client::row;
use chengji_domain::problem::Problem;
use chengji_domain::{Error, ErrorCode, Fault, Result};
use chengji_interchange::PairProblem;
use chengji_messages::{Message, msg};
use chengji_proto::convert::problem_from;
use chengji_proto::v1;
use chengji_proto::v1::MountOutcome;

use super::ask::{Answer, ask};
use super::import::INTERRUPTED;

/// Results together, counted and in order of their lines.
pub(super) fn merged(
    mut whole: v1::MountManyResponse,
    more: Vec<v1::MountResult>,
) -> v1::MountManyResponse {
    whole.results.extend(more);
    whole
        .results
        .sort_by(|a, b| (a.line, &a.code, &a.path).cmp(&(b.line, &b.code, &b.path)));
    let mut counts = v1::MountCounts::default();
    for result in &whole.results {
        counts.add(result.outcome());
    }
    whole.total = whole.results.len() as u64 - counts.unmatched;
    whole.done = whole.total;
    whole.counts = Some(counts);
    whole
}

/// Returns true if a result of a dry run leaves something to do.
pub(super) fn is_to_be_done(result: &v1::MountResult) -> bool {
    match result.outcome() {
        MountOutcome::Mounted
        | MountOutcome::Remounted
        | MountOutcome::Measured
        | MountOutcome::Unmounted => true,
        MountOutcome::Unchanged
        | MountOutcome::Unmatched
        | MountOutcome::Problem
        | MountOutcome::Unspecified => false,
    }
}

/// Returns the part of a plan that needs no action.
pub(super) fn left(mut plan: v1::MountManyResponse) -> v1::MountManyResponse {
    plan.results.retain(|result| !is_to_be_done(result));
    merged(plan, Vec::new())
}

/// A row of a sheet that is wrong, as a result.
pub(super) fn pair_problem(found: PairProblem) -> v1::MountResult {
    let PairProblem { pair, problem } = found;
    let result = v1::MountResult {
        line: pair.line,
        code: pair.code,
        path: pair.path,
        ..v1::MountResult::default()
    };
    result.failed(&Error::new(ErrorCode::InvalidArgument, problem))
}

/// Shows a plan, and asks at the terminal whether to carry it out; the same command with `--dry-run` shows what it is
/// about. Returns the exit code to end with unless the answer is yes.
pub(super) async fn declined(
    plan: &v1::MountManyResponse,
    question: impl Into<Message>,
    format: Format,
) -> Result<Option<ExitCode>> {
    if format == Format::Table {
        print(Format::Table, plan, table)?;
    }
    note(summary(plan, true));
    match ask(question.into(), msg::LookSameWithDryRun.into()).await? {
        Answer::Yes => Ok(None),
        Answer::No => finished(&left(plan.clone()), false, format).map(Some),
        Answer::Interrupted => Ok(Some(ExitCode::from(INTERRUPTED))),
    }
}

/// Shows what came of it, or, of a dry run, what would come; the exit code says whether there are
/// problems.
pub(super) fn finished(
    whole: &v1::MountManyResponse,
    dry_run: bool,
    format: Format,
) -> Result<ExitCode> {
    if !(format == Format::Table && whole.results.is_empty()) {
        print(format, whole, table)?;
    }
    if format != Format::Json {
        note(summary(whole, dry_run));
    }
    let problems = whole.counts.unwrap_or_default().problems;
    Ok(ExitCode::from(if problems == 0 {
        0
    } else {
        failure::exit_code(Fault::Caller)
    }))
}

fn table(whole: &v1::MountManyResponse) -> Table {
    let mut table = Table::new(&[
        Column::right("line", msg::ColumnLine),
        Column::left("outcome", msg::ColumnOutcome),
        Column::left("code", msg::ColumnCode),
        Column::left("name", msg::ColumnName),
        Column::left("path", msg::ColumnFile),
        Column::left("problem", msg::ColumnProblem),
        Column::left("remedy", msg::ColumnRemedy),
    ]);
    for result in &whole.results {
        let problem = result.problem.as_ref();
        let error = problem.and_then(|problem| problem_from(Some(problem)).ok());
        let error = error.map(Problem::into_error);
        let outcome = result.outcome();
        table.row(row![
            Some(result.line).filter(|line| *line > 0),
            Cell::label(code(outcome), word(outcome)),
            &result.code,
            &result.name,
            &result.path,
            error.as_ref().map(|error| error.message().clone()),
            error.map(|error| error.remedy()),
        ]);
    }
    table
}

fn word(outcome: MountOutcome) -> Message {
    match outcome {
        MountOutcome::Mounted => msg::MountOutcomeMounted.into(),
        MountOutcome::Remounted => msg::MountOutcomeRemounted.into(),
        MountOutcome::Measured => msg::MountOutcomeMeasured.into(),
        MountOutcome::Unchanged => msg::MountOutcomeUnchanged.into(),
        MountOutcome::Unmatched => msg::MountOutcomeUnmatched.into(),
        MountOutcome::Unmounted => msg::MountOutcomeUnmounted.into(),
        MountOutcome::Problem | MountOutcome::Unspecified => msg::MountOutcomeProblem.into(),
    }
}

/// The outcome as CSV has it.
fn code(outcome: MountOutcome) -> &'static str {
    match outcome {
        MountOutcome::Mounted => "mounted",
        MountOutcome::Remounted => "remounted",
        MountOutcome::Measured => "measured",
        MountOutcome::Unchanged => "unchanged",
        MountOutcome::Unmatched => "unmatched",
        MountOutcome::Unmounted => "unmounted",
        MountOutcome::Problem | MountOutcome::Unspecified => "problem",
    }
}

fn summary(whole: &v1::MountManyResponse, dry_run: bool) -> Message {
    let counts = whole.counts.unwrap_or_default();
    let counted = [
        (counts.mounted, MountOutcome::Mounted),
        (counts.remounted, MountOutcome::Remounted),
        (counts.measured, MountOutcome::Measured),
        (counts.unmounted, MountOutcome::Unmounted),
        (counts.unchanged, MountOutcome::Unchanged),
        (counts.unmatched, MountOutcome::Unmatched),
        (counts.problems, MountOutcome::Problem),
    ];
    let mut counts: Vec<Message> = counted
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, outcome)| {
            let outcome = word(outcome);
            msg::MountCount { count, outcome }.into()
        })
        .collect();
    if whole.passed_over > 0 {
        let count = whole.passed_over;
        counts.push(msg::MountPassedOver { count }.into());
    }
    if counts.is_empty() {
        counts.push(msg::MountNothingFound.into());
    }
    let any = whole.results.iter().any(is_to_be_done);
    match (dry_run, any) {
        (true, true) => msg::MountWouldBe { counts }.into(),
        (false, true) => msg::MountDone { counts }.into(),
        (_, false) => msg::MountNothingChanged { counts }.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(line: u64, outcome: MountOutcome) -> v1::MountResult {
        v1::MountResult {
            line,
            outcome: outcome.into(),
            ..v1::MountResult::default()
        }
    }

    #[test]
    fn results_are_told_in_order_and_counted_as_they_are() {
        let outcomes = [
            MountOutcome::Unchanged,
            MountOutcome::Mounted,
            MountOutcome::Problem,
            MountOutcome::Unmatched,
        ];
        let results = outcomes.iter().zip([4, 3, 2, 0]);
        let results = results
            .map(|(outcome, line)| result(line, *outcome))
            .collect();
        let whole = merged(v1::MountManyResponse::default(), results);
        let lines: Vec<u64> = whole.results.iter().map(|result| result.line).collect();
        assert_eq!(lines, [0, 2, 3, 4]);
        assert_eq!((whole.total, whole.done), (3, 3));
        let counts: Vec<Message> = [
            MountOutcome::Mounted,
            MountOutcome::Unchanged,
            MountOutcome::Unmatched,
            MountOutcome::Problem,
        ]
        .map(|outcome| {
            let outcome = word(outcome);
            Message::from(msg::MountCount { count: 1, outcome })
        })
        .into();
        let would = msg::MountWouldBe {
            counts: counts.clone(),
        };
        assert_eq!(summary(&whole, true), Message::from(would));
        let done = Message::from(msg::MountDone { counts });
        assert_eq!(summary(&whole, false), done);
        let none = v1::MountManyResponse::default();
        let counts = vec![Message::from(msg::MountNothingFound)];
        assert_eq!(
            summary(&none, false),
            Message::from(msg::MountNothingChanged { counts })
        );
        let left = left(whole);
        assert_eq!(left.counts.unwrap().mounted, 0);
        assert_eq!(left.results.len(), 3);
    }
}
