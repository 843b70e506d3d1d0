//! A month's report for the government above: the figures counted by hand, in the JSON of the coordinator and of both
//! nodes, in the workbook, and in the PDF.

use std::path::Path;

use calamine::{Data, DataType, Range, Reader, Xlsx, open_workbook};
use chengji_messages::{Language, Message, msg};
use chengji_tests::{Cluster, Server, text_of_pdf};
use jiff::Timestamp;
use serde_json::{Value, json};

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
/// An unconditional resource of 株洲.
const CHARGING: &str = "206007/000001";
/// A conditional resource of 株洲.
const HOSPITALS: &str = "201001/000001";
const MONTH: &str = "2026-12";

/// In December 2026 长沙 asks for three resources of 株洲: one is granted at once and fetched, one refused after two
/// working days, one not answered. Returns the cluster with the bytes that were fetched.
fn december() -> (Cluster, u64) {
    // A Thursday; the following Monday is two working days later.
    let thursday: Timestamp = "2026-12-24T10:00:00+08:00".parse().unwrap();
    let ahead = thursday.duration_since(chengji_clock::now());
    let cluster = Cluster::at(ahead, &[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    zhuzhou.import("catalogue.csv");
    zhuzhou.import("catalogue-new.csv");
    zhuzhou.json(&["catalogue", "mount", CHARGING, "files/charging-piles.csv"]);
    cluster.until_followed(ZHUZHOU);
    let granted = cluster.ask(CHARGING);
    cluster.until_state(CHANGSHA, &granted, "GRANTED");
    let fetched = changsha.json(&["fetch", &granted]);
    let [refused, waiting] = [(); 2].map(|()| cluster.ask(HOSPITALS));
    cluster.until_state(ZHUZHOU, &refused, "ROUTED");
    cluster.until_state(ZHUZHOU, &waiting, "ROUTED");
    cluster.move_clocks("2026-12-28T10:00:00+08:00".parse().unwrap());
    let refuse = ["--reason", "涉及商业秘密", "--basis", "《数据安全法》"];
    zhuzhou.json(&[&["request", "refuse", &refused][..], &refuse].concat());
    cluster.until_state(ZHUZHOU, &refused, "REFUSED");
    cluster.until_state(CHANGSHA, &refused, "REFUSED");
    cluster.until_followed(CHANGSHA);
    cluster.until_followed(ZHUZHOU);
    let path = fetched["path"].as_str().unwrap();
    let bytes = std::fs::metadata(path).unwrap().len();
    (cluster, bytes)
}

fn report(server: &Server, month: &str) -> Value {
    server.json(&["report", "month", month])
}

/// The states of requests, by name.
fn states(requests: &Value) -> Value {
    let states = requests["states"].as_array().unwrap().iter();
    let states = states.map(|of| {
        (
            of["state"].as_str().unwrap().to_owned(),
            of["count"].clone(),
        )
    });
    Value::Object(states.collect())
}

/// Checks the figures of requests in December against those counted by hand.
fn check_requests(requests: &Value) {
    assert_eq!(requests["submitted"], 3, "{requests}");
    let expected = json!({ "granted": 1, "refused": 1, "routed": 1 });
    assert_eq!(states(requests), expected);
    let answers = &requests["answers"];
    let expected = json!({ "count": 2, "median_days": 0, "p90_days": 2, "late": 0, "overdue": 0 });
    assert_eq!(*answers, expected);
    assert_eq!(requests["refused"], 1);
    assert_eq!(requests["grounds"][0]["count"], 1, "{requests}");
}

#[test]
fn a_month_is_reported_as_counted_by_hand_at_the_coordinator_and_at_both_cities() {
    let (cluster, bytes) = december();
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let whole = report(&cluster.coordinator, MONTH);
    let used = json!({ "deliveries": 1, "bytes": bytes });
    let nothing = json!({ "deliveries": 0, "bytes": 0 });
    check_requests(&whole["total"]["provided"]);
    assert_eq!(whole["total"]["sent"], used);
    assert_eq!(whole["provisional"], true);
    let rows = whole["rows"].as_array().unwrap();
    let cities: Vec<&Value> = rows.iter().map(|row| &row["city"]).collect();
    assert_eq!(cities, [CHANGSHA, ZHUZHOU]);
    check_requests(&rows[0]["figures"]["requested"]);
    check_requests(&rows[1]["figures"]["provided"]);
    assert_eq!(rows[0]["figures"]["received"], used);
    assert_eq!(
        (&rows[0]["figures"]["sent"], &rows[1]["figures"]["sent"]),
        (&nothing, &used)
    );
    // The positions are those of the logs.
    for (row, node) in rows.iter().zip([changsha, zhuzhou]) {
        let head = node.json(&["status"])["head"].as_u64();
        assert!(row["position"]["seq"].as_u64() <= head, "{row}");
        assert!(row["position"]["seq"].as_u64() > Some(0), "{row}");
    }

    // The nodes count the same; each of its own city, by department.
    let of_provider = report(zhuzhou, MONTH);
    check_requests(&of_provider["total"]["provided"]);
    assert_eq!(of_provider["total"]["sent"], used);
    let departments = of_provider["rows"].as_array().unwrap();
    let submitted = departments.iter();
    let submitted = submitted.map(|row| row["figures"]["provided"]["submitted"].as_u64().unwrap());
    assert_eq!(submitted.sum::<u64>(), 3, "{of_provider}");
    let of_consumer = report(changsha, MONTH);
    check_requests(&of_consumer["total"]["requested"]);
    assert_eq!(of_consumer["total"]["received"], used);
    let by_department = cluster
        .coordinator
        .json(&["report", "month", MONTH, "--city", ZHUZHOU]);
    assert_eq!(
        by_department["total"]["provided"],
        of_provider["total"]["provided"]
    );
    zhuzhou
        .cli(&["report", "month", MONTH, "--city", CHANGSHA])
        .refused(3, &["report-of-another-city"]);
    cluster
        .coordinator
        .cli(&["report", "month", "2027-06"])
        .refused(3, &["month-not-begun"]);

    // In January the answer is overdue, and the figures of December have stayed.
    cluster.move_clocks("2027-01-12T10:00:00+08:00".parse().unwrap());
    let january = report(&cluster.coordinator, "2027-01");
    let requests = &january["total"]["provided"];
    assert_eq!(requests["submitted"], 0, "{requests}");
    assert_eq!(states(requests), json!({ "granted": 1, "routed": 1 }));
    assert_eq!(requests["answers"]["overdue"], 1, "{requests}");
    let again = report(&cluster.coordinator, MONTH);
    assert_eq!(again["total"], whole["total"]);
    assert_eq!(again["provisional"], false);
}

/// The sheet of a workbook with the name that this message is in Chinese.
fn sheet(path: &Path, name: impl Into<Message>) -> Range<Data> {
    let mut workbook: Xlsx<_> = open_workbook(path).unwrap();
    let name = name.into().render(Language::Chinese);
    workbook.worksheet_range(&name).unwrap()
}

fn text(range: &Range<Data>, row: u32, column: u32) -> String {
    let cell = range.get_value((row, column));
    cell.and_then(DataType::as_string).unwrap_or_default()
}

#[test]
fn a_bureau_hands_the_month_upward_as_a_workbook_in_chinese() {
    let (cluster, bytes) = december();
    let coordinator = &cluster.coordinator;
    let path = cluster.path("month.xlsx");
    let file = path.display().to_string();
    let command = ["report", "month", MONTH, "--output", &file];
    let write = || coordinator.cli_in(Language::Chinese, &coordinator.profile, &command);
    write().ok();
    assert_ne!(write().code, Some(0));

    let figures = sheet(&path, msg::MonthReportSheetFigures);
    let (year, month) = ("2026", "12");
    let title = Message::from(msg::MonthReportTitle { month, year });
    assert_eq!(text(&figures, 0, 0), title.render(Language::Chinese));
    // The headings are in the fourth row, the cities under them, and the total is last.
    let column = |title: Message| {
        let title = title.render(Language::Chinese);
        let found = (0..40).find(|column| text(&figures, 3, *column) == title);
        found.unwrap()
    };
    let number = |row, column| figures.get_value((row, column)).and_then(DataType::as_f64);
    for row in [5, 6] {
        assert_eq!(
            number(row, column(msg::MonthColumnRequests.into())),
            Some(3.0)
        );
        assert_eq!(
            number(row, column(msg::MonthColumnAnswers.into())),
            Some(2.0)
        );
        assert_eq!(
            number(row, column(msg::MonthColumnAnswerP90.into())),
            Some(2.0)
        );
        assert_eq!(
            number(row, column(msg::MonthColumnRefused.into())),
            Some(1.0)
        );
        let sent = number(row, column(msg::MonthColumnBytesSent.into()));
        assert_eq!(sent, Some(bytes as f64));
    }
    assert_eq!(
        (text(&figures, 4, 0), text(&figures, 5, 0)),
        (CHANGSHA.into(), ZHUZHOU.into())
    );
    let positions = sheet(&path, msg::MonthReportSheetPositions);
    let report = report(coordinator, MONTH);
    let at = &report["rows"][1]["position"];
    let expected = format!("{}/{}", at["epoch"], at["seq"]);
    let shown = (0..20)
        .any(|row| text(&positions, row, 1) == ZHUZHOU && text(&positions, row, 3) == expected);
    assert!(shown, "{expected}");
    assert!(!sheet(&path, msg::MonthReportSheetCharts).is_empty());
}

/// The package that is named where no font has Chinese characters.
const CHINESE_FONT: &str = "fonts-wqy-microhei";

/// A text without blanks: in a PDF, lines and columns are set apart by their places.
fn dense(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn a_bureau_hands_the_month_upward_as_pdf_in_chinese() {
    let (cluster, bytes) = december();
    let coordinator = &cluster.coordinator;
    let path = cluster.path("month.pdf");
    let file = path.display().to_string();
    let command = ["report", "month", MONTH, "--output", &file];
    let write = || coordinator.cli_in(Language::Chinese, &coordinator.profile, &command);
    let written = write();
    if written.stderr.contains(CHINESE_FONT) {
        assert!(!path.exists(), "{written}");
        eprintln!("SKIPPED: no Chinese font is installed here, such as {CHINESE_FONT}");
        return;
    }
    written.ok();
    // An existing file is not overwritten.
    assert_ne!(write().code, Some(0));

    let pdf = std::fs::read(&path).unwrap();
    let shown = dense(&text_of_pdf(&pdf));
    let chinese = |message: Message| dense(&message.render(Language::Chinese));
    let (year, month) = ("2026", "12");
    let expect = |expected: &str| assert!(shown.contains(expected), "{expected}: {shown}");
    expect(&chinese(msg::MonthReportTitle { month, year }.into()));
    expect(&chinese(msg::MonthReportProvisional.into()));
    expect(&chinese(msg::MonthColumnAnswersOverdue.into()));
    // The names of the cities with their figures, and the total: requests, answers, median and nine of ten, late,
    // overdue, refused.
    let report = report(coordinator, MONTH);
    let zhuzhou = &report["rows"][1];
    let name = dense(zhuzhou["name"].as_str().unwrap());
    assert!(!name.is_empty(), "{zhuzhou}");
    expect(&format!("{name}{ZHUZHOU}3202001"));
    let total = chinese(msg::MonthReportTotal.into());
    expect(&format!("{total}3202001"));
    // Deliveries and bytes, sent and received.
    expect(&format!("{name}{ZHUZHOU}1{bytes}00"));
    // The charts.
    let granted = chinese(msg::RequestStateGranted.into());
    expect(&format!("{granted}1"));
    // The positions: of the first delivery, and up to where the city's log counts.
    let position = |name: &str| {
        let at = &zhuzhou[name];
        format!("{}/{}", at["epoch"], at["seq"])
    };
    let (first, last) = (position("first_delivery"), position("position"));
    expect(&format!("{ZHUZHOU}{first}{last}"));
}
