//! Return flows.

use chengji_messages::{Message, msg};
use chengji_proto::v1;
use chengji_proto::v1::body::Fact;
use chengji_proto::v1::return_flow_act::Act;

use super::actor::actor;
use crate::cells;
use crate::output::{Cell, Column, Table};
use crate::row;

/// Return flows, one a line.
pub fn return_flows(list: &v1::ListReturnFlowsResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("id", msg::ColumnReturnFlow),
        Column::left("provider", msg::ColumnProvider),
        Column::left("code", msg::ColumnCode),
        Column::left("to", msg::ColumnReturnedTo),
        Column::left("rows", msg::ColumnReturnedRows),
        Column::left("by", msg::ColumnByPrincipal),
        Column::left("at", msg::ColumnAt),
        Column::left("awaited", msg::ColumnReturnAwaited),
        Column::left("ended_at", msg::ColumnEnd),
        Column::left("reason", msg::ColumnReason),
    ]);
    for state in &list.flows {
        let flow = state.flow.as_ref();
        table.row(row![
            state.id.clone(),
            state.provider.clone(),
            state.code.clone(),
            flow.map(to),
            flow.map(|flow| flow.rows.clone()),
            state.actor.as_ref().map(actor),
            state.at.as_ref().map(cells::time),
            state.awaited.then(|| Cell::label("yes", msg::Yes)),
            state.ended_at.as_ref().map(cells::time),
            state.end.as_ref().map(|end| end.reason.clone()),
        ]);
    }
    table.note_if_more(&list.next_cursor);
    table
}

/// One return flow.
pub fn return_flow(state: &v1::ReturnFlowState) -> Table {
    return_flows(&v1::ListReturnFlowsResponse {
        flows: vec![state.clone()],
        next_cursor: String::new(),
    })
}

/// The divisions that data is returned to.
fn to(flow: &v1::ReturnFlow) -> Cell {
    match flow.to.as_str() {
        "" => Cell::label("all", msg::ReturnedToAll),
        city => city.into(),
    }
}

/// The rows that are returned, and to whom.
pub(super) fn shown(flow: &v1::ReturnFlow) -> Message {
    let (rows, to) = (&flow.rows, to(flow).shown());
    msg::ReturnFlowShown { rows, to }.into()
}

/// An act on a return flow.
pub(super) fn act(act: &v1::ReturnFlowAct) -> Message {
    let code = &act.code;
    match &act.act {
        Some(Act::Declare(flow)) => {
            let (rows, to) = (&flow.rows, to(flow).shown());
            msg::ReturnFlowDeclared { code, rows, to }.into()
        }
        // For members that are not concerned.
        Some(Act::End(end)) if end.reason.is_empty() => msg::ReturnFlowEndedBare { code }.into(),
        Some(Act::End(end)) => {
            let (consultation, reason) = (&end.consultation, &end.reason);
            msg::ReturnFlowEnded {
                code,
                consultation,
                reason,
            }
            .into()
        }
        None => no_text(),
    }
}

/// Facts about return flows.
pub(super) fn fact(fact: &Fact) -> Message {
    match fact {
        Fact::ReturnFlowChanged(f) => changed(f),
        Fact::ReturnFlowNoted(f) => msg::FactReturnFlowNoted {
            act: f.changed.as_ref().map_or_else(no_text, changed),
            provider: &f.provider,
        }
        .into(),
        _ => no_text(),
    }
}

fn changed(fact: &v1::ReturnFlowChanged) -> Message {
    msg::FactReturnFlowChanged {
        act: fact.act.as_ref().map_or_else(no_text, act),
        actor: fact.actor.as_ref().map_or_else(no_text, actor),
    }
    .into()
}

fn no_text() -> Message {
    msg::Text { text: "" }.into()
}
