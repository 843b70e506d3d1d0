//! The lifecycle of entries on the command line: entries in progress, and the history of one.

use std::process::ExitCode;

use chengji_client::cells;
use chengji_client::output::{Column, Table, print};
use chengji_client::pages::Pages;
use chengji_domain::Result;
use chengji_domain::catalogue::ShareClass;
use chengji_domain::catalogue::lifecycle::{Move, State};
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::{convert, v1};
use clap::Args;
use tonic::transport::Channel;

use super::selection::Selection;
use crate::cli::{Context, answer};

/// What to list.
#[derive(Args, Debug)]
pub(in crate::cli) struct PendingArgs {
    #[command(flatten)]
    selection: Selection,
    /// Entries in this state instead of those that await somebody: draft, submitted, returned, taken-back,
    /// published, withdrawal-asked, withdrawn; may be repeated
    #[arg(long, value_name = "STATE", value_parser = state)]
    state: Vec<State>,
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

/// `catalogue pending`.
pub(super) async fn pending(
    arguments: PendingArgs,
    client: CatalogueServiceClient<Channel>,
    context: &Context,
) -> Result<ExitCode> {
    let mut states = arguments.state;
    if states.is_empty() {
        states = State::ALL.to_vec();
        states.retain(|state| state.is_pending());
    }
    let list = arguments.selection.list(client, &states).await?;
    print(context.format(), &list, lives)?;
    Ok(ExitCode::SUCCESS)
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
    let pages = Pages::of(v1::HistoryRequest { code, page: None });
    let history = pages.whole(async |asked| answer(client.history(asked)).await);
    history.await
}
