//! Folders of CSV files: the common suite, encodings, and files that are not as they should be.

use std::fs;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use chengji_domain::ErrorCode;
use tempfile::TempDir;

use super::*;
use crate::conformance::{self, LONG};
use crate::reading::MAX_COLUMNS;

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(home.path().join(name), bytes).unwrap();
    }
    home
}

fn read(home: &TempDir, encoding: CsvEncoding, table: &str) -> Result<Vec<Vec<Option<String>>>> {
    let source = CsvFolder::new(home.path().to_owned(), encoding);
    let mut rows = Vec::new();
    source.read(table, None, &|| true, &mut |batch| {
        for row in 0..batch.num_rows() {
            let columns = batch.columns().iter();
            let texts = columns.map(|column| {
                let texts = column.as_string::<i32>();
                texts.is_valid(row).then(|| texts.value(row).to_owned())
            });
            rows.push(texts.collect());
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(rows)
}

fn refused(bytes: &[u8], encoding: CsvEncoding) -> Message {
    let home = folder(&[("t.csv", bytes)]);
    let error = read(&home, encoding, "t").unwrap_err();
    assert_eq!(error.code(), ErrorCode::SourceUnavailable);
    error.message().clone()
}

#[test]
fn a_folder_of_csv_files_is_a_source() {
    let long: String = (0..20_000).map(|row| format!("{row},{row}\n")).collect();
    let long = format!("编号,\"a \"\"quoted\"\" name\"\n{long}");
    let home = folder(&[
        ("住房 许可.csv", "编号,名称\n1,甲\n".as_bytes()),
        ("a \"quoted\" name.CSV", b"a\n1\n"),
        ("empty.csv", b"a,b\n"),
        (&format!("{LONG}.csv"), long.as_bytes()),
    ]);
    let source = CsvFolder::new(home.path().to_owned(), CsvEncoding::Utf8);
    let names = ["a \"quoted\" name", "empty", LONG, "住房 许可"];
    conformance::check(&source, &names, "empty");
}

#[test]
fn fields_are_texts_and_empty_ones_are_null() {
    let text = "编码,名称\r\n007,\"长沙市,\n雨花区\"\r\n,\"\"\r\n";
    let expected = [
        vec![Some("007".to_owned()), Some("长沙市,\n雨花区".to_owned())],
        vec![None, None],
    ];
    let marked = format!("\u{feff}{text}");
    let home = folder(&[("t.csv", marked.as_bytes())]);
    assert_eq!(read(&home, CsvEncoding::Utf8, "t").unwrap(), expected);
    let home = folder(&[("t.csv", &GB18030.encode(text).0)]);
    assert_eq!(read(&home, CsvEncoding::Gb18030, "t").unwrap(), expected);
}

#[test]
fn what_is_wrong_is_named_by_file_and_line() {
    let expected = Message::from(msg::SourceCsvUndecodable {
        encoding: "UTF-8",
        file: "t.csv",
        line: 2_u64,
    });
    let gb = GB18030.encode("a\n长沙\n").0.into_owned();
    assert_eq!(refused(&gb, CsvEncoding::Utf8), expected);
    let expected = Message::from(msg::SourceCsvRecordLength {
        expected: 2_u64,
        file: "t.csv",
        found: 3_u64,
        line: 3_u64,
    });
    assert_eq!(refused(b"a,b\n1,2\n1,2,3\n", CsvEncoding::Utf8), expected);
    let expected = Message::from(msg::SourceCsvWithoutHeader { file: "t.csv" });
    assert_eq!(refused(b"", CsvEncoding::Utf8), expected);
    let expected = Message::from(msg::SourceColumnRepeated {
        column: "a",
        file: "t.csv",
    });
    assert_eq!(refused(b"a,b,a\n", CsvEncoding::Utf8), expected);
    let expected = Message::from(msg::SourceColumnUnnamed {
        file: "t.csv",
        number: 2_u64,
    });
    assert_eq!(refused(b"a,,b\n", CsvEncoding::Utf8), expected);
    let numbers: Vec<String> = (0..=MAX_COLUMNS).map(|n| n.to_string()).collect();
    let message = refused(numbers.join(",").as_bytes(), CsvEncoding::Utf8);
    assert_eq!(message.code(), "source-columns-too-many");
}

#[test]
fn rows_do_not_become_part_of_a_value_by_a_stray_quotation_mark() {
    let expected = |line: u64| {
        Message::from(msg::SourceCsvQuotation {
            file: "t.csv",
            line,
        })
    };
    let unclosed = b"a,b\n1,x\n2,\"y\n3,z\n";
    assert_eq!(refused(unclosed, CsvEncoding::Utf8), expected(3));
    let closed_late = b"a,b\n1,\"x\n2,y\n3,\"z\n";
    assert_eq!(refused(closed_late, CsvEncoding::Utf8), expected(4));
}

#[test]
fn a_quotation_that_is_never_closed_is_not_read_into_memory() {
    let text = format!("a\n\"{}", "x\n".repeat(MAX_RECORD / 2 + PAST));
    let message = refused(text.as_bytes(), CsvEncoding::Utf8);
    assert_eq!(message.code(), "source-csv-record-too-long");
}

#[test]
fn a_file_that_is_replaced_or_written_while_it_is_read_is_an_error() {
    let long = format!("a\n{}", "1\n".repeat(2 * BATCH_ROWS));
    let home = folder(&[("t.csv", long.as_bytes()), ("other", b"a\n1\n")]);
    let source = CsvFolder::new(home.path().to_owned(), CsvEncoding::Utf8);
    let mut rows = 0;
    let replaced = source.read("t", None, &|| true, &mut |batch| {
        if rows == 0 {
            fs::rename(home.path().join("other"), home.path().join("t.csv")).unwrap();
        }
        rows += batch.num_rows();
        Ok(ControlFlow::Continue(()))
    });
    assert_eq!(replaced.unwrap_err().code(), ErrorCode::SourceChanged);
    assert_eq!(rows, 2 * BATCH_ROWS);
    let written = source.read("t", None, &|| true, &mut |_| {
        fs::write(home.path().join("t.csv"), "a\n1\n2\n").unwrap();
        Ok(ControlFlow::Continue(()))
    });
    assert_eq!(written.unwrap_err().code(), ErrorCode::SourceChanged);
    assert_eq!(read(&home, CsvEncoding::Utf8, "t").unwrap().len(), 2);
}

/// Lines of two bytes beyond the longest record.
const PAST: usize = 100_000;

#[test]
fn a_check_names_the_files_that_cannot_be_read() {
    let home = folder(&[("good.csv", b"a\n"), ("bad.csv", b"a,a\n")]);
    let source = CsvFolder::new(home.path().to_owned(), CsvEncoding::Utf8);
    let findings = source.check(&|| true).unwrap();
    let warnings = findings.iter().filter(|finding| finding.is_warning);
    let expected = Message::from(msg::SourceColumnRepeated {
        column: "a",
        file: "bad.csv",
    });
    assert_eq!(
        warnings.map(|w| w.message.clone()).collect::<Vec<_>>(),
        [expected]
    );
}
