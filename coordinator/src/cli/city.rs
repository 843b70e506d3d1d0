//! `city`: the members.

use chengji_domain::Result;
use chengji_proto::v1;
use chengji_proto::v1::directory_service_client::DirectoryServiceClient;
use chengji_terminal::output::print;
use chengji_terminal::views;
use clap::Subcommand;

use super::{Session, answer};

#[derive(Debug, Subcommand)]
pub(super) enum City {
    /// List the member cities, with how far and how fresh their logs are followed 成员城市列表
    List,
}

impl City {
    pub(super) async fn run(self, session: &Session) -> Result<()> {
        let Self::List = self;
        let mut client = DirectoryServiceClient::new(session.channel().await?);
        let cities = answer(client.list_cities(v1::ListCitiesRequest {})).await?;
        print(session.format(), &cities, views::cities)
    }
}
