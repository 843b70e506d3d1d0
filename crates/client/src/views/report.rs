//! The view of a report of a month.

use chengji_interchange::month_report::{
    ReportColumn, ReportValue, columns, freshness, grounds, remarks, scope, states, title, total,
};
use chengji_messages::{Message, msg};
use chengji_proto::v1;

use crate::cell::list;
use crate::output::{Cell, Column, Table};

/// The figures of each city or department, and of all together.
pub fn month_report(report: &v1::MonthReport) -> Table {
    let columns = columns();
    let titles = columns.iter().map(column);
    let mut table = Table::new(&titles.collect::<Vec<Column>>());
    for row in &report.rows {
        table.row(cells(&columns, row));
    }
    let mut sums = cells(&columns, &total(report));
    if let Some(first) = sums.first_mut() {
        *first = Cell::label("total", msg::MonthReportTotal);
    }
    table.row(sums);
    table.note(title(report));
    table.note(scope(report));
    let counted = [
        counts(states(report)).map(|states| Message::from(msg::MonthReportStatesOf { states })),
        counts(grounds(report)).map(|grounds| msg::MonthReportGroundsOf { grounds }.into()),
        counts(freshness(report)).map(|counts| msg::MonthReportFreshnessOf { counts }.into()),
    ];
    for counted in counted.into_iter().flatten() {
        table.note(counted);
    }
    let position = report.orders.as_ref();
    let position = position.map(|at| format!("{}/{}", at.epoch, at.seq));
    table.note(msg::MonthReportPositionsOf {
        calendar: &report.calendar,
        position: position.unwrap_or_default(),
    });
    for remark in remarks(report) {
        table.note(remark);
    }
    table.note_if_more(&report.next_cursor);
    table
}

fn column(column: &ReportColumn) -> Column {
    match column.is_text() {
        true => Column::left(column.key, column.title.clone()),
        false => Column::right(column.key, column.title.clone()),
    }
}

fn cells(columns: &[ReportColumn], row: &v1::ReportRow) -> Vec<Cell> {
    let cell = |column: &ReportColumn| match column.of(row) {
        Some(ReportValue::Text(text)) => Cell::from(text),
        Some(ReportValue::Number(number)) => Cell::from(number),
        None => Cell::from(""),
    };
    columns.iter().map(cell).collect()
}

/// Counts with their names, as a language joins them; `None` without any.
fn counts(counts: Vec<(Message, u64)>) -> Option<Message> {
    let counted = counts.into_iter().map(|(name, count)| {
        let count = count.to_string();
        Message::from(msg::MonthReportCountOf { count, name })
    });
    let counted: Vec<Message> = counted.collect();
    (!counted.is_empty()).then(|| list(counted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_without_rows_has_a_total() {
        let report = v1::MonthReport {
            month: "2026-11".to_owned(),
            total: Some(v1::ReportFigures::default()),
            ..v1::MonthReport::default()
        };
        let row = cells(&columns(), &total(&report));
        assert_eq!(row.len(), columns().len());
        assert!(counts(Vec::new()).is_none());
        let _ = month_report(&report);
    }
}
