//! The columns of figures that the tables of the sharing rate share.

use chengji_client::output::{Cell, Column};
use chengji_messages::{Message, msg};
use chengji_proto::v1;

/// The columns: the headline score, then the ratio and the score in each unit.
pub(super) fn columns() -> [Column; 7] {
    [
        Column::right("score", msg::ColumnScore),
        Column::pair(["entries", "entries_of"], msg::ColumnEntries),
        Column::right("entries_score", msg::ColumnOfEntries),
        Column::pair(["rows", "rows_of"], msg::ColumnRows),
        Column::right("rows_score", msg::ColumnOfRows),
        Column::pair(["bytes", "bytes_of"], msg::ColumnBytes),
        Column::right("bytes_score", msg::ColumnOfBytes),
    ]
}

/// The cells of these columns, with the headline score in `headline`.
pub(super) fn cells(figures: Option<&v1::RateFigures>, headline: v1::RateUnit) -> [Cell; 7] {
    let [entries, rows, bytes] = [
        figures.and_then(|figures| figures.entries.as_ref()),
        figures.and_then(|figures| figures.rows.as_ref()),
        figures.and_then(|figures| figures.bytes.as_ref()),
    ];
    let headline = match headline {
        v1::RateUnit::Rows => rows,
        v1::RateUnit::Bytes => bytes,
        v1::RateUnit::Entries | v1::RateUnit::Unspecified => entries,
    };
    [
        score(headline),
        part(entries),
        score(entries),
        part(rows),
        score(rows),
        part(bytes),
        score(bytes),
    ]
}

fn score(ratio: Option<&v1::Ratio>) -> Cell {
    ratio.map(|ratio| &ratio.score).into()
}

fn part(ratio: Option<&v1::Ratio>) -> Cell {
    let part = ratio.map(|ratio| format!("{}/{}", ratio.numerator, ratio.denominator));
    part.into()
}

/// Returns the name of a unit for people.
pub(super) fn unit(unit: v1::RateUnit) -> Message {
    match unit {
        v1::RateUnit::Rows => msg::ColumnRows.into(),
        v1::RateUnit::Bytes => msg::ColumnBytes.into(),
        v1::RateUnit::Entries | v1::RateUnit::Unspecified => msg::ColumnEntries.into(),
    }
}
