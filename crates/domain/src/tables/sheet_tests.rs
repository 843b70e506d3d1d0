//! Tests of the common form of code tables.

use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Result<Sheet<2>> {
    Sheet::read("s.csv", text, ["a", "b"])
}

fn mistakes(text: &str) -> Vec<String> {
    let told = match read(text) {
        Ok(sheet) => sheet.mistakes.into_error(),
        Err(error) => error,
    };
    assert_eq!(told.code(), ErrorCode::Misconfigured);
    let violations = told.violations().iter();
    violations
        .map(|v| format!("{}: {}", v.field, v.problem))
        .collect()
}

#[test]
fn comments_blank_lines_and_what_spreadsheet_programs_leave_behind_do_no_harm() {
    let plain = "version,v,source,s\na,b\n1,2\n";
    let saved = "\u{feff}# 5\" x,,\r\n\"# y, z\",,\r\nversion,v,source,s,,\r\n,,,\r\na,b,,\r\n\r\n1,2,,\r\n";
    for text in [plain, saved, "version,v,source,s\nb,a\n2,1"] {
        let sheet = read(text).unwrap();
        assert!(sheet.mistakes.found.is_empty(), "{:?}", sheet.mistakes);
        let cells: Vec<_> = sheet.rows.iter().map(|row| row.cells.clone()).collect();
        assert_eq!(cells, [["1".to_owned(), "2".to_owned()]]);
        assert_eq!(
            (sheet.head.version.as_str(), sheet.head.source.as_str()),
            ("v", "s")
        );
    }
    assert_eq!(read(saved).unwrap().rows[0].line, 7);
}

#[test]
fn a_wrong_form_is_told_with_its_line() {
    for (text, told) in [
        ("", "s.csv:1: '' is not 'version,<text>,source,<text>'"),
        ("a,b\n", "s.csv:1: 'a,b' is not 'version,"),
        ("version,v\na,b\n", "s.csv:1: 'version,v' is not 'version,"),
        (
            "version,,source,s\na,b\n",
            "s.csv:1: 'version,,source,s' is not",
        ),
        (
            "#\nversion,v,source,s\na,b,c\n",
            "s.csv:3: 'c' is no column; those there are: a,b",
        ),
        (
            "version,v,source,s\na\n",
            "s.csv:2: the column 'b' is missing",
        ),
        (
            "version,v,source,s\na,b,a\n",
            "s.csv:2: a second column 'a'",
        ),
        ("version,v,source,s\n", "s.csv:2: the column 'a' is missing"),
        (
            "version,v,source,s\na,b\n1,2,3\n",
            "s.csv:3: 3 cells under 2 columns",
        ),
        (
            "version,v,source,s\na,b\n\"1,2\n",
            "s.csv:3: a quotation mark is not closed",
        ),
    ] {
        let found = mistakes(text);
        assert!(
            found.first().is_some_and(|first| first.starts_with(told)),
            "{text:?}: {found:?}"
        );
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(rows in prop::collection::vec(("[a-z,\"元 ]{0,6}x", "[a-z,\"#元]{0,6}"), 0..20)) {
        let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
        let mut text = "version,v,source,s\na,b\n".to_owned();
        for (a, b) in &rows {
            text.push_str(&format!("{},{}\n", quoted(a), quoted(b)));
        }
        let sheet = read(&text).unwrap();
        prop_assert!(sheet.mistakes.found.is_empty());
        let found: Vec<_> = sheet.rows.into_iter().map(|row| row.cells).collect();
        let expected: Vec<_> = rows.into_iter().map(|(a, b)| [a.trim().to_owned(), b]).collect();
        prop_assert_eq!(found, expected);
    }
}
