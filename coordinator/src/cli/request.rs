//! `request`: requests between cities, and the ruling on a dispute.

use chengji_domain::request::RequestId;
use chengji_domain::{CityCode, Error, ErrorCode, Result};
use chengji_proto::convert::state_from;
use chengji_proto::v1;
use chengji_proto::v1::broker_service_client::BrokerServiceClient;
use chengji_proto::v1::r#move::Move;
use chengji_terminal::cells;
use chengji_terminal::fields::Fields;
use chengji_terminal::output::{Column, Format, Table, print};
use clap::{ArgGroup, Subcommand};
use tonic::transport::Channel;

use super::{Session, answer};

#[derive(Debug, Subcommand)]
pub(super) enum Request {
    /// List requests, newest first 申请列表
    List {
        /// Only in this state, such as routed or disputed; may be repeated 状态
        #[arg(long = "state", value_name = "STATE", value_parser = state)]
        states: Vec<v1::RequestState>,
        /// Only those this city answers 提供方城市
        #[arg(long, value_name = "CITY")]
        provider: Option<CityCode>,
        /// Only those this city made 申请方城市
        #[arg(long, value_name = "CITY")]
        consumer: Option<CityCode>,
        /// At most so many 最多条数
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// Show a request with its whole history 查看申请
    Show {
        /// Number, such as 430100-1-42 申请编号
        id: RequestId,
    },
    /// Rule on a disputed request: the refusal stands, or the provider answers again 裁定争议
    #[command(group(ArgGroup::new("ruling").required(true).args(["uphold", "remand"])))]
    Rule {
        /// Number, such as 430100-1-42 申请编号
        id: RequestId,
        /// The refusal stands 维持
        #[arg(long)]
        uphold: bool,
        /// The provider has to answer again 责令重新答复
        #[arg(long)]
        remand: bool,
        /// Why 理由
        #[arg(long)]
        reason: String,
    },
}

impl Request {
    pub(super) async fn run(self, session: &Session) -> Result<()> {
        let mut client = BrokerServiceClient::new(session.connect()?);
        match self {
            Self::List { states, provider, consumer, limit } => {
                let city =
                    |city: Option<CityCode>| city.map(|city| city.to_string()).unwrap_or_default();
                let wanted = v1::ListRequestsRequest {
                    states: states.into_iter().map(Into::into).collect(),
                    provider: city(provider),
                    consumer: city(consumer),
                    page_size: limit.min(1_000),
                    page: String::new(),
                };
                let found = list(&mut client, wanted, limit as usize).await?;
                print(session.format, &found, requests)
            }
            Self::Show { id } => {
                let request = v1::ShowRequestRequest { id: id.to_string() };
                show(session, &answer(client.show(request)).await?)
            }
            Self::Rule { id, uphold, remand: _, reason } => {
                let request = v1::RuleRequest { id: id.to_string(), reason, uphold };
                show(session, &answer(client.rule(request)).await?)
            }
        }
    }
}

/// As many pages as it takes.
async fn list(
    client: &mut BrokerServiceClient<Channel>,
    mut wanted: v1::ListRequestsRequest,
    limit: usize,
) -> Result<v1::ListRequestsResponse> {
    let mut found = v1::ListRequestsResponse::default();
    loop {
        let page = answer(client.list(wanted.clone())).await?;
        found.requests.extend(page.requests);
        found.next_page = page.next_page;
        if found.next_page.is_empty() || found.requests.len() >= limit {
            found.requests.truncate(limit);
            return Ok(found);
        }
        wanted.page.clone_from(&found.next_page);
    }
}

fn requests(found: &v1::ListRequestsResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("id", "request 申请"),
        Column::left("provider", "provider 提供方"),
        Column::left("code", "code 代码"),
        Column::left("state", "state 状态"),
        Column::left("deadline", "deadline 期限"),
        Column::left("overdue", "overdue 逾期"),
        Column::left("submitted_at", "submitted 提交时间"),
        Column::left("purpose", "purpose 用途"),
    ]);
    for request in &found.requests {
        let submission = request.submission.clone().unwrap_or_default();
        table.row([
            request.id.clone(),
            submission.provider,
            submission.code,
            state_text(request.state()),
            request.deadline.clone(),
            if request.overdue { "overdue 逾期" } else { "" }.to_owned(),
            request.submitted_at.as_ref().map(cells::time).unwrap_or_default(),
            submission.purpose,
        ]);
    }
    if !found.next_page.is_empty() {
        table.note("there are more: raise --limit 还有更多，请增大 --limit");
    }
    table
}

fn show(session: &Session, request: &v1::Request) -> Result<()> {
    print(session.format, request, |request| record(request, session.format))
}

fn record(request: &v1::Request, format: Format) -> Table {
    let submission = request.submission.clone().unwrap_or_default();
    let mut fields = Fields::new();
    fields.field("id", "request 申请", &request.id);
    fields.field("consumer", "consumer 申请方", &request.consumer);
    fields.field("provider", "provider 提供方", submission.provider);
    fields.field("code", "code 代码", submission.code);
    fields.field("purpose", "purpose 用途", submission.purpose);
    fields.field("legal_basis", "legal basis 依据", submission.legal_basis);
    fields.field("scope", "scope 范围", submission.scope);
    fields.field("period_days", "days of use 使用天数", submission.period_days.to_string());
    fields.field("state", "state 状态", state_text(request.state()));
    fields.field("deadline", "deadline 期限", &request.deadline);
    fields.field("overdue", "overdue 逾期", request.overdue.to_string());
    let mut events = vec![(request.submitted_at, "submitted 提交".to_owned())];
    for step in &request.steps {
        events.push((step.at, step_text(step)));
    }
    for refused in &request.refused_moves {
        let step = refused.step.clone().unwrap_or_default();
        let text = format!("not taken 未采纳: {} ({})", step_text(&step), refused.reason);
        events.push((step.at, text));
    }
    for reminder in &request.reminders {
        let what = if reminder.overdue { "chased 督办" } else { "reminded 提醒" };
        events.push((reminder.at, format!("{what}: {}", reminder.deadline)));
    }
    events.sort_by_key(|(at, _)| at.map(|at| (at.seconds, at.nanos)));
    let lines: Vec<String> = events
        .iter()
        .map(|(at, what)| {
            format!("{} {what}", at.as_ref().map(cells::time).unwrap_or_default())
        })
        .collect();
    if format == Format::Csv {
        fields.field("history", "history 经过", lines.join("; "));
        return fields.into();
    }
    for line in lines {
        fields.field("event", "event 经过", line);
    }
    fields.into()
}

fn step_text(step: &v1::Step) -> String {
    let party = match step.party() {
        v1::Party::Unspecified => "-",
        v1::Party::Consumer => "consumer 申请方",
        v1::Party::Provider => "provider 提供方",
        v1::Party::Coordinator => "coordinator 协调机构",
    };
    let what = match step.r#move.clone().and_then(|mv| mv.r#move) {
        None => "-".to_owned(),
        Some(Move::Route(mv)) => format!("routed 转办, answer by {}", mv.deadline),
        Some(Move::Reject(mv)) => format!("rejected 不予受理: {}", mv.explanation),
        Some(Move::AskSupplement(mv)) => format!("asked for 要求补正: {}", mv.missing),
        Some(Move::Supplement(mv)) => format!("supplemented 补正: {}", mv.text),
        Some(Move::Extend(mv)) => format!("extended to 延期至 {}: {}", mv.deadline, mv.reason),
        Some(Move::Grant(mv)) => format!("granted 授权: {} {}", mv.scope, mv.conditions),
        Some(Move::Refuse(mv)) => format!("refused 拒绝: {} ({})", mv.reason, mv.legal_basis),
        Some(Move::Withdraw(mv)) => format!("withdrew 撤回: {}", mv.reason),
        Some(Move::Dispute(mv)) => format!("disputed 提出争议: {}", mv.reason),
        Some(Move::Uphold(mv)) => format!("upheld the refusal 维持: {}", mv.reason),
        Some(Move::Remand(mv)) => {
            format!("to be answered again by 责令重新答复 {}: {}", mv.deadline, mv.reason)
        }
        Some(Move::Revoke(mv)) => format!("revoked 撤销授权: {}", mv.reason),
        Some(Move::Close(mv)) => format!("closed 办结: {}", mv.statement),
    };
    format!("{party} {what}")
}

fn state_text(state: v1::RequestState) -> String {
    state_from(state).map(|state| format!("{state} {}", state.zh())).unwrap_or_default()
}

/// A state by its English or Chinese name.
fn state(text: &str) -> Result<v1::RequestState> {
    let numbers = 1..=i32::from(v1::RequestState::Closed);
    let states = numbers.filter_map(|number| v1::RequestState::try_from(number).ok());
    let mut known = Vec::new();
    for candidate in states {
        let Some(state) = state_from(candidate) else { continue };
        if text == state.to_string() || text == state.zh() {
            return Ok(candidate);
        }
        known.push(state.to_string());
    }
    let message = format!("'{text}' is no state; one of {}", known.join(", "));
    Err(Error::new(ErrorCode::InvalidArgument, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_goes_by_either_name() {
        assert_eq!(state("disputed").unwrap(), v1::RequestState::Disputed);
        assert_eq!(state("争议中").unwrap(), v1::RequestState::Disputed);
        assert!(state("lost").unwrap_err().message().contains("granted"));
    }
}
