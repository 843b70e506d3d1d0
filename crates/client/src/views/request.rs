//! Requests and their history.

mod history;
pub(super) mod wanted;

use chengji_domain::Result;
use chengji_messages::{Message, msg};
use chengji_proto::convert::{problem_message, state_from};
use chengji_proto::v1;

use super::catalogue::manner;
use super::dues;
use super::grant_terms;
use super::moves::to_decide;
use crate::arguments::refused;
use crate::cells;
use crate::fields::Fields;
use crate::output::{Cell, Column, Format, Table};
use crate::row;

/// Requests, one a line.
pub fn requests(list: &v1::ListRequestsResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("id", msg::ColumnRequest),
        Column::left("consumer", msg::ColumnConsumer),
        Column::left("provider", msg::ColumnProvider),
        Column::left("code", msg::ColumnCode),
        Column::left("state", msg::ColumnState),
        Column::left("due", msg::ColumnDueAct),
        Column::left("deadline", msg::ColumnDueBy),
        Column::left("overdue_since", msg::ColumnOverdueSince),
        Column::left("submitted_at", msg::ColumnSubmitted),
        Column::left("purpose", msg::ColumnPurpose),
    ]);
    for request in &list.requests {
        let submission = request.submission.clone().unwrap_or_default();
        let [due, deadline, overdue_since] = dues::next(request);
        table.row(row![
            request.id.clone(),
            request.consumer.clone(),
            submission.provider,
            submission.code,
            state(request.state()),
            due,
            deadline,
            overdue_since,
            request.submitted_at.as_ref().map(cells::time),
            submission.purpose,
        ]);
    }
    let not_negotiated = marked(list, v1::Attention::NotNegotiated);
    if !not_negotiated.is_empty() {
        table.note(msg::RequestsNotNegotiated {
            requests: not_negotiated,
        });
    }
    let unapproved = marked(list, v1::Attention::AwaitsApproval);
    if !unapproved.is_empty() {
        table.note(msg::RequestsAwaitApproval {
            requests: unapproved,
        });
    }
    let left = marked(list, v1::Attention::PartyLeft);
    if !left.is_empty() {
        table.note(msg::RequestsOfPartyLeft { requests: left });
    }
    let outside = marked(list, v1::Attention::OutsideRegion);
    if !outside.is_empty() {
        table.note(msg::RequestsOutsideRegion { requests: outside });
    }
    table.note_if_more(&list.next_cursor);
    table
}

/// The numbers of the requests that ask for this attention.
fn marked(list: &v1::ListRequestsResponse, wanted: v1::Attention) -> Vec<&str> {
    let asks = |request: &&v1::Request| request.attention().any(|asked| asked == wanted);
    let requests = list.requests.iter().filter(asks);
    requests.map(|request| request.id.as_str()).collect()
}

/// One request with its history.
pub fn request(request: &v1::Request, format: Format) -> Table {
    let submission = request.submission.clone().unwrap_or_default();
    let mut fields = Fields::new();
    fields.field("id", msg::ColumnRequest, &request.id);
    fields.field("consumer", msg::ColumnConsumer, &request.consumer);
    if !submission.department.is_empty() {
        let department = &submission.department;
        fields.field("department", msg::ColumnConsumerDepartment, department);
    }
    fields.field("provider", msg::ColumnProvider, &submission.provider);
    fields.field("code", msg::ColumnCode, &submission.code);
    fields.field("purpose", msg::ColumnPurpose, &submission.purpose);
    fields.field(
        "legal_basis",
        msg::ColumnLegalBasis,
        &submission.legal_basis,
    );
    fields.field("scenario", msg::ColumnScenario, &submission.scenario);
    fields.field("scope", msg::ColumnScope, &submission.scope);
    wanted::add(&mut fields, &submission);
    fields.field("manner", msg::ColumnManner, manner(submission.manner()));
    fields.field(
        "period_days",
        msg::ColumnDaysWanted,
        submission.period_days.to_string(),
    );
    fields.field("state", msg::ColumnState, state(request.state()));
    let mut deadline = cells::deadline(&request.deadline, request.deadline_provisional);
    if request.overdue {
        deadline = msg::DeadlineOverdue { deadline }.into();
    }
    fields.field("deadline", msg::ColumnAnswerBy, deadline);
    if let Some(at) = &request.answered_late {
        fields.field("answered_late", msg::ColumnAnsweredLate, cells::time(at));
    }
    if let Some(grant) = &request.grant {
        grant_terms::add(&mut fields, grant, format);
    }
    if let Some(count) = request.fetches_counted {
        let title = msg::ColumnFetchesCounted;
        fields.field("fetches_counted", title, count.to_string());
    }
    if let Some(at) = &request.lapsed_at {
        fields.field("lapsed_at", msg::ColumnLapsedAt, cells::time(at));
    }
    if let Some(awaited) = awaited_approval(request) {
        fields.field("awaits_approval", msg::ColumnAwaitsApproval, awaited);
    }
    dues::add(&mut fields, request);
    if request.pending > 0 {
        let text = Message::from(msg::MovesPending {
            count: request.pending,
        });
        fields.field("pending", msg::ColumnPending, text);
    }
    for proposal in &request.proposals {
        fields.field("waiting", msg::ColumnWaiting, waiting(proposal));
    }
    for attention in request.attention() {
        fields.field("attention", msg::ColumnAttention, attention_text(attention));
    }
    if let Some(refusal) = &request.provider_refusal {
        let at = refusal.at.as_ref().map(cells::time).unwrap_or_default();
        let problem = refusal.problem.as_ref();
        let code = problem.map(|problem| &*problem.code).unwrap_or_default();
        let text = format!("{at} {code}: {}", problem_message(problem).shown());
        fields.field("provider_refusal", msg::ColumnProviderRefusal, text);
    }
    let lines = history::history(request);
    if format == Format::Csv {
        let lines: Vec<String> = lines.iter().map(Message::shown).collect();
        fields.field("history", msg::ColumnHistory, lines.join("; "));
        return fields.into();
    }
    for line in lines {
        fields.field("event", msg::ColumnEvent, line);
    }
    fields.into()
}

/// The wait for the approval of the common superior authority: since when, and which entry requires it.
fn awaited_approval(request: &v1::Request) -> Option<Message> {
    let awaited = request.awaited_approval.as_ref()?;
    let submission = request.submission.as_ref()?;
    let waits = msg::RequestAwaitsApproval {
        code: &submission.code,
        consumer: &request.consumer,
        deadline: cells::deadline(&awaited.deadline, awaited.provisional),
        provider: &submission.provider,
        revision: awaited.revision,
        since: awaited.since.as_ref().map(cells::time).unwrap_or_default(),
    };
    Some(waits.into())
}

/// A move that waits for a second person's consent.
fn waiting(proposal: &v1::Proposal) -> Message {
    let act = proposal
        .proposed
        .as_ref()
        .and_then(|proposed| proposed.act.as_ref());
    let step = match act {
        Some(v1::proposed::Act::Move(proposed)) => to_decide(proposed.r#move.as_ref()),
        Some(v1::proposed::Act::Submission(_) | v1::proposed::Act::ReturnFlow(_)) | None => {
            msg::Text { text: "" }.into()
        }
    };
    let role = super::access::roles(&[proposal.consent_of]).shown();
    let (act, proposal) = (step, &proposal.id);
    msg::ProposalWaits {
        act,
        proposal,
        role,
    }
    .into()
}

/// A state by its English or Chinese name.
pub fn request_state(text: &str) -> Result<v1::RequestState> {
    let numbers = 1..=i32::from(v1::RequestState::Referred);
    let states = numbers.filter_map(|number| v1::RequestState::try_from(number).ok());
    let mut known = Vec::new();
    for candidate in states {
        let Some(state) = state_from(candidate) else {
            continue;
        };
        if text == state.to_string() || text == state.zh() {
            return Ok(candidate);
        }
        known.push(state.to_string());
    }
    Err(refused(msg::RequestStateNameUnknown { known, text }))
}

/// A state's name, such as `routed`.
pub fn state_name(of: v1::RequestState) -> String {
    state_from(of)
        .map(|state| state.to_string())
        .unwrap_or_default()
}

pub(super) fn attention_text(attention: v1::Attention) -> Cell {
    match attention {
        v1::Attention::Unspecified => "".into(),
        v1::Attention::MoveRefused => Cell::label("move-refused", msg::AttentionMoveRefused),
        v1::Attention::Restored => Cell::label("restored", msg::AttentionRestored),
        v1::Attention::ProviderRefuses => {
            Cell::label("provider-refuses", msg::AttentionProviderRefuses)
        }
        v1::Attention::NotNegotiated => Cell::label("not-negotiated", msg::AttentionNotNegotiated),
        v1::Attention::AwaitsApproval => {
            Cell::label("awaits-approval", msg::AttentionAwaitsApproval)
        }
        v1::Attention::PartyLeft => Cell::label("party-left", msg::AttentionPartyLeft),
        v1::Attention::OutsideRegion => Cell::label("outside-region", msg::AttentionOutsideRegion),
    }
}

/// The reason for an act on deliveries: a person's words, or that of a stop by the provider's node.
pub(super) fn stop_reason(cause: v1::StopCause, given: &str) -> Message {
    match cause {
        v1::StopCause::Restored if given.is_empty() => msg::StopReasonRestored.into(),
        _ => msg::Text { text: given }.into(),
    }
}

/// A state, for people by its label.
fn state(state: v1::RequestState) -> Cell {
    let Some(state) = state_from(state) else {
        return "".into();
    };
    Cell::label(state.to_string(), state.label())
}

#[cfg(test)]
mod tests {
    use chengji_messages::Value;

    use super::*;

    #[test]
    fn a_stop_by_the_node_is_reasoned_in_the_readers_language() {
        let reason = |given| stop_reason(v1::StopCause::Restored, given);
        assert_eq!(reason("").code(), "stop-reason-restored");
        // Older records have the reason in prose.
        let older = reason("演练");
        assert_eq!(older.param("text"), Some(&Value::text("演练")));
    }

    #[test]
    fn a_stop_is_shown_with_who_made_it() {
        let stop = v1::StopEvent {
            cause: v1::StopCause::Incident.into(),
            reason: "超出授权范围".to_owned(),
            noted: true,
            actor: Some(v1::Actor {
                principal: "city/430200/person/li.si".to_owned(),
                ..v1::Actor::default()
            }),
            ..v1::StopEvent::default()
        };
        let shown = history::stop_text(&stop);
        assert_eq!(
            shown.param("actor"),
            Some(&crate::views::actor::actor(&stop.actor.unwrap()).into())
        );
    }

    #[test]
    fn the_history_keeps_the_order_and_names_both_times_of_a_backdated_move() {
        let at = |hour: i64| {
            Some(prost_types::Timestamp {
                seconds: hour * 3_600,
                nanos: 0,
            })
        };
        let route = v1::Move {
            r#move: Some(v1::r#move::Move::Route(v1::Route {
                deadline: "1970-01-15".to_owned(),
                provisional: true,
                ..Default::default()
            })),
        };
        let refuse = v1::Move {
            r#move: Some(v1::r#move::Move::Refuse(v1::Refuse::default())),
        };
        let lines = history::history(&v1::Request {
            submitted_at: at(10),
            steps: vec![
                v1::Step {
                    at: at(10),
                    r#move: Some(route),
                    ..Default::default()
                },
                v1::Step {
                    at: at(2),
                    r#move: Some(refuse),
                    arrived_at: at(30),
                    ..Default::default()
                },
            ],
            ..Default::default()
        });
        let line = |at: &str, event: Message| Message::from(msg::HistoryLine { at, event });
        let step = |step: Message| Message::from(msg::HistoryStep { party: "-", step });
        let deadline = Message::from(msg::DeadlineProvisional {
            date: jiff::civil::date(1970, 1, 15),
        });
        let empty = Value::text("");
        let refused = msg::StepRefused {
            basis: empty.clone(),
            reason: empty,
        };
        let backdated = msg::HistoryBackdated {
            arrived: "1970-01-02 14:00:00 +08:00",
            step: step(refused.into()),
        };
        let routed = step(msg::StepRouted { deadline }.into());
        assert_eq!(
            lines,
            [
                line("1970-01-01 18:00:00 +08:00", msg::HistorySubmitted.into()),
                line("1970-01-01 18:00:00 +08:00", routed),
                line("1970-01-01 10:00:00 +08:00", backdated.into()),
            ]
        );
    }

    #[test]
    fn a_state_goes_by_either_name() {
        assert_eq!(
            request_state("disputed").unwrap(),
            v1::RequestState::Disputed
        );
        assert_eq!(request_state("争议中").unwrap(), v1::RequestState::Disputed);
        let unknown = request_state("lost").unwrap_err();
        assert_eq!(unknown.message().code(), "request-state-name-unknown");
    }
}
