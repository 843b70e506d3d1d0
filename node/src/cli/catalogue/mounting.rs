//! The outcome of mounting or unmounting many files, done or planned, as shown to people and as given
//! to programs; and the confirmation before it.

use std::process::ExitCode;

use chengji_client::failure;
use chengji_client::output::{Column, Format, Table, print};
use chengji_domain::problem::Problem;
use chengji_domain::{Error, ErrorCode, Fault, Result};
use chengji_interchange::PairProblem;
use chengji_proto::convert::problem_from;
use chengji_proto::v1;
use chengji_proto::v1::MountOutcome;

use super::ask::{Answer, ask};
use super::outcome::tell;

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

/// Whether a result of a dry run says that there is something to do.
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

/// What stays of a plan without what is to be done.
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

/// Asks at the terminal whether so many things are to be done.
pub(super) async fn ask_for(count: usize, what: &str) -> Result<Answer> {
    let question = format!("to be {what}: {count}. Go on 继续?");
    ask(&question, "the same with --dry-run").await
}

/// Shows a plan to whoever is to be asked.
pub(super) fn show_plan(plan: &v1::MountManyResponse, format: Format) -> Result<()> {
    if format == Format::Table {
        print(Format::Table, plan, table)?;
    }
    tell(&summary(plan, true));
    Ok(())
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
        tell(&summary(whole, dry_run));
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
        Column::right("line", "line 行"),
        Column::left("outcome", "outcome 结果"),
        Column::left("code", "code 代码"),
        Column::left("name", "name 名称"),
        Column::left("path", "file 文件"),
        Column::left("problem", "problem 问题"),
        Column::left("remedy", "remedy 改法"),
    ]);
    for result in &whole.results {
        let line = match result.line {
            0 => String::new(),
            line => line.to_string(),
        };
        let problem = result.problem.as_ref();
        let error = problem.and_then(|problem| problem_from(Some(problem)).ok());
        let error = error.map(Problem::into_error);
        table.row([
            line,
            word(result.outcome()).to_owned(),
            result.code.clone(),
            result.name.clone(),
            result.path.clone(),
            error
                .as_ref()
                .map(|error| error.message().shown())
                .unwrap_or_default(),
            error.map(|error| error.remedy()).unwrap_or_default(),
        ]);
    }
    table
}

fn word(outcome: MountOutcome) -> &'static str {
    match outcome {
        MountOutcome::Mounted => "mounted 挂接",
        MountOutcome::Remounted => "remounted 改挂",
        MountOutcome::Measured => "measured 重新计量",
        MountOutcome::Unchanged => "unchanged 未变化",
        MountOutcome::Unmatched => "no entry 无对应条目",
        MountOutcome::Unmounted => "unmounted 解除",
        MountOutcome::Problem | MountOutcome::Unspecified => "problem 有误",
    }
}

fn summary(whole: &v1::MountManyResponse, dry_run: bool) -> String {
    let counts = whole.counts.unwrap_or_default();
    let told = [
        (counts.mounted, MountOutcome::Mounted),
        (counts.remounted, MountOutcome::Remounted),
        (counts.measured, MountOutcome::Measured),
        (counts.unmounted, MountOutcome::Unmounted),
        (counts.unchanged, MountOutcome::Unchanged),
        (counts.unmatched, MountOutcome::Unmatched),
        (counts.problems, MountOutcome::Problem),
    ];
    let mut words: Vec<String> = told
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, outcome)| format!("{count} {}", word(outcome)))
        .collect();
    if whole.passed_over > 0 {
        words.push(format!("{} passed over 不符合格式", whole.passed_over));
    }
    if words.is_empty() {
        words.push("nothing found 无".to_owned());
    }
    let words = words.join(", ");
    let any = whole.results.iter().any(is_to_be_done);
    match (dry_run, any) {
        (true, true) => format!("would be 将: {words}. Nothing was changed 未作任何改动"),
        (false, true) => format!("done 已完成: {words}"),
        (_, false) => format!("{words}. Nothing was changed 未作任何改动"),
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
        let words = "1 mounted 挂接, 1 unchanged 未变化, 1 no entry 无对应条目, 1 problem 有误";
        let unchanged = "Nothing was changed 未作任何改动";
        assert_eq!(
            summary(&whole, true),
            format!("would be 将: {words}. {unchanged}")
        );
        assert_eq!(summary(&whole, false), format!("done 已完成: {words}"));
        let none = v1::MountManyResponse::default();
        assert_eq!(
            summary(&none, false),
            format!("nothing found 无. {unchanged}")
        );
        let left = left(whole);
        assert_eq!(left.counts.unwrap().mounted, 0);
        assert_eq!(left.results.len(), 3);
    }
}
