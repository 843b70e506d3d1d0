use chengji_domain::Field;
use chengji_domain::catalogue::{FIELDS, FormatKind, Given, ItemType, ShareClass, heading};
use chengji_messages::{Message, msg};
use proptest::prelude::*;
use rust_xlsxwriter::{Format, Workbook};

use super::tests::{CELLS, codes, has};
use super::workbooks_tests::saved;
use super::{Options, Sheet, check, read, read::parse};

const ITEM: [&str; 4] = ["信息项名称", "数据类型", "数据长度", "信息项共享类型"];
const FORMAT: [&str; 2] = ["信息资源格式分类", "信息资源格式类型"];

/// A sound row in the shape of the national template, with these cells changed.
fn row(changes: &[(&str, &str)]) -> Vec<String> {
    let mut cells = Vec::new();
    for (field, cell) in FIELDS.into_iter().zip(CELLS.split(',')) {
        let parts = match field {
            Field::Formats => FORMAT.iter().copied().zip(["电子表格", "csv"]).collect(),
            Field::Items => ITEM
                .iter()
                .copied()
                .zip(["区划代码", "C", "6", ""])
                .collect(),
            field => vec![(heading(field), cell)],
        };
        cells.extend(parts);
    }
    let changed = |(heading, cell)| {
        let change = changes.iter().find(|(of, _)| *of == heading);
        change.map_or(cell, |(_, cell)| *cell).to_owned()
    };
    cells.into_iter().map(changed).collect()
}

/// A row with only these cells.
fn more(cells: &[(&str, &str)]) -> Vec<String> {
    let of = |heading: &String| {
        let cell = cells.iter().find(|(of, _)| of == heading);
        cell.map_or("", |(_, cell)| *cell).to_owned()
    };
    header().iter().map(of).collect()
}

fn header() -> Vec<String> {
    let headings = |field: Field| match field {
        Field::Formats => FORMAT.map(str::to_owned).to_vec(),
        Field::Items => ITEM.map(str::to_owned).to_vec(),
        field => vec![heading(field).to_owned()],
    };
    FIELDS.into_iter().flat_map(headings).collect()
}

fn sheet(rows: &[Vec<String>]) -> Sheet {
    let lines = std::iter::once(header()).chain(rows.iter().cloned());
    let lines: Vec<String> = lines.map(|cells| cells.join(",")).collect();
    parse(&lines.join("\n"), "f.csv", Options::default()).unwrap()
}

fn problems(sheet: &Sheet) -> Vec<(u64, Field, Message)> {
    let found = check(sheet).1.into_iter();
    found
        .map(|found| (found.line, found.problem.field, found.problem.message))
        .collect()
}

#[test]
fn the_rows_of_an_entry_become_its_items() {
    let sheet = sheet(&[
        row(&[]),
        more(&[
            ("信息项名称", "区划:名称"),
            ("数据类型", "C"),
            ("数据长度", "60"),
        ]),
        row(&[
            ("信息项名称", "更新日期"),
            ("数据类型", "D"),
            ("数据长度", ""),
            ("信息项共享类型", "1"),
        ]),
        row(&[("代码", "103001/000002")]),
    ]);
    assert_eq!(problems(&sheet), []);
    let (entries, _) = check(&sheet);
    let lines: Vec<u64> = entries.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [2, 5]);
    let first = &entries[0].1;
    let items: Vec<_> = first
        .items
        .iter()
        .map(|item| (item.name.as_str(), item.kind, item.length))
        .collect();
    assert_eq!(
        items,
        [
            ("区划代码", ItemType::Text, 6),
            ("区划:名称", ItemType::Text, 60),
            ("更新日期", ItemType::Date, 0),
        ]
    );
    assert_eq!(first.formats[0].kind, FormatKind::Spreadsheet);
    assert_eq!(first.formats[0].subtype, "csv");
    let class = &sheet.rows[0].draft.items[2].share_class;
    assert_eq!(*class, Given::Known(ShareClass::Unconditional));
    let joined = msg::SheetItemRowsJoined { rows: 2_u32 };
    assert!(has(&sheet.notes, joined), "{:?}", sheet.notes);
    assert!(!codes(&sheet.notes).contains(&"sheet-column-not-read"));
}

#[test]
fn a_row_that_says_something_else_of_the_entry_is_told() {
    let sheet = sheet(&[
        row(&[]),
        row(&[
            ("信息项名称", "名称"),
            ("更新周期", "每月"),
            ("信息资源格式类型", "xlsx"),
        ]),
    ]);
    let reported = problems(&sheet);
    let fields: Vec<_> = reported
        .iter()
        .map(|(line, field, _)| (*line, *field))
        .collect();
    assert_eq!(fields, [(2, Field::Formats), (2, Field::UpdateCycle)]);
    let differs = msg::SheetItemRowDiffers { line: 3_u32 };
    assert_eq!(reported[0].2, Message::from(differs));
    assert_eq!(check(&sheet).0.len(), 0);
}

#[test]
fn a_secret_row_is_no_part_of_another_and_nothing_of_it_is_repeated() {
    for first in ["否", "是"] {
        let sheet = sheet(&[
            row(&[("涉密", first)]),
            row(&[
                ("涉密", "是"),
                ("信息项名称", "机密项"),
                ("更新周期", "每月"),
            ]),
        ]);
        let reported = format!("{:?} {:?}", problems(&sheet), sheet.notes);
        assert!(
            !reported.contains("机密项") && !reported.contains("每月"),
            "{reported}"
        );
        assert_eq!(check(&sheet).0.len(), usize::from(first == "否"));
    }
}

#[test]
fn an_entry_without_a_code_takes_no_rows_in() {
    let sheet = sheet(&[
        row(&[("代码", "")]),
        row(&[("代码", ""), ("名称", "另一个")]),
    ]);
    let lines: Vec<u64> = problems(&sheet).iter().map(|(line, ..)| *line).collect();
    assert_eq!(lines, [2, 3]);
}

#[test]
fn the_national_template_is_read_with_its_two_header_rows_and_merged_cells() {
    let mut workbook = Workbook::new();
    let plain = Format::new();
    let sheet = workbook.add_worksheet();
    sheet
        .merge_range(0, 0, 0, 24, "政务信息资源目录", &plain)
        .unwrap();
    let rows = [row(&[]), more(&[("信息项名称", "名称"), ("数据类型", "C")])];
    for (column, heading) in (0_u16..).zip(header()) {
        let group = match heading.as_str() {
            "信息资源格式分类" => Some(("信息资源格式", 1)),
            "信息项名称" => Some(("信息项信息", 3)),
            _ => None,
        };
        let part = FORMAT.contains(&heading.as_str()) || ITEM.contains(&heading.as_str());
        if let Some((group, more)) = group {
            sheet
                .merge_range(1, column, 1, column + more, group, &plain)
                .unwrap();
        }
        if part {
            sheet.write_string(2, column, &heading).unwrap();
        } else {
            sheet
                .merge_range(1, column, 2, column, &heading, &plain)
                .unwrap();
        }
        for (line, row) in (3_u32..).zip(&rows) {
            let cell = &row[usize::from(column)];
            if part && !cell.is_empty() {
                sheet.write_string(line, column, cell).unwrap();
            }
        }
        if !part && !rows[0][usize::from(column)].is_empty() {
            sheet
                .merge_range(3, column, 4, column, &rows[0][usize::from(column)], &plain)
                .unwrap();
        }
    }
    let (_folder, path) = saved(&mut workbook);
    let sheet = read(&path, None).unwrap();
    assert_eq!(problems(&sheet), []);
    let (entries, _) = check(&sheet);
    assert_eq!(
        (entries.len(), entries[0].0, entries[0].1.items.len()),
        (1, 4, 2)
    );
    assert!(codes(&sheet.notes).contains(&"sheet-header-of-two-rows"));
}

proptest! {
    #[test]
    fn items_in_rows_are_the_items_of_one_cell(names in prop::collection::vec("[a-c:;\\\\]{1,5}", 1..8), blank in any::<bool>()) {
        let rows: Vec<Vec<String>> = names.iter().enumerate().map(|(at, name)| {
            let item = [("信息项名称", name.as_str()), ("数据类型", "N"), ("数据长度", "3")];
            if at > 0 && blank { more(&item) } else { row(&item) }
        }).collect();
        let sheet = sheet(&rows);
        prop_assert_eq!(sheet.rows.len(), 1);
        let items = sheet.rows[0].draft.items.iter().map(|item| item.name.clone());
        prop_assert_eq!(items.collect::<Vec<_>>(), names);
    }
}
