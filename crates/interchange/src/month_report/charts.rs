//! The sheet of charts, with the counts that some of them show.

use chengji_messages::{Language, Message, msg};
use chengji_proto::v1;
use rust_xlsxwriter::{Chart, ChartType, Workbook, Worksheet, XlsxError};

use super::cells::{Placed, cell, heading, put_number, put_text, sheet};
use super::{columns, freshness, grounds, states};

/// The column where charts begin, right of the counts.
const CHARTS: u16 = 3;
/// The height of a chart, rows.
const HEIGHT: u32 = 18;

/// Adds the sheet.
pub(super) fn add(
    workbook: &mut Workbook,
    report: &v1::MonthReport,
    placed: &Placed,
    language: Language,
) -> Result<(), XlsxError> {
    let (sheet, name) = sheet(workbook, msg::MonthReportSheetCharts, language)?;
    sheet.set_column_width(0, 40)?;
    let mut at = At {
        counts: 0,
        chart: 0,
    };
    let counts: [(Message, Vec<(Message, u64)>); 3] = [
        (msg::MonthReportStates.into(), states(report)),
        (msg::MonthReportGrounds.into(), grounds(report)),
        (msg::MonthReportFreshness.into(), freshness(report)),
    ];
    for (title, counts) in counts.iter().filter(|(_, counts)| !counts.is_empty()) {
        add_counts(sheet, &name, &mut at, (title, counts.as_slice()), language)?;
    }
    if report.rows.is_empty() {
        return Ok(());
    }
    for (title, keys) in [
        (
            Message::from(msg::MonthReportDays),
            ["answer_median_days", "answer_p90_days"],
        ),
        (
            msg::MonthReportDeliveries.into(),
            ["deliveries_sent", "deliveries_received"],
        ),
        (
            msg::MonthReportSharing.into(),
            ["entries_shared", "entries_to_share"],
        ),
    ] {
        let chart = of_rows(placed, report, (&title, &keys[..]), language);
        at.insert(sheet, &chart)?;
    }
    Ok(())
}

/// The rows of the next counts and of the next chart.
struct At {
    counts: u32,
    chart: u32,
}

impl At {
    fn insert(&mut self, sheet: &mut Worksheet, chart: &Chart) -> Result<(), XlsxError> {
        sheet.insert_chart(self.chart, CHARTS, chart)?;
        self.chart += HEIGHT;
        Ok(())
    }
}

/// Adds counts under a title, and their chart.
fn add_counts(
    sheet: &mut Worksheet,
    name: &str,
    at: &mut At,
    (title, counts): (&Message, &[(Message, u64)]),
    language: Language,
) -> Result<(), XlsxError> {
    let title = title.render(language);
    let number = Message::from(msg::MonthReportCount).render(language);
    put_text(sheet, (at.counts, 0), &title, &heading())?;
    put_text(sheet, (at.counts, 1), &number, &heading())?;
    let first = at.counts + 1;
    let mut row = first;
    for (label, count) in counts {
        put_text(sheet, (row, 0), &label.render(language), &cell())?;
        put_number(sheet, (row, 1), *count, &cell())?;
        row += 1;
    }
    let mut chart = Chart::new(ChartType::Bar);
    chart.title().set_name(title.as_str());
    chart.legend().set_hidden();
    chart
        .add_series()
        .set_categories((name, first, 0, row - 1, 0))
        .set_values((name, first, 1, row - 1, 1));
    at.counts = row + 1;
    at.insert(sheet, &chart)
}

/// A chart of columns of the sheet of figures, by row.
fn of_rows(
    placed: &Placed,
    report: &v1::MonthReport,
    (title, keys): (&Message, &[&str]),
    language: Language,
) -> Chart {
    let has_names = report.rows.iter().all(|row| !row.name.is_empty());
    let labels = match (has_names, report.city.as_str()) {
        (true, _) => "name",
        (false, "") => "city",
        (false, _) => "department",
    };
    let (name, last) = (placed.sheet.as_str(), placed.end - 1);
    let columns = columns();
    let mut chart = Chart::new(ChartType::Column);
    chart.title().set_name(title.render(language).as_str());
    let mut categories = 0;
    for (at, column) in (0_u16..).zip(&columns) {
        if column.key == labels {
            categories = at;
        }
        if keys.contains(&column.key) {
            chart
                .add_series()
                .set_name(column.title.render(language).as_str())
                .set_categories((name, placed.first, categories, last, categories))
                .set_values((name, placed.first, at, last, at));
        }
    }
    chart
}
