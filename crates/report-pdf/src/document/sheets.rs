//! The tables of figures: the columns of the report in groups that fit the width of a page.

use chengji_interchange::month_report::{ReportColumn, ReportValue, columns, total};
use chengji_messages::{Language, Message, msg};
use chengji_proto::v1;
use serde::Serialize;

use super::{names, rendered};

/// The text of an absent figure.
const NONE: &str = "—";

/// A table of figures.
#[derive(Debug, Serialize)]
pub(super) struct Sheet {
    pub(super) title: String,
    /// The titles of the columns; the first one is that of the rows' names.
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Row>,
    /// The source of the figures.
    pub(super) source: String,
}

/// A row of figures.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) code: String,
    /// True for the total.
    pub(super) total: bool,
    pub(super) cells: Vec<String>,
}

/// The title of a table, the keys of its columns, and true if they count by the coordinator's log.
type Group = (Message, &'static [&'static str], bool);

/// All columns of figures.
pub(super) fn groups() -> [Group; 5] {
    [
        (
            msg::MonthReportTableAnswers.into(),
            &[
                "requests",
                "answers",
                "answer_median_days",
                "answer_p90_days",
                "answers_late",
                "answers_overdue",
                "refused",
            ],
            true,
        ),
        (
            msg::MonthReportTableOffers.into(),
            &[
                "offers",
                "offer_median_days",
                "offer_p90_days",
                "offers_late",
                "offers_overdue",
                "requests_made",
            ],
            true,
        ),
        (
            msg::MonthReportTableMatters.into(),
            &[
                "corrections_filed",
                "corrections_answered",
                "correction_median_days",
                "corrections_late",
                "demands_filed",
                "demands_answered",
                "demand_median_days",
                "demands_late",
            ],
            true,
        ),
        (
            msg::MonthReportTableUse.into(),
            &[
                "deliveries_sent",
                "bytes_sent",
                "deliveries_received",
                "bytes_received",
                "entries_shared",
                "entries_to_share",
                "sharing_rate",
            ],
            false,
        ),
        (
            msg::MonthReportTableReturns.into(),
            &[
                "data_returned",
                "data_returned_fetched",
                "returned_to",
                "returned_to_fetched",
            ],
            false,
        ),
    ]
}

/// The tables of a report, numbered.
pub(super) fn of(report: &v1::MonthReport, language: Language) -> Vec<Sheet> {
    let all = columns();
    let sheets = (1_u64..).zip(groups());
    let sheets = sheets.map(|(number, (title, keys, is_ordered))| {
        let columns: Vec<&ReportColumn> = all.iter().filter(|c| keys.contains(&c.key)).collect();
        let names = match report.city.as_str() {
            "" => Message::from(msg::MonthColumnCity),
            _ => msg::MonthColumnDepartment.into(),
        };
        let titles = std::iter::once(&names).chain(columns.iter().map(|column| &column.title));
        Sheet {
            title: rendered(&msg::MonthReportTable { number, title }.into(), language),
            columns: titles.map(|title| rendered(title, language)).collect(),
            rows: rows(report, &columns, language),
            source: rendered(&source(report, is_ordered), language),
        }
    });
    sheets.collect()
}

fn rows(report: &v1::MonthReport, columns: &[&ReportColumn], language: Language) -> Vec<Row> {
    let row = |(name, code), total, of: &v1::ReportRow| Row {
        name,
        code,
        total,
        cells: columns.iter().map(|column| cell(column, of)).collect(),
    };
    let each = report.rows.iter();
    let mut rows: Vec<Row> = each
        .map(|of| row(names(report, of, language), false, of))
        .collect();
    let label = rendered(&msg::MonthReportTotal.into(), language);
    rows.push(row((label, String::new()), true, &total(report)));
    rows
}

fn cell(column: &ReportColumn, row: &v1::ReportRow) -> String {
    match column.of(row) {
        Some(ReportValue::Text(text)) => super::shown(&text),
        Some(ReportValue::Number(number)) => number.to_string(),
        None => NONE.to_owned(),
    }
}

/// The source of figures: the coordinator's log, or the logs of the cities, in which each row has its own position.
pub(super) fn source(report: &v1::MonthReport, is_ordered: bool) -> Message {
    if !is_ordered {
        return msg::MonthReportPositionsListed.into();
    }
    let position = report.orders.as_ref();
    let position = position.map(|at| format!("{}/{}", at.epoch, at.seq));
    msg::MonthReportPositionsOf {
        calendar: &report.calendar,
        position: position.unwrap_or_default(),
    }
    .into()
}
