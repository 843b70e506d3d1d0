use std::io::Write as _;
use std::path::PathBuf;

use chengji_domain::Field;
use chengji_domain::catalogue::FormatKind;
use chengji_domain::tables::Names;
use chengji_messages::{Language, Value as Param};
use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

use super::super::tests::{has, noted};
use super::super::{Layout, Options, Sheet, check, propose, read_with};
use super::*;

const MAP: &str = r#"
[classification]
value = "2/01/001"
[name]
from = "title"
html = true
[code]
digest = "id"
[provider]
from = "organization.title"
[provider_code]
value = "91350100M000100Y43"
[abstract]
from = "notes"
html = true
[formats]
from = "resources[].format"
values = { "ZIP" = "电子文件:zip" }
[share_class]
value = 1
[share_manner]
value = "文件"
[open]
value = true
[update_cycle]
from = "extras.accrualPeriodicity"
default = "不定期"
values = { "R/P1Y" = "每年" }
[published_on]
from = "metadata_created"
[administrative_level]
value = "市级"
[secret]
value = "否"
[security_level]
value = 1
"#;

fn at(name: &str, content: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("layout.toml"), MAP).unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    (folder, path)
}

fn mapped(path: &Path) -> Result<Sheet> {
    let layout = Layout::read(&path.with_file_name("layout.toml"), Names::NONE)?;
    let options = Options {
        layout: Some(&layout),
        row_notes: true,
        ..Options::default()
    };
    read_with(path, options)
}

fn read(content: &str) -> Sheet {
    let (_folder, path) = at("f.jsonl", content.as_bytes());
    mapped(&path).unwrap()
}

/// An object with these members in addition to, or in place of, the usual ones.
fn line(id: &str, members: &str) -> String {
    let members = if members.is_empty() {
        String::new()
    } else {
        format!(", {members}")
    };
    format!(
        "{{\"id\": \"{id}\", \"title\": \"台站\", \"notes\": \"逐日\", \"organization\": {{\"title\": \"气象局\"}}, \
         \"metadata_created\": \"2014-10-08T03:06:59.871671\", \"resources\": [{{\"format\": \"CSV\"}}]{members}}}"
    )
}

fn gzipped(content: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(content).unwrap();
    packed.finish().unwrap()
}

#[test]
fn objects_become_entries_plain_or_gzipped_and_again_the_same() {
    let members = "\"resources\": [{\"format\": \"text/csv\"}, {\"format\": \"CSV\"}, {\"format\": \"\"}, {\"format\": \"ZIP\"}], \
                   \"extras\": [{\"key\": \"x\", \"value\": 1}, {\"key\": \"accrualPeriodicity\", \"value\": \"R/P1Y\"}], \"tags\": []";
    let text = format!("\u{FEFF}{}\n\n{}\r\n", line("a", ""), line("b", members));
    let sheet = read(&text);
    let (entries, problems) = check(&sheet);
    assert_eq!(problems, []);
    let [(1, first), (3, second)] = entries.as_slice() else {
        panic!("{entries:?}")
    };
    assert_eq!(first.provider, "气象局");
    assert_eq!(first.published_on.to_string(), "2014-10-08");
    assert_eq!(first.update_cycle.zh(), "不定期");
    assert_eq!(second.update_cycle.zh(), "每年");
    let formats: Vec<_> = second
        .formats
        .iter()
        .map(|f| (f.kind, f.subtype.as_str()))
        .collect();
    assert_eq!(
        formats,
        [(FormatKind::Spreadsheet, "csv"), (FormatKind::File, "zip")]
    );
    assert_ne!(first.code, second.code);
    assert_eq!(first.code.as_str().len(), 6 + 18);
    let members = vec!["tags"];
    assert_eq!(
        sheet.notes[0],
        Message::from(msg::MapMembersUnused { members })
    );
    let (_folder, path) = at("f.jsonl.gz", &gzipped(text.as_bytes()));
    assert_eq!(mapped(&path).unwrap(), sheet);
}

#[test]
fn a_line_that_is_no_object_is_a_problem_of_that_line_and_repeats_nothing() {
    let long = format!("{{\"id\": \"{}\"}}", "x".repeat(5 << 20));
    let bad = [
        "{\"id\": \"隐语\", ",
        "[1]",
        "隐语",
        "{\"id\": \"\\ud800\"}",
        &long,
    ];
    let text = format!("{}\n{}\n{}\n", line("a", ""), bad.join("\n"), line("b", ""));
    let (entries, problems) = check(&read(&text));
    let lines: Vec<u64> = problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [2, 3, 4, 5, 6]);
    assert!(problems.iter().all(|p| p.problem.field == Field::Row));
    assert!(!format!("{problems:?}").contains("隐语"));
    let long = msg::JsonLineTooLong { most: 4_u32 };
    assert_eq!(problems[4].problem, FieldProblem::of_row(long));
    assert_eq!(
        entries.iter().map(|(line, _)| *line).collect::<Vec<_>>(),
        [1, 7]
    );
    let mut bytes = format!("{}\n", line("a", "")).into_bytes();
    bytes.extend_from_slice(b"{\"id\": \"\xB3\xA4\"}\n");
    let (_folder, path) = at("f.jsonl", &bytes);
    assert_eq!(check(&mapped(&path).unwrap()).1[0].line, 2);
}

#[test]
fn html_becomes_text_and_is_noted_in_sum_and_by_row() {
    let html = "\"notes\": \"<p>逐日 &amp; 逐月</p><script>x</script>\"";
    let sheet = read(&format!("{}\n{}\n", line("a", ""), line("b", html)));
    assert_eq!(sheet.rows[1].draft.summary, "逐日 & 逐月");
    let note = msg::SheetNoteHtml;
    let counted = noted(Field::Abstract, note, (1, 2));
    assert!(has(&sheet.notes, counted), "{:?}", sheet.notes);
    let of_row = msg::SheetNoteOfRow {
        field: Field::Abstract,
        line: 2_u32,
        note,
    };
    assert!(has(&sheet.notes, of_row), "{:?}", sheet.notes);
}

#[test]
fn html_within_html_is_told_once_as_what_it_is() {
    let html = "\"notes\": \"<p>甲</p>&lt;b&gt;乙&lt;/b&gt;\"";
    let sheet = read(&format!("{}\n", line("a", html)));
    assert!(sheet.rows[0].draft.summary.contains("<b>乙</b>"));
    let of_abstract = |note: &&Message| note.param("field") == Some(&Field::Abstract.into());
    let notes: Vec<&Message> = sheet.notes.iter().filter(of_abstract).collect();
    // In total, and by row.
    assert_eq!(notes.len(), 2, "{:?}", sheet.notes);
    let within = Param::from(msg::SheetNoteHtmlWithin);
    assert!(notes.iter().all(|note| note.param("note") == Some(&within)));
}

#[test]
fn what_does_not_fit_is_told_and_not_cut_or_guessed() {
    let long = format!("\"notes\": \"{}\"", "字".repeat(4_001));
    let rows = [
        line("a", &long),
        line("b", "\"title\": \"a\\u202Eb\""),
        line("c", "\"title\": \"a\\u0000b\""),
        line("d", "\"resources\": [{\"format\": \"BIN; x:y\"}]"),
        line("e", "\"organization\": {\"title\": {\"de\": \"x\"}}"),
        line("f", "\"extras\": {\"accrualPeriodicity\": \"R/P2Y\"}"),
        line("f", ""),
        line("g", "\"organization\": null"),
    ];
    let (entries, problems) = check(&read(&rows.join("\n")));
    let found: Vec<_> = problems.iter().map(|p| (p.line, p.problem.field)).collect();
    assert_eq!(
        found,
        [
            (1, Field::Abstract),
            (2, Field::Name),
            (3, Field::Name),
            (4, Field::Formats),
            (5, Field::Provider),
            (6, Field::UpdateCycle),
            (7, Field::Code),
            (8, Field::Provider),
        ]
    );
    assert_eq!(entries.len(), 0);
    assert_eq!(problems[3].problem.value, "BIN; x:y");
    assert_eq!(problems[3].column.as_deref(), Some("resources[].format"));
    let message = &problems[5].problem.message;
    assert_eq!(message.code(), "sheet-map-value-unknown");
    assert_eq!(message.param("field"), Some(&"update_cycle".into()));
}

#[test]
fn a_mark_of_secrecy_that_is_no_value_keeps_the_rest_from_being_read() {
    let text = MAP.replace("[secret]\nvalue = \"否\"", "[secret]\nfrom = \"mark\"");
    let content = line("隐语", "\"mark\": {\"level\": 2}, \"title\": \"隐语\"");
    let (_folder, path) = at("f.jsonl", content.as_bytes());
    std::fs::write(path.with_file_name("layout.toml"), text).unwrap();
    let sheet = mapped(&path).unwrap();
    let (entries, problems) = check(&sheet);
    assert_eq!((entries.len(), problems.len()), (0, 1), "{problems:?}");
    assert_eq!(problems[0].problem.field, Field::Secret);
    assert!(!format!("{:?}{problems:?}", sheet.rows).contains("隐语"));
}

#[test]
fn other_kinds_of_file_and_damaged_ones_are_refused_with_a_remedy() {
    let code = |path: &Path| mapped(path).unwrap_err().message().code().to_owned();
    let (_folder, path) = at("f.json", b"{\n\"results\": [{\"id\": 1}]}");
    assert_eq!(code(&path), "json-document-records-within");
    let (_folder, path) = at("f.csv.gz", &gzipped(b"a,b\n1,2\n"));
    assert_eq!(code(&path), "sheet-file-compressed");
    let text = (0..2_000)
        .map(|n| line(&n.to_string(), ""))
        .collect::<Vec<_>>()
        .join("\n");
    let packed = gzipped(text.as_bytes());
    let (_folder, path) = at("f.jsonl.gz", &packed[..packed.len() / 2]);
    assert_eq!(code(&path), "sheet-file-damaged");
    let (_folder, path) = at("f.jsonl", b"\n \n");
    assert_eq!(code(&path), "json-no-object");
    let error = propose(&path, None, Names::NONE, Language::English).unwrap_err();
    assert_eq!(error.message().code(), "json-no-object");
    let (_folder, path) = at("f.jsonld", b"{}");
    assert_eq!(code(&path), "map-needless");
    let (_folder, path) = at("f.jsonl", line("a", "").as_bytes());
    let error = read_with(&path, Options::default()).unwrap_err();
    assert_eq!(error.message().code(), "map-needed");
}

#[test]
fn a_gzip_bomb_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("layout.toml"), MAP).unwrap();
    let path = folder.path().join("f.jsonl.gz");
    let mut packed = GzEncoder::new(std::fs::File::create(&path).unwrap(), Compression::fast());
    packed.write_all(b"{").unwrap();
    let blanks = vec![b' '; 1 << 20];
    for _ in 0..=(MAX_UNPACKED >> 20) {
        packed.write_all(&blanks).unwrap();
    }
    packed.finish().unwrap();
    let error = mapped(&path).unwrap_err();
    assert_eq!(error.code(), ErrorCode::LimitExceeded);
    assert_eq!(error.message().code(), "sheet-unpacked-too-large");
}

#[test]
fn a_map_is_proposed_for_a_portals_objects() {
    let text = format!(
        "{}\n{}\n",
        line("a", "\"extras\": {\"accrualPeriodicity\": \"R/P1Y\"}"),
        line("b", "\"x\": 1")
    );
    let (_folder, path) = at("f.jsonl", text.as_bytes());
    let map = propose(&path, None, Names::NONE, Language::English).unwrap();
    for reported in [
        "from = \"title\"\nhtml = true",
        "from = \"organization.title\"",
        "from = \"resources[].format\"",
        "digest = \"id\"",
        "\"R/P1Y\" = \"每年\"",
        "from = \"metadata_created\"",
    ] {
        assert!(map.contains(reported), "{reported} in\n{map}");
    }
    let unused = msg::MapProposalUnused { columns: vec!["x"] };
    let unused = Message::from(unused).render(Language::English);
    assert!(map.contains(&format!("# {unused}\n")), "{map}");
}
