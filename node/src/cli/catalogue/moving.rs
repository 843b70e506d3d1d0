//! Moves on entries: those named by their codes, one by one at the revision that was shown, or all that
//! match a filter in one call, which the node counts, selects and moves.

use std::collections::HashMap;
use std::process::ExitCode;

use chengji_client::failure;
use chengji_client::fields::Fields;
use chengji_client::output::{Table, note, print};
use chengji_client::progress::Progress;
use chengji_domain::catalogue::ShareClass;
use chengji_domain::catalogue::lifecycle::Move;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, Value, msg};
use chengji_proto::convert::problem_from;
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::v1::change_request::Step;
use chengji_proto::v1::change_response::Event;
use chengji_proto::{convert, v1};
use chengji_transport::CallTimeout;
use clap::Args;
use tonic::Streaming;
use tonic::transport::Channel;

use super::ask::{Answer, ask};
use super::batches::batches;
use super::import::INTERRUPTED;
use super::papers::ConsentArgs;
use super::selection::{Confirmation, Selection};
use crate::cli::{Context, answer};

/// Maximum number of codes listed for one refusal.
const MAX_CODES: usize = 5;
/// Groups that are shown by name before somebody is asked.
const MAX_GROUPS: usize = 10;

/// Arguments of moves without a reason.
#[derive(Args, Debug)]
pub(in crate::cli) struct MoveArgs {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    confirmation: Confirmation,
}

/// Arguments of `catalogue submit`.
#[derive(Args, Debug)]
pub(in crate::cli) struct SubmitArgs {
    #[command(flatten)]
    moved: MoveArgs,
    #[command(flatten)]
    consent: ConsentArgs,
}

/// What a move needs besides its entries.
#[derive(Clone, Debug)]
struct Making {
    mv: Move,
    reason: String,
    consent: Option<v1::GivenConsent>,
}

/// Arguments of moves with a reason.
#[derive(Args, Debug)]
pub(in crate::cli) struct ReasonedArgs {
    #[command(flatten)]
    moved: MoveArgs,
    /// Reason, 1 to 1,000 characters
    #[arg(long)]
    reason: String,
}

type Client = CatalogueServiceClient<Channel>;

/// The outcomes of moves.
enum Made {
    Done(v1::ChangeSummary),
    Declined,
    Interrupted,
}

/// A move without a reason.
pub(super) async fn simple(
    mv: Move,
    arguments: MoveArgs,
    client: CatalogueServiceClient<Channel>,
    context: &Context,
) -> Result<ExitCode> {
    let making = Making {
        mv,
        reason: String::new(),
        consent: None,
    };
    make(making, arguments, client, context).await
}

/// The submission of drafts.
pub(super) async fn submit(
    arguments: SubmitArgs,
    client: CatalogueServiceClient<Channel>,
    context: &Context,
) -> Result<ExitCode> {
    let making = Making {
        mv: Move::Submit,
        reason: String::new(),
        consent: arguments.consent.given(),
    };
    make(making, arguments.moved, client, context).await
}

/// A move with a reason.
pub(super) async fn reasoned(
    mv: Move,
    arguments: ReasonedArgs,
    client: CatalogueServiceClient<Channel>,
    context: &Context,
) -> Result<ExitCode> {
    let making = Making {
        mv,
        reason: arguments.reason,
        consent: None,
    };
    make(making, arguments.moved, client, context).await
}

async fn make(
    making: Making,
    arguments: MoveArgs,
    client: CatalogueServiceClient<Channel>,
    context: &Context,
) -> Result<ExitCode> {
    let MoveArgs {
        selection,
        confirmation,
    } = arguments;
    let made = match selection.names_codes() {
        true => named(making, &selection, client).await?,
        false => all(making, &selection, &confirmation, client).await?,
    };
    let summary = match made {
        Made::Done(summary) => summary,
        Made::Declined => {
            note(msg::MoveDeclined);
            return Ok(ExitCode::SUCCESS);
        }
        Made::Interrupted => return Ok(ExitCode::from(INTERRUPTED)),
    };
    refusals(&summary.problems).into_iter().for_each(note);
    print(context.format(), &summary, counts)?;
    Ok(ExitCode::from(exit_code(&summary)))
}

/// Moves the entries with these codes, whatever their state: why one cannot be moved is the node's to say.
async fn named(making: Making, selection: &Selection, mut client: Client) -> Result<Made> {
    let mv = making.mv;
    let lifecycles = selection.named(client.clone()).await?;
    let total = lifecycles.len() as u64;
    let messages = tokio_stream::iter(messages(making, lifecycles));
    let responses = match mv.is_review() {
        true => answer(client.review(messages)).await,
        false => answer(client.change(messages)).await,
    };
    follow(mv, responses?, total).await
}

/// Moves all entries of some kind. Unless that was confirmed before, the node counts them, somebody is
/// asked, and these and no others are moved.
async fn all(
    making: Making,
    selection: &Selection,
    confirmation: &Confirmation,
    mut client: Client,
) -> Result<Made> {
    let Making {
        mv,
        reason,
        consent,
    } = making;
    let filter = selection.of_some_kind()?;
    let mut expected = None;
    if !confirmation.yes {
        let counted = count(&mut client, mv, &filter).await?;
        let set = counted.set.clone().unwrap_or_default();
        if set.count == 0 {
            return Ok(Made::Done(v1::ChangeSummary::default()));
        }
        breakdown(&counted).into_iter().for_each(note);
        let (count, action) = (set.count, mv.label());
        let question = msg::MoveQuestion { action, count }.into();
        match ask(question, msg::LookCataloguePending.into()).await? {
            Answer::Yes => expected = Some(set),
            Answer::No => return Ok(Made::Declined),
            Answer::Interrupted => return Ok(Made::Interrupted),
        }
    }
    let total = expected.as_ref().map_or(0, |set| set.count);
    let request = v1::ChangeWhereRequest {
        r#move: convert::entry_move_to(mv).into(),
        reason,
        filter: Some(filter),
        expected,
        consent,
    };
    let responses = match mv.is_review() {
        true => answer(client.review_where(request)).await,
        false => answer(client.change_where(request)).await,
    };
    follow(mv, responses?, total).await
}

async fn count(
    client: &mut Client,
    mv: Move,
    filter: &v1::EntryFilter,
) -> Result<v1::CountLifecyclesResponse> {
    let request = v1::CountLifecyclesRequest {
        filter: Some(filter.clone()),
        r#move: convert::entry_move_to(mv).into(),
    };
    answer(client.count_lifecycles(request)).await
}

/// The count of each department and class, the largest first.
fn breakdown(counted: &v1::CountLifecyclesResponse) -> Vec<Message> {
    let shown = counted.groups.iter().take(MAX_GROUPS);
    let mut rest = counted.set.as_ref().map_or(0, |set| set.count);
    let mut lines = Vec::new();
    for group in shown {
        rest = rest.saturating_sub(group.count);
        let class = convert::share_class_from(group.share_class()).map(ShareClass::label);
        lines.push(Message::from(msg::MoveGroup {
            count: aligned(group.count),
            provider: &group.provider,
            class: class.map_or_else(|| Value::text(""), Value::from),
        }));
    }
    if rest > 0 {
        let count = aligned(rest);
        lines.push(msg::MoveOthers { count }.into());
    }
    lines
}

fn aligned(count: u64) -> String {
    format!("{count:>8}")
}

/// Shows how far it is; of `total` entries, where that is known before the node says it.
async fn follow(
    mv: Move,
    mut responses: Streaming<v1::ChangeResponse>,
    total: u64,
) -> Result<Made> {
    let (mut done, mut bar) = (0, None);
    let mut problems = Vec::new();
    loop {
        let item = tokio::select! {
            item = CallTimeout::Work.next(&mut responses) => item?.and_then(|item| item.event),
            _ = tokio::signal::ctrl_c() => {
                let progress = msg::MoveInterrupted { done };
                note(msg::Interrupted { progress });
                return Ok(Made::Interrupted);
            }
        };
        match item {
            Some(Event::Progress(progress)) => {
                done = progress.done;
                let total = total.max(progress.total);
                let bar = bar.get_or_insert_with(|| Progress::count(total, mv.label()));
                bar.set(done);
            }
            Some(Event::Problems(some)) => problems.extend(some.problems),
            Some(Event::Summary(mut summary)) => {
                summary.problems.splice(0..0, problems);
                if let Some(bar) = bar {
                    bar.end();
                }
                return Ok(Made::Done(summary));
            }
            None => {
                let message = msg::NodeEndedWithoutResult;
                return Err(Error::new(ErrorCode::PeerInvalid, message));
            }
        }
    }
}

fn messages(making: Making, lifecycles: Vec<v1::ListedLifecycle>) -> Vec<v1::ChangeRequest> {
    let start = Step::Start(v1::ChangeStart {
        r#move: convert::entry_move_to(making.mv).into(),
        reason: making.reason,
        consent: making.consent,
    });
    let revisions = lifecycles.into_iter().filter_map(|listed| {
        listed.lifecycle.map(|lifecycle| v1::EntryRevision {
            code: lifecycle.code,
            revision: lifecycle.newest,
            steps: lifecycle.steps,
        })
    });
    let batches = batches(revisions).map(|entries| Step::Entries(v1::ChangeEntries { entries }));
    std::iter::once(start)
        .chain(batches)
        .map(|step| v1::ChangeRequest { step: Some(step) })
        .collect()
}

fn counts(summary: &v1::ChangeSummary) -> Table {
    let mut fields = Fields::new();
    fields.field("moved", msg::ColumnMoved, summary.moved);
    fields.field("refused", msg::ColumnRefused, summary.refused);
    fields.into()
}

/// Refusals with their reasons; entries refused for the same reason share a line.
fn refusals(problems: &[v1::ChangeProblem]) -> Vec<Message> {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for problem in problems {
        let why = reason(problem);
        let place = *places.entry(why.clone()).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, codes)) => codes.push(&problem.code),
            None => groups.push((why, vec![&problem.code])),
        }
    }
    let line = |(why, codes): (String, Vec<&str>)| match codes.as_slice() {
        [code] => Message::from(msg::MoveRefusedOne { code: *code, why }),
        several => {
            let more = several.len() > MAX_CODES;
            let codes = several.iter().copied().take(MAX_CODES);
            let codes: Vec<&str> = codes.chain(more.then_some("…")).collect();
            let count = several.len();
            msg::MoveRefusedSeveral { count, why, codes }.into()
        }
    };
    groups.into_iter().map(line).collect()
}

/// The error of a refused entry.
fn error_of(problem: &v1::ChangeProblem) -> Error {
    match problem_from(problem.problem.as_ref()) {
        Ok(problem) => problem.into_error(),
        Err(error) => error,
    }
}

/// The reason of a refusal and its advice, without the code of the entry.
fn reason(problem: &v1::ChangeProblem) -> String {
    let error = error_of(problem);
    let message = error.message().shown().replace(&problem.code, "…");
    format!("[{}] {message} — {}", error.code(), error.remedy())
}

/// The exit code: that of the first refusal.
fn exit_code(summary: &v1::ChangeSummary) -> u8 {
    let first = summary.problems.first();
    first.map_or(0, |first| failure::exit_code(error_of(first).fault()))
}

#[cfg(test)]
mod tests {
    use chengji_domain::Fault;
    use chengji_domain::problem::Problem;
    use chengji_proto::convert::problem_to;

    use super::*;

    #[test]
    fn groups_are_shown_up_to_a_number_and_the_others_together() {
        let group = |count: u64| {
            let mut group = v1::EntryGroup {
                provider: "市民政局".to_owned(),
                count,
                ..v1::EntryGroup::default()
            };
            group.set_share_class(v1::ShareClass::Conditional);
            group
        };
        let counted = v1::CountLifecyclesResponse {
            set: Some(v1::EntrySet {
                count: 90,
                digest: Vec::new(),
            }),
            groups: (1..=12).rev().map(group).collect(),
        };
        let lines = breakdown(&counted);
        assert_eq!(lines.len(), MAX_GROUPS + 1);
        let first = msg::MoveGroup {
            count: "      12",
            provider: "市民政局",
            class: ShareClass::Conditional.label(),
        };
        assert_eq!(lines[0], Message::from(first));
        let count = "      15";
        assert_eq!(lines[MAX_GROUPS], Message::from(msg::MoveOthers { count }));
    }

    #[test]
    fn what_is_refused_for_one_reason_is_one_line() {
        let problem = |serial: u32, code: ErrorCode, message: Message| v1::ChangeProblem {
            code: format!("206001{serial:06}"),
            problem: Some(problem_to(&Problem::new(code, message))),
        };
        let moved = |serial: u32| {
            let code = format!("206001{serial:06}");
            msg::EntryMovedMeanwhile { code }.into()
        };
        let mut problems: Vec<_> = (1..=7)
            .map(|serial| problem(serial, ErrorCode::Conflict, moved(serial)))
            .collect();
        let own = msg::ReviewOfOwnWork { reviewer: "li" };
        problems.insert(3, problem(9, ErrorCode::Denied, own.into()));
        let lines = refusals(&problems);
        assert_eq!(lines.len(), 2);
        let codes = (1..=5).map(|serial| format!("206001{serial:06}"));
        let codes: Value = codes.chain(["…".to_owned()]).collect();
        assert_eq!(lines[0].param("count"), Some(&7_u64.into()));
        assert_eq!(lines[0].param("codes"), Some(&codes));
        assert_eq!(lines[1].param("code"), Some(&"206001000009".into()));
        let summary = v1::ChangeSummary {
            problems: problems.split_off(3),
            ..v1::ChangeSummary::default()
        };
        assert_eq!(exit_code(&summary), failure::exit_code(Fault::Policy));
    }
}
