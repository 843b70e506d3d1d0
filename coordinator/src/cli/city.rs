//! `city`: the members.

use chengji_client::command::accept_log;
use chengji_client::output::print;
use chengji_client::pages::Pages;
use chengji_client::views;
use chengji_domain::fact::LogOwner;
use chengji_domain::{CityCode, Result};
use chengji_proto::v1;
use chengji_proto::v1::directory_service_client::DirectoryServiceClient;
use clap::Subcommand;

use super::{Session, answer};

#[derive(Debug, Subcommand)]
pub(super) enum City {
    /// List the member cities, and how far and how recently their logs were followed
    List,
    /// Accept a city's log as it is now, although it differs from the one that was followed
    ///
    /// The log is read again from its beginning; the earlier copy is kept. 'city list' shows the
    /// difference.
    AcceptLog {
        /// City code
        city: CityCode,
        /// Reason
        #[arg(long)]
        reason: String,
    },
}

impl City {
    pub(super) async fn run(self, session: &Session) -> Result<()> {
        if let Self::AcceptLog { city, reason } = self {
            let log = LogOwner::City(city).to_string();
            return accept_log(session, log, reason).await;
        }
        let mut client = DirectoryServiceClient::new(session.channel().await?);
        let pages = Pages::of(v1::ListCitiesRequest::default());
        let cities = pages.whole(async |asked| answer(client.list_cities(asked)).await);
        print(session.format(), &cities.await?, views::cities)
    }
}
