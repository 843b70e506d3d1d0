//! Statistics of a catalogue: their dimensions as arguments, and their view.

use chengji_domain::catalogue::statistics::Dimension;
use chengji_proto::{convert, v1};
use clap::Args;

use crate::output::{Column, Table};

/// By what to count.
#[derive(Args, Debug)]
pub struct StatisticsArgs {
    /// Only by these, in this order, with commas: department, class, level, manner, cycle, format, security,
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

fn dimension(text: &str) -> Result<Dimension, String> {
    Dimension::from_term(text.trim()).ok_or_else(|| {
        let all: Vec<String> = Dimension::ALL
            .iter()
            .map(|dimension| format!("{} {}", dimension.en(), dimension.zh()))
            .collect();
        format!("one of 取值范围: {}", all.join(", "))
    })
}

/// The figures as one tidy table: the total, then a row for each value.
pub fn statistics(statistics: &v1::CatalogueStatistics) -> Table {
    let mut table = Table::new(&[
        Column::left("dimension", "by 维度"),
        Column::left("value", "value"),
        Column::left("label", "取值"),
        Column::right("entries", "entries 条目"),
        Column::right("rows", "rows 行数"),
        Column::right("bytes", "bytes 字节"),
        Column::right("percent", "% 条目占比"),
    ]);
    let mut row = |dimension: &str, value: &str, zh: &str, tally: Option<&v1::CatalogueTally>| {
        let tally = tally.cloned().unwrap_or_default();
        table.row([
            dimension.to_owned(),
            value.to_owned(),
            zh.to_owned(),
            tally.entries.to_string(),
            tally.rows.to_string(),
            tally.bytes.to_string(),
            tally.percent,
        ]);
    };
    row("total", "all", "合计", statistics.total.as_ref());
    for of in &statistics.statistics {
        let dimension = convert::dimension_from(of.dimension()).map_or("", Dimension::en);
        let label = of.label.as_ref().map(convert::text_from);
        let label = label.map(|label| label.shown()).unwrap_or_default();
        row(dimension, &of.value, &label, of.tally.as_ref());
    }
    table.note(
        "freshness is of entries to share, those of classes 1 and 2; class 3 is not-shared \
         数据时效仅统计应共享（一、二类）条目；三类条目为不予共享",
    );
    table.note(
        "rows and bytes are measured ones; an entry counts for each of its formats \
         行数和字节数为实际计量值；一条目录按其每种格式分别计数",
    );
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
        assert!(refused.contains("freshness 数据时效"), "{refused}");
    }
}
