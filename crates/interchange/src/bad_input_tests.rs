//! Defects of people's files: each is reported with its place, value and remedy, or corrected and noted.

use chengji_domain::catalogue::{FIELDS, FieldProblem, FormatKind, heading};
use chengji_domain::text::unfit;
use chengji_domain::{Field, Violation};
use chengji_messages::{Message, msg};

use super::tests::{file, has, noted, row};
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
    let date = jiff::civil::date(2024, 3, 6);
    let forbidden = |character: char| -> Message {
        let codepoint = format!("U+{:04X}", u32::from(character));
        let class = unfit(character).unwrap().label();
        msg::TextCharacterForbidden {
            class,
            codepoint,
            place: 2_u32,
        }
        .into()
    };
    let length = msg::TextLength {
        found: 350_000_u32,
        least: 1_u32,
        most: 4_000_u32,
    };
    let unknown = msg::CatalogueValueUnknown {
        terms: FormatKind::terms(),
    };
    let expected: [(&str, &str, Message); 10] = [
        ("摘要", &long, length.into()),
        ("名称", "a\u{202E}b", forbidden('\u{202E}')),
        ("名称", "a\u{2067}b", forbidden('\u{2067}')),
        ("摘要", "a\u{0007}b", forbidden('\u{0007}')),
        ("代码", "4.301E+17", msg::SheetCodeBecameNumber.into()),
        ("提供方代码", "9.135E+17", msg::SheetCodeBecameNumber.into()),
        (
            "发布日期",
            "45357",
            msg::SheetDateBecameNumber { date }.into(),
        ),
        ("发布日期", "3/5/2024", msg::CatalogueDateInvalid.into()),
        ("发布日期", "2024-02-30", msg::CatalogueDateInvalid.into()),
        ("格式", "zip", unknown.into()),
    ];
    for (heading, cell, message) in expected {
        let found = problem(&[(heading, cell)]);
        assert_eq!((found.line, found.column.as_deref()), (2, Some(heading)));
        assert_eq!(found.problem.message, message);
        assert!(found.problem.value.chars().count() <= 100);
    }
}

#[test]
fn what_is_put_right_is_noted() {
    let expected: [(&str, &str, Field, Message); 8] = [
        (
            "代码",
            "１０３００１/０００００２",
            Field::Code,
            msg::SheetNoteFullWidth.into(),
        ),
        (
            "名称",
            "区划代码  \u{3000}",
            Field::Name,
            msg::SheetNoteBlanks.into(),
        ),
        (
            "发布日期",
            "2024/3/5",
            Field::PublishedOn,
            msg::SheetNoteDate.into(),
        ),
        (
            "发布日期",
            "20240305",
            Field::PublishedOn,
            msg::SheetNoteDate.into(),
        ),
        (
            "发布日期",
            "2024/3/5 0:00",
            Field::PublishedOn,
            msg::SheetNoteTimeOfDay.into(),
        ),
        (
            "格式",
            "xlsx",
            Field::Formats,
            msg::SheetNoteFormatName.into(),
        ),
        (
            "摘要",
            "各<b>区县</b>",
            Field::Abstract,
            msg::SheetNoteHtmlKept.into(),
        ),
        (
            "摘要",
            "A&amp;B",
            Field::Abstract,
            msg::SheetNoteHtmlKept.into(),
        ),
    ];
    for (heading, cell, field, note) in expected {
        let sheet = parsed(&file(&[row(&[(heading, cell)])]));
        assert_eq!(check(&sheet).1, [], "{cell}");
        assert_eq!(sheet.notes, [noted(field, note, (1, 2))], "{cell}");
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
    let cells = row(&[]);
    let cells: Vec<&str> = cells.split(',').take(header.len()).collect();
    let text = format!("{}\n{}\n", header.join(","), cells.join(","));
    let sheet = parsed(&text);
    assert_eq!(check(&sheet).1, []);
    let synonym = msg::SheetColumnSynonym {
        field: Field::Provider,
        heading: "提供部门",
    };
    assert!(has(&sheet.notes, synonym), "{:?}", sheet.notes);
    let own = FIELDS
        .iter()
        .filter(|field| synonyms.contains(&heading(**field)))
        .count();
    assert_eq!(sheet.notes.len(), synonyms.len() - own);
    // A problem names the heading as it is written in the file.
    let wrong = text.replace(",每年,", ",每旬,");
    let (_, problems) = check(&parsed(&wrong));
    assert_eq!(problems[0].column.as_deref(), Some("更新频率"));

    let twice = text.replacen("\"共享条件\"", "\"责任部门\"", 1);
    let error = read::parse(&twice, "f.csv", Options::default()).unwrap_err();
    let both = msg::SheetColumnsOfOneField {
        field: Field::Provider,
        first: 4_u32,
        second: 10_u32,
    };
    let both = Violation::new("提供部门, 责任部门".to_owned(), both);
    assert_eq!(error.violations()[0], both);
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
    let ragged = msg::SheetRowRagged {
        expected: 30_u32,
        found: 3_u32,
    };
    assert_eq!(problems[0].problem, FieldProblem::of_row(ragged));
}
