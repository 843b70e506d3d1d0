//! `correction` and `demand`: those of the whole cluster.

use chengji_client::matters::MatterListArgs;
use chengji_client::output::print;
use chengji_client::pages::Pages;
use chengji_client::{suggestions, views};
use chengji_domain::request::RequestNumber;
use chengji_domain::{CityCode, Result};
use chengji_proto::v1;
use chengji_proto::v1::filing::Filing;
use chengji_proto::v1::matter_broker_service_client::MatterBrokerServiceClient;
use clap::Subcommand;
use tonic::transport::Channel;

use super::{Session, answer};

/// Commands on corrections.
#[derive(Debug, Subcommand)]
pub(super) enum Correction {
    /// List corrections, newest first
    List(MatterListArgs),
    /// Show a correction with its whole history
    Show {
        /// Number of the correction, in full or short, such as 430100-1-42
        id: RequestNumber,
    },
    /// Count the corrections of each entry, and those whose error was admitted
    Errors {
        /// Only entries of this city
        #[arg(long, value_name = "CITY")]
        provider: Option<CityCode>,
    },
}

impl Correction {
    pub(super) async fn run(self, session: &Session) -> Result<()> {
        let mut client = MatterBrokerServiceClient::new(session.channel().await?);
        match self {
            Self::List(arguments) => {
                let pages = arguments.pages();
                let found = pages.whole(async |asked| answer(client.list_corrections(asked)).await);
                print(session.format(), &found.await?, views::corrections)
            }
            Self::Show { id } => {
                let asked = v1::ShowMatterRequest { id: id.to_string() };
                let matter = answer(client.show(asked)).await?;
                print(session.format(), &matter, views::matter)
            }
            Self::Errors { provider } => {
                let provider = provider.map(|city| city.to_string()).unwrap_or_default();
                let page = None;
                let pages = Pages::of(v1::CountErrorsRequest { provider, page });
                let found = pages.whole(async |asked| answer(client.count_errors(asked)).await);
                print(session.format(), &found.await?, views::entry_errors)
            }
        }
    }
}

/// Commands on demands.
#[derive(Debug, Subcommand)]
pub(super) enum Demand {
    /// List the demands of all cities, newest first
    List(MatterListArgs),
    /// Show a demand with its whole history
    Show {
        /// Number of the demand, in full or short, such as 430100-1-42
        id: RequestNumber,
    },
    /// Assign a demand to a city, which has to answer within the time of its rules
    ///
    /// Shows entries of the directory that match the name, and those that have fields wanted, as 'demand show' does
    /// before: the city of one can answer with it.
    #[command(after_help = "Example:
  chengji-coordinator demand assign 430100-1-42 --city 430200")]
    Assign {
        /// Number of the demand
        id: RequestNumber,
        /// City that has to answer
        #[arg(long)]
        city: CityCode,
        /// Source department in it, by its unified social credit code
        #[arg(long, value_name = "USCC", default_value = "")]
        department: String,
    },
}

impl Demand {
    pub(super) async fn run(self, session: &Session) -> Result<()> {
        let channel = session.channel().await?;
        let mut client = MatterBrokerServiceClient::new(channel.clone());
        let matter = match self {
            Self::List(arguments) => {
                let pages = arguments.pages();
                let found = pages.whole(async |asked| answer(client.list_demands(asked)).await);
                return print(session.format(), &found.await?, views::demands);
            }
            Self::Show { id } => {
                let asked = v1::ShowMatterRequest { id: id.to_string() };
                let demand = answer(client.show(asked)).await?;
                if can_be_assigned(&demand) {
                    suggest(channel, &demand).await;
                }
                demand
            }
            Self::Assign {
                id,
                city,
                department,
            } => {
                let asked = v1::ShowMatterRequest { id: id.to_string() };
                suggest(channel, &answer(client.show(asked)).await?).await;
                let assigned = v1::AssignDemandRequest {
                    id: id.to_string(),
                    city: city.to_string(),
                    department,
                };
                answer(client.assign(assigned)).await?
            }
        };
        print(session.format(), &matter, views::matter)
    }
}

/// Returns true for a demand that an operator has to assign, or may assign anew.
fn can_be_assigned(demand: &v1::Matter) -> bool {
    matches!(
        demand.state(),
        v1::MatterState::Open | v1::MatterState::Declined
    )
}

/// Shows entries of the directory that may already hold what a demand asks for.
async fn suggest(channel: Channel, demand: &v1::Matter) {
    let filing = demand.filing.as_ref();
    if let Some(Filing::Demand(filed)) = filing.and_then(|filing| filing.filing.as_ref()) {
        let found = suggestions::found(channel, &filed.name, &filed.fields).await;
        suggestions::show(&filed.name, found);
    }
}
