use std::path::{Path, PathBuf};

use chengji_domain::catalogue::{FormatKind, ShareClass};
use chengji_domain::{Location, Uscc, Violation};
use chengji_messages::{Language, Message, Value};
use tempfile::TempDir;

use super::*;
use crate::{Options, Sheet, check, propose, read_with};

const HEADER: &str = "编号,提供部门,数据项名称,数据项描述,数据项内容（包括但不仅限于）,领域";

/// A credit code with its correct check character, of the department with this number.
fn credit_code(number: usize) -> String {
    let body = format!("11310000{number:09}");
    let body: [u8; 17] = body.into_bytes().try_into().unwrap();
    let check = Uscc::check_character(&body).unwrap();
    format!("{}{check}", String::from_utf8(body.to_vec()).unwrap())
}

/// A map for the layout of the header above.
fn plan() -> String {
    format!(
        r#"
[classification]
from = "领域"
[classification.values]
"公共服务" = "3/01/001"
"经济发展" = "3/02/001"

[name]
from = "数据项名称"
[code]
number = "编号"
[provider]
from = "提供部门"
[provider_code]
from = "提供部门"
values = {{ "市公安局" = "{}", "市体育局、市教育委员会" = "{}" }}
[abstract]
from = ["数据项描述", "数据项内容（包括但不仅限于）"]
join = "："
[formats]
value = "电子表格:csv"
[items]
from = "数据项内容（包括但不仅限于）"
split = "、，"
drop_end = ["等"]
type = "C(50)"
[share_class]
value = 1
[share_manner]
value = "文件"
[open]
value = true
[update_cycle]
value = "每年"
[published_on]
value = 2014-05-14
[administrative_level]
value = "市级"
[secret]
value = "否"
[security_level]
value = 1
"#,
        credit_code(1),
        credit_code(2)
    )
}

fn parsed(text: &str) -> Result<Layout> {
    parse::layout(text, "layout.toml", Names::NONE)
}

/// Everything that is reported about a map.
fn reported(text: &str) -> Vec<Violation> {
    parsed(text).unwrap_err().violations().to_vec()
}

/// The section and key that a violation is about.
fn place(violation: &Violation) -> (Option<&Value>, Option<&Value>) {
    match &violation.field {
        Location::Described(place) => (place.param("section"), place.param("key")),
        _ => (None, None),
    }
}

fn through(text: &str, layout: &Layout) -> Result<Sheet> {
    let options = Options {
        layout: Some(layout),
        ..Options::default()
    };
    crate::read::parse(text, "plan.csv", options)
}

fn at(name: &str, content: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    (folder, path)
}

#[test]
fn a_foreign_layout_is_imported_through_its_map() {
    let text = format!(
        "{HEADER}\n1.,市公安局,道路管理信息 ,本市道路的管理信息 ,\"限行路段、时间（起、止），地址等\",公共服务\n\n\
         ２、,市体育局、市教育委员会,学校场地,开放情况,名称,经济发展\n"
    );
    let sheet = through(&text, &parsed(&plan()).unwrap()).unwrap();
    let (entries, problems) = check(&sheet);
    assert_eq!(problems, []);
    let [(2, first), (4, second)] = entries.as_slice() else {
        panic!("{entries:?}")
    };
    assert_eq!(first.name, "道路管理信息");
    assert_eq!(first.code.as_str(), "301001000001");
    assert_eq!(first.provider_code.as_str(), credit_code(1));
    assert_eq!(
        first.summary,
        "本市道路的管理信息：限行路段、时间（起、止），地址等"
    );
    let items: Vec<&str> = first.items.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(items, ["限行路段", "时间（起、止）", "地址"]);
    assert_eq!(first.items[0].length, 50);
    assert_eq!(first.share_class(), ShareClass::Unconditional);
    assert_eq!(first.formats[0].kind, FormatKind::Spreadsheet);
    assert_eq!(first.published_on.to_string(), "2014-05-14");
    assert_eq!(second.code.as_str(), "302001000002");
    // A second run gives the same result.
    assert_eq!(through(&text, &parsed(&plan()).unwrap()).unwrap(), sheet);
}

#[test]
fn problems_name_the_files_own_line_heading_and_value_and_the_map_as_a_remedy() {
    let text = format!(
        "{HEADER}\n1,市公安局,甲,乙,丙,天气\n2,市气象局,甲,乙,丙,公共服务\nA-3,市公安局,,乙,丙,公共服务\n4,市公安局\n"
    );
    let sheet = through(&text, &parsed(&plan()).unwrap()).unwrap();
    let (_, problems) = check(&sheet);
    let found: Vec<_> = problems
        .iter()
        .map(|p| {
            (
                p.line,
                p.problem.field,
                p.column.as_deref(),
                p.problem.value.as_str(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (2, Field::Classification, Some("领域"), "天气"),
            (3, Field::ProviderCode, Some("提供部门"), "市气象局"),
            (4, Field::Code, Some("编号"), "A-3"),
            (4, Field::Name, Some("数据项名称"), ""),
            (5, Field::Row, None, ""),
        ]
    );
    let codes: Vec<&str> = problems.iter().map(|p| p.problem.message.code()).collect();
    assert_eq!(
        codes,
        [
            "sheet-map-value-invalid",
            "sheet-map-value-invalid",
            "map-number-invalid",
            "sheet-map-field-missing",
            "sheet-row-ragged",
        ]
    );
    let number = msg::MapNumberInvalid {
        column: "编号",
        digits: 6_u32,
    };
    assert_eq!(problems[2].problem.message, Message::from(number));
    let missing = msg::SheetMapFieldMissing { field: "name" };
    assert_eq!(problems[3].problem.message, Message::from(missing));
}

#[test]
fn columns_the_map_does_not_use_are_noted_and_columns_the_file_does_not_have_refused_at_once() {
    let layout = parsed(&plan()).unwrap();
    let text = format!("{HEADER},备注\n1,市公安局,甲,乙,丙,公共服务,急\n");
    let notes = through(&text, &layout).unwrap().notes;
    let heading = "备注";
    assert_eq!(notes, [Message::from(msg::MapColumnUnused { heading })]);
    // Blanks, marks and width in headings are ignored here, too.
    let marked = "*编号,提供\u{3000}部门,数据项名称（必填）,数据项描述,数据项内容(包括但不仅限于),领域\n1,市公安局,甲,乙,丙,公共服务\n";
    assert_eq!(check(&through(marked, &layout).unwrap()).1, []);
    let error = through("编号,提供部门,提供部门,领域\n1,2,3,4\n", &layout).unwrap_err();
    let reported: Vec<String> = error
        .violations()
        .iter()
        .map(|v| v.field.to_string())
        .collect();
    for missing in ["数据项名称", "数据项描述", "提供部门"] {
        assert!(
            reported.iter().any(|field| field == missing),
            "{reported:?}"
        );
    }
    let columns = vec!["编号", "提供部门", "提供部门", "领域"].into();
    assert_eq!(error.message().param("columns"), Some(&columns));
}

#[test]
fn every_mistake_of_a_map_is_told_at_once_with_its_line() {
    let text = plan()
        .replace("value = \"文件\"", "value = \"飞鸽\"")
        .replace("value = \"每年\"", "default = \"每年\"")
        .replace("[open]\nvalue = true", "[open]\nvalue = \"\"")
        .replace(
            "\"经济发展\" = \"3/02/001\"",
            "\"经济发展\" = \"\"\n\"文化\" = \"三\"",
        )
        .replace("type = \"C(50)\"", "type = \"Z\"\nhtml = 1\nsplt = \"、\"")
        .replace("number = \"编号\"", "number = \"编号\"\ndigits = 99")
        .replace("[security_level]\nvalue = 1", "[securitylevel]\nvalue = 1")
        .replace("[name]\nfrom = ", "[name.from]\ncolumn = ");
    let found = reported(&text);
    for (section, key, code) in [
        ("share_manner", "value", "map-value-wrong"),
        ("update_cycle", "", "map-source-missing"),
        ("update_cycle", "default", "map-key-of-from"),
        ("open", "value", "map-value-to-fill-in"),
        ("classification", "values", "map-values-to-fill-in"),
        ("classification", "values '文化'", "map-value-wrong"),
        ("items", "type", "map-value-wrong"),
        ("items", "html", "map-not-a-flag"),
        ("items", "splt", "map-key-unknown"),
        ("code", "digits", "map-not-a-number"),
        ("securitylevel", "", "map-field-unknown"),
        ("name", "from", "map-not-texts"),
    ] {
        let key = Some(Value::from(key)).filter(|key| *key != "".into());
        let expected = (Some(&section.into()), key.as_ref());
        let of_it = |violation: &&Violation| {
            place(violation) == expected && violation.problem.code() == code
        };
        assert_eq!(found.iter().filter(of_it).count(), 1, "{code} {found:#?}");
    }
    let required = found
        .iter()
        .find(|violation| violation.field == Location::Named("[security_level]".to_owned()));
    assert_eq!(required.unwrap().problem.code(), "map-rule-missing");
    assert_eq!(found.len(), 13, "{found:#?}");
    let manner = text.lines().position(|line| line.contains("飞鸽")).unwrap() + 1;
    let place: Message = msg::MapPlaceOfKey {
        key: "value",
        line: manner,
        section: "share_manner",
    }
    .into();
    let at_manner = |violation: &Violation| violation.field == place.clone().into();
    assert!(found.iter().any(at_manner), "{found:#?}");
    let broken = parsed("[name]\nfrom = \"a\nvalue = 1").unwrap_err();
    assert_eq!(broken.message().code(), "map-not-toml");
    assert_eq!(broken.message().param("line"), Some(&2_u32.into()));
}

#[test]
fn nothing_of_a_secret_row_goes_through_a_map() {
    let text = plan().replace(
        "[secret]\nvalue = \"否\"",
        "[secret]\nfrom = \"密\"\nvalues = { \"内\" = \"是\" }",
    );
    let layout = parsed(&text).unwrap();
    for mark in ["内", "机密", "待定"] {
        let text = format!("{HEADER},密\n隐语,隐语,隐语,隐语,隐语,隐语,{mark}\n");
        let sheet = through(&text, &layout).unwrap();
        let (entries, problems) = check(&sheet);
        assert_eq!((entries.len(), problems.len()), (0, 1), "{mark}");
        assert_eq!(problems[0].problem.field, Field::Secret);
        assert!(!format!("{:?}{problems:?}", sheet.rows).contains("隐语"));
    }
}

/// Fills in a proposed map as a person would.
fn filled(map: &str) -> String {
    let (mut text, mut section, mut departments) = (String::new(), "", 0);
    for line in map.lines() {
        if let Some(rest) = line.strip_prefix('[') {
            section = rest.split(']').next().unwrap();
        }
        let by_class = section == "classification" && map.contains("# [classification.values]");
        let line = match (section, line) {
            ("classification", "value = \"\"") if by_class => continue,
            ("classification", line) if by_class && !line.contains(':') => line
                .trim_start_matches("# ")
                .replace("= \"\"", "= \"3/01/001\""),
            ("provider_code.values", line) if line.ends_with("= \"\"") => {
                departments += 1;
                line.replace("= \"\"", &format!("= \"{}\"", credit_code(departments)))
            }
            ("update_cycle", line) if line.starts_with("default = \"\"") => {
                "default = \"不定期\"".to_owned()
            }
            // Other empty values are to be reported.
            (_, line) if line.starts_with("default = \"\"") => continue,
            (section, "value = \"\"") => {
                let value = match section {
                    "classification" => "2/01/001",
                    "formats" => "电子表格",
                    "share_class" => "无条件共享",
                    "share_manner" => "文件",
                    "open" => "是",
                    "update_cycle" => "不定期",
                    "published_on" => "2014-05-14",
                    "administrative_level" => "市级",
                    "secret" => "否",
                    "security_level" => "1",
                    other => panic!("{other}"),
                };
                format!("value = \"{value}\"")
            }
            (_, line) => line.to_owned(),
        };
        text.push_str(&line);
        text.push('\n');
    }
    text
}

#[test]
fn a_proposed_map_is_read_says_what_is_to_be_filled_in_and_then_imports() {
    let mut text = format!("{HEADER},备注\n");
    for number in 1..=12 {
        let class = if number % 2 == 0 {
            "公共服务"
        } else {
            "经济\"发展\""
        };
        text.push_str(&format!(
            "{number},市公安局,甲{number},乙,名称、地址等,\"{}\",\n",
            class.replace('"', "\"\"")
        ));
    }
    let (_folder, path) = at("plan.csv", text.as_bytes());
    let map = propose(&path, None, Names::NONE, Language::English).unwrap();
    for line in [
        "from = \"数据项名称\"",
        "number = \"编号\"",
        "# from = \"领域\"",
        "# \"经济\\\"发展\\\"\" = \"\"",
        "\"市公安局\" = \"\"",
        "type = \"C\"",
        "[share_class] # 共享类型: ",
    ] {
        assert!(
            map.lines().any(|of| of.starts_with(line)),
            "{line} in\n{map}"
        );
    }
    let unused = msg::MapProposalUnused {
        columns: vec!["领域", "备注"],
    };
    let unused = Message::from(unused).render(Language::English);
    assert!(map.contains(&format!("# {unused}\n")), "{map}");
    let found = reported(&map);
    let empty = map
        .lines()
        .filter(|line| !line.starts_with('#') && line.contains("= \"\""))
        .count();
    assert_eq!(found.len(), empty, "{found:#?}");
    let to_fill_in = |violation: &Violation| violation.problem.code().contains("-to-fill-in");
    assert!(found.iter().all(to_fill_in), "{found:#?}");

    let layout = parsed(&filled(&map)).unwrap();
    let (entries, problems) = check(&through(&text, &layout).unwrap());
    assert_eq!((entries.len(), problems.len()), (12, 0), "{problems:?}");
}

#[test]
fn a_proposed_map_is_read_in_every_language() {
    let text = format!("{HEADER}\n1,市公安局,甲,乙,丙,公共服务\n");
    let (_folder, path) = at("plan.csv", text.as_bytes());
    let maps = Language::ALL.map(|language| propose(&path, None, Names::NONE, language).unwrap());
    assert_ne!(maps[0], maps[1]);
    for map in maps {
        assert!(parsed(&filled(&map)).is_ok(), "{map}");
    }
}

/// Whole catalogues of portals.
mod real_data {
    use super::*;

    /// A file of the real data that is not part of the repository. `tests/run` names its folder if it is
    /// present, and runs the tests that need it; otherwise these tests are counted as ignored.
    fn real(name: &str) -> PathBuf {
        let folder =
            std::env::var_os("CHENGJI_TEST_DATA").expect("CHENGJI_TEST_DATA names a folder");
        Path::new(&folder).join(name)
    }

    #[test]
    #[ignore = "needs real data"]
    fn the_plan_of_shanghai_is_imported_whole() {
        for name in ["shanghai-2014-plan.csv", "shanghai-2014-plan.xlsx"] {
            let path = real(name);
            let map = filled(&propose(&path, None, Names::NONE, Language::English).unwrap());
            let layout = parsed(&map).unwrap();
            let options = Options {
                layout: Some(&layout),
                ..Options::default()
            };
            let (entries, problems) = check(&read_with(&path, options).unwrap());
            assert_eq!(problems, [], "{name}");
            assert_eq!(entries.len(), 190, "{name}");
        }
    }

    #[test]
    #[ignore = "needs real data"]
    fn every_entry_of_a_portal_is_imported_or_reported_with_its_line() {
        let path = real("govdata-ckan-4k.jsonl.gz");
        let map = filled(&propose(&path, None, Names::NONE, Language::English).unwrap());
        let layout = parsed(&map).unwrap();
        let options = Options {
            layout: Some(&layout),
            ..Options::default()
        };
        let sheet = read_with(&path, options).unwrap();
        let (entries, problems) = check(&sheet);
        let mut wrong: Vec<u64> = problems.iter().map(|problem| problem.line).collect();
        wrong.dedup();
        let mut lines: Vec<u64> = entries
            .iter()
            .map(|(line, _)| *line)
            .chain(wrong.iter().copied())
            .collect();
        lines.sort_unstable();
        assert_eq!(lines, (1..=4_000).collect::<Vec<u64>>());
        eprintln!(
            "{} imported, {} reported; {:#?}",
            entries.len(),
            wrong.len(),
            sheet.notes
        );
        assert!(entries.len() > 500, "{}", entries.len());
    }
}
