//! `city`: the members.

use chengji_domain::Result;
use chengji_proto::v1;
use chengji_proto::v1::directory_service_client::DirectoryServiceClient;
use chengji_terminal::cells;
use chengji_terminal::output::{Column, Table, print};
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
        let mut client = DirectoryServiceClient::new(session.connect()?);
        let cities = answer(client.list_cities(v1::ListCitiesRequest {})).await?;
        print(session.format, &cities, |cities| table(&cities.cities))
    }
}

fn table(cities: &[v1::CityStatus]) -> Table {
    let mut table = Table::new(&[
        Column::left("city", "city 城市"),
        Column::left("name", "name 名称"),
        Column::left("endpoint", "endpoint 地址"),
        Column::right("entries", "entries 目录数"),
        Column::right("position", "position 位置"),
        Column::right("behind", "behind 落后"),
        Column::right("quarantined", "set aside 隔离"),
        Column::left("last_heard", "last heard 最近联系"),
        Column::left("stale_since", "stale since 失联自"),
        Column::left("stale_reason", "reason 原因"),
    ]);
    for city in cities {
        table.row([
            city.city.clone(),
            city.name.clone(),
            city.endpoint.clone(),
            city.entries.to_string(),
            format!("{}/{}", city.epoch, city.position),
            city.head.saturating_sub(city.position).to_string(),
            city.quarantined.to_string(),
            city.last_heard.as_ref().map(cells::time).unwrap_or_default(),
            city.stale_since.as_ref().map(cells::time).unwrap_or_default(),
            city.stale_reason.clone(),
        ]);
    }
    table
}
