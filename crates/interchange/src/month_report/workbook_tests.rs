use std::io::Cursor;

use calamine::{Data, DataType, Range, Reader, Xlsx};
use chengji_proto::convert::text_to;

use super::*;

/// A report with two rows; the second one has no offers.
fn report() -> v1::MonthReport {
    let act = |count, days| v1::ReportAct {
        count,
        median_days: days,
        p90_days: days,
        late: 1,
        overdue: 2,
    };
    let granted = v1::ReportState {
        state: "granted".to_owned(),
        label: Some(text_to(&msg::RequestStateGranted.into())),
        count: 3,
    };
    let figures = |submitted, offers| v1::ReportFigures {
        provided: Some(v1::ReportRequests {
            submitted,
            states: vec![granted.clone()],
            answers: Some(act(4, Some(6))),
            offers: Some(offers),
            refused: 1,
            grounds: Vec::new(),
        }),
        requested: Some(v1::ReportRequests::default()),
        sent: Some(v1::ReportUse {
            deliveries: 5,
            bytes: u64::MAX,
        }),
        received: Some(v1::ReportUse::default()),
        corrections: Some(v1::ReportMatters {
            filed: 3,
            answered: 2,
            median_days: Some(4),
            late: 1,
        }),
        demands: Some(v1::ReportMatters::default()),
        returned: Some(v1::ReportReturns {
            data_sets: 4,
            fetched: 3,
        }),
        returned_to: Some(v1::ReportReturns::default()),
    };
    let row = |city: &str, name: &str, figures| v1::ReportRow {
        city: city.to_owned(),
        name: name.to_owned(),
        figures: Some(figures),
        position: Some(v1::LogPosition {
            epoch: 2,
            seq: 57,
            epoch_id: Vec::new(),
        }),
        ..v1::ReportRow::default()
    };
    v1::MonthReport {
        month: "2026-11".to_owned(),
        total: Some(figures(9, act(2, Some(9)))),
        rows: vec![
            row("430100", "长沙市", figures(7, act(2, Some(9)))),
            row("430200", "=HYPERLINK(\"x\")", figures(2, act(0, None))),
        ],
        orders: Some(v1::LogPosition {
            epoch: 1,
            seq: 300,
            epoch_id: Vec::new(),
        }),
        calendar: "cn-2026.1".to_owned(),
        ..v1::MonthReport::default()
    }
}

/// The sheets of the report in a language, by name.
fn sheets(language: Language) -> Vec<(String, Range<Data>)> {
    let mut bytes = Cursor::new(Vec::new());
    write(&report(), language, &mut bytes).unwrap();
    bytes.set_position(0);
    let mut book: Xlsx<_> = Xlsx::new(bytes).unwrap();
    book.worksheets()
}

fn text(range: &Range<Data>, row: u32, column: u32) -> String {
    let cell = range.get_value((row, column));
    cell.and_then(DataType::as_string).unwrap_or_default()
}

#[test]
fn a_workbook_has_figures_charts_and_positions_in_the_readers_language() {
    for language in Language::ALL {
        let sheets = sheets(language);
        let names: Vec<&str> = sheets.iter().map(|(name, _)| name.as_str()).collect();
        let expected = [
            Message::from(msg::MonthReportSheetFigures),
            msg::MonthReportSheetCharts.into(),
            msg::MonthReportSheetPositions.into(),
        ];
        assert_eq!(names, expected.map(|name| name.render(language)));
        let (_, figures) = &sheets[0];
        assert_eq!(text(figures, 0, 0), title(&report()).render(language));
        for (at, column) in (0..).zip(columns()) {
            assert_eq!(text(figures, 3, at), column.title.render(language));
        }
    }
}

#[test]
fn figures_read_back_as_numbers_and_texts_never_compute() {
    let sheets = sheets(Language::Chinese);
    let (_, figures) = &sheets[0];
    let columns = columns();
    let column = |key: &str| columns.iter().position(|column| column.key == key).unwrap() as u32;
    let number = |row, key| {
        figures
            .get_value((row, column(key)))
            .and_then(DataType::as_f64)
    };
    assert_eq!(number(4, "requests"), Some(7.0));
    assert_eq!(number(4, "offer_median_days"), Some(9.0));
    assert_eq!(number(6, "requests"), Some(9.0));
    assert_eq!(text(figures, 5, column("offer_median_days")), "");
    // A number that a cell cannot hold exactly is a text.
    let bytes = u64::MAX.to_string();
    assert_eq!(text(figures, 4, column("bytes_sent")), bytes);
    assert_eq!(text(figures, 4, column("city")), "430100");
    let name = figures.get_value((5, column("name")));
    assert_eq!(name, Some(&Data::String("=HYPERLINK(\"x\")".to_owned())));

    let (_, charts) = &sheets[1];
    let granted = Message::from(msg::RequestStateGranted);
    assert_eq!(text(charts, 1, 0), granted.render(Language::Chinese));
    assert_eq!(
        charts.get_value((1, 1)).and_then(DataType::as_f64),
        Some(3.0)
    );
    let (_, positions) = &sheets[2];
    assert_eq!(text(positions, 1, 3), "1/300");
    assert_eq!(text(positions, 2, 4), "cn-2026.1");
    assert_eq!(
        (text(positions, 3, 1), text(positions, 3, 3)),
        ("430100".into(), "2/57".into())
    );
}
