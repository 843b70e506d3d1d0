//! `directory`: the federated catalogue.

use chengji_domain::catalogue::{AdministrativeLevel, ShareClass, ShareManner, UpdateCycle};
use chengji_domain::{CityCode, ResourceCode, Result};
use chengji_proto::convert::entry_from;
use chengji_proto::v1;
use chengji_proto::v1::directory_service_client::DirectoryServiceClient;
use chengji_terminal::cells;
use chengji_terminal::fields::Fields;
use chengji_terminal::output::{Column, Table, print};
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
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
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
        let mut client = DirectoryServiceClient::new(session.connect()?);
        match self {
            Self::Search { words, city, class, limit } => {
                let found = answer(client.search(v1::SearchRequest {
                    query: words.join(" "),
                    city: city.map(|city| city.to_string()).unwrap_or_default(),
                    share_class: class.unwrap_or_default(),
                    limit,
                }))
                .await?;
                print(session.format, &found, hits)
            }
            Self::Show { city, code } => {
                let request =
                    v1::ShowDirectoryRequest { city: city.to_string(), code: code.to_string() };
                let record = answer(client.show(request)).await?;
                print(session.format, &record, entry)
            }
        }
    }
}

fn hits(found: &v1::SearchResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("city", "city 城市"),
        Column::left("code", "code 代码"),
        Column::left("name", "name 名称"),
        Column::left("provider", "provider 提供方"),
        Column::left("share_class", "class 共享类型"),
        Column::left("update_cycle", "cycle 更新周期"),
        Column::left("mounted", "mounted 挂接"),
    ]);
    for record in &found.hits {
        let entry = record.entry.clone().unwrap_or_default();
        let terms = terms(&entry);
        table.row([
            record.city.clone(),
            entry.code,
            entry.name,
            entry.provider,
            terms.class,
            terms.cycle,
            record.mount.as_ref().map(|mount| mount.file_name.clone()).unwrap_or_default(),
        ]);
    }
    table.note(format!("{} of {} shown 共 {} 条", found.hits.len(), found.total, found.total));
    for city in &found.stale {
        table.note(format!(
            "{} {} cannot be reached; its entries may be out of date 该城市失联，目录可能已过期: {}",
            city.city, city.name, city.stale_reason
        ));
    }
    table
}

fn entry(record: &v1::CatalogueRecord) -> Table {
    let entry = record.entry.clone().unwrap_or_default();
    let terms = terms(&entry);
    let mut fields = Fields::new();
    fields.field("city", "city 城市", &record.city);
    fields.field("code", "code 代码", &entry.code);
    fields.field("name", "name 名称", &entry.name);
    fields.field("classification", "classification 分类", &entry.classification);
    fields.field("provider", "provider 提供方", &entry.provider);
    fields.field("provider_code", "provider code 提供方代码", &entry.provider_code);
    fields.field("abstract", "abstract 摘要", &entry.r#abstract);
    let items: Vec<&str> = entry.items.iter().map(|item| item.name.as_str()).collect();
    fields.field("items", "items 信息项", items.join(", "));
    fields.field("share_class", "share class 共享类型", terms.class);
    fields.field("share_condition", "share condition 共享条件", &entry.share_condition);
    fields.field("share_manner", "share manner 共享方式", terms.manner);
    fields.field("update_cycle", "update cycle 更新周期", terms.cycle);
    fields.field("administrative_level", "administrative level 行政层级", terms.level);
    fields.field("security_level", "security level 安全级别", entry.security_level.to_string());
    fields.field("published_on", "published on 发布日期", &entry.published_on);
    fields.field("revision", "revision 版次", record.revision.to_string());
    let time = |at: &Option<prost_types::Timestamp>| at.as_ref().map(cells::time);
    fields.field("withdrawn_at", "withdrawn 撤销时间", time(&record.withdrawn_at).unwrap_or_default());
    fields.field("withdrawn_reason", "withdrawn because 撤销原因", &record.withdrawn_reason);
    let mount = record.mount.clone().unwrap_or_default();
    fields.field("mount", "mounted 挂接", &mount.file_name);
    if let Some(measured) = mount.measurement {
        fields.field("bytes", "bytes 字节数", cells::bytes(measured.bytes));
        let rows = measured.rows.map(|rows| rows.to_string()).unwrap_or_default();
        fields.field("rows", "rows 行数", rows);
        fields.field("digest", "digest 摘要值", cells::digest(&measured.digest));
        let at = time(&measured.measured_at).unwrap_or_default();
        fields.field("measured_at", "measured 实测时间", at);
    }
    fields.into()
}

/// An entry's terms as they are read in Chinese; empty where the entry cannot be read.
#[derive(Default)]
struct Terms {
    class: String,
    manner: String,
    cycle: String,
    level: String,
}

fn terms(entry: &v1::CatalogueEntry) -> Terms {
    let Ok(entry) = entry_from(entry) else { return Terms::default() };
    Terms {
        class: ShareClass::zh(entry.share_class()).to_owned(),
        manner: entry.share_manner().map_or("", ShareManner::zh).to_owned(),
        cycle: UpdateCycle::zh(entry.update_cycle).to_owned(),
        level: AdministrativeLevel::zh(entry.level).to_owned(),
    }
}
