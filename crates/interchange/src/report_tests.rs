use std::io::Read;

use calamine::{Data, Xlsx, open_workbook};
use chengji_domain::Field;
use chengji_domain::catalogue::{Entry, FIELDS, FieldProblem, UpdateCycle, heading};
use chengji_proto::convert;
use chengji_proto::v1::ImportProblem;
use chengji_testkit::strategies::entry;
use proptest::prelude::*;
use rust_xlsxwriter::Format;
use tempfile::TempDir;
use zip::ZipArchive;

use super::super::tests::{file, has, row};
use super::super::{check, line_of, ranges, read, write};
use super::*;

pub(super) const LANGUAGE: Language = Language::English;
pub(super) const RED: &str = "FFFFC7CE";
const YELLOW: &str = "FFFFEB9C";

/// A folder with a file, and the report on it: its own problems and these warnings.
struct Reported {
    folder: TempDir,
    input: PathBuf,
    report: PathBuf,
    problems: Vec<ImportProblem>,
}

fn reported(name: &str, bytes: &[u8], warnings: &[ImportProblem]) -> Reported {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join(name);
    fs::write(&input, bytes).unwrap();
    let target = folder.path().join("report.xlsx");
    let (report, problems) = report_on(&input, &target, warnings);
    Reported {
        folder,
        input,
        report,
        problems,
    }
}

fn report_on(
    input: &Path,
    target: &Path,
    warnings: &[ImportProblem],
) -> (PathBuf, Vec<ImportProblem>) {
    let (_, problems) = check(&read(input, None).unwrap());
    let reported =
        |found: &super::super::SheetProblem| convert::import_problem_to(found.line, &found.problem);
    let problems: Vec<ImportProblem> = problems.iter().map(reported).collect();
    let findings = Findings {
        problems: &problems,
        warnings,
    };
    let report = Report::open(input, None, None, LANGUAGE, target).unwrap();
    (report.write(findings).unwrap(), problems)
}

fn warning(line: u64, field: Field) -> ImportProblem {
    let problem = FieldProblem::new(field, "", msg::WarningAbstractRepeatsName);
    convert::import_problem_to(line, &problem)
}

/// The name of the first sheet.
pub(super) fn sheet_name() -> String {
    rendered(msg::ReportSheet)
}

fn rendered(message: impl Into<Message>) -> String {
    message.into().render(LANGUAGE)
}

/// The text of each cell of the sheet, by row and column from 0.
pub(super) fn cells(path: &Path, sheet: &str) -> HashMap<(u32, u32), String> {
    let mut workbook: Xlsx<_> = open_workbook(path).unwrap();
    let mut cells = HashMap::new();
    let mut reader = workbook.worksheet_cells_reader(sheet).unwrap();
    while let Some(cell) = reader.next_cell().unwrap() {
        let value: Data = cell.get_value().clone().into();
        match value {
            Data::Empty => {}
            Data::String(text) => drop(cells.insert(cell.get_position(), text)),
            Data::Error(error) => drop(cells.insert(cell.get_position(), error.to_string())),
            // A count of the first sheet; the user's own cells are all texts.
            Data::Float(count) if sheet != "目录" => {
                drop(cells.insert(cell.get_position(), count.to_string()));
            }
            other => panic!("{other:?} is no text"),
        }
    }
    cells
}

/// A part of the workbook, unchanged.
fn part(path: &Path, name: &str) -> String {
    let mut archive = ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
    let mut text = String::new();
    let mut found = archive.by_name(name).unwrap();
    found.read_to_string(&mut text).unwrap();
    text
}

/// The background colour of a cell such as `D3` of the second sheet, if any.
pub(super) fn colour(path: &Path, cell: &str) -> Option<String> {
    let sheet = part(path, "xl/worksheets/sheet2.xml");
    let style = sheet.split_once(&format!("r=\"{cell}\" s=\""))?.1;
    let style: usize = style.split_once('"')?.0.parse().unwrap();
    let styles = part(path, "xl/styles.xml");
    let formats = styles.split_once("<cellXfs")?.1;
    let format = formats.split("<xf ").nth(style + 1)?;
    let fill = format.split_once("fillId=\"")?.1.split_once('"')?.0;
    let fill: usize = fill.parse().unwrap();
    let fills = styles.split_once("<fills")?.1;
    let fill = fills.split("<fill>").nth(fill + 1)?;
    let colour = fill.split_once("fgColor rgb=\"")?.1.split_once('"')?.0;
    Some(colour.to_owned())
}

/// The note of a cell.
pub(super) fn note(path: &Path, cell: &str) -> Option<String> {
    let notes = part(path, "xl/comments1.xml");
    let note = notes.split_once(&format!("ref=\"{cell}\""))?.1;
    Some(note.split_once("</comment>")?.0.to_owned())
}

fn column(field: Field) -> u32 {
    let at = FIELDS.iter().position(|of| *of == field).unwrap();
    u32::try_from(at).unwrap() + 1
}

/// The name of a cell: of a field's column in a row from 1.
fn name(field: Field, row: u32) -> String {
    let letter = char::from(b'A' + u8::try_from(column(field)).unwrap());
    format!("{letter}{row}")
}

/// Puts other texts into cells of the report, as a user does in a spreadsheet program.
fn corrected(report: &Path, sheet: &str, changes: &[((u32, u32), &str)]) -> PathBuf {
    let mut texts = cells(report, sheet);
    for (at, text) in changes {
        texts.insert(*at, (*text).to_owned());
    }
    let mut workbook = Workbook::new();
    let out = workbook.add_worksheet();
    for ((row, column), text) in texts {
        let column = u16::try_from(column).unwrap();
        out.write_string(row, column, text).unwrap();
    }
    let path = report.with_file_name("corrected.xlsx");
    workbook.save(&path).unwrap();
    path
}

#[test]
fn the_sheet_comes_back_as_it_was_with_what_is_wrong_marked_and_noted() {
    let wrong = row(&[
        ("代码", "103001/000002"),
        ("更新周期", "每旬"),
        ("提供方代码", "007"),
    ]);
    let doubted = row(&[("代码", "103001/000003"), ("名称", "\"多行\n名称\"")]);
    let text = file(&[row(&[]), wrong, doubted]);
    let reported = reported("目录.csv", text.as_bytes(), &[warning(4, Field::Abstract)]);
    let found = cells(&reported.report, "目录");
    let records = Records::new(&text, "f").map(Result::unwrap);
    for record in records {
        let row = u32::try_from(record.line).unwrap() - 1;
        for (at, cell) in (1..).zip(&record.cells) {
            assert_eq!(found.get(&(row, at)).map_or("", String::as_str), cell);
        }
    }
    assert_eq!(found[&(0, 0)], rendered(msg::ReportRemarks));
    let lines = reported.problems.iter();
    let lines: Vec<String> = lines.map(|found| line_of(found, LANGUAGE)).collect();
    assert_eq!(found[&(2, 0)], lines.join("\n"));
    assert!(
        lines.iter().any(|line| line.contains("'每旬'")),
        "{lines:?}"
    );
    assert_eq!(found.get(&(1, 0)).map(String::as_str), None);

    let report = &reported.report;
    for (field, row, expected) in [
        (Field::UpdateCycle, 3, Some(RED)),
        (Field::ProviderCode, 3, Some(RED)),
        (Field::Name, 3, None),
        (Field::Abstract, 4, Some(YELLOW)),
    ] {
        let cell = name(field, row);
        assert_eq!(colour(report, &cell).as_deref(), expected, "{cell}");
        assert_eq!(note(report, &cell).is_some(), expected.is_some(), "{cell}");
    }
    let note = note(report, &name(Field::UpdateCycle, 3)).unwrap();
    let unknown = Message::from(msg::CatalogueValueUnknown {
        terms: UpdateCycle::terms(),
    });
    let remedy = unknown.remedy(LANGUAGE).unwrap();
    assert!(note.contains(&unknown.render(LANGUAGE)), "{note}");
    assert!(note.contains(&format!("→ {remedy}")), "{note}");
    let summary = cells(report, &sheet_name());
    let one = 1_u32;
    let problems = msg::ReportRowsWithProblems { rows: one };
    let warnings = msg::ReportRowsWithWarnings { rows: one };
    assert_eq!(summary[&(1, 0)], rendered(problems));
    assert_eq!(summary[&(2, 0)], rendered(warnings));
    // Nothing but input and report is left in the folder.
    assert_eq!(fs::read_dir(reported.folder.path()).unwrap().count(), 2);
}

#[test]
fn a_corrected_report_is_imported_as_it_is() {
    let wrong = row(&[("代码", "103001/000002"), ("更新周期", "每旬")]);
    let secret = row(&[("代码", "103001/000003"), ("涉密", "是")]);
    let text = file(&[row(&[]), wrong, secret]);
    let reported = reported("目录.csv", text.as_bytes(), &[]);
    assert_eq!(reported.problems.len(), 2);
    let path = corrected(
        &reported.report,
        "目录",
        &[((2, column(Field::UpdateCycle)), "每月")],
    );
    let sheet = read(&path, None).unwrap();
    let (entries, problems) = check(&sheet);
    assert_eq!(problems, []);
    let lines: Vec<u64> = entries.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [2, 3]);
    let remarks = msg::SheetColumnNotRead {
        heading: rendered(msg::ReportRemarks),
    };
    assert!(has(&sheet.notes, remarks), "{:?}", sheet.notes);
    let passed_over = msg::SheetRemarksPassedOver {
        lines: ranges(&[4], 1),
    };
    assert!(has(&sheet.notes, passed_over), "{:?}", sheet.notes);
}

#[test]
fn a_report_is_in_one_language_and_read_whatever_that_is() {
    let text = file(&[row(&[("更新周期", "每旬")])]);
    for language in Language::ALL {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("目录.csv");
        fs::write(&input, &text).unwrap();
        let target = folder.path().join("report.xlsx");
        let (_, problems) = check(&read(&input, None).unwrap());
        let reported = [convert::import_problem_to(2, &problems[0].problem)];
        let findings = Findings {
            problems: &reported,
            warnings: &[],
        };
        let report = Report::open(&input, None, None, language, &target).unwrap();
        let report = report.write(findings).unwrap();
        let found = cells(&report, "目录");
        let heading = Message::from(msg::ReportRemarks).render(language);
        assert_eq!(found[&(0, 0)], heading);
        assert_eq!(found[&(1, 0)], line_of(&reported[0], language));
        let summary = cells(&report, &Message::from(msg::ReportSheet).render(language));
        let line = msg::ReportRowsWithProblems { rows: 1_u32 };
        assert_eq!(summary[&(1, 0)], Message::from(line).render(language));
        assert_eq!(check(&read(&report, None).unwrap()).1, problems);
    }
}

#[test]
fn titles_other_sheets_and_broken_formulas_of_a_workbook_are_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.xlsx");
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("说明").unwrap();
    let sheet = workbook.add_worksheet().set_name("2026年").unwrap();
    sheet.write_string(0, 0, "长沙市目录").unwrap();
    for (at, (field, cell)) in (0..).zip(FIELDS.into_iter().zip(row(&[]).split(','))) {
        sheet.write_string(2, at, heading(field)).unwrap();
        sheet.write_string(4, at, cell).unwrap();
    }
    sheet.write_string(4, 30, "旁注").unwrap();
    let broken = rust_xlsxwriter::Formula::new("=1/0").set_result("#DIV/0!");
    sheet.write_formula(4, 1, broken).unwrap();
    workbook.save(&input).unwrap();
    let report = folder.path().join("report.xlsx");
    let (report, problems) = report_on(&input, &report, &[]);
    let fields: Vec<&str> = problems.iter().map(|found| found.field.as_str()).collect();
    assert_eq!(fields, ["row"]);
    let found = cells(&report, "2026年");
    assert_eq!(found[&(0, 1)], "长沙市目录");
    assert_eq!(found[&(2, 2)], "名称");
    assert_eq!(
        (found[&(4, 2)].as_str(), found[&(4, 31)].as_str()),
        ("#DIV/0!", "旁注")
    );
    // A problem of the row as a whole marks all of it, and is reported once.
    for cell in ["A5", "B5", "C5", "AF5"] {
        assert_eq!(colour(&report, cell).as_deref(), Some(RED), "{cell}");
    }
    assert!(note(&report, "A5").is_some() && note(&report, "B5").is_none());
    let again = check(&read(&report, Some("2026年")).unwrap()).1;
    assert_eq!((again.len(), again[0].line), (1, 5));
}

#[test]
fn headings_of_groups_stay_where_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.xlsx");
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name("目录").unwrap();
    for (at, (field, cell)) in (0..).zip(FIELDS.into_iter().zip(row(&[]).split(','))) {
        sheet.write_string(0, at, heading(field)).unwrap();
        sheet.write_string(2, at, cell).unwrap();
    }
    let plain = Format::new();
    sheet.merge_range(1, 0, 1, 20, "一、民政", &plain).unwrap();
    sheet.merge_range(3, 2, 3, 6, "二、公安", &plain).unwrap();
    workbook.save(&input).unwrap();
    let (report, _) = report_on(&input, &folder.path().join("report.xlsx"), &[]);
    let found = cells(&report, "目录");
    assert_eq!(
        (found[&(1, 1)].as_str(), found[&(3, 3)].as_str()),
        ("一、民政", "二、公安")
    );
    let (before, after) = (
        read(&input, None).unwrap(),
        read(&report, Some("目录")).unwrap(),
    );
    assert_eq!(check(&after), check(&before));
    assert_eq!((after.rows.len(), after.problems.len()), (1, 0));
}

#[test]
fn nothing_of_a_row_that_is_or_may_be_secret_is_repeated() {
    let hidden = [("名称", "隐语"), ("摘要", "隐语"), ("共享类型", "隐语")];
    let with = |cell| row(&[&hidden[..], &[("涉密", cell), ("代码", "103001/000002")]].concat());
    let text = file(&[
        row(&[]),
        with("是"),
        with("待定隐语"),
        format!("隐语,{}", row(&hidden)),
        "隐语".to_owned(),
    ]);
    let reported = reported("目录.csv", text.as_bytes(), &[]);
    let found = cells(&reported.report, "目录");
    for row in 2..=5 {
        let filled: Vec<u32> = (0..30)
            .filter(|at| found.contains_key(&(row, *at)))
            .collect();
        assert_eq!(filled, [0], "{row}");
        let not_repeated = rendered(msg::ReportRowNotRepeated);
        assert!(found[&(row, 0)].contains(&not_repeated), "{row}");
    }
    let mut archive = ZipArchive::new(fs::File::open(&reported.report).unwrap()).unwrap();
    for at in 0..archive.len() {
        let mut bytes = Vec::new();
        archive
            .by_index(at)
            .unwrap()
            .read_to_end(&mut bytes)
            .unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("隐语"), "{text}");
    }
}

#[test]
fn a_report_on_a_report_replaces_its_remarks() {
    let text = file(&[row(&[("更新周期", "每旬")])]);
    let first = reported("目录.csv", text.as_bytes(), &[]);
    let again = first.folder.path().join("again.xlsx");
    let (again, _) = report_on(&first.report, &again, &[]);
    assert_eq!(cells(&again, "目录"), cells(&first.report, "目录"));
    // An earlier report of the same name is replaced.
    let (second, _) = report_on(&first.input, &first.report, &[]);
    assert_eq!(cells(&again, "目录"), cells(&second, "目录"));
}

#[test]
fn a_report_never_takes_the_place_of_its_input() {
    let text = file(&[row(&[])]);
    let reported = reported("目录.csv", text.as_bytes(), &[]);
    let at = |name: &str| reported.folder.path().join(name);
    fs::hard_link(&reported.input, at("hard.xlsx")).unwrap();
    std::os::unix::fs::symlink(&reported.input, at("link.xlsx")).unwrap();
    fs::create_dir(at("folder.xlsx")).unwrap();
    for target in [
        "hard.xlsx",
        "link.xlsx",
        "report.csv",
        "report",
        "no/where.xlsx",
        "folder.xlsx",
    ] {
        let input = &reported.input;
        let error = Report::open(input, None, None, LANGUAGE, &at(target)).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{target}");
    }
    assert_eq!(fs::read_to_string(&reported.input).unwrap(), text);
}

#[test]
fn a_cell_longer_than_a_workbook_takes_is_cut_and_that_is_told() {
    let long = "长".repeat(40_000);
    let text = file(&[row(&[("摘要", &long)])]);
    let reported = reported("目录.csv", text.as_bytes(), &[]);
    let found = cells(&reported.report, "目录");
    assert_eq!(found[&(1, column(Field::Abstract))].chars().count(), 32_767);
    assert!(found[&(1, 0)].contains(&rendered(msg::ReportCellCut)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn a_report_reads_as_the_file_it_is_of(written in proptest::collection::vec(entry(), 1..4)) {
        let mut bytes = Vec::new();
        write(&written, &mut bytes).unwrap();
        let reported = reported("目录.csv", &bytes, &[warning(2, Field::Name)]);
        let sheet = read(&reported.report, None).unwrap();
        let read: Vec<Entry> =
            sheet.rows.iter().map(|row| row.draft.check().unwrap()).collect();
        prop_assert_eq!(read, written);
    }
}
