//! The life of entries on the command line: what is on its way, moving it along, its history.

use std::collections::HashMap;
use std::process::ExitCode;

use chengji_client::fields::Fields;
use chengji_client::output::{Column, Table, print};
use chengji_client::progress::Progress;
use chengji_client::{cells, failure};
use chengji_domain::catalogue::ShareClass;
use chengji_domain::catalogue::life::{Move, State};
use chengji_domain::{ErrorCode, Fault, Result};
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::v1::change_request::Step;
use chengji_proto::v1::change_response::News;
use chengji_proto::{convert, status, v1};
use clap::Args;
use tonic::transport::Channel;

use super::ask::Answer;
use super::batches::batches;
use super::import::INTERRUPTED;
use super::outcome::tell;
use super::selection::{Confirmation, Selection};
use super::told;
use crate::cli::Context;

/// Codes told of one refusal.
const TOLD: usize = 5;

/// What to list.
#[derive(Args, Debug)]
pub(in crate::cli) struct PendingArgs {
    #[command(flatten)]
    selection: Selection,
    /// In these states instead of those in which somebody has to act: draft, submitted, returned,
    /// taken-back, published, withdrawal-asked, withdrawn 办理状态
    #[arg(long, value_name = "STATE", value_parser = state)]
    state: Vec<State>,
}

/// What to move.
#[derive(Args, Debug)]
pub(in crate::cli) struct MoveArgs {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    confirmation: Confirmation,
}

/// What to move, and why.
#[derive(Args, Debug)]
pub(in crate::cli) struct ReasonedArgs {
    #[command(flatten)]
    moved: MoveArgs,
    /// Why, 1 to 1,000 characters 理由
    #[arg(long)]
    reason: String,
}

/// A state by its name.
pub(super) fn state(text: &str) -> Result<State, String> {
    let found = State::ALL
        .iter()
        .find(|state| text == state.en() || text == state.zh());
    found.copied().ok_or_else(|| {
        let names: Vec<&str> = State::ALL.iter().map(|state| state.en()).collect();
        format!("one of {}", names.join(", "))
    })
}

/// The states that each move starts from, and what it is called when somebody is asked.
fn begins_at(mv: Move) -> (&'static [State], &'static str) {
    match mv {
        Move::Save => (&[], ""),
        Move::Submit => (&[State::Draft], "submit 提交"),
        Move::TakeBack => (
            &[State::Draft, State::Submitted, State::WithdrawalAsked],
            "take back 撤回",
        ),
        Move::AskWithdrawal => (
            &[State::Published, State::Returned, State::TakenBack],
            "ask for the withdrawal of 申请撤销",
        ),
        Move::Approve => (
            &[State::Submitted, State::WithdrawalAsked],
            "approve 审核通过",
        ),
        Move::Return => (&[State::Submitted, State::WithdrawalAsked], "return 退回"),
    }
}

/// `catalogue pending`.
pub(super) async fn pending(
    arguments: PendingArgs,
    client: CatalogueServiceClient<Channel>,
    context: &Context,
) -> Result<ExitCode> {
    let waiting = [
        State::Draft,
        State::Submitted,
        State::Returned,
        State::WithdrawalAsked,
    ];
    let states = match arguments.state.as_slice() {
        [] => &waiting[..],
        named => named,
    };
    let list = arguments.selection.list(client, states).await?;
    print(context.format(), &list, lives)?;
    Ok(ExitCode::SUCCESS)
}

/// A move without a reason.
pub(super) async fn simple(
    mv: Move,
    arguments: MoveArgs,
    client: CatalogueServiceClient<Channel>,
    context: &Context,
) -> Result<ExitCode> {
    make(mv, arguments, String::new(), client, context).await
}

/// A move with a reason.
pub(super) async fn reasoned(
    mv: Move,
    arguments: ReasonedArgs,
    client: CatalogueServiceClient<Channel>,
    context: &Context,
) -> Result<ExitCode> {
    make(mv, arguments.moved, arguments.reason, client, context).await
}

async fn make(
    mv: Move,
    arguments: MoveArgs,
    reason: String,
    client: CatalogueServiceClient<Channel>,
    context: &Context,
) -> Result<ExitCode> {
    let MoveArgs {
        selection,
        confirmation,
    } = arguments;
    let (states, what) = begins_at(mv);
    let mut lives = selection.chosen(client.clone(), states).await?;
    if mv == Move::AskWithdrawal && !selection.names_codes() {
        // What was never published is not withdrawn, but taken back.
        lives.retain(|listed| listed.life.as_ref().is_some_and(|life| life.published > 0));
    }
    match selection.confirmed(&lives, what, &confirmation).await? {
        Answer::Yes => {}
        Answer::No => {
            tell("nothing was done 未执行任何操作");
            return Ok(ExitCode::SUCCESS);
        }
        Answer::Interrupted => return Ok(ExitCode::from(INTERRUPTED)),
    }
    let Some(summary) = send(mv, lives, reason, client).await? else {
        return Ok(ExitCode::from(INTERRUPTED));
    };
    refusals(&summary.problems)
        .iter()
        .for_each(|line| tell(line));
    print(context.format(), &summary, counts)?;
    Ok(ExitCode::from(exit_code(&summary)))
}

/// What was refused and why; entries that are refused for the same reason in one line.
fn refusals(problems: &[v1::ChangeProblem]) -> Vec<String> {
    let mut groups: Vec<(String, Vec<&v1::ChangeProblem>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for problem in problems {
        let reason = problem.problem.replace(&problem.code, "…");
        let why = format!("[{}] {reason} — {}", problem.error, problem.remedy);
        let place = *places.entry(why.clone()).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, same)) => same.push(problem),
            None => groups.push((why, vec![problem])),
        }
    }
    let line = |(why, same): (String, Vec<&v1::ChangeProblem>)| match same.as_slice() {
        [one] => format!(
            "{} [{}] {} — {}",
            one.code, one.error, one.problem, one.remedy
        ),
        several => {
            let codes = several.iter().take(TOLD).map(|one| one.code.as_str());
            let codes: Vec<&str> = codes.collect();
            let more = if several.len() > TOLD { ", …" } else { "" };
            format!(
                "{} entries 条 {why}: {}{more}",
                several.len(),
                codes.join(", ")
            )
        }
    };
    groups.into_iter().map(line).collect()
}

/// Whose fault the first refusal is.
fn exit_code(summary: &v1::ChangeSummary) -> u8 {
    let Some(first) = summary.problems.first() else {
        return 0;
    };
    let code = ErrorCode::ALL
        .iter()
        .find(|code| code.as_str() == first.error);
    failure::exit_code(code.map_or(Fault::Caller, |code| code.fault()))
}

async fn send(
    mv: Move,
    lives: Vec<v1::ListedLife>,
    reason: String,
    mut client: CatalogueServiceClient<Channel>,
) -> Result<Option<v1::ChangeSummary>> {
    let failed = |status: tonic::Status| status::to_error(&status);
    if lives.is_empty() {
        return Ok(Some(v1::ChangeSummary::default()));
    }
    let bar = Progress::count(lives.len() as u64, mv.zh());
    let messages = tokio_stream::iter(messages(mv, lives, reason));
    let answer = match mv.is_review() {
        true => client.review(messages).await,
        false => client.change(messages).await,
    };
    let mut news = answer.map_err(failed)?.into_inner();
    let mut done = 0;
    loop {
        let item = tokio::select! {
            item = news.message() => item.map_err(failed)?.and_then(|item| item.news),
            _ = tokio::signal::ctrl_c() => {
                tell(&format!(
                    "interrupted 已中断: the node has answered for {done} entries; do it again for the \
                     rest 节点已答复 {done} 条，其余请重新执行"
                ));
                return Ok(None);
            }
        };
        match item {
            Some(News::Progress(progress)) => {
                done = progress.done;
                bar.set(done);
            }
            Some(News::Summary(summary)) => {
                bar.finish("");
                return Ok(Some(summary));
            }
            None => {
                let message = "the node broke off without saying how it went";
                return Err(chengji_domain::Error::new(ErrorCode::PeerInvalid, message));
            }
        }
    }
}

fn messages(mv: Move, lives: Vec<v1::ListedLife>, reason: String) -> Vec<v1::ChangeRequest> {
    let start = Step::Start(v1::ChangeStart {
        r#move: convert::entry_move_to(mv).into(),
        reason,
    });
    let revisions = lives.into_iter().filter_map(|listed| {
        listed.life.map(|life| v1::EntryRevision {
            code: life.code,
            revision: life.newest,
            steps: life.steps,
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
    fields.field("moved", "done 已办理", summary.moved.to_string());
    fields.field("refused", "not done 未办理", summary.refused.to_string());
    fields.into()
}

fn state_zh(step: &v1::EntryStep) -> &'static str {
    convert::entry_state_from(step.state()).map_or("", State::zh)
}

fn lives(list: &v1::ListLivesResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("code", "code 代码"),
        Column::left("name", "name 名称"),
        Column::left("provider", "provider 提供方"),
        Column::left("share_class", "class 共享类型"),
        Column::left("state", "state 状态"),
        Column::right("revision", "revision 版本"),
        Column::left("by", "by 操作者"),
        Column::left("at", "at 时间"),
        Column::left("due", "due 期限"),
        Column::left("reason", "reason 理由"),
    ]);
    for listed in &list.lives {
        let (life, entry) = (listed.life.clone(), listed.entry.clone());
        let (life, entry) = (life.unwrap_or_default(), entry.unwrap_or_default());
        let last = life.last.unwrap_or_default();
        let overdue = if listed.overdue {
            " overdue 逾期"
        } else {
            ""
        };
        table.row([
            entry.code.clone(),
            entry.name.clone(),
            entry.provider.clone(),
            convert::share_class_from(entry.share_class())
                .map_or("", ShareClass::zh)
                .to_owned(),
            state_zh(&last).to_owned(),
            life.newest.to_string(),
            person(&last.by),
            last.at.as_ref().map(cells::time).unwrap_or_default(),
            format!(
                "{}{overdue}",
                cells::deadline(&last.due, last.due_provisional)
            ),
            last.reason,
        ]);
    }
    let overdue = list.lives.iter().filter(|listed| listed.overdue).count();
    let count = list.lives.len();
    table.note(format!(
        "{count} entries, {overdue} overdue 共 {count} 条，逾期 {overdue} 条"
    ));
    table
}

/// The moves of an entry.
pub(super) fn history(history: &v1::HistoryResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("at", "at 时间"),
        Column::right("revision", "revision 版本"),
        Column::left("move", "move 操作"),
        Column::left("state", "state 状态"),
        Column::left("by", "by 操作者"),
        Column::left("due", "due 期限"),
        Column::left("reason", "reason 理由"),
    ]);
    for step in &history.steps {
        table.row([
            step.at.as_ref().map(cells::time).unwrap_or_default(),
            step.revision.to_string(),
            convert::entry_move_from(step.r#move())
                .map_or("", Move::zh)
                .to_owned(),
            state_zh(step).to_owned(),
            person(&step.by),
            cells::deadline(&step.due, step.due_provisional),
            step.reason.clone(),
        ]);
    }
    let life = history.life.clone().unwrap_or_default();
    table.note(match life.published {
        0 => format!("{} was never published 从未发布", life.code),
        revision => format!(
            "{}: revision {revision} is the last published 最近发布版本 {revision}",
            life.code
        ),
    });
    table
}

/// A person's name without the city, which is always the own.
fn person(principal: &str) -> String {
    let name = principal.rsplit_once("/person/").map(|(_, name)| name);
    name.unwrap_or(principal).to_owned()
}

/// The history of one entry, from the node.
pub(super) async fn ask_history(
    mut client: CatalogueServiceClient<Channel>,
    code: String,
) -> Result<v1::HistoryResponse> {
    told(client.history(v1::HistoryRequest { code }).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_for_one_reason_is_one_line() {
        let problem = |serial: u32, error: &str, problem: &str| v1::ChangeProblem {
            code: format!("206001{serial:06}"),
            error: error.to_owned(),
            problem: problem.to_owned(),
            remedy: "look again".to_owned(),
        };
        let mut problems: Vec<_> = (1..=7)
            .map(|serial| problem(serial, "CONFLICT", &format!("206001{serial:06} was moved")))
            .collect();
        problems.insert(
            3,
            problem(9, "DENIED", "nobody reviews what they submitted"),
        );
        let lines = refusals(&problems);
        assert_eq!(
            lines,
            [
                "7 entries 条 [CONFLICT] … was moved — look again: 206001000001, 206001000002, \
                 206001000003, 206001000004, 206001000005, …",
                "206001000009 [DENIED] nobody reviews what they submitted — look again",
            ]
        );
    }
}
