//! `catalogue unmount`: removes one mount, or many. Each is a call of its own, so that each is recorded
//! in the audit log.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;

use chengji_client::output::{note, print};
use chengji_client::progress::Progress;
use chengji_client::views;
use chengji_domain::{Error, ErrorCode, Field, ResourceCode, Result, TextRule};
use chengji_interchange::{self as interchange, Pair, Wants};
use chengji_messages::msg;
use chengji_proto::convert::{code_from, running_grants_from};
use chengji_proto::v1;
use chengji_proto::v1::MountOutcome;
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use clap::Args;
use tonic::transport::Channel;

use super::mounting::{declined, finished, is_to_be_done, left, merged, pair_problem};
use crate::cli::{Context, answer};

/// Arguments of `catalogue unmount`.
#[derive(Args, Debug)]
pub(in crate::cli) struct UnmountArgs {
    /// Resource codes
    #[arg(required_unless_present = "from", value_name = "CODE")]
    codes: Vec<String>,
    /// A sheet with the column code (.xlsx, or CSV in UTF-8 or GB18030)
    #[arg(long, value_name = "FILE", conflicts_with = "codes")]
    from: Option<PathBuf>,
    /// The sheet of a workbook; the only visible one with such a column unless given
    #[arg(long, value_name = "NAME", requires = "from")]
    sheet: Option<String>,
    /// Reason, 1 to 1,000 characters
    #[arg(long)]
    reason: String,
    /// For many: list what would be unmounted, and unmount nothing
    #[arg(long)]
    dry_run: bool,
    /// For many: do not ask first
    #[arg(long)]
    yes: bool,
}

/// Unmounts.
pub(super) async fn run(arguments: UnmountArgs, context: &Context) -> Result<ExitCode> {
    if let ([code], false) = (arguments.codes.as_slice(), arguments.dry_run) {
        let (code, reason) = (code.clone(), arguments.reason);
        let mut client = CatalogueServiceClient::new(context.channel().await?);
        let record = answer(client.unmount(v1::UnmountRequest { code, reason })).await?;
        print(context.format(), &record, views::record)?;
        return Ok(ExitCode::SUCCESS);
    }
    // Once, before each call is refused for the same.
    TextRule::REASON.check(Field::Reason, &arguments.reason)?;
    let (pairs, own) = wanted(&arguments)?;
    let mut client = CatalogueServiceClient::new(context.channel().await?);
    let planned = preview(&mut client, pairs).await?;
    let plan = merged(v1::MountManyResponse::default(), [planned, own].concat());
    let to_do: Vec<v1::MountResult> = plan
        .results
        .iter()
        .filter(|result| is_to_be_done(result))
        .cloned()
        .collect();
    if arguments.dry_run || to_do.is_empty() {
        return finished(&plan, arguments.dry_run, context.format());
    }
    if !arguments.yes {
        let count = to_do.len();
        let question = msg::UnmountQuestion { count };
        if let Some(code) = declined(&plan, question, context.format()).await? {
            return Ok(code);
        }
    }
    let done = unmount(&mut client, to_do, &arguments.reason).await?;
    finished(&merged(left(plan), done), false, context.format())
}

/// The rows to look at, each code once, and what is wrong with the others.
fn wanted(arguments: &UnmountArgs) -> Result<(Vec<Pair>, Vec<v1::MountResult>)> {
    let (pairs, problems) = match &arguments.from {
        Some(file) => {
            let input = interchange::Input::of(file)?;
            let mapping =
                interchange::read_mapping(input.path(), arguments.sheet.as_deref(), Wants::Codes)?;
            for found in &mapping.notes {
                note(msg::NoteOfFile { note: found });
            }
            (mapping.pairs, mapping.problems)
        }
        None => {
            let pair = |code: &String| Pair {
                code: code.clone(),
                ..Pair::default()
            };
            (arguments.codes.iter().map(pair).collect(), Vec::new())
        }
    };
    let problems = problems.into_iter().map(pair_problem);
    let (pairs, twice) = once_each(pairs);
    Ok((pairs, problems.chain(twice).collect()))
}

/// Each code once; a repeated one is reported with the line that has it first.
fn once_each(pairs: Vec<Pair>) -> (Vec<Pair>, Vec<v1::MountResult>) {
    let mut lines: HashMap<ResourceCode, u64> = HashMap::new();
    let (mut once, mut twice) = (Vec::new(), Vec::new());
    for pair in pairs {
        let code = pair.code.parse::<ResourceCode>().ok();
        let first = code.as_ref().and_then(|code| lines.get(code).copied());
        match first {
            // Named at the terminal, where there are no lines.
            Some(0) => {}
            Some(first) => twice.push(again(pair, first)),
            None => {
                lines.extend(code.map(|code| (code, pair.line)));
                once.push(pair);
            }
        }
    }
    (once, twice)
}

fn again(Pair { line, code, .. }: Pair, first: u64) -> v1::MountResult {
    let twice = msg::MountCodeTwice {
        code: &code,
        count: 2_u32,
        lines: vec![first, line],
    };
    let error = Error::new(ErrorCode::InvalidArgument, twice);
    let result = v1::MountResult {
        line,
        code,
        ..v1::MountResult::default()
    };
    result.failed(&error)
}

type Client = CatalogueServiceClient<Channel>;

/// Returns the outcome of a dry run: entries that are not mounted are unchanged.
async fn preview(client: &mut Client, pairs: Vec<Pair>) -> Result<Vec<v1::MountResult>> {
    let bar = Progress::count(pairs.len() as u64, msg::ProgressLook);
    let mut results = Vec::with_capacity(pairs.len());
    for Pair { line, code, .. } in pairs {
        let shown = client.show(v1::ShowEntryRequest {
            code: code.clone(),
            revision: 0,
        });
        let result = v1::MountResult {
            line,
            code,
            ..v1::MountResult::default()
        };
        results.push(match answer(shown).await {
            Ok(record) => planned(result, record),
            Err(error) if is_of_the_entry(&error) => result.failed(&error),
            Err(error) => return Err(error),
        });
        bar.set(results.len() as u64);
    }
    bar.end();
    Ok(results)
}

fn planned(result: v1::MountResult, record: v1::CatalogueRecord) -> v1::MountResult {
    let refusal = record.mount.as_ref().and_then(|_| refusal(&record));
    let outcome = match &record.mount {
        Some(_) => MountOutcome::Unmounted,
        None => MountOutcome::Unchanged,
    };
    let result = v1::MountResult {
        name: record.entry.unwrap_or_default().name,
        path: record.mount.unwrap_or_default().file_name,
        outcome: outcome.into(),
        ..result
    };
    match refusal {
        Some(error) => result.failed(&error),
        None => result,
    }
}

/// The error with which the node would refuse to unmount an entry that has running grants.
fn refusal(record: &v1::CatalogueRecord) -> Option<Error> {
    let (entry, running) = (record.entry.as_ref()?, record.running_grants.as_ref()?);
    let checked =
        code_from(&entry.code).and_then(|code| running_grants_from(running)?.check_none(&code));
    checked.err()
}

async fn unmount(
    client: &mut Client,
    to_do: Vec<v1::MountResult>,
    reason: &str,
) -> Result<Vec<v1::MountResult>> {
    let total = to_do.len();
    let bar = Progress::count(total as u64, msg::ProgressUnmount);
    let mut results = Vec::with_capacity(total);
    for result in to_do {
        let request = v1::UnmountRequest {
            code: result.code.clone(),
            reason: reason.to_owned(),
        };
        results.push(match answer(client.unmount(request)).await {
            Ok(_) => result,
            Err(error) if is_of_the_entry(&error) => result.failed(&error),
            Err(error) => return Err(broken_off(&error, results.len(), total)),
        });
        bar.set(results.len() as u64);
    }
    bar.end();
    Ok(results)
}

fn broken_off(error: &Error, done: usize, total: usize) -> Error {
    let message = msg::FailureWithProgress {
        message: error.message(),
        progress: msg::UnmountPartlyDone { done, total },
    };
    Error::new(error.code(), message)
}

/// Returns true if an error is about one entry, so that the others can go on.
fn is_of_the_entry(error: &Error) -> bool {
    matches!(
        error.code(),
        ErrorCode::NotFound | ErrorCode::InvalidArgument | ErrorCode::Denied | ErrorCode::OutOfTurn
    )
}

#[cfg(test)]
mod tests {
    use chengji_proto::convert::problem_message;

    use super::*;

    #[test]
    fn a_dry_run_shows_that_an_entry_in_use_is_not_unmounted() {
        let of = |running_grants| v1::CatalogueRecord {
            entry: Some(v1::CatalogueEntry {
                code: "103001000001".to_owned(),
                ..v1::CatalogueEntry::default()
            }),
            mount: Some(v1::Mount::default()),
            running_grants,
            ..v1::CatalogueRecord::default()
        };
        let running = v1::RunningGrants {
            count: 1,
            requests: vec!["430100-1-7-AAAAAAAAAAAAA".to_owned()],
        };
        let refused = planned(v1::MountResult::default(), of(Some(running)));
        assert_eq!(refused.outcome(), MountOutcome::Problem);
        let problem = problem_message(refused.problem.as_ref());
        assert_eq!(problem.code(), "entry-grants-running");
        let free = planned(v1::MountResult::default(), of(None));
        assert_eq!(free.outcome(), MountOutcome::Unmounted);
    }

    #[test]
    fn a_line_that_has_a_code_again_is_told_with_the_first() {
        let pair = |line, code: &str| Pair {
            line,
            code: code.to_owned(),
            path: String::new(),
        };
        let (once, twice) = once_each(vec![
            pair(2, "103001/000001"),
            pair(3, "no code"),
            pair(4, "103001000001"),
            pair(5, "no code"),
        ]);
        let lines: Vec<u64> = once.iter().map(|pair| pair.line).collect();
        assert_eq!(lines, [2, 3, 5]);
        assert_eq!((twice.len(), twice[0].line), (1, 4));
        let problem = problem_message(twice[0].problem.as_ref());
        assert_eq!(problem.code(), "mount-code-twice");
        assert_eq!(problem.param("lines"), Some(&vec![2_u32, 4].into()));
        let (once, twice) = once_each(vec![pair(0, "103001000001"); 2]);
        assert_eq!((once.len(), twice.len()), (1, 0));
    }
}
