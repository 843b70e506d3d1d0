//! Reads the published entries: page by page, as a whole, and as the table of `catalogue list`.

use chengji_client::cells;
use chengji_client::output::{Cell, Column, Table};
use chengji_client::pages::Pages;
use chengji_client::row;
use chengji_domain::Result;
use chengji_messages::msg;
use chengji_proto::v1;
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use clap::Args;
use tonic::transport::Channel;

use super::terms::{share_class, share_manner, update_cycle};
use super::which::Which;
use crate::cli::answer;

/// Arguments of `catalogue list`.
#[derive(Args, Debug)]
pub(in crate::cli) struct ListArgs {
    #[command(flatten)]
    which: Which,
    /// Include withdrawn entries
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
        Column::left("code", msg::ColumnCode),
        Column::left("name", msg::ColumnName),
        Column::left("provider", msg::ColumnProvider),
        Column::left("share_class", msg::ColumnClass),
        Column::left("share_manner", msg::ColumnManner),
        Column::left("update_cycle", msg::ColumnCycle),
        Column::right("revision", msg::ColumnRevision),
        Column::left("mount", msg::ColumnMount),
        Column::right("rows", msg::ColumnRows),
        Column::right("bytes", msg::ColumnBytes),
        Column::left("withdrawn_at", msg::ColumnWithdrawn),
    ]);
    for record in &list.records {
        table.row(cells_of(record));
    }
    let count = list.records.len();
    table.note(msg::EntriesCount { count });
    table
}

fn cells_of(record: &v1::CatalogueRecord) -> [Cell; 11] {
    let entry = record.entry.clone().unwrap_or_default();
    let mount = record.mount.as_ref();
    let measured = mount.and_then(|mount| mount.measurement.as_ref());
    row![
        &entry.code,
        &entry.name,
        &entry.provider,
        share_class(entry.share_class()),
        share_manner(entry.share_manner()),
        update_cycle(entry.update_cycle()),
        record.revision,
        mount.map(|mount| &mount.file_name),
        measured.and_then(|measured| measured.rows),
        measured.map(|measured| measured.bytes),
        record.withdrawn_at.as_ref().map(cells::time),
    ]
}
