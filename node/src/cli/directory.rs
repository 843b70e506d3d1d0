//! `directory …`: the federated catalogue.

use std::num::NonZeroUsize;
use std::process::ExitCode;

use chengji_client::arguments::within;
use chengji_client::output::print;
use chengji_client::pages::Pages;
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
    #[command(after_help = "Example:\n  chengji-node directory search hospital --class 2")]
    Search {
        /// Words in names, abstracts, providers, codes and items
        words: Vec<String>,
        /// Only entries of this city, such as 430200
        #[arg(long, default_value = "")]
        city: String,
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
        DirectoryCommand::Search {
            words,
            city,
            class,
            limit,
        } => {
            let query = words.join(" ");
            let share_class = class.unwrap_or_default();
            let asked = v1::SearchRequest {
                query,
                city,
                share_class,
                page: None,
            };
            let pages = Pages::at_most(asked, limit.get());
            let found = pages.whole(async |asked| answer(client.search(asked)).await);
            print(context.format(), &found.await?, views::search)?;
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
