//! The table of the published entries of all cities: the own city's from its catalogue, the others' from the
//! coordinator's directory, page by page.

use chengji_domain::catalogue::EntryRecord;
use chengji_domain::{CityCode, Result};
use chengji_proto::convert::{ShownEntry, shown_entry_from};
use chengji_proto::v1;
use chengji_proto::v1::directory_service_client::DirectoryServiceClient;
use chengji_runtime::{Awaited, off_thread};
use chengji_store::View;
use chengji_transport::with_request_id;
use tonic::Request;

use super::row_file::RowFile;
use super::rows::{Cell, Column, Kind, Row, count, flag, text};
use crate::catalogue::entries;
use crate::directory::{NodeDirectoryService, from_coordinator};

/// The columns.
pub(super) const COLUMNS: &[Column] = &[
    Column::required("city", Kind::Text),
    Column::required("code", Kind::Text),
    Column::required("name", Kind::Text),
    Column::required("summary", Kind::Text),
    Column::required("provider", Kind::Text),
    Column::required("provider_code", Kind::Text),
    Column::required("classification", Kind::Text),
    Column::required("theme", Kind::Text),
    Column::required("class", Kind::Text),
    Column::required("condition", Kind::Text),
    Column::optional("manner", Kind::Text),
    Column::required("format", Kind::Text),
    Column::required("level", Kind::Text),
    Column::required("cycle", Kind::Text),
    Column::required("is_open", Kind::Flag),
    Column::required("state", Kind::Text),
    Column::required("is_mounted", Kind::Flag),
    Column::required("is_table", Kind::Flag),
    Column::optional("rows", Kind::Count),
    Column::optional("bytes", Kind::Count),
    Column::optional("measured_at", Kind::Time),
    Column::required("revision", Kind::Count),
    Column::required("published_on", Kind::Day),
    Column::required("updated_at", Kind::Time),
];

/// Number of entries on a page of the directory.
const PAGE: u32 = 1_000;
/// Number of own entries read at once.
const AT_ONCE: usize = 256;
/// Number of the parts of a classification that are its theme.
const THEME: usize = 2;

/// Writes the published entries of the own city.
pub(super) fn write_own(
    view: &(impl View + ?Sized),
    city: CityCode,
    file: &mut RowFile,
    awaited: &Awaited,
) -> Result<()> {
    for record in entries::rows(view, .., AT_ONCE) {
        awaited.check()?;
        let (_, record) = record?;
        if record.withdrawn.is_none() {
            file.push(row(city, &record))?;
        }
    }
    Ok(())
}

/// Writes the entries of the other cities, as the coordinator has them, and returns the file.
///
/// # Errors
///
/// `PEER_UNAVAILABLE` with the coordinator away; `CURSOR_EXPIRED` if the directory takes longer than it keeps a list;
/// those of the file.
pub(super) async fn write_others(
    directory: &NodeDirectoryService,
    own: CityCode,
    call: &str,
    mut file: RowFile,
) -> Result<RowFile> {
    let mut client = DirectoryServiceClient::new(directory.coordinator.clone());
    let mut cursor = String::new();
    loop {
        let asked = v1::SearchRequest {
            sort: v1::SearchSort::Code.into(),
            page: Some(v1::PageRequest { size: PAGE, cursor }),
            ..v1::SearchRequest::default()
        };
        let request = with_request_id(Request::new(asked), call);
        let found = directory.answer(client.search(request)).await?;
        let hits = found.hits;
        file = off_thread(move || {
            for record in hits.into_iter().filter_map(|hit| hit.record) {
                match shown_entry_from(record).map_err(from_coordinator)? {
                    ShownEntry::Published { city, record, .. } if city != own => {
                        file.push(row(city, &record))?;
                    }
                    ShownEntry::Published { .. } | ShownEntry::Revision { .. } => {}
                }
            }
            Ok(file)
        })
        .await?;
        cursor = found.next_cursor;
        if cursor.is_empty() {
            return Ok(file);
        }
    }
}

fn row(city: CityCode, record: &EntryRecord) -> Row {
    let entry = &record.entry;
    let classification = entry.classification.to_string();
    let theme: Vec<&str> = classification.split('/').take(THEME).collect();
    let formats: Vec<&str> = entry
        .formats
        .iter()
        .map(|format| format.kind.en())
        .collect();
    let manner = entry.share_manner().map(|manner| manner.en().to_owned());
    let mount = record.mount.as_ref();
    let measurement = mount.and_then(|mount| mount.measurement.as_ref());
    let state = match record.stop {
        None => "published",
        Some(_) => "stopped",
    };
    vec![
        text(city.to_string()),
        text(entry.code.as_str()),
        text(&entry.name),
        text(&entry.summary),
        text(&entry.provider),
        text(entry.provider_code.to_string()),
        text(&classification),
        text(theme.join("/")),
        text(entry.share_class().en()),
        text(entry.share_condition()),
        Cell::Text(manner),
        text(formats.join(",")),
        text(entry.level.en()),
        text(entry.update_cycle.en()),
        flag(entry.opening.is_some()),
        text(state),
        flag(mount.is_some()),
        flag(mount.is_some_and(|mount| mount.is_table)),
        Cell::Count(measurement.and_then(|measured| measured.rows)),
        Cell::Count(measurement.map(|measured| measured.bytes)),
        Cell::Time(measurement.map(|measured| measured.at)),
        count(record.revision.into()),
        Cell::Day(Some(entry.published_on)),
        Cell::Time(Some(record.published_at)),
    ]
}
