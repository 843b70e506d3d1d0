//! `member`: the member cities.

use chengji_client::arguments::within;
use chengji_client::command::{Session, answer, print_invitation};
use chengji_client::output::print;
use chengji_client::pages::Pages;
use chengji_client::views;
use chengji_domain::Result;
use chengji_proto::v1;
use chengji_proto::v1::member_service_client::MemberServiceClient;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum Member {
    /// Invite a city, or a new node of a city
    ///
    /// Prints an invitation: one line, for this city, to be used once with 'chengji-node join'. Using it
    /// revokes the certificates that the city's node had before.
    Invite {
        /// Division code, such as 430100
        city: String,
        /// Name, 1 to 100 characters
        #[arg(long)]
        name: String,
        /// Hours until the invitation expires, 1 to 720
        #[arg(long, default_value_t = 72, value_parser = within::<u32>(1..=720))]
        hours: u32,
        /// Print only the invitation
        #[arg(long, short)]
        quiet: bool,
    },
    /// List all members, past ones included, with their status
    List,
    /// Suspend a city at once, open streams included
    Suspend {
        /// Division code
        city: String,
        /// Reason, 1 to 1,000 characters
        #[arg(long)]
        reason: String,
    },
    /// Resume the membership of a suspended city
    Resume {
        /// Division code
        city: String,
        /// Reason
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Remove a city from the cluster; a new invitation readmits it
    Remove {
        /// Division code
        city: String,
        /// Reason, 1 to 1,000 characters
        #[arg(long)]
        reason: String,
    },
}

impl Member {
    pub(super) async fn run(self, session: &Session) -> Result<()> {
        let mut client = MemberServiceClient::new(session.channel().await?);
        let (city, status, reason) = match self {
            Self::Invite {
                city,
                name,
                hours,
                quiet,
            } => {
                let asked = v1::InviteMemberRequest { city, name, hours };
                let invited = answer(client.invite(asked)).await?;
                return print_invitation(&invited, quiet, session.format());
            }
            Self::List => {
                let pages = Pages::of(v1::ListMembersRequest::default());
                let all = pages.whole(async |asked| answer(client.list(asked)).await);
                return print(session.format(), &all.await?, views::members);
            }
            Self::Suspend { city, reason } => (city, v1::MembershipStatus::Suspended, reason),
            Self::Resume { city, reason } => (city, v1::MembershipStatus::Active, reason),
            Self::Remove { city, reason } => (city, v1::MembershipStatus::Removed, reason),
        };
        let asked = v1::ChangeMemberRequest {
            city,
            status: status.into(),
            reason,
        };
        print(
            session.format(),
            &answer(client.change(asked)).await?,
            views::membership,
        )
    }
}
