//! Statistics of a catalogue: their dimensions as arguments, and their view.

use chengji_domain::Result;
use chengji_domain::catalogue::statistics::Dimension;
use chengji_messages::{Message, msg};
use chengji_proto::{convert, v1};
use clap::Args;

use crate::arguments::refused;
use crate::output::{Cell, Column, Table};
use crate::row;

/// Arguments: the dimensions of the statistics.
#[derive(Args, Debug)]
pub struct StatisticsArgs {
    /// Dimensions in their order, separated by commas: department, class, level, manner, cycle, format, security,
    /// open, freshness
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = dimension)]
    by: Vec<Dimension>,
}

impl StatisticsArgs {
    /// The call that asks for them.
    pub fn request(&self) -> v1::StatisticsRequest {
        let wire = |dimension: &Dimension| convert::dimension_to(*dimension).into();
        v1::StatisticsRequest {
            dimensions: self.by.iter().map(wire).collect(),
            page: None,
        }
    }
}

fn dimension(text: &str) -> Result<Dimension> {
    Dimension::from_term(text.trim()).ok_or_else(|| {
        let all: Vec<String> = Dimension::ALL
            .iter()
            .map(|dimension| dimension.en().to_owned())
            .collect();
        refused(msg::DimensionNameUnknown { known: all, text })
    })
}

/// The figures as one tidy table: the total, then a row for each value.
pub fn statistics(statistics: &v1::CatalogueStatistics) -> Table {
    let mut table = Table::new(&[
        Column::left("dimension", msg::ColumnBy),
        Column::left("value", msg::ColumnValue),
        Column::right("entries", msg::ColumnEntries),
        Column::right("rows", msg::ColumnRowsRows),
        Column::right("bytes", msg::ColumnBytes),
        Column::right("percent", msg::ColumnOfEntries),
    ]);
    let mut row =
        |dimension: Cell, value: &str, label: Message, tally: Option<&v1::CatalogueTally>| {
            let tally = tally.cloned().unwrap_or_default();
            table.row(row![
                dimension,
                Cell::label(value, label),
                tally.entries.to_string(),
                tally.rows.to_string(),
                tally.bytes.to_string(),
                tally.percent,
            ]);
        };
    let all = msg::StatisticsAll.into();
    let total = Cell::label("total", msg::StatisticsTotal);
    row(total, "all", all, statistics.total.as_ref());
    for of in &statistics.statistics {
        let dimension = convert::dimension_from(of.dimension());
        let dimension = dimension.map(|dimension| Cell::label(dimension.en(), dimension.label()));
        let label = of.label.as_ref().map(convert::text_from);
        let label = label.unwrap_or_else(|| msg::Text { text: &of.value }.into());
        row(dimension.into(), &of.value, label, of.tally.as_ref());
    }
    table.note(msg::StatisticsFreshness);
    table.note(msg::StatisticsMeasured);
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dimensions_go_by_their_english_or_chinese_names() {
        assert_eq!(dimension("class"), Ok(Dimension::Class));
        assert_eq!(dimension(" 部门"), Ok(Dimension::Department));
        let refused = dimension("colour").unwrap_err();
        assert_eq!(refused.message().code(), "dimension-name-unknown");
    }
}
