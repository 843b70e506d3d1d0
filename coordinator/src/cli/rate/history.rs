//! The table of `rate history`.

use chengji_client::cells;
use chengji_client::output::{Cell, Column, Table};
use chengji_client::row;
use chengji_messages::{Message, msg};
use chengji_proto::v1;
use clap::ValueEnum;

/// The distance between the cut-offs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Every {
    /// The end of each month
    Month,
    /// The end of each Sunday
    Week,
    /// The end of each day
    Day,
}

impl From<Every> for v1::RateInterval {
    fn from(every: Every) -> Self {
        match every {
            Every::Month => Self::Month,
            Every::Week => Self::Week,
            Every::Day => Self::Day,
        }
    }
}

/// A row for each cut-off.
pub(super) fn series(history: &v1::RateHistory) -> Table {
    let mut table = Table::new(&[
        Column::left("cut_off", msg::ColumnCutOff),
        Column::right("score", msg::ColumnScore),
        Column::pair(["entries", "entries_of"], msg::ColumnEntries),
        Column::right("entries_score", msg::ColumnOfEntries),
        Column::pair(["rows", "rows_of"], msg::ColumnRows),
        Column::right("rows_score", msg::ColumnOfRows),
        Column::pair(["bytes", "bytes_of"], msg::ColumnBytes),
        Column::right("bytes_score", msg::ColumnOfBytes),
        Column::right("members", msg::ColumnMembers),
        Column::left("finality", msg::ColumnState),
    ]);
    for point in &history.points {
        let figures = point.figures.as_ref();
        let [entries, rows, bytes] = [
            figures.and_then(|figures| figures.entries.clone()),
            figures.and_then(|figures| figures.rows.clone()),
            figures.and_then(|figures| figures.bytes.clone()),
        ];
        let headline = match history.headline() {
            v1::RateUnit::Rows => &rows,
            v1::RateUnit::Bytes => &bytes,
            v1::RateUnit::Entries | v1::RateUnit::Unspecified => &entries,
        };
        table.row(row![
            point.at.as_ref().map(cells::time).unwrap_or_default(),
            score(headline.as_ref()),
            part(entries.as_ref()),
            score(entries.as_ref()),
            part(rows.as_ref()),
            score(rows.as_ref()),
            part(bytes.as_ref()),
            score(bytes.as_ref()),
            point.members.to_string(),
            finality(point),
        ]);
    }
    table.note(msg::RateSeriesBasis {
        formula: &history.formula,
        unit: unit(history.headline()),
    });
    table
}

fn score(ratio: Option<&v1::Ratio>) -> String {
    ratio.map(|ratio| ratio.score.clone()).unwrap_or_default()
}

fn part(ratio: Option<&v1::Ratio>) -> String {
    let part = ratio.map(|ratio| format!("{}/{}", ratio.numerator, ratio.denominator));
    part.unwrap_or_default()
}

fn finality(point: &v1::RatePoint) -> Cell {
    if point.sealed.is_some() {
        Cell::label("sealed", msg::FinalitySealed)
    } else if point.provisional {
        Cell::label("provisional", msg::FinalityProvisional)
    } else {
        Cell::label("closed", msg::FinalityClosed)
    }
}

/// Returns the name of a unit for people.
pub(super) fn unit(unit: v1::RateUnit) -> Message {
    match unit {
        v1::RateUnit::Rows => msg::ColumnRows.into(),
        v1::RateUnit::Bytes => msg::ColumnBytes.into(),
        v1::RateUnit::Entries | v1::RateUnit::Unspecified => msg::ColumnEntries.into(),
    }
}
