//! Worklists.

use chengji_domain::catalogue::EntryAct;
use chengji_messages::{Message, msg};
use chengji_proto::convert::{due_act_from, matter_state_from, state_from};
use chengji_proto::v1;

use super::access::roles;
use super::request::attention_text;
use crate::cells;
use crate::output::{Cell, Column, Table};
use crate::row;

/// A worklist, one thing to do a line.
pub fn todo(list: &v1::ListTodoResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("todo", msg::ColumnTodo),
        Column::left("deadline", msg::ColumnDueBy),
        Column::left("request", msg::ColumnRequest),
        Column::left("proposal", msg::ColumnProposal),
        Column::left("matter", msg::ColumnMatter),
        Column::left("consumer", msg::ColumnConsumer),
        Column::left("provider", msg::ColumnProvider),
        Column::left("code", msg::ColumnCode),
        Column::left("state", msg::ColumnState),
        Column::left("role", msg::ColumnRoles),
        Column::left("on_behalf_of", msg::ColumnActsFor),
    ]);
    for item in &list.items {
        let of_request = state_from(item.state());
        let of_request = of_request.map(|state| Cell::label(state.to_string(), state.label()));
        let of_matter = matter_state_from(item.matter_state());
        let of_matter = of_matter.map(|state| Cell::label(state.name(), state.label()));
        table.row(row![
            what(item),
            deadline(item),
            item.request.clone(),
            item.proposal.clone(),
            item.matter.clone(),
            item.consumer.clone(),
            item.provider.clone(),
            item.code.clone(),
            of_request.or(of_matter),
            roles(&[item.role]),
            item.on_behalf_of.clone(),
        ]);
    }
    if list.items.is_empty() && list.next_cursor.is_empty() {
        table.note(msg::TodoNone);
    }
    table.note_if_more(&list.next_cursor);
    table
}

fn what(item: &v1::TodoItem) -> Cell {
    match item.kind() {
        v1::TodoKind::Due => match due_act_from(item.act) {
            Ok(act) if item.proposal.is_empty() => Cell::label(act.as_str(), act.label()),
            Ok(act) => Cell::label(act.as_str(), msg::TodoWaits { act: act.label() }),
            Err(_) => "".into(),
        },
        v1::TodoKind::Consent => Cell::label("consent", msg::TodoConsent),
        v1::TodoKind::Attention => match item.attention().next() {
            Some(reason) => attention_text(reason),
            None => Cell::label("attention", msg::TodoAttention),
        },
        v1::TodoKind::Correction if item.matter_state() == v1::MatterState::Accepted => {
            Cell::label("correction", msg::TodoCorrectData)
        }
        v1::TodoKind::Correction => Cell::label("correction", msg::TodoCorrection),
        v1::TodoKind::Demand => Cell::label("demand", msg::TodoDemand),
        v1::TodoKind::Matter => match item.matter_state() {
            v1::MatterState::Answered => Cell::label("answered", msg::TodoDemandAnswered),
            v1::MatterState::Declined => Cell::label("declined", msg::TodoDemandDeclined),
            _ => Cell::label("refused", msg::TodoMatterRefused),
        },
        v1::TodoKind::Notice => Cell::label("notice", msg::TodoNotice),
        v1::TodoKind::ReturnFlow => Cell::label("return-flow", msg::TodoReturnFlow),
        v1::TodoKind::Usage => Cell::label("usage", msg::TodoUsage),
        v1::TodoKind::Review => of_entry(EntryAct::Review),
        v1::TodoKind::EntryCorrection => of_entry(EntryAct::Correction),
        v1::TodoKind::Update => of_entry(EntryAct::Update),
        v1::TodoKind::Unspecified => "".into(),
    }
}

fn of_entry(act: EntryAct) -> Cell {
    Cell::label(act.en(), act.label())
}

fn deadline(item: &v1::TodoItem) -> Cell {
    if item.deadline.is_empty() {
        return "".into();
    }
    let deadline = cells::deadline(&item.deadline, item.provisional);
    let shown: Message = match item.overdue {
        true => msg::DeadlineOverdue { deadline }.into(),
        false => deadline,
    };
    Cell::label(item.deadline.as_str(), shown)
}
