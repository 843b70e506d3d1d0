//! The table of `rate history`.

use chengji_client::cells;
use chengji_client::output::{Cell, Column, Table};
use chengji_client::row;
use chengji_messages::msg;
use chengji_proto::v1;
use clap::ValueEnum;

use super::scores;

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
    let mut columns = vec![Column::left("cut_off", msg::ColumnCutOff)];
    columns.extend(scores::columns());
    columns.push(Column::right("members", msg::ColumnMembers));
    columns.push(Column::left("finality", msg::ColumnState));
    columns.push(Column::left("formula", msg::ColumnFormula));
    let mut table = Table::new(&columns);
    for point in &history.points {
        let mut row = vec![point.at.as_ref().map(cells::time).into()];
        row.extend(scores::cells(point.figures.as_ref(), history.headline()));
        row.extend(row![
            point.members.to_string(),
            finality(point),
            point.formula.clone(),
        ]);
        table.row(row);
    }
    table.note(msg::RateSeriesBasis {
        unit: scores::unit(history.headline()),
    });
    table
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
