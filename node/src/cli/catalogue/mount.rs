//! `catalogue mount`: one file, or many by a sheet or a pattern. Many are listed with their outcome first,
//! and mounted after confirmation only.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chengji_client::output::{note, print};
use chengji_client::progress::Progress;
use chengji_client::views;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_interchange::{self as interchange, Wants};
use chengji_messages::{Message, msg};
use chengji_proto::v1;
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::v1::mount_many_request::Step;
use chengji_proto::v1::source_service_client::SourceServiceClient;
use chengji_transport::CallTimeout;
use clap::Args;
use tonic::transport::Channel;
use tonic::{Response, Status, Streaming};

use super::batches::batches;
use super::import::INTERRUPTED;
use super::items;
use super::mounting::{declined, finished, is_to_be_done, left, merged, pair_problem};
use crate::cli::{Context, answer};

/// Arguments of `catalogue mount`.
#[derive(Args, Debug)]
pub(in crate::cli) struct MountArgs {
    /// Resource code
    #[arg(required_unless_present_any = ["from", "pattern"])]
    code: Option<String>,
    /// The file on the node's machine: an absolute path, or one relative to a folder of the node's mount_roots
    #[arg(requires = "code", required_unless_present_any = ["from", "pattern", "table"])]
    path: Option<String>,
    /// In the place of a file, a table by the name that 'source tables' lists
    #[arg(
        long,
        value_name = "SOURCE:TABLE",
        requires = "code",
        conflicts_with_all = ["path", "from", "pattern"]
    )]
    table: Option<String>,
    /// A sheet with the columns code and path (.xlsx, or CSV in UTF-8 or GB18030)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["code", "pattern"])]
    from: Option<PathBuf>,
    /// The sheet of a workbook; the only visible one with such columns unless given
    #[arg(long, value_name = "NAME", requires = "from")]
    sheet: Option<String>,
    /// All matching files of the mount roots: {code}, {class} and {serial}, or {name} match the entry's, * any
    /// characters of a name, **/ any folders
    #[arg(long, value_name = "PATTERN", conflicts_with = "code")]
    pattern: Option<String>,
    /// For many: list what would be mounted, and mount nothing
    #[arg(long, conflicts_with = "code")]
    dry_run: bool,
    /// For many: do not ask first
    #[arg(long, conflicts_with = "code")]
    yes: bool,
}

/// Mounts.
pub(super) async fn run(arguments: MountArgs, context: &Context) -> Result<ExitCode> {
    match (&arguments.code, &arguments.path, &arguments.table) {
        (Some(code), Some(path), _) => {
            let asked = v1::MountRequest {
                code: code.clone(),
                path: path.clone(),
                ..v1::MountRequest::default()
            };
            let record = when_read(client(context).await?.mount(asked)).await?;
            print(context.format(), &record, views::record)?;
            Ok(ExitCode::SUCCESS)
        }
        (Some(code), None, Some(table)) => {
            mount_table(code.clone(), table.clone(), context).await?;
            Ok(ExitCode::SUCCESS)
        }
        (Some(_), None, None) | (None, _, _) => many(arguments, context).await,
    }
}

/// Mounts a table, and notes how the items of the entry differ from its columns.
async fn mount_table(code: String, table: String, context: &Context) -> Result<()> {
    let mut sources = SourceServiceClient::new(context.channel().await?);
    let asked = v1::DescribeTableRequest {
        table: table.clone(),
    };
    let described = answer(sources.describe_table(asked)).await?;
    let asked = v1::MountRequest {
        code,
        table,
        ..v1::MountRequest::default()
    };
    let record = when_read(client(context).await?.mount(asked)).await?;
    print(context.format(), &record, views::record)?;
    items::note_differences(&record, &described)
}

async fn many(arguments: MountArgs, context: &Context) -> Result<ExitCode> {
    let Some(plan) = plan(&arguments, context).await? else {
        return Ok(ExitCode::from(INTERRUPTED));
    };
    let to_do: Vec<v1::MountPair> = plan
        .results
        .iter()
        .filter(|result| is_to_be_done(result))
        .map(|result| v1::MountPair {
            line: result.line,
            code: result.code.clone(),
            path: result.path.clone(),
        })
        .collect();
    if arguments.dry_run || to_do.is_empty() {
        return finished(&plan, arguments.dry_run, context.format());
    }
    if !arguments.yes {
        let count = to_do.len();
        let question = msg::MountQuestion { count };
        if let Some(code) = declined(&plan, question, context.format()).await? {
            return Ok(code);
        }
    }
    let start = v1::MountManyStart::default();
    match call(client(context).await?, start, to_do, msg::ProgressMount).await? {
        Some(done) => finished(&merged(left(plan), done.results), false, context.format()),
        None => Ok(ExitCode::from(INTERRUPTED)),
    }
}

/// The record that comes when the node has read a file.
pub(super) async fn when_read(
    call: impl Future<Output = Result<Response<Streaming<v1::CatalogueRecord>>, Status>>,
) -> Result<v1::CatalogueRecord> {
    let mut records = answer(call).await?;
    CallTimeout::Work.next(&mut records).await?.ok_or_else(|| {
        let message = msg::NodeEndedWithoutResult;
        Error::new(ErrorCode::PeerInvalid, message)
    })
}

/// Returns the outcome of a dry run; `None` if Ctrl-C came first.
async fn plan(arguments: &MountArgs, context: &Context) -> Result<Option<v1::MountManyResponse>> {
    let (pairs, own) = match &arguments.from {
        Some(file) => read(file, arguments.sheet.as_deref())?,
        None => (Vec::new(), Vec::new()),
    };
    let pattern = arguments.pattern.clone().unwrap_or_default();
    if arguments.from.is_some() && pairs.is_empty() {
        return Ok(Some(merged(v1::MountManyResponse::default(), own)));
    }
    let start = v1::MountManyStart {
        dry_run: true,
        pattern,
    };
    let plan = call(client(context).await?, start, pairs, msg::ProgressLook).await?;
    Ok(plan.map(|plan| merged(plan, own)))
}

type Client = CatalogueServiceClient<Channel>;

async fn client(context: &Context) -> Result<Client> {
    Ok(CatalogueServiceClient::new(context.channel().await?))
}

/// The pairs of a sheet, and what is wrong with its other rows.
fn read(file: &Path, sheet: Option<&str>) -> Result<(Vec<v1::MountPair>, Vec<v1::MountResult>)> {
    let input = interchange::Input::of(file)?;
    let mapping = interchange::read_mapping(input.path(), sheet, Wants::Pairs)?;
    for found in &mapping.notes {
        note(msg::NoteOfFile { note: found });
    }
    let pairs = mapping.pairs.into_iter().map(|pair| v1::MountPair {
        line: pair.line,
        code: pair.code,
        path: pair.path,
    });
    let problems = mapping.problems.into_iter().map(pair_problem);
    Ok((pairs.collect(), problems.collect()))
}

/// Calls the node and gathers its responses; nothing where Ctrl-C came first.
async fn call(
    mut client: Client,
    start: v1::MountManyStart,
    pairs: Vec<v1::MountPair>,
    label: impl Into<Message>,
) -> Result<Option<v1::MountManyResponse>> {
    let (dry_run, label): (bool, Message) = (start.dry_run, label.into());
    let reached = Cell::new((0, 0));
    let following = async {
        let messages = tokio_stream::iter(messages(start, pairs));
        let mut responses = answer(client.mount_many(messages)).await?;
        let mut whole = v1::MountManyResponse::default();
        let mut bar: Option<Progress> = None;
        while let Some(item) = CallTimeout::Work.next(&mut responses).await? {
            if item.total > 0 {
                let bar = bar.get_or_insert_with(|| Progress::count(item.total, &label));
                bar.set(item.done);
            }
            reached.set((item.done, item.total));
            whole.results.extend(item.results);
            (whole.total, whole.done) = (item.total, item.done);
            (whole.passed_over, whole.counts) = (item.passed_over, item.counts);
        }
        if let Some(bar) = bar {
            bar.end();
        }
        Ok(whole)
    };
    tokio::select! {
        whole = following => whole.map(Some).map_err(|error| broken_off(&error, reached.get(), dry_run)),
        _ = tokio::signal::ctrl_c() => {
            let progress = progress_message(reached.get(), dry_run);
            note(msg::Interrupted { progress });
            Ok(None)
        }
    }
}

fn broken_off(error: &Error, reached: (u64, u64), dry_run: bool) -> Error {
    if dry_run || reached.1 == 0 {
        return error.clone();
    }
    let message = msg::FailureWithProgress {
        message: error.message(),
        progress: progress_message(reached, dry_run),
    };
    Error::new(error.code(), message)
}

fn progress_message((done, total): (u64, u64), dry_run: bool) -> Message {
    if dry_run {
        return msg::MountDryRunInterrupted.into();
    }
    msg::MountPartlyDone { done, total }.into()
}

/// The call as messages: the start, then the pairs in batches.
fn messages(
    start: v1::MountManyStart,
    pairs: Vec<v1::MountPair>,
) -> impl Iterator<Item = v1::MountManyRequest> + Send + 'static {
    let batches = batches(pairs.into_iter()).map(|pairs| Step::Pairs(v1::MountPairs { pairs }));
    std::iter::once(Step::Start(start))
        .chain(batches)
        .map(|step| v1::MountManyRequest { step: Some(step) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_broke_off_is_told_as_it_is() {
        let broke = Error::new(ErrorCode::PeerUnavailable, msg::FileEndedEarly);
        assert_eq!(broken_off(&broke, (0, 0), false), broke);
        assert_eq!(broken_off(&broke, (3, 9), true), broke);
        let message = msg::FailureWithProgress {
            message: broke.message(),
            progress: msg::MountPartlyDone { done: 3, total: 9 },
        };
        assert_eq!(
            broken_off(&broke, (3, 9), false),
            Error::new(ErrorCode::PeerUnavailable, message)
        );
    }
}
