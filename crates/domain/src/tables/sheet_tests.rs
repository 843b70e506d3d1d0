//! Tests of the common form of code tables.

use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Result<Sheet<2>> {
    Sheet::read("s.csv", text, ["a", "b"])
}

fn mistakes(text: &str) -> Vec<Violation> {
    let error = match read(text) {
        Ok(sheet) => sheet.mistakes.into_error(),
        Err(error) => error,
    };
    assert_eq!(error.code(), ErrorCode::Misconfigured);
    error.violations().to_vec()
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
    let first_line = |found| {
        let form = FIRST;
        Message::from(msg::TableFirstLine { form, found })
    };
    let known = || ["a", "b"].into_iter().collect::<Value>();
    let missing = |column| {
        let known = known();
        Message::from(msg::TableColumnMissing { column, known })
    };
    let unknown = msg::TableColumnUnknown {
        column: "c",
        known: known(),
    };
    let too_many = msg::TableCellsTooMany {
        columns: 2,
        found: 3,
    };
    for (text, line, problem) in [
        ("", 1, first_line("")),
        ("a,b\n", 1, first_line("a,b")),
        ("version,v\na,b\n", 1, first_line("version,v")),
        (
            "version,,source,s\na,b\n",
            1,
            first_line("version,,source,s"),
        ),
        ("#\nversion,v,source,s\na,b,c\n", 3, unknown.into()),
        ("version,v,source,s\na\n", 2, missing("b")),
        (
            "version,v,source,s\na,b,a\n",
            2,
            msg::TableColumnTwice { column: "a" }.into(),
        ),
        ("version,v,source,s\n", 2, missing("a")),
        ("version,v,source,s\na,b\n1,2,3\n", 3, too_many.into()),
        (
            "version,v,source,s\na,b\n\"1,2\n",
            3,
            msg::TableQuotationOpen.into(),
        ),
    ] {
        let expected = Violation::new(format!("s.csv:{line}"), problem);
        assert_eq!(mistakes(text).first(), Some(&expected), "{text:?}");
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
