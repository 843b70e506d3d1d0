//! Requests and their history.

use chengji_domain::request::terms::TermKind;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_proto::convert::{grant_terms_from, problem_message, state_from, stop_cause_from};
use chengji_proto::v1;

use super::actor::actor;
use super::catalogue::manner_zh;
use crate::cells;
use crate::fields::Fields;
use crate::output::{Column, Format, Table};

/// What a granted scope does, beside it wherever it is shown.
const SCOPE_EFFECT: &str =
    "on record only: the whole file is delivered 仅登记，不裁剪数据，交付整个文件";

/// Requests, one a line.
pub fn requests(list: &v1::ListRequestsResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("id", "request 申请号"),
        Column::left("consumer", "consumer 使用方"),
        Column::left("provider", "provider 提供方"),
        Column::left("code", "code 代码"),
        Column::left("state", "state"),
        Column::left("state_zh", "状态"),
        Column::left("deadline", "answer by 答复期限"),
        Column::left("overdue", "overdue 逾期"),
        Column::left("submitted_at", "submitted 提交时间"),
        Column::left("purpose", "purpose 用途"),
    ]);
    for request in &list.requests {
        let submission = request.submission.clone().unwrap_or_default();
        table.row([
            request.id.clone(),
            request.consumer.clone(),
            submission.provider,
            submission.code,
            state(request.state()).0,
            state(request.state()).1,
            cells::deadline(&request.deadline, request.deadline_provisional),
            if request.overdue {
                "yes 是".to_owned()
            } else {
                String::new()
            },
            request
                .submitted_at
                .as_ref()
                .map(cells::time)
                .unwrap_or_default(),
            submission.purpose,
        ]);
    }
    table.note_if_more(&list.next_cursor);
    table
}

/// One request with its history.
pub fn request(request: &v1::Request, format: Format) -> Table {
    let submission = request.submission.clone().unwrap_or_default();
    let mut fields = Fields::new();
    fields.field("id", "request 申请号", &request.id);
    fields.field("consumer", "consumer 使用方", &request.consumer);
    if !submission.department.is_empty() {
        let department = &submission.department;
        fields.field("department", "consumer's department 使用部门", department);
    }
    fields.field("provider", "provider 提供方", &submission.provider);
    fields.field("code", "code 代码", &submission.code);
    fields.field("purpose", "purpose 用途", &submission.purpose);
    fields.field("legal_basis", "legal basis 依据", &submission.legal_basis);
    fields.field("scope", "scope 范围", &submission.scope);
    fields.field("manner", "manner 方式", manner_zh(submission.manner()));
    fields.field(
        "period_days",
        "days wanted 期限（天）",
        submission.period_days.to_string(),
    );
    let (state, state_zh) = state(request.state());
    fields.field("state", "state", state);
    fields.field("state_zh", "状态", state_zh);
    let mut deadline = cells::deadline(&request.deadline, request.deadline_provisional);
    if request.overdue {
        deadline.push_str(" (overdue 已逾期)");
    }
    fields.field("deadline", "answer by 答复期限", deadline);
    if let Some(at) = &request.answered_late {
        fields.field("answered_late", "answered late 逾期答复", cells::time(at));
    }
    if let Some(grant) = &request.grant {
        let terms = grant.terms.as_ref();
        let until = terms.and_then(|terms| terms.until.as_ref());
        let until = until.map(cells::time).unwrap_or_default();
        fields.field("granted_until", "granted until 授权至", until);
        let kinds = kinds(terms);
        if !kinds.is_empty() {
            fields.field("granted_terms", "terms of the grant 授权条款", kinds);
        }
        fields.field("granted_scope", "granted scope 授权范围", &grant.scope);
        fields.field("scope_effect", "effect of the scope 范围效力", SCOPE_EFFECT);
        fields.field("conditions", "conditions 条件", &grant.conditions);
    }
    if request.pending > 0 {
        let text = format!(
            "{} (not confirmed by the coordinator yet 待协调方确认)",
            request.pending
        );
        fields.field("pending", "pending 待确认", text);
    }
    for attention in request.attention() {
        fields.field("attention", "attention 需要处理", attention_text(attention));
    }
    if let Some(refusal) = &request.provider_refusal {
        let at = refusal.at.as_ref().map(cells::time).unwrap_or_default();
        let problem = refusal.problem.as_ref();
        let code = problem.map(|problem| &*problem.code).unwrap_or_default();
        let text = format!("{at} {code}: {}", problem_message(problem).shown());
        fields.field("provider_refusal", "provider's refusal 提供方拒绝", text);
    }
    let lines = history(request);
    if format == Format::Csv {
        fields.field("history", "history 经过", lines.join("; "));
        return fields.into();
    }
    for line in lines {
        fields.field("event", "event 经过", line);
    }
    fields.into()
}

/// The kinds of terms of a grant beside its end, where it is not for a whole file alone.
fn kinds(terms: Option<&v1::GrantTerms>) -> String {
    let kinds = match grant_terms_from(terms) {
        Ok(terms) => terms.kinds(),
        Err(error) => return error.to_string(),
    };
    if kinds == [TermKind::File] {
        return String::new();
    }
    let kinds = kinds.iter().map(|kind| format!("{kind} {}", kind.zh()));
    kinds.collect::<Vec<_>>().join(", ")
}

/// What happened in a request, one line each. Moves keep the coordinator's order, whatever times their
/// cities gave them; what else happened is put among them by its time.
fn history(request: &v1::Request) -> Vec<String> {
    let mut latest = request.submitted_at.map(|at| (at.seconds, at.nanos));
    let mut submitted = "submitted 提交".to_owned();
    push_actor(&mut submitted, request.submitted_by.as_ref());
    let mut events = vec![(latest, request.submitted_at, submitted)];
    for step in &request.steps {
        let mut text = step_text(step);
        if let Some(arrived) = &step.arrived_at {
            let arrived = cells::time(arrived);
            text.push_str(&format!(" (backdated, arrived 倒签，到达时间 {arrived})"));
        }
        // A city dates its moves itself; the order is the coordinator's.
        latest = latest.max(step.at.map(|at| (at.seconds, at.nanos)));
        events.push((latest, step.at, text));
    }
    for refused in &request.refused_moves {
        let step = refused.step.clone().unwrap_or_default();
        let text = format!(
            "not taken 未采纳: {} ({})",
            step_text(&step),
            problem_message(refused.problem.as_ref())
        );
        events.push((step.at.map(|at| (at.seconds, at.nanos)), step.at, text));
    }
    for act in &request.stops {
        let place = act.at.map(|at| (at.seconds, at.nanos));
        events.push((place, act.at, stop_text(act)));
    }
    for reminder in &request.reminders {
        let what = if reminder.overdue {
            "chased 督办"
        } else {
            "reminded 提醒"
        };
        let deadline = cells::deadline(&reminder.deadline, reminder.provisional);
        let at = reminder.at.map(|at| (at.seconds, at.nanos));
        events.push((at, reminder.at, format!("{what}: {deadline}")));
    }
    events.sort_by_key(|(place, ..)| *place);
    events
        .iter()
        .map(|(_, at, what)| {
            format!(
                "{} {what}",
                at.as_ref().map(cells::time).unwrap_or_default()
            )
        })
        .collect()
}

/// A state by its English or Chinese name.
pub fn request_state(text: &str) -> Result<v1::RequestState> {
    let numbers = 1..=i32::from(v1::RequestState::Suspended);
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
    let message = format!("'{text}' is no state; one of {}", known.join(", "));
    Err(Error::new(ErrorCode::InvalidArgument, message))
}

/// A state's English name, such as `routed`.
pub fn state_name(of: v1::RequestState) -> String {
    state(of).0
}

fn attention_text(attention: v1::Attention) -> &'static str {
    match attention {
        v1::Attention::Unspecified => "",
        v1::Attention::MoveRefused => {
            "the coordinator refused a move of this city ('request acknowledge') 本市的办理未被采纳"
        }
        v1::Attention::Restored => {
            "the restored log lacks this grant; confirm it by 'request resume' 数据恢复后待确认"
        }
        v1::Attention::ProviderRefuses => {
            "the provider refuses what the coordinator says is granted 提供方与协调机构记录不一致"
        }
    }
}

/// A provider's act on deliveries.
fn stop_text(act: &v1::StopEvent) -> String {
    let cause = stop_cause_from(act.cause());
    let what = cause.map_or("deliveries go on 恢复供应".to_owned(), |cause| {
        format!("deliveries stopped 停止供应, {cause} {}", cause.zh())
    });
    let noted = if act.noted {
        ""
    } else {
        " (not noted by the coordinator yet 协调方尚未记录)"
    };
    let mut text = format!("provider 提供方 {what}: {}{noted}", act.reason);
    push_actor(&mut text, act.actor.as_ref());
    text
}

fn step_text(step: &v1::Step) -> String {
    let party = match step.party() {
        v1::Party::Unspecified => "-",
        v1::Party::Consumer => "consumer 使用方",
        v1::Party::Provider => "provider 提供方",
        v1::Party::Coordinator => "coordinator 协调机构",
    };
    let mut text = format!("{party} {}", mv(step.r#move.as_ref()));
    push_actor(&mut text, step.actor.as_ref());
    text
}

fn push_actor(text: &mut String, by: Option<&v1::Actor>) {
    if let Some(by) = by {
        text.push_str(&format!(" [{}]", actor(by)));
    }
}

pub(super) fn mv(wire: Option<&v1::Move>) -> String {
    use v1::r#move::Move;
    let Some(wire) = wire.and_then(|wire| wire.r#move.as_ref()) else {
        return String::new();
    };
    match wire {
        Move::Route(m) => {
            let deadline = cells::deadline(&m.deadline, m.provisional);
            format!("routed 转办, answer by {deadline}")
        }
        Move::Reject(m) => {
            let problem = problem_message(m.problem.as_ref());
            format!("rejected 不予受理: {problem}")
        }
        Move::AskSupplement(m) => format!("asked for 要求补正: {}", m.missing),
        Move::Supplement(m) => format!("supplemented 补正: {}", m.text),
        Move::Extend(m) => {
            let deadline = cells::deadline(&m.deadline, m.provisional);
            format!("extended to 延期至 {deadline}: {}", m.reason)
        }
        Move::Grant(m) if m.automatic => format!("granted by machine 自动授权: {}", m.scope),
        Move::Grant(m) => format!("granted 授权: {} {}", m.scope, m.conditions),
        Move::Refuse(m) => format!("refused 拒绝: {} ({})", m.reason, m.legal_basis),
        Move::Withdraw(m) => format!("withdrew 撤回: {}", m.reason),
        Move::Dispute(m) => format!("disputed 提出争议: {}", m.reason),
        Move::Uphold(m) => format!("upheld the refusal 维持: {}", m.reason),
        Move::Remand(m) => {
            let deadline = cells::deadline(&m.deadline, m.provisional);
            format!(
                "to be answered again by 责令重新答复 {deadline}: {}",
                m.reason
            )
        }
        Move::Close(m) => format!("closed 办结: {}", m.statement),
    }
}

/// A state's name in English and in Chinese.
fn state(state: v1::RequestState) -> (String, String) {
    state_from(state)
        .map(|s| (s.to_string(), s.zh().to_owned()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_is_shown_with_who_made_it() {
        let stop = v1::StopEvent {
            cause: v1::StopCause::Revoked.into(),
            reason: "超出授权范围".to_owned(),
            noted: true,
            actor: Some(v1::Actor {
                principal: "city/430200/person/li.si".to_owned(),
                ..v1::Actor::default()
            }),
            ..v1::StopEvent::default()
        };
        let shown = stop_text(&stop);
        assert!(shown.ends_with("[city/430200/person/li.si]"), "{shown}");
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
        let lines = history(&v1::Request {
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
        assert_eq!(
            lines,
            [
                "1970-01-01 18:00:00 +08:00 submitted 提交",
                "1970-01-01 18:00:00 +08:00 - routed 转办, answer by 1970-01-15 (provisional: no holiday notice \
                 yet)",
                "1970-01-01 10:00:00 +08:00 - refused 拒绝:  () (backdated, arrived 倒签，到达时间 \
                 1970-01-02 14:00:00 +08:00)",
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
        assert!(
            request_state("lost")
                .unwrap_err()
                .message()
                .contains("granted")
        );
    }
}
