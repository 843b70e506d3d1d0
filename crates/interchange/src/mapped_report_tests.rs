use chengji_domain::Field;
use chengji_domain::catalogue::FieldProblem;
use chengji_domain::tables::Names;
use chengji_messages::msg;
use chengji_proto::convert;
use tempfile::TempDir;

use super::super::{Options, Sheet, check, read_with};
use super::tests::{LANGUAGE, RED, cells, colour, note, sheet_name};
use super::*;

const MAP: &str = r#"
[classification]
value = "3/01/001"
[name]
from = "数据项名称"
[code]
number = "编号"
[provider]
from = ["部门", "处室"]
join = " "
[provider_code]
from = "部门"
values = { "市公安局" = "91350100M000100Y43" }
[abstract]
from = "描述"
[formats]
value = "电子表格:csv"
[items]
value = "项:C(6)"
[share_class]
value = 1
[share_manner]
value = "文件"
[open]
value = true
[update_cycle]
from = "频率"
[published_on]
value = 2014-05-14
[administrative_level]
value = "市级"
[secret]
from = "密"
[security_level]
value = 1
"#;
const ROWS: [&str; 6] = [
    "编号,部门,处室,数据项名称,描述,频率,密",
    "1,市公安局,户政处,户籍,户籍信息,每年,否",
    "2,市体育局,竞体处,场馆,场馆信息,每旬,否",
    "甲,市公安局,户政处,门牌,门牌信息,每年,否",
    "4,市公安局,户政处,隐语,隐语,每旬,是",
    "5,市公安局,户政处,隐语,隐语,每旬,待定",
];

struct Foreign {
    folder: TempDir,
    layout: Layout,
}

impl Foreign {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let map = folder.path().join("layout.toml");
        fs::write(&map, MAP).unwrap();
        let layout = Layout::read(&map, Names::NONE).unwrap();
        Self { folder, layout }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn sheet(&self, path: &Path) -> Sheet {
        let options = Options {
            layout: Some(&self.layout),
            ..Options::default()
        };
        read_with(path, options).unwrap()
    }

    fn report(&self, input: &Path) -> PathBuf {
        let (_, problems) = check(&self.sheet(input));
        let reported = problems.iter();
        let reported: Vec<_> = reported
            .map(|f| convert::import_problem_to(f.line, &f.problem))
            .collect();
        let target = self.path("report.xlsx");
        let report = Report::open(input, None, Some(&self.layout), LANGUAGE, &target).unwrap();
        let findings = Findings {
            problems: &reported,
            warnings: &[],
        };
        report.write(findings).unwrap()
    }

    /// The rows as a CSV file, and as a workbook under a title.
    fn files(&self) -> [(PathBuf, u32); 2] {
        let text = self.path("plan.csv");
        fs::write(&text, ROWS.join("\n")).unwrap();
        let book = self.path("plan.xlsx");
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet().set_name("目录").unwrap();
        sheet.write_string(0, 0, "资源计划").unwrap();
        for (row, cells) in (1..).zip(ROWS) {
            for (column, cell) in (0..).zip(cells.split(',')) {
                sheet.write_string(row, column, cell).unwrap();
            }
        }
        workbook.save(&book).unwrap();
        [(text, 0), (book, 1)]
    }
}

#[test]
fn a_problem_of_a_mapped_field_marks_every_column_the_field_comes_from() {
    let foreign = Foreign::new();
    for (input, above) in foreign.files() {
        let report = foreign.report(&input);
        let found = cells(&report, "目录");
        for (row, text) in (above..).zip(&ROWS[..4]) {
            for (column, cell) in (1..).zip(text.split(',')) {
                assert_eq!(found[&(row, column)], cell);
            }
        }
        // The provider's code is made from the column after the number; the code from the number.
        for (cell, expected) in [
            (format!("C{}", 3 + above), Some(RED)),
            (format!("G{}", 3 + above), Some(RED)),
            (format!("D{}", 3 + above), None),
            (format!("B{}", 4 + above), Some(RED)),
            (format!("C{}", 4 + above), None),
        ] {
            assert_eq!(colour(&report, &cell).as_deref(), expected, "{cell}");
            assert_eq!(note(&report, &cell).is_some(), expected.is_some(), "{cell}");
        }
        assert!(!found.values().any(|text| text.contains("隐语")));
        let not_repeated = Message::from(msg::ReportRowNotRepeated).render(LANGUAGE);
        assert!(found[&(4 + above, 0)].contains(&not_repeated));
        assert!(found[&(5 + above, 0)].contains(&not_repeated));
        let again = Message::from(msg::ReportImportAgainWithMap).render(LANGUAGE);
        let summary = cells(&report, &sheet_name());
        assert!(summary.values().any(|text| *text == again));
        // Rows that are not repeated are not entries when the report is imported.
        let again = check(&foreign.sheet(&report));
        let lines: Vec<u64> = again.1.iter().map(|found| found.line).collect();
        let third = u64::from(above) + 3;
        assert_eq!((again.0.len(), lines), (1, vec![third, third, third + 1]));
    }
}

#[test]
fn several_columns_of_a_field_are_marked_and_a_fixed_value_marks_the_row() {
    let foreign = Foreign::new();
    let [(input, _), _] = foreign.files();
    let reported = |field: Field| {
        let problem = FieldProblem::new(field, "", msg::CatalogueFieldMissing);
        convert::import_problem_to(2, &problem)
    };
    let target = foreign.path("report.xlsx");
    for (field, marked) in [
        (Field::Provider, ["C2", "D2"]),
        (Field::Formats, ["A2", "A2"]),
    ] {
        let report = Report::open(&input, None, Some(&foreign.layout), LANGUAGE, &target).unwrap();
        let findings = Findings {
            problems: &[reported(field)],
            warnings: &[],
        };
        let report = report.write(findings).unwrap();
        for cell in marked {
            assert_eq!(colour(&report, cell).as_deref(), Some(RED), "{cell}");
            assert!(note(&report, cell).is_some(), "{cell}");
        }
        assert_eq!(colour(&report, "E2"), None);
    }
}

#[test]
fn what_has_no_columns_has_no_report() {
    let foreign = Foreign::new();
    for name in ["a.jsonl", "a.jsonld", "a.txt"] {
        let path = foreign.path(name);
        fs::write(&path, "{\"id\": 1}\n").unwrap();
        let target = foreign.path("report.xlsx");
        let layout = Some(&foreign.layout);
        let error = Report::open(&path, None, layout, LANGUAGE, &target).unwrap_err();
        assert_eq!(error.message().code(), "report-of-no-sheet");
    }
}
