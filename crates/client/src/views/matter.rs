//! Corrections, demands, and notices of corrections.

use chengji_domain::matter::MatterState;
use chengji_domain::{Error, ErrorCode, Quoted, Result};
use chengji_messages::{Message, Value, msg};
use chengji_proto::convert::{
    matter_state_from, matter_state_to, problem_message, update_cycle_from,
};
use chengji_proto::v1;
use chengji_proto::v1::filing::Filing;
use chengji_proto::v1::matter_move::Move;

use super::actor::actor;
use super::matter_moves::{move_of, step_text};
use crate::cells;
use crate::fields::Fields;
use crate::output::{Cell, Column, Table};
use crate::row;

/// Corrections, one a line.
pub fn corrections(list: &v1::ListMattersResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("id", msg::ColumnCorrection),
        Column::left("consumer", msg::ColumnConsumer),
        Column::left("provider", msg::ColumnProvider),
        Column::left("code", msg::ColumnCode),
        Column::left("fields", msg::ColumnErrorFields),
        Column::left("state", msg::ColumnState),
        Column::left("deadline", msg::ColumnDueBy),
    ]);
    for matter in &list.matters {
        let (code, fields) = match filing(matter) {
            Some(Filing::Correction(filed)) => (filed.code.as_str(), filed.fields.as_slice()),
            Some(Filing::Demand(_)) | None => ("", &[] as &[String]),
        };
        table.row(row![
            matter.id.clone(),
            matter.consumer.clone(),
            matter.provider.clone(),
            code,
            fields.join("; "),
            state(matter.state()),
            due(matter),
        ]);
    }
    table.note_if_more(&list.next_cursor);
    table
}

/// Demands, one a line.
pub fn demands(list: &v1::ListMattersResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("id", msg::ColumnDemand),
        Column::left("consumer", msg::ColumnConsumer),
        Column::left("name", msg::ColumnName),
        Column::left("fields", msg::ColumnDemandedFields),
        Column::left("state", msg::ColumnState),
        Column::left("provider", msg::ColumnAnsweringCity),
        Column::left("entry", msg::ColumnAnsweringEntry),
        Column::left("deadline", msg::ColumnDueBy),
    ]);
    for matter in &list.matters {
        let (name, fields) = match filing(matter) {
            Some(Filing::Demand(filed)) => (filed.name.as_str(), filed.fields.as_slice()),
            Some(Filing::Correction(_)) | None => ("", &[] as &[String]),
        };
        table.row(row![
            matter.id.clone(),
            matter.consumer.clone(),
            name,
            fields.join("; "),
            state(matter.state()),
            matter.provider.clone(),
            answering_entry(matter),
            due(matter),
        ]);
    }
    table.note_if_more(&list.next_cursor);
    table
}

/// One correction or demand with its history.
pub fn matter(matter: &v1::Matter) -> Table {
    let mut fields = Fields::new();
    match filing(matter) {
        Some(Filing::Correction(filed)) => correction(&mut fields, matter, filed),
        Some(Filing::Demand(filed)) => demand(&mut fields, matter, filed),
        None => {}
    }
    fields.field("state", msg::ColumnState, state(matter.state()));
    fields.field("deadline", msg::ColumnDueBy, due(matter));
    for line in history(matter) {
        fields.field("history", msg::ColumnHistory, line);
    }
    fields.into()
}

fn correction(fields: &mut Fields, matter: &v1::Matter, filed: &v1::CorrectionFiling) {
    fields.field("id", msg::ColumnCorrection, &matter.id);
    fields.field("consumer", msg::ColumnConsumer, &matter.consumer);
    fields.field("provider", msg::ColumnProvider, &filed.provider);
    fields.field("code", msg::ColumnCode, &filed.code);
    fields.field("request", msg::ColumnRequest, &filed.request);
    let revision = filed.revision.to_string();
    fields.field("revision", msg::ColumnReceivedRevision, revision);
    fields.field("fields", msg::ColumnErrorFields, filed.fields.join("; "));
    fields.field("problem", msg::ColumnWhatIsWrong, &filed.problem);
    if let Some(rows) = &filed.rows {
        let size = cells::bytes(u64::from(rows.bytes));
        fields.field("rows", msg::ColumnAttachedRows, size);
    }
    let department = &filed.department;
    fields.field("department", msg::ColumnConsumerDepartment, department);
}

fn demand(fields: &mut Fields, matter: &v1::Matter, filed: &v1::DemandFiling) {
    fields.field("id", msg::ColumnDemand, &matter.id);
    fields.field("consumer", msg::ColumnConsumer, &matter.consumer);
    fields.field("name", msg::ColumnName, &filed.name);
    fields.field("fields", msg::ColumnDemandedFields, filed.fields.join("; "));
    fields.field("purpose", msg::ColumnPurpose, &filed.purpose);
    fields.field("legal_basis", msg::ColumnLegalBasis, &filed.legal_basis);
    let cycle = update_cycle_from(filed.cycle());
    let cycle = cycle.map(|cycle| Cell::label(cycle.en(), cycle.label()));
    fields.field("cycle", msg::ColumnWantedCycle, cycle);
    let department = &filed.department;
    fields.field("department", msg::ColumnDemandDepartment, department);
    fields.field("provider", msg::ColumnAnsweringCity, &matter.provider);
    let mut moves = matter.steps.iter().rev();
    let assigned = moves.find_map(|step| match move_of(step) {
        Some(Move::Assign(assigned)) => Some(assigned.department.clone()),
        _ => None,
    });
    let source = assigned.unwrap_or_default();
    fields.field("source_department", msg::ColumnSourceDepartment, source);
    fields.field("entry", msg::ColumnAnsweringEntry, answering_entry(matter));
}

/// Notices of corrections, one a line.
pub fn correction_notices(list: &v1::ListNoticesResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("id", msg::ColumnCorrection),
        Column::left("at", msg::ColumnAt),
        Column::left("provider", msg::ColumnProvider),
        Column::left("code", msg::ColumnCode),
        Column::right("revision", msg::ColumnReceivedRevision),
        Column::right("corrected", msg::ColumnCorrectedRevision),
        Column::left("fields", msg::ColumnErrorFields),
        Column::left("note", msg::ColumnToldNote),
        Column::left("departments", msg::ColumnDepartment),
        Column::left("acknowledged", msg::ColumnAcknowledged),
    ]);
    for notice in &list.notices {
        let told = notice.told.clone().unwrap_or_default();
        table.row(row![
            told.correction,
            notice.at.as_ref().map(cells::time),
            told.provider,
            told.code,
            told.revision.to_string(),
            told.corrected.to_string(),
            told.fields.join("; "),
            told.note,
            notice.departments.join("; "),
            notice.acknowledged.then(|| Cell::label("yes", msg::Yes)),
        ]);
    }
    table.note_if_more(&list.next_cursor);
    table
}

/// One notice of a correction.
pub fn correction_notice(notice: &v1::CorrectionNotice) -> Table {
    correction_notices(&v1::ListNoticesResponse {
        notices: vec![notice.clone()],
        next_cursor: String::new(),
    })
}

/// The corrections of entries, one entry a line, with the share of those whose error the provider admitted.
pub fn entry_errors(list: &v1::CountErrorsResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("provider", msg::ColumnProvider),
        Column::left("code", msg::ColumnCode),
        Column::right("filed", msg::ColumnCorrectionsFiled),
        Column::right("accepted", msg::ColumnErrorsAdmitted),
        Column::right("rate", msg::ColumnErrorRate),
    ]);
    for entry in &list.entries {
        table.row(row![
            entry.provider.clone(),
            entry.code.clone(),
            entry.filed.to_string(),
            entry.accepted.to_string(),
            percent(entry.accepted, entry.filed),
        ]);
    }
    table.note_if_more(&list.next_cursor);
    table
}

/// The rows attached to a correction.
pub fn correction_rows(rows: &v1::CorrectionRows) -> Table {
    let mut fields = Fields::new();
    for line in rows.rows.lines() {
        fields.field("rows", msg::ColumnAttachedRows, line);
    }
    fields.into()
}

/// A state by its English name.
///
/// # Errors
///
/// `INVALID_ARGUMENT`.
pub fn matter_state(text: &str) -> Result<v1::MatterState> {
    let mut states = MatterState::ALL.into_iter();
    let found = states.find(|state| state.name() == text);
    found.map(matter_state_to).ok_or_else(|| {
        let known: Value = MatterState::ALL
            .map(MatterState::name)
            .into_iter()
            .collect();
        let text = Quoted(text);
        let message = msg::MatterStateNameUnknown { known, text };
        Error::new(ErrorCode::InvalidArgument, message)
    })
}

/// A share in percent with one decimal, rounded down; `-` of nothing.
fn percent(part: u64, whole: u64) -> String {
    let tenths = u128::from(part) * 1_000;
    match tenths.checked_div(u128::from(whole)) {
        Some(tenths) => format!("{}.{} %", tenths / 10, tenths % 10),
        None => "-".to_owned(),
    }
}

fn filing(matter: &v1::Matter) -> Option<&Filing> {
    matter.filing.as_ref()?.filing.as_ref()
}

/// The entry that answers a demand; empty without one.
fn answering_entry(matter: &v1::Matter) -> String {
    let mut moves = matter.steps.iter().rev();
    let found = moves.find_map(|step| match move_of(step) {
        Some(Move::Supply(supplied)) => Some(format!("{}:{}", supplied.city, supplied.code)),
        _ => None,
    });
    found.unwrap_or_default()
}

/// A state, for people by its label.
fn state(state: v1::MatterState) -> Cell {
    match matter_state_from(state) {
        Some(state) => Cell::label(state.name(), state.label()),
        None => "".into(),
    }
}

fn due(matter: &v1::Matter) -> Cell {
    if matter.deadline.is_empty() {
        return "".into();
    }
    let deadline = cells::deadline(&matter.deadline, matter.deadline_provisional);
    match matter.overdue {
        true => Message::from(msg::DeadlineOverdue { deadline }).into(),
        false => deadline.into(),
    }
}

/// Every event of a matter, in order of time.
fn history(matter: &v1::Matter) -> Vec<Message> {
    let mut events = vec![(
        matter.filed_at,
        by(msg::MatterHistoryFiled.into(), matter.filed_by.as_ref()),
    )];
    for step in &matter.steps {
        events.push((step.at, by(step_text(step), step.actor.as_ref())));
    }
    for step in &matter.pending {
        let pending = msg::MatterHistoryPending {
            step: step_text(step),
        };
        events.push((step.at, by(pending.into(), step.actor.as_ref())));
    }
    for refused in &matter.refused_moves {
        let step = refused.step.clone().unwrap_or_default();
        let text = msg::MatterHistoryRefused {
            problem: problem_message(refused.problem.as_ref()),
            step: step_text(&step),
        };
        events.push((step.at, text.into()));
    }
    for reminder in &matter.reminders {
        let deadline = cells::deadline(&reminder.deadline, reminder.provisional);
        let text: Message = match reminder.overdue {
            true => msg::MatterHistoryOverdue { deadline }.into(),
            false => msg::MatterHistoryReminded { deadline }.into(),
        };
        events.push((reminder.at, text));
    }
    events.sort_by_key(|(at, _)| at.map(|at| (at.seconds, at.nanos)));
    let line = |(at, event): (Option<prost_types::Timestamp>, Message)| {
        let at = at.as_ref().map(cells::time).unwrap_or_default();
        Message::from(msg::HistoryLine { at, event })
    };
    events.into_iter().map(line).collect()
}

fn by(event: Message, who: Option<&v1::Actor>) -> Message {
    match who {
        Some(who) => {
            let actor = actor(who);
            msg::HistoryOfActor { actor, event }.into()
        }
        None => event,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_nothing_is_none() {
        assert_eq!(percent(0, 0), "-");
        assert_eq!(percent(1, 3), "33.3 %");
        assert_eq!(percent(2, 2), "100.0 %");
    }

    #[test]
    fn every_state_is_known_by_its_name() {
        for state in MatterState::ALL {
            assert_eq!(matter_state(state.name()), Ok(matter_state_to(state)));
        }
        assert!(matter_state("lost").is_err());
    }

    #[test]
    fn the_history_is_in_order_of_time() {
        let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        let step = |seconds, mv| v1::MatterStep {
            at: at(seconds),
            r#move: Some(v1::MatterMove { r#move: Some(mv) }),
            ..v1::MatterStep::default()
        };
        let lines = history(&v1::Matter {
            filed_at: at(10),
            steps: vec![step(20, Move::Open(v1::OpenDemand {}))],
            pending: vec![step(40, Move::Close(v1::CloseDemand::default()))],
            reminders: vec![v1::MatterReminder {
                at: at(30),
                deadline: "2027-01-08".to_owned(),
                ..v1::MatterReminder::default()
            }],
            ..v1::Matter::default()
        });
        let event = |line: &Message| match line.param("event") {
            Some(Value::Message(event)) => event.code().to_owned(),
            other => format!("{other:?}"),
        };
        let events: Vec<String> = lines.iter().map(event).collect();
        assert_eq!(
            events,
            [
                "matter-history-filed",
                "matter-step-opened",
                "matter-history-reminded",
                "matter-history-pending",
            ]
        );
    }
}
