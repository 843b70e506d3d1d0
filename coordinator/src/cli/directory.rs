//! `directory`: the federated catalogue.

use chengji_client::arguments::within;
use chengji_client::output::print;
use chengji_client::pages::Pages;
use chengji_client::views;
use chengji_domain::{CityCode, ResourceCode, Result};
use chengji_proto::v1;
use chengji_proto::v1::directory_service_client::DirectoryServiceClient;
use clap::Subcommand;
use std::num::NonZeroUsize;

use super::{Session, answer};

#[derive(Debug, Subcommand)]
pub(super) enum Directory {
    /// Find entries that contain every word; without words, all entries
    Search {
        /// Words in names, abstracts, providers, codes and items
        words: Vec<String>,
        /// Only entries of this city, such as 430200
        #[arg(long, value_name = "CITY")]
        city: Option<CityCode>,
        /// Only entries of this share class: 1 unconditional, 2 conditional, 3 not shared
        #[arg(long, value_parser = within::<i32>(1..=3))]
        class: Option<i32>,
        /// Entries shown at most
        #[arg(long, default_value = "20")]
        limit: NonZeroUsize,
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
            Self::Search {
                words,
                city,
                class,
                limit,
            } => {
                let asked = v1::SearchRequest {
                    query: words.join(" "),
                    city: city.map(|city| city.to_string()).unwrap_or_default(),
                    share_class: class.unwrap_or_default(),
                    page: None,
                };
                let pages = Pages::at_most(asked, limit.get());
                let found = pages.whole(async |asked| answer(client.search(asked)).await);
                print(session.format(), &found.await?, views::search)
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
