//! `directory …`: the federated catalogue.

use std::process::ExitCode;

use chengji_client::output::print;
use chengji_client::views;
use chengji_domain::Result;
use chengji_proto::v1::directory_service_client::DirectoryServiceClient;
use chengji_proto::{status, v1};
use clap::Subcommand;

use super::Context;

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
        /// Entries shown at most, 1 to 1000 显示条数
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
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
            let request = v1::SearchRequest {
                query,
                city,
                share_class,
                limit,
            };
            let answer = client
                .search(request)
                .await
                .map_err(|s| status::to_error(&s))?;
            print(context.format(), answer.get_ref(), views::search)?;
        }
        DirectoryCommand::Show { city, code } => {
            let answer = client.show(v1::ShowDirectoryRequest { city, code }).await;
            let answer = answer.map_err(|s| status::to_error(&s))?;
            print(context.format(), answer.get_ref(), views::record)?;
        }
        DirectoryCommand::Cities => {
            let answer = client.list_cities(v1::ListCitiesRequest {}).await;
            let answer = answer.map_err(|s| status::to_error(&s))?;
            print(context.format(), answer.get_ref(), views::cities)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
