//! Workbooks as bureaus send them: unsaved formulas, hidden sheets, headers repeated for print.

use std::io::{Cursor, Read, Write};
use std::path::PathBuf;

use chengji_domain::Field;
use chengji_domain::catalogue::{FIELDS, heading};
use chengji_messages::{Message, msg};
use rust_xlsxwriter::{Formula, Workbook, Worksheet};
use tempfile::TempDir;

use super::tests::{CELLS, codes, has};
use super::{Sheet, check, ranges, read};

/// A workbook on disk.
pub(super) fn saved(workbook: &mut Workbook) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalogue.xlsx");
    workbook.save(&path).unwrap();
    (folder, path)
}

/// Adds a sheet with these rows.
pub(super) fn sheet<'a>(
    workbook: &'a mut Workbook,
    name: &str,
    rows: &[Vec<&str>],
) -> &'a mut Worksheet {
    let sheet = workbook.add_worksheet();
    sheet.set_name(name).unwrap();
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            if !cell.is_empty() {
                sheet.write_string(row, column, *cell).unwrap();
            }
        }
    }
    sheet
}

pub(super) fn header() -> Vec<&'static str> {
    FIELDS.map(heading).to_vec()
}

/// A sound row with this code.
pub(super) fn entry(code: &str) -> Vec<&str> {
    let mut cells: Vec<&str> = CELLS.split(',').collect();
    cells[column(Field::Code)] = code;
    cells
}

pub(super) fn column(field: Field) -> usize {
    FIELDS.iter().position(|of| *of == field).unwrap()
}

/// Line, field and problem of everything reported, and the number of valid entries.
fn reported(sheet: &Sheet) -> (Vec<(u64, Field, Message)>, usize) {
    let (entries, problems) = check(sheet);
    let reported = problems.into_iter();
    let reported = reported.map(|found| (found.line, found.problem.field, found.problem.message));
    (reported.collect(), entries.len())
}

/// Removes the saved results of formulas from a workbook, as programs write it that do not compute.
fn without_results(path: &PathBuf) {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for number in 0..archive.len() {
        let mut part = archive.by_index(number).unwrap();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        out.start_file(
            part.name().unwrap(),
            zip::write::SimpleFileOptions::default(),
        )
        .unwrap();
        out.write_all(text.replace("</f><v>0</v>", "</f><v></v>").as_bytes())
            .unwrap();
    }
    std::fs::write(path, out.finish().unwrap().into_inner()).unwrap();
}

#[test]
fn a_formula_without_a_saved_value_is_a_problem_of_its_cell_and_never_an_empty_one() {
    for (field, told_of) in [
        (Field::Items, 1),
        (Field::DeclaredRows, 1),
        (Field::Secret, 2),
    ] {
        let mut workbook = Workbook::new();
        let rows = [header(), entry("103001/000001"), entry("103001/000002")];
        let page = sheet(&mut workbook, "目录", &rows);
        let at = u16::try_from(column(field)).unwrap();
        page.write_formula(1, at, Formula::new("=CONCATENATE(B2,\":C\")"))
            .unwrap();
        // A column that is not read needs no values.
        page.write_string(0, 30, "序号").unwrap();
        page.write_formula(2, 30, Formula::new("=ROW()-1")).unwrap();
        let (_folder, path) = saved(&mut workbook);
        without_results(&path);
        let sheet = read(&path, None).unwrap();
        let (found, sound) = reported(&sheet);
        assert_eq!((found.len(), sound), (told_of, 1), "{found:?}");
        assert_eq!((found[0].0, found[0].1), (2, field));
        assert_eq!(found[0].2, Message::from(msg::SheetFormulaUnsaved));
        let drafts: Vec<&str> = sheet.rows.iter().map(|row| &*row.draft.code).collect();
        assert_eq!(drafts.len(), if field == Field::Secret { 1 } else { 2 });
        assert!(!codes(&sheet.notes).contains(&"sheet-formulas-read"));
    }
}

#[test]
fn a_hidden_sheet_is_read_only_by_its_name() {
    let mut workbook = Workbook::new();
    let old = [header(), entry("103001/000009")];
    sheet(&mut workbook, "旧版", &old).set_hidden(true);
    sheet(&mut workbook, "目录", &[header(), entry("103001/000001")]).set_active(true);
    let (_folder, path) = saved(&mut workbook);
    let visible = read(&path, None).unwrap();
    assert_eq!(visible.rows[0].draft.code, "103001/000001");
    let old_sheet: Message = msg::SheetNamedHidden { name: "旧版" }.into();
    let unread = msg::SheetOthersNotRead {
        sheets: vec![&old_sheet],
    };
    assert!(has(&visible.notes, unread), "{:?}", visible.notes);
    let named = read(&path, Some("旧版")).unwrap();
    assert_eq!(named.rows[0].draft.code, "103001/000009");
    let sheet_read = msg::SheetRead { sheet: &old_sheet };
    assert_eq!(named.notes[0], Message::from(sheet_read));

    let mut workbook = Workbook::new();
    sheet(&mut workbook, "旧版", &old).set_hidden(true);
    sheet(&mut workbook, "说明", &[vec!["填写说明"]]).set_active(true);
    let (_folder, path) = saved(&mut workbook);
    let none = read(&path, None).unwrap_err();
    assert_eq!(none.message().code(), "sheet-no-header-visible");
    let sheets = vec![&old_sheet].into();
    assert_eq!(none.message().param("sheets"), Some(&sheets));
}

#[test]
fn of_two_sheets_with_a_header_and_rows_none_is_passed_over_in_silence() {
    let first = [header(), entry("103001/000001")];
    let mut workbook = Workbook::new();
    sheet(&mut workbook, "市公安局", &first);
    sheet(&mut workbook, "空白", &[header()]);
    let (_folder, path) = saved(&mut workbook);
    assert_eq!(read(&path, None).unwrap().rows.len(), 1);

    let mut workbook = Workbook::new();
    sheet(&mut workbook, "空白", &[header()]);
    sheet(&mut workbook, "市公安局", &first);
    let titled = [vec!["目录"], header(), entry("103001/000002")];
    sheet(&mut workbook, "市民政局", &titled);
    let (_folder, path) = saved(&mut workbook);
    let refused = read(&path, None).unwrap_err();
    let sheets = ["市公安局", "市民政局"].map(|name| msg::SheetNamed { name });
    let several = msg::SheetSeveral {
        file: path.display().to_string(),
        sheets: sheets.to_vec(),
    };
    assert_eq!(*refused.message(), Message::from(several));
    assert_eq!(read(&path, Some("市民政局")).unwrap().rows[0].line, 3);
}

#[test]
fn a_header_that_is_repeated_is_no_row_and_only_the_whole_header_is_one() {
    let mut other = header();
    other[column(Field::SecurityLevel)] = "1";
    let rows = [
        header(),
        entry("103001/000001"),
        header(),
        entry("103001/000002"),
        other,
    ];
    let mut workbook = Workbook::new();
    sheet(&mut workbook, "目录", &rows);
    let (_folder, path) = saved(&mut workbook);
    let read = read(&path, None).unwrap();
    let (found, sound) = reported(&read);
    assert_eq!(sound, 2);
    assert!(
        !found.is_empty() && found.iter().all(|(line, ..)| *line == 5),
        "{found:?}"
    );
    let repeated = msg::SheetHeaderRepeated {
        lines: ranges(&[3], 1),
    };
    assert!(has(&read.notes, repeated), "{:?}", read.notes);

    let text = rows.map(|row| row.join(",")).join("\n");
    let options = super::Options::default();
    let read = super::read::parse(&text, "f.csv", options).unwrap();
    assert_eq!(reported(&read).1, 2);
}
