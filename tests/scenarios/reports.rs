//! Reports: a sheet returned with its problems marked in it, and the warnings a reviewer would raise.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use calamine::{DataRef, Xlsx, open_workbook};
use chengji_domain::Field;
use chengji_messages::{Message, msg};
use chengji_tests::{Cluster, demo, importing, says};
use rust_xlsxwriter::Workbook;

const CITY: &str = "430200";
/// The secret row of the demo data, line 63.
const SECRET: &str = "重点防护目标分布资料";

fn catalogue() -> PathBuf {
    demo().join(CITY).join("catalogue.csv")
}

/// A file of the demo's header and some rows made of its first one, which has no mistake.
fn rows(path: &Path, rows: impl Iterator<Item = [(&'static str, String); 2]>) -> String {
    let text = fs::read_to_string(catalogue()).unwrap();
    let mut lines = text.lines();
    let mut made = format!("{}\n", lines.next().unwrap());
    let first = lines.next().unwrap();
    for changes in rows {
        let mut row = first.to_owned();
        for (from, to) in changes {
            assert!(row.contains(from), "{row}");
            row = row.replace(from, &to);
        }
        made.push_str(&format!("{row}\n"));
    }
    fs::write(path, made).unwrap();
    path.display().to_string()
}

/// A problem of a field as an import shows it, up to its message.
fn problem_at(line: u64, field: Field) -> String {
    place(msg::ReportProblem.into(), line, field)
}

/// A warning about a field as an import shows it, up to its message.
fn warning_at(line: u64, field: Field) -> String {
    place(msg::ReportWarning.into(), line, field)
}

fn place(kind: Message, line: u64, field: Field) -> String {
    let problem = field.label();
    Message::from(msg::ImportProblemLine {
        kind,
        line,
        problem,
    })
    .to_string()
}

/// Problems of a field in so many rows as an import shows them, up to their message.
fn group(field: Field, rows: u64) -> String {
    let message = msg::ImportGroup {
        field: field.label(),
        kind: msg::ReportProblem,
        problem: "",
        rows,
    };
    let shown = Message::from(message).to_string();
    shown.trim_end().trim_end_matches(':').to_owned()
}

/// The texts of the report's second sheet, by row and column from 0.
fn cells(report: &Path) -> HashMap<(u32, u32), String> {
    let mut workbook: Xlsx<_> = open_workbook(report).unwrap();
    let mut reader = workbook.worksheet_cells_reader("目录").unwrap();
    let mut cells = HashMap::new();
    while let Some(cell) = reader.next_cell().unwrap() {
        match cell.get_value() {
            DataRef::Empty => {}
            DataRef::String(text) => drop(cells.insert(cell.get_position(), text.clone())),
            DataRef::SharedString(text) => {
                drop(cells.insert(cell.get_position(), (*text).to_owned()));
            }
            other => panic!("{other:?} is no text"),
        }
    }
    cells
}

#[test]
fn a_report_that_was_corrected_is_imported_without_a_problem() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    let report = cluster.path("report.xlsx");
    let import = |file: &Path, flags: &[&str]| node.cli(&importing(file, flags));
    let target = report.display().to_string();
    let before = node.head();
    import(&catalogue(), &["--report", &target])
        .refused(3, &[&problem_at(53, Field::UpdateCycle), "report-written"]);
    assert_eq!(node.head(), before);

    let mut texts = cells(&report);
    assert!(says(&texts[&(52, 0)], "catalogue-value-unknown"));
    assert!(says(&texts[&(62, 0)], "catalogue-secret-entry"));
    assert!(!texts.values().any(|text| text.contains(SECRET)));
    let column = |texts: &HashMap<(u32, u32), String>, heading: &str| {
        let found = texts
            .iter()
            .find(|((row, _), text)| *row == 0 && *text == heading);
        found.unwrap().0.1
    };
    let class = texts[&(36, column(&texts, "分类"))].replace('/', "");
    for (row, heading, text) in [
        (8, "提供方代码", "114302000069920125".to_owned()),
        (21, "共享条件", "《信访工作条例》第四十一条".to_owned()),
        (36, "代码", format!("{class}/999999")),
        (52, "更新周期", "每月".to_owned()),
    ] {
        let at = (row, column(&texts, heading));
        texts.insert(at, text);
    }
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for ((row, column), text) in texts {
        let column = u16::try_from(column).unwrap();
        sheet.write_string(row, column, text).unwrap();
    }
    let corrected = cluster.path("corrected.xlsx");
    workbook.save(&corrected).unwrap();
    let done = import(&corrected, &[]).ok();
    assert!(done.stderr.contains("72 new"), "{done}");

    // The report never overwrites its input.
    let itself = corrected.display().to_string();
    import(&corrected, &["--report", &itself]).refused(3, &["report-over-input"]);
}

#[test]
fn a_likely_duplicate_is_a_warning_and_to_the_strict_a_problem() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    node.import("catalogue.csv");
    let file = rows(
        &cluster.path("twice.csv"),
        [
            (777, "株洲市 行政区划代码"),
            (778, "株洲市行政区划代码（新）"),
        ]
        .into_iter()
        .map(|(serial, name)| {
            let code = format!(",103001/{serial:06},");
            [
                (",103001/000001,", code),
                ("株洲市行政区划代码", name.to_owned()),
            ]
        }),
    );
    let import = importing(&file, &[]);
    let head = node.head();
    let reported = node.cli(&[&import[..], &["--strict"]].concat());
    reported.refused(
        3,
        &[
            &problem_at(2, Field::Name),
            "warning-same-name",
            "103001000001",
            "import-refused-whole",
        ],
    );
    assert_eq!(node.head(), head);
    let dry = node.json(&[&import[..], &["--dry-run"]].concat());
    assert_eq!((&dry["added"], &dry["invalid"]), (&2.into(), &0.into()));
    let report = cluster.path("report.xlsx").display().to_string();
    let reported = node
        .cli(&[&import[..], &["--report", &report]].concat())
        .ok();
    assert!(reported.says(&warning_at(2, Field::Name)), "{reported}");
    assert!(reported.says("import-result-submitted"), "{reported}");
    let remark = cells(Path::new(&report))[&(1, 0)].clone();
    assert!(says(&remark, "warning-same-name"), "{remark}");
    // Once the first one is withdrawn, there are no duplicates.
    node.approve();
    node.withdraw("103001/000001", "重复");
    let again = node.json(&import);
    assert_eq!(again["unchanged"], 2, "{again}");
    assert!(
        again["warnings"].as_array().is_none_or(Vec::is_empty),
        "{again}"
    );
}

#[test]
fn thousands_of_mistakes_are_told_in_groups_to_people_and_one_by_one_to_programs() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    let file = rows(
        &cluster.path("many.csv"),
        (1..=3_000).map(|serial| {
            let code = format!(",103001/{serial:06},");
            [(",103001/000001,", code), (",不定期,", ",每旬,".to_owned())]
        }),
    );
    let import = importing(&file, &[]);
    let reported = node.cli(&import);
    let example = msg::ImportExampleValue {
        line: 2,
        value: "每旬",
    };
    reported.refused(
        3,
        &[
            &group(Field::UpdateCycle, 3_000),
            &Message::from(msg::ImportGroupLines { lines: "2-3001" }).to_string(),
            &Message::from(example).to_string(),
            "import-report-hint",
        ],
    );
    let reported = node.cli(&import);
    assert!(reported.stderr.lines().count() < 12, "{reported}");
    let all = node.cli(&[&import[..], &["--all-problems"]].concat());
    assert!(all.says(&problem_at(3001, Field::UpdateCycle)), "{all}");
    let json = node.cli(&[&["--format", "json"], &import[..]].concat());
    assert_eq!(json.code, Some(3));
    assert_eq!(json.json()["problems"].as_array().unwrap().len(), 3_000);
}
