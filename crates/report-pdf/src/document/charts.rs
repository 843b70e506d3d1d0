//! The charts: bars of the total counts, and bars of some columns by row.

use chengji_interchange::month_report::{
    ReportColumn, ReportValue, columns, freshness, grounds, states,
};
use chengji_messages::{Language, Message, msg};
use chengji_proto::v1;
use serde::Serialize;

use super::sheets::source;
use super::{names, rendered};

/// The length of the longest bar.
const LONGEST: u64 = 1000;

/// A chart of bars.
#[derive(Debug, Serialize)]
pub(super) struct Chart {
    pub(super) title: String,
    /// The names of the bars of each group; empty if a group has only one.
    pub(super) series: Vec<String>,
    pub(super) groups: Vec<Group>,
    /// The source of the figures.
    pub(super) source: String,
}

/// The bars under one name.
#[derive(Debug, Serialize)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) code: String,
    pub(super) bars: Vec<Bar>,
}

/// A bar.
#[derive(Debug, Serialize)]
pub(super) struct Bar {
    /// Its place among the series.
    pub(super) series: usize,
    pub(super) value: String,
    /// Its length in thousandths of the longest bar.
    pub(super) length: u64,
}

/// Numbers with what they count.
type Counts = Vec<(Message, u64)>;

/// The charts of a report, numbered; those without a figure are left out.
pub(super) fn of(report: &v1::MonthReport, language: Language) -> Vec<Chart> {
    let ordered = source(report, true);
    let counts: [(Message, Counts, Message); 3] = [
        (
            msg::MonthReportStates.into(),
            states(report),
            ordered.clone(),
        ),
        (
            msg::MonthReportGrounds.into(),
            grounds(report),
            ordered.clone(),
        ),
        (
            msg::MonthReportFreshness.into(),
            freshness(report),
            msg::MonthReportPositionsListed.into(),
        ),
    ];
    let counts = counts.into_iter();
    let counts = counts.map(|(title, counts, source)| of_counts(title, &counts, source, language));
    let by_row: [(Message, [&str; 2], Message); 3] = [
        (
            msg::MonthReportDays.into(),
            ["answer_median_days", "answer_p90_days"],
            ordered,
        ),
        (
            msg::MonthReportDeliveries.into(),
            ["deliveries_sent", "deliveries_received"],
            msg::MonthReportPositionsListed.into(),
        ),
        (
            msg::MonthReportSharing.into(),
            ["entries_shared", "entries_to_share"],
            msg::MonthReportPositionsListed.into(),
        ),
    ];
    let by_row = by_row.into_iter();
    let by_row = by_row.map(|(title, keys, source)| of_rows(report, title, keys, source, language));
    let charts = counts
        .chain(by_row)
        .filter(|drawn| !drawn.groups.is_empty());
    let numbered = (1_u64..).zip(charts).map(|(number, drawn)| {
        let title = drawn.title;
        let title = rendered(&msg::MonthReportFigure { number, title }.into(), language);
        Chart { title, ..drawn }
    });
    numbered.collect()
}

fn of_counts(
    title: Message,
    counts: &[(Message, u64)],
    source: Message,
    language: Language,
) -> Chart {
    let longest = counts.iter().map(|(_, count)| *count).max();
    let groups = counts.iter().map(|(name, count)| Group {
        name: rendered(name, language),
        code: String::new(),
        bars: vec![bar(0, *count, longest)],
    });
    Chart {
        title: rendered(&title, language),
        series: Vec::new(),
        groups: groups.collect(),
        source: rendered(&source, language),
    }
}

fn of_rows(
    report: &v1::MonthReport,
    title: Message,
    keys: [&str; 2],
    source: Message,
    language: Language,
) -> Chart {
    let columns = columns();
    let columns: Vec<&ReportColumn> = columns.iter().filter(|c| keys.contains(&c.key)).collect();
    let values = |row: &v1::ReportRow| -> Vec<(usize, u64)> {
        let values = columns.iter().enumerate();
        values
            .filter_map(|(series, column)| match column.of(row)? {
                ReportValue::Number(number) => Some((series, number)),
                ReportValue::Text(_) => None,
            })
            .collect()
    };
    let rows: Vec<_> = report.rows.iter().map(|row| (row, values(row))).collect();
    let all = rows.iter().flat_map(|(_, values)| values);
    let longest = all.map(|(_, number)| *number).max();
    let rows = rows.into_iter().filter(|(_, values)| !values.is_empty());
    let groups = rows.map(|(row, values)| {
        let (name, code) = names(report, row, language);
        let values = values.into_iter();
        let bars = values.map(|(series, number)| bar(series, number, longest));
        Group {
            name,
            code,
            bars: bars.collect(),
        }
    });
    Chart {
        title: rendered(&title, language),
        series: columns
            .iter()
            .map(|column| rendered(&column.title, language))
            .collect(),
        groups: groups.collect(),
        source: rendered(&source, language),
    }
}

fn bar(series: usize, value: u64, longest: Option<u64>) -> Bar {
    let longest = u128::from(longest.unwrap_or_default().max(1));
    let length = u128::from(value) * u128::from(LONGEST) / longest;
    Bar {
        series,
        value: value.to_string(),
        length: u64::try_from(length).unwrap_or(LONGEST),
    }
}
