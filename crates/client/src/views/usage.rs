//! The use of granted data.

use chengji_messages::{Message, Value, msg};
use chengji_proto::v1;
use chengji_proto::v1::body::Fact;

use super::actor::actor;
use crate::cells;
use crate::fields::Fields;
use crate::output::{Cell, Column, Table};
use crate::row;

/// The user and the operation of a fetch, as the consumer's node vouches for them.
pub fn voucher(voucher: &v1::Voucher) -> Message {
    let who = Value::principal(&voucher.user);
    let mut text: Message = msg::VoucherUser { who }.into();
    if !voucher.department.is_empty() {
        let (user, department) = (text, &voucher.department);
        text = msg::VoucherOfDepartment { user, department }.into();
    }
    if !voucher.operation.is_empty() {
        let (user, operation) = (text, &voucher.operation);
        text = msg::VoucherWithOperation { user, operation }.into();
    }
    text
}

/// Usage records, one a line.
pub fn usage_records(list: &v1::ListUsageResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("id", msg::ColumnUsageRecord),
        Column::left("request", msg::ColumnRequest),
        Column::left("consumer", msg::ColumnConsumer),
        Column::left("provider", msg::ColumnProvider),
        Column::left("from", msg::ColumnUsageFrom),
        Column::left("to", msg::ColumnUsageTo),
        Column::left("destroyed_on", msg::ColumnDestroyedOn),
        Column::left("effect", msg::ColumnUsageEffect),
    ]);
    for record in &list.records {
        let usage = record.usage.clone().unwrap_or_default();
        table.row(row![
            record.id.clone(),
            usage.request,
            record.consumer.clone(),
            record.provider.clone(),
            usage.from,
            usage.to,
            usage.destroyed_on,
            usage.effect,
        ]);
    }
    table.note_if_more(&list.next_cursor);
    table
}

/// One usage record.
pub fn usage_record(record: &v1::UsageRecord) -> Table {
    let usage = record.usage.clone().unwrap_or_default();
    let mut fields = Fields::new();
    fields.field("id", msg::ColumnUsageRecord, &record.id);
    fields.field("request", msg::ColumnRequest, usage.request);
    fields.field("consumer", msg::ColumnConsumer, &record.consumer);
    fields.field("provider", msg::ColumnProvider, &record.provider);
    fields.field("from", msg::ColumnUsageFrom, usage.from);
    fields.field("to", msg::ColumnUsageTo, usage.to);
    fields.field("scenario", msg::ColumnScenario, usage.scenario);
    fields.field("process", msg::ColumnUsageProcess, usage.process);
    fields.field("effect", msg::ColumnUsageEffect, usage.effect);
    fields.field("storage", msg::ColumnUsageStorage, usage.storage);
    fields.field("destroyed_on", msg::ColumnDestroyedOn, usage.destroyed_on);
    fields.field("destruction", msg::ColumnDestruction, usage.destruction);
    fields.field("compliance", msg::ColumnCompliance, usage.compliance);
    let by = record.actor.as_ref().map(actor);
    fields.field("by", msg::ColumnByPrincipal, by);
    let at = record.at.as_ref().map(cells::time);
    fields.field("at", msg::ColumnAt, at);
    fields.field("keep_until", msg::ColumnKeepUntil, &record.keep_until);
    fields.into()
}

/// Grants with periods whose use is not recorded, one a line.
pub fn missing_usage(list: &v1::ListMissingUsageResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("request", msg::ColumnRequest),
        Column::left("consumer", msg::ColumnConsumer),
        Column::left("provider", msg::ColumnProvider),
        Column::left("code", msg::ColumnCode),
        Column::left("from", msg::ColumnUsageFrom),
        Column::left("to", msg::ColumnUsageTo),
        Column::right("periods", msg::ColumnMissingPeriods),
        Column::left("deadline", msg::ColumnRecordBy),
    ]);
    for grant in &list.grants {
        let deadline = due(&grant.deadline, grant.provisional, grant.overdue);
        table.row(row![
            grant.request.clone(),
            grant.consumer.clone(),
            grant.provider.clone(),
            grant.code.clone(),
            grant.from.clone(),
            grant.to.clone(),
            grant.periods,
            Cell::from(deadline),
        ]);
    }
    table.note_if_more(&list.next_cursor);
    table
}

/// The last day to record a use, and whether it is over.
fn due(deadline: &str, provisional: bool, overdue: bool) -> Message {
    let deadline = cells::deadline(deadline, provisional);
    match overdue {
        true => msg::DeadlineOverdue { deadline }.into(),
        false => deadline,
    }
}

/// Facts about use.
pub(super) fn fact(fact: &Fact) -> Message {
    match fact {
        Fact::UsageRecorded(f) => {
            let usage = f.usage.clone().unwrap_or_default();
            msg::FactUsageRecorded {
                actor: f.actor.as_ref().map_or_else(no_text, actor),
                from: usage.from,
                request: usage.request,
                to: usage.to,
            }
            .into()
        }
        Fact::UseVouched(f) => msg::FactUseVouched {
            request: &f.request,
            voucher: f.voucher.as_ref().map_or_else(no_text, voucher),
        }
        .into(),
        Fact::UsageReminded(f) => msg::FactUsageReminded {
            deadline: due(&f.deadline, f.provisional, f.overdue),
            from: &f.from,
            request: &f.request,
            to: &f.to,
        }
        .into(),
        _ => no_text(),
    }
}

fn no_text() -> Message {
    msg::Text { text: "" }.into()
}
