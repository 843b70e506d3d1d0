//! `request`: requests between cities, and the ruling on a dispute.

use std::num::NonZeroUsize;

use chengji_client::output::print;
use chengji_client::pages::Pages;
use chengji_client::views;
use chengji_domain::request::RequestNumber;
use chengji_domain::{CityCode, Result};
use chengji_proto::v1;
use chengji_proto::v1::broker_service_client::BrokerServiceClient;
use clap::{ArgGroup, Subcommand};

use super::{Session, answer};

#[derive(Debug, Subcommand)]
pub(super) enum Request {
    /// List requests, newest first
    List {
        /// Only requests in this state, such as routed or disputed; may be repeated
        #[arg(long = "state", value_name = "STATE", value_parser = views::request_state)]
        states: Vec<v1::RequestState>,
        /// Only requests to this city
        #[arg(long, value_name = "CITY")]
        provider: Option<CityCode>,
        /// Only requests of this city
        #[arg(long, value_name = "CITY")]
        consumer: Option<CityCode>,
        /// Requests shown at most
        #[arg(long, default_value = "100")]
        limit: NonZeroUsize,
    },
    /// Show a request with its whole history
    Show {
        /// Request number, in full or short, such as 430100-1-42
        id: RequestNumber,
    },
    /// Rule on a disputed request: uphold the refusal, or have the provider answer again
    #[command(group(ArgGroup::new("ruling").required(true).args(["uphold", "remand"])))]
    Rule {
        /// Request number, in full or short, such as 430100-1-42
        id: RequestNumber,
        /// Uphold the refusal
        #[arg(long)]
        uphold: bool,
        /// Have the provider answer again
        #[arg(long)]
        remand: bool,
        /// Reason
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
                    page: None,
                    attention: false,
                    overdue: false,
                };
                let pages = Pages::at_most(wanted, limit.get());
                let found = pages.whole(async |wanted| answer(client.list(wanted)).await);
                print(session.format(), &found.await?, views::requests)
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

fn show(session: &Session, request: &v1::Request) -> Result<()> {
    print(session.format(), request, |request| {
        views::request(request, session.format())
    })
}
