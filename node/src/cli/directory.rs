//! `directory …`: the federated catalogue.

use std::num::NonZeroUsize;
use std::process::ExitCode;

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
    /// Find entries that contain every word 检索
    #[command(after_help = "Example 示例:\n  chengji-node directory search 医疗机构 --class 2")]
    Search {
        /// Words to find in names, abstracts, providers and items; none finds everything 关键词
        words: Vec<String>,
        /// Only entries of this city, such as 430200 城市
        #[arg(long, default_value = "")]
        city: String,
        /// Only entries of this share class 共享类型
        #[arg(long, value_parser = clap::value_parser!(i32).range(1..=3))]
        class: Option<i32>,
        /// Entries shown at most 显示条数
        #[arg(long, default_value = "20")]
        limit: NonZeroUsize,
    },
    /// Show one entry of one city 查看条目
    Show {
        /// City code 城市代码
        city: String,
        /// Resource code 资源代码
        code: String,
    },
    /// The cities, and how fresh their catalogues are 各城市目录状态
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
