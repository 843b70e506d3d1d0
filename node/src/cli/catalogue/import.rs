//! `catalogue import`: the file is read and checked here, so that its problems are reported with their
//! lines; what is valid is sent, and the node checks it against what it has.

use std::cell::Cell;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chengji_client::failure;
use chengji_client::output::note;
use chengji_client::pages::Pages;
use chengji_client::progress::Progress;
use chengji_domain::catalogue::Entry;
use chengji_domain::tables::Names;
use chengji_domain::{Error, ErrorCode, Fault, Result};
use chengji_interchange::{self as interchange, Layout};
use chengji_messages::{Language, Message, Value, msg};
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::v1::import_request::Step;
use chengji_proto::v1::import_response::Event;
use chengji_proto::{convert, v1};
use chengji_transport::CallTimeout;
use clap::Args;
use tonic::transport::Channel;

use super::batches::batches;
use super::outcome::{Found, Manner, in_columns, show, with_own};
use super::papers::{ConsentArgs, DefaultArgs};
use crate::cli::{Context, answer};

/// The exit code that a shell expects of a program that Ctrl-C ended.
pub(super) const INTERRUPTED: u8 = 130;

/// Arguments of `catalogue import`.
#[derive(Args, Debug)]
pub(in crate::cli) struct ImportArgs {
    /// The catalogue: an Excel workbook (.xlsx), or a CSV file in UTF-8 or GB18030, with a header row;
    /// JSON-LD (.jsonld); JSON lines, a JSON array or a portal's data.json with a map; '-' reads standard
    /// input
    file: PathBuf,
    /// Map of the columns of a foreign layout; 'catalogue map' proposes one
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// The sheet of a workbook; the only visible one with a header unless given
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// Check the file, also against the node's catalogue, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Submit the valid rows and leave the others out
    #[arg(long)]
    skip_invalid: bool,
    /// Keep the entries as drafts; 'catalogue submit' submits them later
    #[arg(long)]
    draft: bool,
    /// Also list the conversions row by row
    #[arg(long)]
    row_notes: bool,
    /// Treat warnings as problems
    #[arg(long)]
    strict: bool,
    /// Write the sheet to a workbook in which problems and warnings are marked; not for JSON
    #[arg(long, value_name = "FILE.xlsx")]
    report: Option<PathBuf>,
    /// List every problem, however many there are
    #[arg(long)]
    all_problems: bool,
    #[command(flatten)]
    defaults: DefaultArgs,
    #[command(flatten)]
    consent: ConsentArgs,
}

/// Imports a file.
pub(super) async fn run(arguments: ImportArgs, context: &Context) -> Result<ExitCode> {
    let input = interchange::Input::of(&arguments.file)?;
    let file = input.path();
    let channel = context.channel().await?;
    let names = names(channel.clone()).await?;
    let layout = arguments.map.as_deref();
    let layout = layout.map(|map| Layout::read(map, &names)).transpose()?;
    let options = interchange::Options {
        sheet: arguments.sheet.as_deref(),
        layout: layout.as_ref(),
        row_notes: arguments.row_notes,
        names: &names,
    };
    let mut sheet = interchange::read_with(file, options)?;
    arguments.defaults.values().apply(&mut sheet);
    let report = arguments.report.as_deref();
    let report = report
        .map(|target| {
            let language = Language::of_process();
            interchange::Report::open(file, options.sheet, options.layout, language, target)
        })
        .transpose()?;
    for found in &sheet.notes {
        note(msg::NoteOfFile { note: found });
    }
    let (entries, problems) = interchange::check(&sheet);
    let notes = std::mem::take(&mut sheet.notes);
    let headings = sheet.into_headings();
    let found = Found::of(&problems, &notes);
    let held = !found.problems.is_empty() && !arguments.skip_invalid;
    let summary = if entries.is_empty() {
        v1::ImportSummary {
            accepted: true,
            ..Default::default()
        }
    } else {
        match send(entries, &arguments, held, channel).await? {
            Some(summary) => summary,
            None => return Ok(ExitCode::from(INTERRUPTED)),
        }
    };
    let summary = in_columns(with_own(summary, found, held), &headings);
    let manner = Manner {
        dry_run: arguments.dry_run,
        draft: arguments.draft,
        can_report: interchange::is_sheet(file),
        all_problems: arguments.all_problems,
        report: report.is_some(),
        format: context.format(),
    };
    show(&summary, manner)?;
    if let Some(report) = report {
        let path = report.write(interchange::Findings {
            problems: &summary.problems,
            warnings: &summary.warnings,
        })?;
        let path = Value::text(path.display());
        note(msg::ReportWritten { path });
    }
    // Something may have come between the check and the writing.
    let whole = summary.invalid == 0 || arguments.skip_invalid;
    let code = if summary.accepted && whole {
        0
    } else {
        failure::exit_code(Fault::Caller)
    };
    Ok(ExitCode::from(code))
}

/// Reads the names that the node's bureau uses for the values of closed vocabularies.
async fn names(channel: Channel) -> Result<Names> {
    let mut client = CatalogueServiceClient::new(channel);
    let pages = Pages::of(v1::ListTermsRequest::default());
    let terms = pages.whole(async |asked| answer(client.list_terms(asked)).await);
    convert::names_from(&terms.await?)
}

/// The progress of an import.
#[derive(Default)]
struct Reached {
    total: u64,
    dry_run: bool,
    /// True if the last message has left: until then the node writes nothing.
    handed_over: Arc<AtomicBool>,
    /// The last durable count that the node reported.
    written: Cell<u64>,
    /// True if other imports are ahead of it.
    waiting: Cell<bool>,
}

/// Sends the entries and waits for the summary; none where Ctrl-C came first. Where the file itself
/// holds the import up, the node only looks at the entries, so that everything is reported at once.
async fn send(
    entries: Vec<(u64, Entry)>,
    arguments: &ImportArgs,
    held: bool,
    channel: Channel,
) -> Result<Option<v1::ImportSummary>> {
    let mut client = CatalogueServiceClient::new(channel);
    let ImportArgs {
        skip_invalid,
        dry_run,
        draft,
        strict,
        ..
    } = *arguments;
    let looks = dry_run || held;
    let reached = Reached {
        total: entries.len() as u64,
        dry_run: looks,
        ..Reached::default()
    };
    let start = v1::ImportStart {
        skip_invalid,
        dry_run: looks,
        draft,
        strict,
        entries: entries.len() as u64,
        consent: arguments.consent.given(),
    };
    let handed_over = Arc::clone(&reached.handed_over);
    let end = std::iter::from_fn(move || {
        handed_over.store(true, Ordering::SeqCst);
        None
    });
    tokio::select! {
        summary = follow(&mut client, messages(start, entries).chain(end), &reached) => {
            let summary = summary.map_err(|error| broken_off(error, &reached))?;
            Ok(Some(if looks && !dry_run { uncounted(summary) } else { summary }))
        }
        _ = tokio::signal::ctrl_c() => {
            let progress = progress_message(&reached);
            note(msg::Interrupted { progress });
            Ok(None)
        }
    }
}

/// A dry run writes nothing.
fn uncounted(summary: v1::ImportSummary) -> v1::ImportSummary {
    v1::ImportSummary {
        added: 0,
        revised: 0,
        unchanged: 0,
        ..summary
    }
}

async fn follow(
    client: &mut CatalogueServiceClient<Channel>,
    messages: impl Iterator<Item = v1::ImportRequest> + Send + 'static,
    reached: &Reached,
) -> Result<v1::ImportSummary> {
    let mut bar = Progress::count(reached.total, msg::ProgressCheck);
    let mut found = v1::ImportFindings::default();
    let mut responses = answer(client.import(tokio_stream::iter(messages))).await?;
    while let Some(item) = CallTimeout::Work.next(&mut responses).await? {
        match item.event {
            Some(Event::Progress(progress)) => {
                if progress.written > 0 && reached.written.get() == 0 {
                    let writing = Progress::count(reached.total, msg::ProgressWrite);
                    std::mem::replace(&mut bar, writing).end();
                }
                reached.written.set(progress.written);
                bar.set(if progress.written > 0 {
                    progress.written
                } else {
                    progress.checked
                });
            }
            Some(Event::Waiting(waiting)) => {
                reached.waiting.set(waiting.ahead > 0);
                if waiting.ahead > 0 {
                    let ahead = waiting.ahead;
                    note(msg::ImportsAhead { ahead });
                }
            }
            Some(Event::Findings(some)) => {
                found.problems.extend(some.problems);
                found.warnings.extend(some.warnings);
            }
            Some(Event::Summary(mut summary)) => {
                bar.end();
                summary.problems.splice(0..0, found.problems);
                summary.warnings.splice(0..0, found.warnings);
                return Ok(summary);
            }
            None => {}
        }
    }
    let message = msg::NodeEndedWithoutResult;
    Err(Error::new(ErrorCode::PeerInvalid, message))
}

/// The error of an import that broke off, with what it leaves behind. A caller's own error comes
/// before anything is written.
fn broken_off(error: Error, reached: &Reached) -> Error {
    let refused = matches!(error.fault(), Fault::Caller | Fault::Policy | Fault::Busy);
    if refused || !reached.handed_over.load(Ordering::SeqCst) {
        return error;
    }
    let message = msg::FailureWithProgress {
        message: error.message(),
        progress: progress_message(reached),
    };
    let violations = error.violations().to_vec();
    Error::new(error.code(), message).with_violations(violations)
}

/// A node that has everything goes on without its caller, so more may be written than it said.
fn progress_message(reached: &Reached) -> Message {
    let (total, written) = (reached.total, reached.written.get());
    if reached.dry_run {
        return msg::ImportResultDryRun.into();
    }
    if reached.waiting.get() {
        return msg::ImportWasWaiting.into();
    }
    if !reached.handed_over.load(Ordering::SeqCst) {
        return msg::ImportNotHandedOver { total }.into();
    }
    msg::ImportPartlyKnown { written, total }.into()
}

/// The import as messages: the start, then the entries in batches.
fn messages(
    start: v1::ImportStart,
    entries: Vec<(u64, Entry)>,
) -> impl Iterator<Item = v1::ImportRequest> + Send + 'static {
    let wire = |(line, entry)| v1::ImportEntry {
        line,
        entry: Some(convert::entry_to(&entry)),
    };
    let batches = batches(entries.into_iter().map(wire))
        .map(|entries| Step::Entries(v1::ImportEntries { entries }));
    std::iter::once(Step::Start(start))
        .chain(batches)
        .map(|step| v1::ImportRequest { step: Some(step) })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use prost::Message as _;

    use super::*;

    fn demo() -> Vec<(u64, Entry)> {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../deploy/demo-data/430200/catalogue.csv"
        );
        interchange::check(&interchange::read(Path::new(path), None).unwrap()).0
    }

    #[test]
    fn every_entry_is_sent_once_after_the_start_in_small_messages() {
        let entries = demo();
        let many: Vec<(u64, Entry)> = entries
            .iter()
            .cycle()
            .take(2_500)
            .cloned()
            .zip(1..)
            .map(|((_, e), n)| (n, e))
            .collect();
        let start = v1::ImportStart {
            skip_invalid: true,
            ..v1::ImportStart::default()
        };
        let messages: Vec<v1::ImportRequest> = messages(start.clone(), many.clone()).collect();
        assert_eq!(messages[0].step, Some(Step::Start(start)));
        let mut sent = Vec::new();
        for message in messages.into_iter().skip(1) {
            assert!(message.encoded_len() < 1 << 20);
            let Some(Step::Entries(batch)) = message.step else {
                panic!("a second start")
            };
            assert!((1..=1_000).contains(&batch.entries.len()));
            sent.extend(batch.entries);
        }
        let lines: Vec<u64> = sent.iter().map(|entry| entry.line).collect();
        assert_eq!(lines, (1..=2_500).collect::<Vec<u64>>());
        assert_eq!(sent[7].entry, Some(convert::entry_to(&many[7].1)));
    }

    #[test]
    fn what_an_interrupted_import_leaves_is_told_as_it_is() {
        let reached = Reached {
            total: 10,
            ..Reached::default()
        };
        let broke = || Error::new(ErrorCode::PeerUnavailable, msg::FileEndedEarly);
        let total = 10_u64;
        assert_eq!(
            progress_message(&reached),
            Message::from(msg::ImportNotHandedOver { total })
        );
        assert_eq!(broken_off(broke(), &reached), broke());
        reached.handed_over.store(true, Ordering::SeqCst);
        reached.waiting.set(true);
        assert_eq!(
            progress_message(&reached),
            Message::from(msg::ImportWasWaiting)
        );
        reached.waiting.set(false);
        reached.written.set(4);
        let written = 4_u64;
        let partly = Message::from(msg::ImportPartlyKnown { written, total });
        assert_eq!(progress_message(&reached), partly);
        let broken = broke();
        let message = msg::FailureWithProgress {
            message: broken.message(),
            progress: partly,
        };
        assert_eq!(
            broken_off(broke(), &reached),
            Error::new(ErrorCode::PeerUnavailable, message)
        );
    }
}
