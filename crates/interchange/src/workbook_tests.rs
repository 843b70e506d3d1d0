use std::io::{Cursor, Write};

use chengji_domain::Field;
use chengji_domain::catalogue::{Entry, FIELDS, Given, heading};
use chengji_messages::Language;
use chengji_testkit::strategies::entry;
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use tempfile::TempDir;

use super::super::tests::{CELLS, codes, has};
use super::super::write_workbook::write;
use super::super::{Sheet, check, ranges, read};
use super::*;

/// A workbook on disk.
fn file(make: impl FnOnce(&mut Workbook)) -> (TempDir, std::path::PathBuf) {
    let mut workbook = Workbook::new();
    make(&mut workbook);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalogue.xlsx");
    workbook.save(&path).unwrap();
    (folder, path)
}

/// A sheet with a header in this row and one sound entry under it.
fn sound(workbook: &mut Workbook, name: &str, at: u32) {
    let sheet = workbook.add_worksheet();
    sheet.set_name(name).unwrap();
    for (column, (field, cell)) in (0..).zip(FIELDS.into_iter().zip(CELLS.split(','))) {
        sheet.write_string(at, column, heading(field)).unwrap();
        if !cell.is_empty() {
            sheet.write_string(at + 1, column, cell).unwrap();
        }
    }
}

fn column(field: Field) -> u16 {
    u16::try_from(FIELDS.iter().position(|of| *of == field).unwrap()).unwrap()
}

/// Line and field of every problem, and the number of valid entries.
fn problems(sheet: &Sheet) -> (Vec<(u64, Field)>, usize) {
    let (entries, problems) = check(sheet);
    (
        problems.iter().map(|p| (p.line, p.problem.field)).collect(),
        entries.len(),
    )
}

#[test]
fn titles_other_sheets_and_empty_rows_are_passed_over_and_told() {
    let (_folder, path) = file(|workbook| {
        workbook
            .add_worksheet()
            .set_name("说明")
            .unwrap()
            .write_string(0, 0, "填写说明")
            .unwrap();
        sound(workbook, "目录", 3);
        let sheet = workbook.worksheet_from_name("目录").unwrap();
        sheet.write_string(0, 0, "长沙市政务信息资源目录").unwrap();
        // An empty row in between, and one with only blanks.
        sheet.write_string(6, 1, "  ").unwrap();
        sound(workbook, "旧", 0);
        let old = workbook.worksheet_from_name("旧").unwrap();
        old.set_hidden(true);
    });
    let sheet = read(&path, None).unwrap();
    assert_eq!(problems(&sheet), (vec![], 1));
    assert_eq!(sheet.rows[0].line, 5);
    let named = |name| Message::from(msg::SheetNamed { name });
    let old: Message = msg::SheetNamedHidden { name: "旧" }.into();
    let expected: [Message; 3] = [
        msg::SheetRead {
            sheet: named("目录"),
        }
        .into(),
        msg::SheetOthersNotRead {
            sheets: vec![named("说明"), old],
        }
        .into(),
        msg::SheetTitlesPassedOver {
            line: 4_u32,
            rows: 1_u32,
        }
        .into(),
    ];
    assert_eq!(sheet.notes, expected);
    let other = read(&path, Some("旧")).unwrap();
    assert_eq!(other.rows[0].line, 2);
    let missing = read(&path, Some("新")).unwrap_err();
    assert_eq!(missing.message().code(), "sheet-not-found");
    let sheets = vec!["说明", "目录", "旧"].into();
    assert_eq!(missing.message().param("sheets"), Some(&sheets));
}

#[test]
fn dates_numbers_formulas_and_merged_cells_are_taken_as_they_are_meant() {
    let (_folder, path) = file(|workbook| {
        sound(workbook, "目录", 0);
        let sheet = workbook.worksheet_from_index(0).unwrap();
        for (column, cell) in (0..).zip(CELLS.split(',')) {
            sheet.write_string(2, column, cell).unwrap();
        }
        sheet
            .write_string(2, column(Field::Code), "103001/000002")
            .unwrap();
        let date = Format::new().set_num_format("yyyy-mm-dd");
        let at = ExcelDateTime::parse_from_str("2026-03-18").unwrap();
        sheet
            .write_datetime_with_format(1, column(Field::PublishedOn), at, &date)
            .unwrap();
        sheet
            .write_number(1, column(Field::SecurityLevel), 1.0)
            .unwrap();
        sheet
            .write_number(1, column(Field::DeclaredRows), 12_000.0)
            .unwrap();
        let formula = Formula::new("=\"各区县\"&\"代码\"").set_result("各区县代码");
        sheet
            .write_formula(1, column(Field::Abstract), formula)
            .unwrap();
        // One cell for the provider of both rows.
        let provider = column(Field::Provider);
        sheet.write_blank(2, provider, &Format::new()).unwrap();
        sheet
            .merge_range(1, provider, 2, provider, "市民政局", &Format::new())
            .unwrap();
    });
    let sheet = read(&path, None).unwrap();
    assert_eq!(problems(&sheet), (vec![], 2));
    let drafts: Vec<_> = sheet.rows.iter().map(|row| &row.draft).collect();
    assert_eq!(drafts[0].published_on, "2026-03-18");
    assert_eq!(drafts[0].declared_rows, Given::Known(12_000));
    assert_eq!(drafts[0].summary, "各区县代码");
    assert_eq!(drafts[1].provider, "市民政局");
    assert!(has(&sheet.notes, msg::SheetMergedFilled { rows: 1_u32 }));
    assert!(codes(&sheet.notes).contains(&"sheet-formulas-read"));
}

#[test]
fn a_row_that_is_one_merged_cell_is_the_heading_of_a_group_and_other_merged_cells_are_not() {
    let (_folder, path) = file(|workbook| {
        sound(workbook, "目录", 0);
        let sheet = workbook.worksheet_from_index(0).unwrap();
        let plain = Format::new();
        for row in [3, 4, 6] {
            for (column, cell) in (0..).zip(CELLS.split(',')) {
                sheet.write_string(row, column, cell).unwrap();
            }
            let code = format!("103001/00000{row}");
            sheet.write_string(row, column(Field::Code), code).unwrap();
        }
        // Headings within one row and over two; a cell within one row; a rectangle over two.
        sheet.merge_range(2, 0, 2, 20, "一、民政", &plain).unwrap();
        sheet.merge_range(7, 1, 8, 5, "二、公安", &plain).unwrap();
        sheet.merge_range(6, 18, 6, 20, "1", &plain).unwrap();
        let provider = column(Field::Provider);
        sheet.write_blank(4, provider, &plain).unwrap();
        sheet
            .merge_range(3, provider, 4, provider + 1, "市民政局", &plain)
            .unwrap();
    });
    let sheet = read(&path, None).unwrap();
    let lines: Vec<u64> = sheet.rows.iter().map(|row| row.line).collect();
    assert_eq!(lines, [2, 4, 5, 7]);
    assert_eq!(sheet.rows[2].draft.provider, "市民政局");
    let passed_over = msg::SheetGroupsPassedOver {
        lines: ranges(&[3, 8], 2),
    };
    assert!(has(&sheet.notes, passed_over), "{:?}", sheet.notes);
}

#[test]
fn a_code_made_a_number_and_a_formula_in_error_are_told_with_their_place() {
    let (_folder, path) = file(|workbook| {
        sound(workbook, "目录", 0);
        let sheet = workbook.worksheet_from_index(0).unwrap();
        sheet
            .write_number(1, column(Field::ProviderCode), 4.301e17)
            .unwrap();
        let error = Formula::new("=1/0").set_result("#DIV/0!");
        sheet.write_formula(1, column(Field::Name), error).unwrap();
    });
    let sheet = read(&path, None).unwrap();
    let (found, sound) = problems(&sheet);
    assert_eq!(sound, 0);
    assert!(found.contains(&(2, Field::ProviderCode)), "{found:?}");
    let (_, problems) = check(&sheet);
    let code = problems
        .iter()
        .find(|p| p.problem.field == Field::ProviderCode)
        .unwrap();
    assert_eq!(
        code.problem.message,
        Message::from(msg::SheetCodeBecameNumber)
    );
    assert_eq!(code.column.as_deref(), Some("提供方代码"));
}

#[test]
fn an_entry_with_a_cell_too_long_for_a_workbook_is_named() {
    let (_folder, path) = file(|workbook| sound(workbook, "目录", 0));
    let mut entry = check(&read(&path, None).unwrap()).0.remove(0).1;
    entry.summary = "长".repeat(32_768);
    let out = Cursor::new(Vec::new());
    let error = write(&[entry], Language::English, out).unwrap_err();
    let long = msg::WorkbookCellTooLong {
        code: "103001000001",
        field: Field::Abstract,
    };
    assert_eq!(*error.message(), Message::from(long));
}

#[test]
fn what_is_no_workbook_or_too_large_for_one_is_an_error_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalogue.xlsx");
    let mut whole = Cursor::new(Vec::new());
    write(&[], Language::English, &mut whole).unwrap();
    let whole = whole.into_inner();
    for cut in [5, 100, whole.len() / 2, whole.len() - 3] {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let error = read(&path, None).unwrap_err();
        let file = path.display().to_string().into();
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{cut}");
        assert_eq!(error.message().param("file"), Some(&file), "{error}");
    }
    let (_folder, path) = file(|workbook| {
        sound(workbook, "目录", 0);
        workbook
            .worksheet_from_index(0)
            .unwrap()
            .write_string(1, 16_000, "x")
            .unwrap();
    });
    let far = read(&path, None).unwrap_err();
    let too_many = msg::SheetTooManyColumns {
        column: 16_001_u32,
        file: path.display().to_string(),
        most: 256_u32,
        row: 2_u32,
        sheet: "目录",
    };
    assert_eq!(*far.message(), Message::from(too_many));
    let (_folder, path) = file(|workbook| {
        workbook.add_worksheet().write_string(0, 0, "x").unwrap();
    });
    let none = read(&path, None).unwrap_err();
    assert_eq!(none.message().code(), "sheet-no-header");
}

#[test]
fn a_sheet_that_claims_every_cell_takes_no_more_room_than_it_has() {
    let (_folder, path) = file(|workbook| {
        sound(workbook, "目录", 0);
        workbook
            .worksheet_from_index(0)
            .unwrap()
            .write_string(1_048_575, 0, "1/03/001")
            .unwrap();
    });
    let sheet = read(&path, None).unwrap();
    assert_eq!(sheet.rows.len(), 2);
    assert_eq!(sheet.rows[1].line, 1_048_576);
}

#[test]
fn a_bomb_is_stopped_before_it_goes_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.xlsx");
    let mut archive = zip::ZipWriter::new(File::create(&path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    archive
        .start_file("xl/worksheets/sheet1.xml", options)
        .unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..(MAX_UNPACKED >> 20) + 1 {
        archive.write_all(&zeros).unwrap();
    }
    archive.finish().unwrap();
    assert!(path.metadata().unwrap().len() < 2 << 20);
    let error = read(&path, None).unwrap_err();
    assert_eq!(error.code(), ErrorCode::LimitExceeded);
    assert_eq!(error.message().code(), "sheet-unpacked-too-large");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn entries_that_were_written_read_back_equal(
        written in proptest::collection::vec(entry(), 1..4),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalogue.xlsx");
        let out = File::create(&path).unwrap();
        write(&written, Language::English, out).unwrap();
        let sheet = read(&path, None).unwrap();
        let name = "目录";
        let read_note = msg::SheetRead { sheet: msg::SheetNamed { name } };
        prop_assert_eq!(&sheet.notes, &[Message::from(read_note)]);
        prop_assert!(sheet.problems.is_empty(), "{:?}", sheet);
        let read: Vec<Entry> =
            sheet.rows.iter().map(|row| row.draft.check().unwrap()).collect();
        prop_assert_eq!(read, written);
    }
}
