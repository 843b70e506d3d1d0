//! `person …`: the people of the city, and who stands in for whom.

use chengji_client::command::PersonCommand;
use chengji_client::output::print;
use chengji_client::pages::Pages;
use chengji_client::views;
use chengji_domain::Result;
use chengji_domain::access::Role;
use chengji_proto::convert::{role_to, time_to};
use chengji_proto::v1;
use chengji_proto::v1::delegation_service_client::DelegationServiceClient;
use clap::Subcommand;
use jiff::Timestamp;

use super::{Context, answer};

/// Commands on the city's people.
#[derive(Subcommand, Debug)]
pub enum NodePersonCommand {
    #[command(flatten)]
    Shared(PersonCommand),
    /// Have a person stand in for another until a time
    Delegate {
        /// Name of the person who stands in
        to: String,
        /// Name of the represented person; oneself unless given
        #[arg(long = "for", value_name = "NAME", default_value = "")]
        represented: String,
        /// Role: consumer, approver, consenter or authority; may be repeated
        #[arg(long = "role", value_name = "ROLE", required = true)]
        roles: Vec<Role>,
        /// End, such as 2027-01-01T00:00:00+08:00; within a year
        #[arg(long, value_name = "TIME")]
        until: Timestamp,
        /// Reason
        #[arg(long)]
        reason: String,
    },
    /// End a delegation before its time
    Undelegate {
        /// Number of the delegation
        id: String,
        /// Reason
        #[arg(long)]
        reason: String,
    },
    /// List delegations, newest first, ended ones included
    Delegations,
}

impl NodePersonCommand {
    /// Runs it.
    pub async fn run(self, context: &Context) -> Result<()> {
        let format = context.format();
        match self {
            Self::Shared(command) => command.run(context).await,
            Self::Delegate {
                to,
                represented,
                roles,
                until,
                reason,
            } => {
                let asked = v1::DelegateRequest {
                    from: represented,
                    to,
                    roles: roles.into_iter().map(|role| role_to(role).into()).collect(),
                    until: Some(time_to(until)),
                    reason,
                };
                let mut client = DelegationServiceClient::new(context.channel().await?);
                let made = answer(client.delegate(asked)).await?;
                print(format, &made, views::delegation)
            }
            Self::Undelegate { id, reason } => {
                let asked = v1::UndelegateRequest { id, reason };
                let mut client = DelegationServiceClient::new(context.channel().await?);
                let ended = answer(client.undelegate(asked)).await?;
                print(format, &ended, views::delegation)
            }
            Self::Delegations => {
                let mut client = DelegationServiceClient::new(context.channel().await?);
                let pages = Pages::of(v1::ListDelegationsRequest::default());
                let list = pages.whole(async |asked| answer(client.list(asked)).await);
                print(format, &list.await?, views::delegations)
            }
        }
    }
}
