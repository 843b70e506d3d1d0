//! `request`: requests between cities, and the ruling on a dispute.

use chengji_client::output::print;
use chengji_client::views;
use chengji_domain::request::RequestNumber;
use chengji_domain::{CityCode, Result};
use chengji_proto::v1;
use chengji_proto::v1::broker_service_client::BrokerServiceClient;
use clap::{ArgGroup, Subcommand};
use tonic::transport::Channel;

use super::{Session, answer};

#[derive(Debug, Subcommand)]
pub(super) enum Request {
    /// List requests, newest first 申请列表
    List {
        /// Only in this state, such as routed or disputed; may be repeated 状态
        #[arg(long = "state", value_name = "STATE", value_parser = views::request_state)]
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
        /// Number, in full or short, such as 430100-1-42 申请号
        id: RequestNumber,
    },
    /// Rule on a disputed request: the refusal stands, or the provider answers again 裁定争议
    #[command(group(ArgGroup::new("ruling").required(true).args(["uphold", "remand"])))]
    Rule {
        /// Number, in full or short, such as 430100-1-42 申请号
        id: RequestNumber,
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
        let mut client = BrokerServiceClient::new(session.channel().await?);
        match self {
            Self::List {
                states,
                provider,
                consumer,
                limit,
            } => {
                let city =
                    |city: Option<CityCode>| city.map(|city| city.to_string()).unwrap_or_default();
                let wanted = v1::ListRequestsRequest {
                    states: states.into_iter().map(Into::into).collect(),
                    provider: city(provider),
                    consumer: city(consumer),
                    page_size: limit.min(1_000),
                    page: String::new(),
                    attention: false,
                };
                let found = list(&mut client, wanted, limit as usize).await?;
                print(session.format(), &found, |found| {
                    let mut table = views::requests(found);
                    if !found.next_page.is_empty() {
                        table.note("there are more: raise --limit 还有更多，请增大 --limit");
                    }
                    table
                })
            }
            Self::Show { id } => {
                let request = v1::ShowRequestRequest { id: id.to_string() };
                show(session, &answer(client.show(request)).await?)
            }
            Self::Rule {
                id,
                uphold,
                remand: _,
                reason,
            } => {
                let request = v1::RuleRequest {
                    id: id.to_string(),
                    reason,
                    uphold,
                };
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

fn show(session: &Session, request: &v1::Request) -> Result<()> {
    print(session.format(), request, |request| {
        views::request(request, session.format())
    })
}
