//! `directory`: the federated catalogue.

use std::num::NonZeroUsize;

use chengji_client::output::print;
use chengji_client::pages::Pages;
use chengji_client::views;
use chengji_domain::{CityCode, ResourceCode, Result};
use chengji_proto::v1;
use chengji_proto::v1::directory_service_client::DirectoryServiceClient;
use clap::Subcommand;

use super::{Session, answer};

#[derive(Debug, Subcommand)]
pub(super) enum Directory {
    /// Find entries that contain every one of the words; all entries without any 检索目录
    Search {
        /// Words in name, abstract, provider, code or items 关键词
        words: Vec<String>,
        /// Only this city's 仅限该城市
        #[arg(long, value_name = "CITY")]
        city: Option<CityCode>,
        /// Only this class: 1 unconditional, 2 conditional, 3 not shared 共享类型
        #[arg(long, value_parser = clap::value_parser!(i32).range(1..=3))]
        class: Option<i32>,
        /// At most so many 最多条数
        #[arg(long, default_value = "20")]
        limit: NonZeroUsize,
    },
    /// Show one entry in full 查看目录条目
    Show {
        /// The city that owns it 城市代码
        city: CityCode,
        /// Its resource code 资源代码
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
