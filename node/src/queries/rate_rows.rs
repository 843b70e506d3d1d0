//! The table of the sharing rate of each city, as the coordinator computes it now.

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_proto::convert::time_from;
use chengji_proto::v1;
use chengji_proto::v1::rate_service_client::RateServiceClient;
use chengji_runtime::off_thread;
use chengji_transport::with_request_id;
use tonic::Request;

use super::row_file::RowFile;
use super::rows::{Cell, Column, Kind, Row, count, text};
use crate::directory::NodeDirectoryService;

/// The columns: of each of the three units the shared and the shareable volume, and their proportion in percent.
pub(super) const COLUMNS: &[Column] = &[
    Column::required("city", Kind::Text),
    Column::required("name", Kind::Text),
    Column::required("formula", Kind::Text),
    Column::required("at", Kind::Time),
    Column::required("entries_shared", Kind::Count),
    Column::required("entries_shareable", Kind::Count),
    Column::optional("entries_score", Kind::Text),
    Column::required("rows_shared", Kind::Count),
    Column::required("rows_shareable", Kind::Count),
    Column::optional("rows_score", Kind::Text),
    Column::required("bytes_shared", Kind::Count),
    Column::required("bytes_shareable", Kind::Count),
    Column::optional("bytes_score", Kind::Text),
    Column::required("not_shared", Kind::Count),
    Column::required("other_level", Kind::Count),
];

/// Number of cities on a page.
const PAGE: u32 = 1_000;

/// The score where nothing is shareable.
const NO_SCORE: &str = "n/a";

/// Writes the figures of each city, and returns the file.
///
/// # Errors
///
/// `PEER_UNAVAILABLE` with the coordinator away, `PEER_INVALID` for an answer without figures; those of the file.
pub(super) async fn write(
    directory: &NodeDirectoryService,
    call: &str,
    mut file: RowFile,
) -> Result<RowFile> {
    let mut client = RateServiceClient::new(directory.coordinator.clone());
    let mut cursor = String::new();
    loop {
        let asked = v1::ComputeRateRequest {
            at: None,
            page: Some(v1::PageRequest { size: PAGE, cursor }),
        };
        let request = with_request_id(Request::new(asked), call);
        let mut report = directory.answer(client.compute(request)).await?;
        cursor = std::mem::take(&mut report.next_cursor);
        file = off_thread(move || {
            for city in &report.cities {
                file.push(row(&report, city)?)?;
            }
            Ok(file)
        })
        .await?;
        if cursor.is_empty() {
            return Ok(file);
        }
    }
}

fn row(report: &v1::RateReport, city: &v1::CityRate) -> Result<Row> {
    let figures = city.figures.as_ref().ok_or_else(incomplete)?;
    let at = time_from(report.at.as_ref(), "at").map_err(|_| incomplete())?;
    let mut row = vec![
        text(&city.city),
        text(&city.name),
        text(&report.formula),
        Cell::Time(Some(at)),
    ];
    for ratio in [&figures.entries, &figures.rows, &figures.bytes] {
        let ratio = ratio.as_ref().ok_or_else(incomplete)?;
        let score = Some(&ratio.score).filter(|score| *score != NO_SCORE);
        row.extend([
            count(ratio.numerator),
            count(ratio.denominator),
            Cell::Text(score.cloned()),
        ]);
    }
    row.extend([count(figures.not_shared), count(figures.other_level)]);
    Ok(row)
}

fn incomplete() -> Error {
    Error::new(ErrorCode::PeerInvalid, msg::RateAnswerIncomplete)
}

#[cfg(test)]
mod tests {
    use chengji_proto::convert::time_to;
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_row_has_a_cell_for_each_column_and_no_score_where_nothing_is_shareable() {
        let ratio = |numerator, denominator, score: &str| {
            Some(v1::Ratio {
                numerator,
                denominator,
                score: score.to_owned(),
            })
        };
        let report = v1::RateReport {
            formula: "L5P1-A1/2".to_owned(),
            at: Some(time_to(Timestamp::UNIX_EPOCH)),
            ..v1::RateReport::default()
        };
        let mut city = v1::CityRate {
            city: "430200".to_owned(),
            name: "株洲市".to_owned(),
            figures: Some(v1::RateFigures {
                entries: ratio(1, 2, "50.00"),
                rows: ratio(0, 0, NO_SCORE),
                bytes: ratio(0, 0, NO_SCORE),
                not_shared: 3,
                other_level: 4,
            }),
            ..v1::CityRate::default()
        };
        let made = row(&report, &city).unwrap();
        assert_eq!(made.len(), COLUMNS.len());
        assert_eq!(made[6], text("50.00"));
        assert_eq!(made[9], Cell::Text(None));
        city.figures = None;
        let error = row(&report, &city).unwrap_err();
        assert_eq!(error.code(), ErrorCode::PeerInvalid);
    }
}
