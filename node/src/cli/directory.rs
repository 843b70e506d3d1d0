//! `directory …`: the federated catalogue.

use std::process::ExitCode;

use chengji_client::output::print;
use chengji_client::pages::Pages;
use chengji_client::search::{self, SearchArgs};
use chengji_client::views;
use chengji_domain::Result;
use chengji_proto::v1;
use chengji_proto::v1::directory_service_client::DirectoryServiceClient;
use clap::Subcommand;

use super::{Context, answer};

/// Commands on the federated catalogue.
#[derive(Subcommand, Debug)]
pub enum DirectoryCommand {
    /// Find entries that contain every word; without words, all entries
    #[command(
        after_help = "Example:\n  chengji-node directory search hospital --class 2\n  chengji-node directory search hospital --facet city,class --filter cycle=daily,weekly"
    )]
    Search(SearchArgs),
    /// Complete the beginning of a word or of a name
    Complete {
        /// The beginning, or that of the pinyin
        text: String,
    },
    /// Show one entry in full
    Show {
        /// City code
        city: String,
        /// Resource code
        code: String,
    },
    /// List the member cities, and how far and how recently their logs were followed
    Cities,
}

/// Runs one.
pub async fn run(command: DirectoryCommand, context: &Context) -> Result<ExitCode> {
    let mut client = DirectoryServiceClient::new(context.channel().await?);
    match command {
        DirectoryCommand::Search(search) => {
            let pages = Pages::at_most(search.request(), search.limit());
            let found = pages.whole(async |asked| answer(client.search(asked)).await);
            print(context.format(), &found.await?, search::found)?;
        }
        DirectoryCommand::Complete { text } => {
            let asked = v1::CompleteRequest { text, limit: 0 };
            let found = answer(client.complete(asked)).await?;
            print(context.format(), &found, search::completions)?;
        }
        DirectoryCommand::Show { city, code } => {
            let record = answer(client.show(v1::ShowDirectoryRequest { city, code })).await?;
            print(context.format(), &record, views::record)?;
        }
        DirectoryCommand::Cities => {
            let pages = Pages::of(v1::ListCitiesRequest::default());
            let cities = pages.whole(async |asked| answer(client.list_cities(asked)).await);
            print(context.format(), &cities.await?, views::cities)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
