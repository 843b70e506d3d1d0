//! Defects of people's files: each is reported with its place, value and remedy, or corrected and noted.

use chengji_domain::catalogue::FIELDS;

use super::tests::{file, row};
use super::{Options, Sheet, SheetProblem, check, read};

fn parsed(text: &str) -> Sheet {
    read::parse(text, "f.csv", Options::default()).unwrap()
}

fn problem(changes: &[(&str, &str)]) -> SheetProblem {
    let (entries, mut problems) = check(&parsed(&file(&[row(changes)])));
    assert_eq!(
        (entries.len(), problems.len()),
        (0, 1),
        "{changes:?} {problems:?}"
    );
    problems.remove(0)
}

#[test]
fn what_cannot_be_read_is_told_with_line_column_value_and_remedy() {
    let long = "字".repeat(350_000);
    for (heading, cell, told, remedy) in [
        (
            "摘要",
            long.as_str(),
            "350000 characters; it takes 1 to 4000",
            "write 1 to 4000",
        ),
        (
            "名称",
            "a\u{202E}b",
            "U+202E at character 2",
            "delete the character",
        ),
        (
            "名称",
            "a\u{2067}b",
            "U+2067 at character 2",
            "delete the character",
        ),
        (
            "摘要",
            "a\u{0007}b",
            "U+0007 at character 2",
            "delete the character",
        ),
        (
            "代码",
            "4.301E+17",
            "made a number of the code",
            "format the column as text",
        ),
        (
            "提供方代码",
            "9.135E+17",
            "made a number of the code",
            "format the column as text",
        ),
        ("发布日期", "45357", "not a date", "would be 2024-03-06"),
        ("发布日期", "3/5/2024", "not a date", "2026-03-18"),
        ("发布日期", "2024-02-30", "not a date", "2026-03-18"),
        ("格式", "zip", "the value is unknown", "电子文件"),
    ] {
        let found = problem(&[(heading, cell)]);
        assert_eq!((found.line, found.column.as_deref()), (2, Some(heading)));
        assert!(found.problem.problem.contains(told), "{found:?}");
        assert!(found.problem.remedy.contains(remedy), "{found:?}");
        assert!(found.problem.value.chars().count() <= 100);
        assert!(!found.problem.problem_zh.is_empty());
    }
}

#[test]
fn what_is_put_right_is_noted() {
    for (heading, cell, expected) in [
        (
            "代码",
            "１０３００１/０００００２",
            "代码 code: full-width characters were converted",
        ),
        (
            "名称",
            "区划代码  \u{3000}",
            "名称 name: blanks around values were left out",
        ),
        (
            "发布日期",
            "2024/3/5",
            "发布日期 published_on: dates were rewritten",
        ),
        (
            "发布日期",
            "20240305",
            "发布日期 published_on: dates were rewritten",
        ),
        (
            "发布日期",
            "2024/3/5 0:00",
            "发布日期 published_on: the time of day was left out",
        ),
        (
            "格式",
            "xlsx",
            "格式 formats: names such as csv were read as kind and subtype",
        ),
        (
            "摘要",
            "各<b>区县</b>",
            "摘要 abstract: HTML was kept as it stands",
        ),
        (
            "摘要",
            "A&amp;B",
            "摘要 abstract: HTML was kept as it stands",
        ),
    ] {
        let sheet = parsed(&file(&[row(&[(heading, cell)])]));
        assert_eq!(check(&sheet).1, [], "{cell}");
        let noted = sheet
            .notes
            .iter()
            .filter(|note| note.starts_with(expected))
            .count();
        assert_eq!(
            (noted, sheet.notes.len()),
            (1, 1),
            "{cell} {:?}",
            sheet.notes
        );
    }
}

#[test]
fn headings_are_known_by_their_synonyms_and_that_is_noted() {
    let synonyms = [
        "信息资源分类",
        "*信息资源\n名称（必填）",
        "Resource Code",
        "提供部门",
        "统一社会信用代码",
        "数据项描述",
        "资源格式",
        "字段",
        "共享属性",
        "共享条件",
        "共享方式",
        "是否向社会开放",
        "开放条件",
        "更新频率",
        "发布时间",
        "关联信息资源",
        "行政层级",
        "是否涉密",
        "安全等级",
        "数据量行",
        "数据量字节",
    ];
    let header: Vec<String> = synonyms
        .iter()
        .map(|heading| format!("\"{heading}\""))
        .collect();
    let text = format!("{}\n{}\n", header.join(","), row(&[]));
    let sheet = parsed(&text);
    assert_eq!(check(&sheet).1, []);
    assert!(
        sheet.notes.contains(
            &"the column '提供部门' was read as 提供方 provider 列“提供部门”按“提供方”读取"
                .to_owned()
        ),
        "{:?}",
        sheet.notes
    );
    let own = FIELDS
        .iter()
        .filter(|(_, zh)| synonyms.contains(zh))
        .count();
    assert_eq!(sheet.notes.len(), synonyms.len() - own);
    // A problem names the heading as it is written in the file.
    let wrong = text.replace(",每年,", ",每旬,");
    let (_, problems) = check(&parsed(&wrong));
    assert_eq!(problems[0].column.as_deref(), Some("更新频率"));

    let twice = text.replacen("\"共享条件\"", "\"责任部门\"", 1);
    let error = read::parse(&twice, "f.csv", Options::default()).unwrap_err();
    let told = &error.violations()[0];
    assert_eq!(told.field.to_string(), "提供部门, 责任部门");
    assert!(
        told.problem.contains("both mean 提供方 provider"),
        "{told:?}"
    );
}

#[test]
fn line_ends_may_be_mixed_and_rows_empty_in_between() {
    let other = row(&[("代码", "103001/000002")]);
    let text = file(&[row(&[])]).replace("\r\n", "\n");
    let text = format!("{text}\r\n,,,,,,,,,,,,,,,,,,,,\r{other}\n\n");
    let (entries, problems) = check(&parsed(&text));
    assert_eq!(problems, []);
    assert_eq!(
        entries.iter().map(|(line, _)| *line).collect::<Vec<_>>(),
        [2, 5]
    );
}

#[test]
fn a_file_that_was_cut_off_says_where() {
    let text = file(&[row(&[]), row(&[("代码", "103001/000002")])]);
    let cut = &text[..text.rfind("103001").unwrap()];
    let (entries, problems) = check(&parsed(cut));
    assert_eq!((entries.len(), problems[0].line), (1, 3));
    assert!(
        problems[0]
            .problem
            .problem
            .contains("3 cells, the header 21"),
        "{problems:?}"
    );
}
