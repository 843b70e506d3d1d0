//! Reads the published entries: page by page, as a whole, and as the table of `catalogue list`.

use chengji_client::cells;
use chengji_client::output::{Column, Table};
use chengji_client::pages::Pages;
use chengji_domain::Result;
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::{convert, v1};
use clap::Args;
use tonic::transport::Channel;

use super::which::Which;
use crate::cli::answer;

/// What to list.
#[derive(Args, Debug)]
pub(in crate::cli) struct ListArgs {
    #[command(flatten)]
    which: Which,
    /// Withdrawn entries, too
    #[arg(long)]
    withdrawn: bool,
}

/// The entries that `catalogue list` is asked for.
pub(super) async fn listed(
    arguments: ListArgs,
    client: CatalogueServiceClient<Channel>,
) -> Result<v1::ListEntriesResponse> {
    all(client, &arguments.which, arguments.withdrawn).await
}

/// Every page in one answer.
pub(super) async fn all(
    mut client: CatalogueServiceClient<Channel>,
    which: &Which,
    include_withdrawn: bool,
) -> Result<v1::ListEntriesResponse> {
    let pages = pages(which.filter()?, include_withdrawn);
    let whole = pages.whole(async |asked| answer(client.list(asked)).await);
    let whole = whole.await?;
    let entries = whole.records.iter().filter_map(|r| r.entry.as_ref());
    which.check_found(entries.map(|entry| entry.code.as_str()))?;
    Ok(whole)
}

/// The pages of what is published.
pub(super) fn pages(
    filter: v1::EntryFilter,
    include_withdrawn: bool,
) -> Pages<v1::ListEntriesRequest> {
    Pages::of(v1::ListEntriesRequest {
        include_withdrawn,
        filter: Some(filter),
        page: None,
    })
}

/// The entries as a table.
pub(super) fn table(list: &v1::ListEntriesResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("code", "code 代码"),
        Column::left("name", "name 名称"),
        Column::left("provider", "provider 提供方"),
        Column::left("share_class", "class 共享类型"),
        Column::left("share_manner", "manner 方式"),
        Column::left("update_cycle", "cycle 更新周期"),
        Column::right("revision", "revision 版本"),
        Column::left("mount", "mount 挂接"),
        Column::right("rows", "rows 行数"),
        Column::right("bytes", "bytes 字节"),
        Column::left("withdrawn_at", "withdrawn 撤销"),
    ]);
    for record in &list.records {
        table.row(cells_of(record));
    }
    let count = list.records.len();
    table.note(format!("{count} entries 共 {count} 条"));
    table
}

fn cells_of(record: &v1::CatalogueRecord) -> [String; 11] {
    let entry = record.entry.clone().unwrap_or_default();
    let class = convert::share_class_from(entry.share_class()).map_or("", |class| class.zh());
    let manner = convert::share_manner_from(entry.share_manner()).map_or("", |manner| manner.zh());
    let cycle = convert::update_cycle_from(entry.update_cycle()).map_or("", |cycle| cycle.zh());
    let measured = record
        .mount
        .as_ref()
        .and_then(|mount| mount.measurement.as_ref());
    let rows = measured.and_then(|measured| measured.rows);
    [
        entry.code,
        entry.name,
        entry.provider,
        class.to_owned(),
        manner.to_owned(),
        cycle.to_owned(),
        record.revision.to_string(),
        record
            .mount
            .as_ref()
            .map(|mount| mount.file_name.clone())
            .unwrap_or_default(),
        rows.map(|rows| rows.to_string()).unwrap_or_default(),
        measured
            .map(|measured| measured.bytes.to_string())
            .unwrap_or_default(),
        record
            .withdrawn_at
            .as_ref()
            .map(cells::time)
            .unwrap_or_default(),
    ]
}
