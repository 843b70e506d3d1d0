//! `directory`: the federated catalogue.

use chengji_client::output::print;
use chengji_client::pages::Pages;
use chengji_client::search::{self, SearchArgs};
use chengji_client::views;
use chengji_domain::{CityCode, ResourceCode, Result};
use chengji_proto::v1;
use chengji_proto::v1::directory_service_client::DirectoryServiceClient;
use clap::Subcommand;

use super::{Session, answer};

#[derive(Debug, Subcommand)]
pub(super) enum Directory {
    /// Find entries that contain every word; without words, all entries
    Search(SearchArgs),
    /// Complete the beginning of a word or of a name
    Complete {
        /// The beginning, or that of the pinyin
        text: String,
    },
    /// Show one entry in full
    Show {
        /// City code
        city: CityCode,
        /// Resource code
        code: ResourceCode,
    },
}

impl Directory {
    pub(super) async fn run(self, session: &Session) -> Result<()> {
        let mut client = DirectoryServiceClient::new(session.channel().await?);
        match self {
            Self::Search(search) => {
                let pages = Pages::at_most(search.request(), search.limit());
                let found = pages.whole(async |asked| answer(client.search(asked)).await);
                print(session.format(), &found.await?, search::found)
            }
            Self::Complete { text } => {
                let asked = v1::CompleteRequest { text, limit: 0 };
                let found = answer(client.complete(asked)).await?;
                print(session.format(), &found, search::completions)
            }
            Self::Show { city, code } => {
                let request = v1::ShowDirectoryRequest {
                    city: city.to_string(),
                    code: code.to_string(),
                };
                let record = answer(client.show(request)).await?;
                print(session.format(), &record, views::record)
            }
        }
    }
}
