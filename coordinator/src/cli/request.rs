//! `request`: requests between cities, the course of disputes, and findings.

use std::num::NonZeroUsize;

use chengji_client::output::print;
use chengji_client::pages::Pages;
use chengji_client::views;
use chengji_domain::request::RequestNumber;
use chengji_domain::{CityCode, Result};
use chengji_proto::v1;
use chengji_proto::v1::approval_service_client::ApprovalServiceClient;
use chengji_proto::v1::broker_service_client::BrokerServiceClient;
use clap::Subcommand;

use super::approvals::{Approve, Decline};
use super::disputes::{Decide, EnterFinding, Mediate, Refer};
use super::{Session, answer, findings};

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
        /// Only requests with an overdue act, the earliest deadline first
        #[arg(long)]
        overdue: bool,
        /// Requests shown at most
        #[arg(long, default_value = "100")]
        limit: NonZeroUsize,
    },
    /// Show a request with its whole history
    Show {
        /// Request number, in full or short, such as 430100-1-42
        id: RequestNumber,
    },
    /// Record the agreement that the parties of a dispute reached in the coordinator's mediation
    #[command(after_help = "Example:
  chengji-coordinator request mediate 430100-1-42 --agreement 'monthly deliveries' --document 'mediation 2026-3'")]
    Mediate(Mediate),
    /// Refer a dispute to the common superior authority
    Refer(Refer),
    /// Record the decision of a government on a dispute
    Decide(Decide),
    /// Record the approval of the common superior authority, and route the request
    #[command(after_help = "Example:
  chengji-coordinator request approve 430100-1-42 --authority 'provincial data bureau' \
--document 'letter 2026-9' --on 2026-11-26")]
    Approve(Approve),
    /// Record that the common superior authority did not approve, and reject the request
    DeclineApproval(Decline),
    /// Count the punishable acts that the records of requests show, by city
    Acts,
    /// List the findings that were entered, newest first
    Findings {
        /// Only findings about this city
        #[arg(long, value_name = "CITY")]
        city: Option<CityCode>,
    },
    /// Enter a finding about a city, of an act that no record shows
    #[command(after_help = "Example:
  chengji-coordinator request enter-finding 430100 --article '40(3)' --text 'passed on to a third party' \
--document 'decision 2026-5'")]
    EnterFinding(EnterFinding),
}

impl Request {
    pub(super) async fn run(self, session: &Session) -> Result<()> {
        let mut client = BrokerServiceClient::new(session.channel().await?);
        match self {
            Self::List {
                states,
                provider,
                consumer,
                overdue,
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
                    overdue,
                };
                let pages = Pages::at_most(wanted, limit.get());
                let found = pages.whole(async |wanted| answer(client.list(wanted)).await);
                let shown = if overdue {
                    views::overdue
                } else {
                    views::requests
                };
                print(session.format(), &found.await?, shown)
            }
            Self::Show { id } => {
                let request = v1::ShowRequestRequest { id: id.to_string() };
                show(session, &answer(client.show(request)).await?)
            }
            Self::Mediate(mediated) => show(
                session,
                &answer(client.mediate(v1::MediateRequest::from(mediated))).await?,
            ),
            Self::Refer(referred) => show(
                session,
                &answer(client.refer(v1::ReferRequest::from(referred))).await?,
            ),
            Self::Decide(decided) => show(
                session,
                &answer(client.decide(v1::DecideRequest::from(decided))).await?,
            ),
            Self::Approve(approved) => {
                let mut approvals = ApprovalServiceClient::new(session.channel().await?);
                let asked = v1::ApproveRequest::from(approved);
                show(session, &answer(approvals.approve(asked)).await?)
            }
            Self::DeclineApproval(declined) => {
                let mut approvals = ApprovalServiceClient::new(session.channel().await?);
                let asked = v1::DeclineApprovalRequest::from(declined);
                show(session, &answer(approvals.decline(asked)).await?)
            }
            Self::Acts => {
                let pages = Pages::of(v1::CountActsRequest::default());
                let all = pages.whole(async |asked| answer(client.count_acts(asked)).await);
                print(session.format(), &all.await?, findings::acts)
            }
            Self::Findings { city } => {
                let city = city.map(|city| city.to_string()).unwrap_or_default();
                let pages = Pages::of(v1::ListFindingsRequest { city, page: None });
                let all = pages.whole(async |asked| answer(client.list_findings(asked)).await);
                print(session.format(), &all.await?, findings::list)
            }
            Self::EnterFinding(finding) => {
                let entered =
                    answer(client.enter_finding(v1::EnterFindingRequest::from(finding))).await?;
                print(session.format(), &entered, findings::one)
            }
        }
    }
}

fn show(session: &Session, request: &v1::Request) -> Result<()> {
    print(session.format(), request, |request| {
        views::request(request, session.format())
    })
}
