//! Texts that would command, hide or compute where they are shown, and files from colleagues of a bureau
//! or from another portal.

use std::path::PathBuf;

use calamine::{Reader as _, Xlsx, open_workbook};
use chengji_domain::catalogue::Given;
use chengji_domain::tables::Names;
use chengji_domain::{Result, Violation};
use chengji_messages::{Language, Value};
use tempfile::TempDir;

use super::tests::{CELLS, HEADINGS, file, has, noted, row};
use super::*;

fn on_disk(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn parsed(text: &str) -> Result<Sheet> {
    read::parse(text, "f.csv", Options::default())
}

fn violations(text: &str) -> Vec<Violation> {
    let error = parsed(text).unwrap_err();
    error.violations().to_vec()
}

#[test]
fn formulas_are_neutral_in_an_exported_file_and_texts_again_when_it_is_imported() {
    let texts = [
        ("=cmd|'/C calc'!A0", "用于检验导入行为的测试资源"),
        ("+1+1资源", "@SUM(A1:A9) 这是摘要内容超过十个字符的"),
        ("-2+3资源", "'=HYPERLINK(http://x)"),
    ];
    let rows = texts.iter().zip(1..).map(|((name, summary), serial)| {
        let code = format!("103001/00000{serial}");
        row(&[("名称", name), ("摘要", summary), ("代码", &code)])
    });
    let (entries, problems) = check(&parsed(&file(&rows.collect::<Vec<_>>())).unwrap());
    assert_eq!(problems, []);
    let entries: Vec<Entry> = entries.into_iter().map(|(_, entry)| entry).collect();
    assert_eq!(entries[0].name, "=cmd|'/C calc'!A0");
    assert_eq!(entries[2].summary, "=HYPERLINK(http://x)");

    let mut written = Vec::new();
    write(&entries, &mut written).unwrap();
    let text = String::from_utf8(written.clone()).unwrap();
    let mut cells = csv::Reader::from_reader(text.trim_start_matches('\u{FEFF}').as_bytes());
    for record in cells.records().map(|record| record.unwrap()) {
        let computes = |cell: &str| cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
        assert!(!record.iter().any(computes), "{record:?}");
    }
    let (_folder, path) = on_disk("c.csv", &written);
    let (again, problems) = check(&read(&path, None).unwrap());
    assert_eq!(problems, []);
    assert!(again.iter().map(|(_, entry)| entry).eq(&entries));

    // In a workbook their type makes them texts.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.xlsx");
    let out = std::fs::File::create(&path).unwrap();
    write_workbook(&entries, Language::English, out).unwrap();
    let mut workbook: Xlsx<_> = open_workbook(&path).unwrap();
    let sheet = workbook.sheet_names()[0].clone();
    let formulas = workbook.worksheet_formula(&sheet).unwrap();
    assert_eq!(formulas.used_cells().count(), 0);
    let (again, problems) = check(&read(&path, None).unwrap());
    assert_eq!(problems, []);
    assert!(again.iter().map(|(_, entry)| entry).eq(&entries));
}

#[test]
fn invisible_characters_are_removed_from_cells_and_headings_and_noted() {
    let cells = row(&[
        ("名称", "零宽\u{200b}名\u{ad}称\u{feff}"),
        ("代码", "103001/900006\u{200b}"),
        ("涉密", "否\u{200b}"),
        ("摘要", "甲\u{3164}乙\u{e0041}丙\u{180e}\u{2060}"),
    ]);
    let headings = HEADINGS.replace("名称,", "名\u{200b}称\u{2060},");
    let sheet = parsed(&format!("{headings}\n{cells}\n")).unwrap();
    let (entries, problems) = check(&sheet);
    assert_eq!(problems, []);
    let entry = &entries[0].1;
    assert_eq!(
        (entry.name.as_str(), entry.code.as_str()),
        ("零宽名称", "103001900006")
    );
    assert_eq!(entry.summary, "甲乙丙");
    for field in [Field::Name, Field::Code, Field::Secret, Field::Abstract] {
        let note = noted(field, msg::SheetNoteInvisible, (1, 2));
        assert!(has(&sheet.notes, note), "{field:?}: {:?}", sheet.notes);
    }
}

#[test]
fn a_mark_that_hides_secrecy_hides_nothing() {
    for cell in ["是\u{200b}", "\u{feff}是", "涉\u{200d}密", "绝\u{2060}密"] {
        let sheet = parsed(&file(&[row(&[("涉密", cell)])])).unwrap();
        assert_eq!(sheet.rows[0].draft.secret, Given::Known(true), "{cell:?}");
        assert_eq!(sheet.rows[0].draft.name, "");
    }
}

#[test]
fn a_name_over_two_lines_of_a_cell_is_one_line() {
    let sheet = parsed(&file(&[row(&[
        ("名称", "\"长沙市\n公交站点\nbus\nstops\""),
        ("提供方", "\"市民政局\r\n\""),
        ("摘要", "\"第一段\n第二段\""),
    ])]));
    let sheet = sheet.unwrap();
    let (entries, problems) = check(&sheet);
    assert_eq!(problems, []);
    let entry = &entries[0].1;
    assert_eq!(entry.name, "长沙市公交站点bus stops");
    assert_eq!(
        (entry.provider.as_str(), entry.summary.as_str()),
        ("市民政局", "第一段\n第二段")
    );
    let joined = noted(Field::Name, msg::SheetNoteLineBreaks, (1, 2));
    assert!(has(&sheet.notes, joined), "{:?}", sheet.notes);
}

#[test]
fn marks_of_direction_and_controls_are_refused_with_their_place() {
    for (heading, text, codepoint, place) in [
        ("名称", "甲\u{202e}乙", "U+202E", 2_u32),
        ("提供方", "甲\u{200e}", "U+200E", 2),
        ("摘要", "甲乙\u{1b}[2J", "U+001B", 3),
    ] {
        let (_, problems) = check(&parsed(&file(&[row(&[(heading, text)])])).unwrap());
        assert_eq!(problems.len(), 1, "{problems:?}");
        let message = &problems[0].problem.message;
        assert_eq!(message.code(), "text-character-forbidden");
        assert_eq!(message.param("codepoint"), Some(&codepoint.into()));
        assert_eq!(message.param("place"), Some(&place.into()));
    }
}

#[test]
fn a_title_above_the_header_of_a_csv_file_is_passed_over_as_in_a_workbook() {
    let title = "长沙市政务数据目录（2026年）,,";
    let sheet = parsed(&format!("{title}\n\n{HEADINGS}\n{CELLS}\n")).unwrap();
    let (entries, problems) = check(&sheet);
    assert_eq!((entries.len(), problems), (1, vec![]));
    assert_eq!(entries[0].0, 4);
    let passed_over = msg::SheetTitlesPassedOver {
        line: 3_u32,
        rows: 1_u32,
    };
    assert_eq!(sheet.notes[0], Message::from(passed_over));
    // If no row is a header, the error names the first one.
    let error = parsed(&format!("{title}\n{CELLS}\n")).unwrap_err();
    assert_eq!(error.message().code(), "sheet-header-wrong");
    assert_eq!(error.message().param("line"), Some(&1_u32.into()));
}

#[test]
fn a_title_above_the_header_goes_back_with_the_report() {
    let text = format!(
        "长沙市目录,,\n{HEADINGS}\n{}\n",
        row(&[("更新周期", "偶尔")])
    );
    let (folder, path) = on_disk("c.csv", text.as_bytes());
    let target = folder.path().join("r.xlsx");
    let report = Report::open(&path, None, None, Language::English, &target).unwrap();
    let findings = Findings {
        problems: &[],
        warnings: &[],
    };
    let report = report.write(findings).unwrap();
    let sheet = read(&report, None).unwrap();
    assert_eq!(sheet.rows.len(), 1);
    assert_eq!(sheet.rows[0].line, 3);
}

#[test]
fn headings_about_secrecy_are_read_or_refused_and_never_passed_over() {
    for heading in ["涉密属性", "是否涉密", "密级", "*涉密属性（必填）"] {
        let text = file(&[row(&[("涉密", "是")])]).replace(",涉密,", &format!(",{heading},"));
        let sheet = parsed(&text).unwrap();
        assert_eq!(sheet.rows[0].draft.secret, Given::Known(true), "{heading}");
    }
    let text = format!("{HEADINGS},定密结果（密级或涉密说明）\n{CELLS},机密\n");
    let reported = violations(&text);
    let heading = "涉密";
    let unread = Violation::new(
        "定密结果（密级或涉密说明）".to_owned(),
        msg::SheetColumnOfSecrecy { heading },
    );
    assert_eq!(reported, [unread]);
}

const MAP: &str = r#"
[classification]
value = "1/03/001"
[name]
from = "title"
[code]
digest = "identifier"
[provider]
value = "长沙市民政局"
[provider_code]
value = "91350100M000100Y43"
[abstract]
from = "description"
[formats]
value = "电子表格:csv"
[items]
value = "编号:C(10)"
[share_class]
value = "1"
[share_manner]
value = "文件"
[open]
value = "否"
[update_cycle]
value = "每月"
[published_on]
value = "2025-08-15"
[administrative_level]
value = "市级"
[secret]
value = "否"
[security_level]
value = "1"
"#;

fn mapped(name: &str, content: &str) -> Result<Sheet> {
    let (folder, path) = on_disk(name, content.as_bytes());
    let map = folder.path().join("layout.toml");
    std::fs::write(&map, MAP).unwrap();
    let layout = Layout::read(&map, Names::NONE)?;
    let options = Options {
        layout: Some(&layout),
        ..Options::default()
    };
    read_with(&path, options)
}

/// Two records as a portal lists them.
const RECORDS: &str = r#"[
 { "title": "Bus stops", "identifier": "bus-1", "description": "All bus stops of the city, monthly" },
 { "title": "Bus lines", "identifier": "bus-2", "description": "All bus lines of the city, monthly" }
]"#;

#[test]
fn a_portals_data_json_and_arrays_of_objects_are_read_through_the_map() {
    let data = format!(
        "{{\n \"@type\": \"dcat:Catalog\",\n \"conformsTo\": \
         \"https://project-open-data.cio.gov/v1.1/schema\",\n \"dataset\": {RECORDS}\n}}\n"
    );
    let in_one_line = data.replace('\n', " ");
    let array_in_one_line = RECORDS.replace('\n', " ");
    for (name, content) in [
        ("data.json", data.as_str()),
        ("data.json", &in_one_line),
        ("export", &data),
        ("array.json", RECORDS),
        ("array", &array_in_one_line),
    ] {
        let (entries, problems) = check(&mapped(name, content).unwrap());
        assert_eq!(problems, [], "{name}");
        let read: Vec<(u64, &str)> = entries
            .iter()
            .map(|(line, e)| (*line, e.name.as_str()))
            .collect();
        assert_eq!(read, [(1, "Bus stops"), (2, "Bus lines")], "{name}");
    }
}

#[test]
fn a_document_that_holds_no_records_is_refused_with_the_way_to_them() {
    for (content, code) in [
        (
            "{\n \"success\": true, \"result\": { \"results\": [ { \"id\": 1 } ] }\n}",
            "json-document-records-within",
        ),
        (
            "{\n \"@context\": {}, \"@graph\": []\n}",
            "json-document-linked",
        ),
        ("{\n \"title\": \"one\"\n}", "json-document-no-records"),
        ("[1, 2", "json-document-broken"),
    ] {
        let error = mapped("d.json", content).unwrap_err();
        assert_eq!(error.message().code(), code);
        let Some(Value::Text(command)) = error.message().param("command") else {
            continue;
        };
        let expected = "jq -c '.\"result\".\"results\"[]'";
        assert!(command.starts_with(expected), "{command}");
    }
}

#[test]
fn a_file_of_which_nothing_can_be_mapped_is_refused() {
    let error = mapped(
        "f.jsonl",
        "{\"资源名称\": \"甲\", \"资源代码\": \"103001/000401\"}\n",
    )
    .unwrap_err();
    assert_eq!(error.message().code(), "map-fits-no-record");
    let hidden = RECORDS.replace("\"title\"", "\"涉密标记\": \"是\", \"title\"");
    let error = mapped("f.json", &hidden).unwrap_err();
    assert_eq!(error.message().code(), "map-member-of-secrecy");
    let problem = &error.violations()[0].problem;
    assert_eq!(problem.code(), "sheet-column-of-secrecy");
    for empty in ["[]", "[\n]\n", "", "[[], 3]"] {
        let (_folder, path) = on_disk("f.json", empty.as_bytes());
        let error = propose(&path, None, Names::NONE, Language::English).unwrap_err();
        assert_eq!(error.message().code(), "json-no-object", "{empty}");
    }
    let (_folder, path) = on_disk("f.json", RECORDS.as_bytes());
    let map = propose(&path, None, Names::NONE, Language::English).unwrap();
    assert!(
        map.contains("from = \"title\"") && map.contains("from = \"description\""),
        "{map}"
    );
}

/// A compound file ([MS-CFB], version 3) with one empty stream of this name.
fn compound(stream: &str) -> Vec<u8> {
    const SECTOR: usize = 512;
    let mut file = vec![0_u8; 3 * SECTOR];
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
    // Minor and major version, byte order, 512-byte sectors, 64-byte small sectors.
    put(24, &[0x3E, 0, 3, 0, 0xFE, 0xFF, 9, 0, 6, 0]);
    // One sector of allocation table; the directory in sector 1; small streams below 4096 bytes.
    put(44, &1_u32.to_le_bytes());
    put(48, &1_u32.to_le_bytes());
    put(56, &4096_u32.to_le_bytes());
    let (free, end) = (0xFFFF_FFFF_u32, 0xFFFF_FFFE_u32);
    for at in (60..SECTOR).step_by(4) {
        put(at, &free.to_le_bytes());
    }
    put(60, &end.to_le_bytes());
    put(64, &0_u32.to_le_bytes());
    put(68, &end.to_le_bytes());
    put(72, &0_u32.to_le_bytes());
    put(76, &0_u32.to_le_bytes());
    for at in (SECTOR..2 * SECTOR).step_by(4) {
        put(at, &free.to_le_bytes());
    }
    // The table itself, and the end of the directory.
    put(SECTOR, &0xFFFF_FFFD_u32.to_le_bytes());
    put(SECTOR + 4, &end.to_le_bytes());
    for (place, (name, kind)) in [("Root Entry", 5), (stream, 2)].into_iter().enumerate() {
        let at = 2 * SECTOR + place * 128;
        let name: Vec<u8> = name
            .encode_utf16()
            .chain([0])
            .flat_map(u16::to_le_bytes)
            .collect();
        put(at, &name);
        put(at + 64, &u16::try_from(name.len()).unwrap().to_le_bytes());
        put(at + 66, &[kind, 1]);
        for link in [68, 72, 76] {
            put(at + link, &free.to_le_bytes());
        }
        put(at + 116, &end.to_le_bytes());
    }
    file
}

#[test]
fn a_workbook_with_a_password_is_called_one() {
    for (stream, code) in [
        ("EncryptedPackage", "sheet-file-encrypted"),
        ("Workbook", "sheet-file-of-other-kind"),
    ] {
        let (_folder, path) = on_disk("c.xlsx", &compound(stream));
        let error = read(&path, None).unwrap_err();
        assert_eq!(error.message().code(), code);
    }
}
