use std::collections::BTreeSet;

use chengji_interchange::month_report::columns;
use chengji_proto::convert::text_to;

use super::*;

fn figures(submitted: u64, median_days: Option<u32>) -> v1::ReportFigures {
    v1::ReportFigures {
        provided: Some(v1::ReportRequests {
            submitted,
            states: vec![v1::ReportState {
                state: "granted".to_owned(),
                label: Some(text_to(&msg::RequestStateGranted.into())),
                count: submitted,
            }],
            answers: Some(v1::ReportAct {
                count: 4,
                median_days,
                p90_days: median_days.map(|days| days * 2),
                late: 1,
                overdue: 2,
            }),
            ..v1::ReportRequests::default()
        }),
        sent: Some(v1::ReportUse {
            deliveries: 5,
            bytes: u64::MAX,
        }),
        ..v1::ReportFigures::default()
    }
}

/// A report on two cities, of which the second one has answered nothing.
fn report() -> v1::MonthReport {
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
        total: Some(figures(9, Some(6))),
        rows: vec![
            row("430100", "长沙市", figures(7, Some(6))),
            row("430200", "#[株洲市]\n\u{202e}", figures(2, None)),
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

#[test]
fn every_column_of_figures_is_in_one_table() {
    let mut placed = BTreeSet::new();
    for (_, keys, _) in sheets::groups() {
        for key in keys {
            assert!(placed.insert(*key), "{key} is in two tables");
        }
    }
    let columns = columns().into_iter().map(|column| column.key);
    let names = ["city", "department", "name"];
    let columns: BTreeSet<&str> = columns.filter(|key| !names.contains(key)).collect();
    assert_eq!(placed, columns);
}

#[test]
fn a_table_has_a_row_for_each_city_and_the_total() {
    for language in Language::ALL {
        let document = Document::of(&report(), language);
        let sheet = &document.sheets[0];
        assert_eq!(sheet.columns.len(), sheet.rows[0].cells.len() + 1);
        let first = &sheet.rows[0];
        assert_eq!(
            (first.name.as_str(), first.code.as_str()),
            ("长沙市", "430100")
        );
        assert_eq!(first.cells, ["7", "4", "6", "12", "1", "2", "0"]);
        // Without an answer there is no number of days.
        assert_eq!(sheet.rows[1].cells[2], "—");
        let total = &sheet.rows[2];
        assert!(total.total);
        assert_eq!(total.cells[0], "9");
        assert_eq!(document.sheets[3].rows[0].cells[1], u64::MAX.to_string());
        assert!(sheet.source.contains("1/300"), "{}", sheet.source);
    }
}

#[test]
fn a_name_is_one_line_of_text() {
    let document = Document::of(&report(), Language::Chinese);
    let name = &document.sheets[0].rows[1].name;
    assert_eq!(name, "#[株洲市] \\u{202e}");
}

#[test]
fn bars_are_in_proportion_and_charts_without_a_figure_are_left_out() {
    let document = Document::of(&report(), Language::English);
    let charts = &document.charts;
    // States, days to answer, deliveries; neither refusals, freshness nor entries to be shared.
    assert_eq!(charts.len(), 3);
    let bars = |chart: usize| -> Vec<(usize, &str, u64)> {
        let bars = charts[chart].groups.iter().flat_map(|group| &group.bars);
        let bars = bars.map(|bar| (bar.series, bar.value.as_str(), bar.length));
        bars.collect()
    };
    assert_eq!(bars(0), [(0, "9", 1000)]);
    assert_eq!(bars(1), [(0, "6", 500), (1, "12", 1000)]);
    assert_eq!(charts[1].series.len(), 2);
    assert_eq!(bars(2).len(), 2);
}

#[test]
fn positions_are_those_of_the_logs() {
    let document = Document::of(&report(), Language::Chinese);
    let rows = &document.positions.rows;
    assert_eq!(rows[0][3], "1/300");
    assert_eq!(rows[1][4], "cn-2026.1");
    let of_city = rows.iter().find(|row| row[1] == "430100");
    assert_eq!(of_city.map(|row| row[3].as_str()), Some("2/57"));
}
