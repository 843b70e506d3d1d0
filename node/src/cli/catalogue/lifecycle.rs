//! The lifecycle of entries on the command line: entries in progress, and the history of one.

use std::process::ExitCode;

use chengji_client::arguments::refused;
use chengji_client::cells;
use chengji_client::fields::Fields;
use chengji_client::output::{Cell, Column, Table, print};
use chengji_client::pages::Pages;
use chengji_client::row;
use chengji_domain::Result;
use chengji_domain::catalogue::lifecycle::State;
use chengji_messages::{Message, msg};
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::v1::consent::Consent;
use chengji_proto::{convert, v1};
use clap::Args;
use tonic::transport::Channel;

use super::selection::Selection;
use super::terms::share_class;
use crate::cli::{Context, answer};

/// Arguments of `catalogue pending`.
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
pub(super) fn state(text: &str) -> Result<State> {
    let found = State::ALL
        .iter()
        .find(|state| text == state.en() || text == state.zh());
    found.copied().ok_or_else(|| {
        let terms: Vec<&str> = State::ALL.iter().map(|state| state.en()).collect();
        refused(msg::ValueNotOneOf { terms })
    })
}

/// `catalogue pending`.
pub(super) async fn pending(
    arguments: PendingArgs,
    client: CatalogueServiceClient<Channel>,
    context: &Context,
) -> Result<ExitCode> {
    let mut states = arguments.state;
    if states.is_empty() && !arguments.selection.is_of_any_state() {
        states = State::ALL.to_vec();
        states.retain(|state| state.is_pending());
    }
    let list = arguments.selection.list(client, &states).await?;
    print(context.format(), &list, lifecycles)?;
    Ok(ExitCode::SUCCESS)
}

fn state_cell(step: &v1::EntryStep) -> Option<Cell> {
    let state = convert::entry_state_from(step.state())?;
    Some(Cell::label(state.en(), state.label()))
}

fn lifecycles(list: &v1::ListLifecyclesResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("code", msg::ColumnCode),
        Column::left("name", msg::ColumnName),
        Column::left("provider", msg::ColumnProvider),
        Column::left("share_class", msg::ColumnClass),
        Column::left("state", msg::ColumnState),
        Column::right("revision", msg::ColumnRevision),
        Column::left("by", msg::ColumnByPrincipal),
        Column::left("at", msg::ColumnAt),
        Column::left("due", msg::ColumnDue),
        Column::left("reason", msg::ColumnReason),
        Column::left("change", msg::ColumnChangeNoted),
        Column::right("tightened", msg::ColumnTightened),
        Column::right("running_grants", msg::ColumnRunningGrants),
    ]);
    for listed in &list.lifecycles {
        let (lifecycle, entry) = (listed.lifecycle.clone(), listed.entry.clone());
        let (lifecycle, entry) = (lifecycle.unwrap_or_default(), entry.unwrap_or_default());
        let due = due(&lifecycle, listed.overdue);
        let last = lifecycle.last.unwrap_or_default();
        table.row(row![
            &entry.code,
            &entry.name,
            &entry.provider,
            share_class(entry.share_class()),
            state_cell(&last),
            lifecycle.newest,
            person(&last.by),
            last.at.as_ref().map(cells::time),
            due,
            last.reason,
            lifecycle.change.map(|change| change.on),
            lifecycle.tightenings,
            Some(listed.running_grants).filter(|count| *count > 0),
        ]);
    }
    let overdue = list
        .lifecycles
        .iter()
        .filter(|listed| listed.overdue)
        .count();
    let count = list.lifecycles.len();
    table.note(msg::LifecyclesCount { count, overdue });
    let lifecycles = list.lifecycles.iter();
    let lifecycles = lifecycles.filter_map(|listed| listed.lifecycle.as_ref());
    let tightened = lifecycles
        .filter(|lifecycle| lifecycle.tightenings > 0)
        .count();
    if tightened > 0 {
        table.note(msg::LifecyclesTightened { count: tightened });
    }
    table
}

/// The moves of an entry.
pub(super) fn history(history: &v1::HistoryResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("at", msg::ColumnAt),
        Column::right("revision", msg::ColumnRevision),
        Column::left("move", msg::ColumnMove),
        Column::left("state", msg::ColumnState),
        Column::left("by", msg::ColumnByPrincipal),
        Column::left("due", msg::ColumnDue),
        Column::left("reason", msg::ColumnReason),
        Column::left("consent", msg::ColumnConsent),
        Column::left("tightening", msg::ColumnTightening),
    ]);
    for step in &history.steps {
        let mv = convert::entry_move_from(step.r#move());
        let tightening = convert::tightening_from(step.tightening());
        table.row(row![
            step.at.as_ref().map(cells::time),
            step.revision,
            mv.map(|mv| Cell::label(mv.en(), mv.label())),
            state_cell(step),
            person(&step.by),
            cells::deadline(&step.due, step.due_provisional),
            reason_cell(step),
            step.consent.as_ref().and_then(consent_cell),
            tightening.map(|added| Cell::label(added.en(), added.label())),
        ]);
    }
    let lifecycle = history.lifecycle.clone().unwrap_or_default();
    let code = &lifecycle.code;
    table.note(match lifecycle.published {
        0 => Message::from(msg::NeverPublished { code }),
        revision => msg::LastPublished { code, revision }.into(),
    });
    if let Some(change) = lifecycle.change {
        let (due, on, days) = (change.due, change.on, change.extended_by);
        table.note(match days {
            0 => Message::from(msg::ChangeNoted { due, on }),
            days => msg::ChangeNotedExtended { days, due, on }.into(),
        });
    }
    table
}

/// The lifecycle of an entry after a change was noted, or its deadline extended.
pub(super) fn changed(lifecycle: &v1::EntryLifecycle) -> Table {
    let change = lifecycle.change.clone().unwrap_or_default();
    let mut fields = Fields::new();
    fields.field("code", msg::ColumnCode, &lifecycle.code);
    fields.field("change", msg::ColumnChangeNoted, &change.on);
    let due = cells::deadline(&change.due, change.due_provisional);
    fields.field("due", msg::ColumnDue, due);
    fields.field("extended_by", msg::ColumnExtendedBy, change.extended_by);
    fields.into()
}

/// The consent of a submission: its document, or the person.
fn consent_cell(consent: &v1::Consent) -> Option<Cell> {
    match consent.consent.as_ref()? {
        Consent::Paper(paper) => Some((&paper.number).into()),
        Consent::By(by) => Some(person(&by.principal).into()),
    }
}

/// The reason of a step, or that its contents were removed.
fn reason_cell(step: &v1::EntryStep) -> Cell {
    match step.content_removed {
        true => Cell::label("content removed", msg::StepContentRemoved),
        false => (&step.reason).into(),
    }
}

/// The deadline of an entry, marked where it is over.
fn due(lifecycle: &v1::EntryLifecycle, overdue: bool) -> Cell {
    let due = cells::deadline(&lifecycle.due, lifecycle.due_provisional);
    match overdue {
        true => Cell::label(format!("{due} overdue"), msg::OverdueMark { due }),
        false => due.into(),
    }
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
