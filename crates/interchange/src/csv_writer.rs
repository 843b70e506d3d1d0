//! The CSV writer (RFC 4180, CRLF) of answers with `--format csv` and of exported catalogues.

use std::borrow::Cow;
use std::io::Write;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};

use super::sheet_text;

/// UTF-8's byte order mark. Spreadsheet programs assume a local encoding for files without it.
pub const BYTE_ORDER_MARK: &str = "\u{FEFF}";

/// A cell to be written.
#[derive(Clone, Copy, Debug)]
pub enum CsvCell<'a> {
    /// A text, which must not become a formula.
    Text(&'a str),
    /// A number, such as `-5`; anything else is written as a text.
    Number(&'a str),
}

/// Writes records one by one.
#[derive(Debug)]
pub struct CsvWriter<W: Write> {
    records: csv::Writer<W>,
}

impl<W: Write> CsvWriter<W> {
    /// Creates a writer without a byte order mark.
    pub fn new(out: W) -> Self {
        let mut records = csv::WriterBuilder::new();
        Self {
            records: records.terminator(csv::Terminator::CRLF).from_writer(out),
        }
    }

    /// Writes a record. Errors: `MISCONFIGURED` where it cannot be written.
    pub fn record<'a>(&mut self, cells: impl IntoIterator<Item = CsvCell<'a>>) -> Result<()> {
        for cell in cells {
            let text = written(cell);
            let field = self.records.write_field(text.as_bytes());
            field.map_err(|e| failed(&e))?;
        }
        let end = self.records.write_record(None::<&[u8]>);
        end.map_err(|e| failed(&e))
    }

    /// Returns the output with everything written to it. Errors: as of [`Self::record`].
    pub fn finish(self) -> Result<W> {
        self.records.into_inner().map_err(|e| failed(&e))
    }
}

fn written(cell: CsvCell<'_>) -> Cow<'_, str> {
    match cell {
        CsvCell::Number(number) if is_number(number) => Cow::Borrowed(number),
        CsvCell::Text(text) | CsvCell::Number(text) => sheet_text::csv(text),
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
}

fn failed(cause: &dyn std::fmt::Display) -> Error {
    let cause = Value::text(cause);
    Error::new(ErrorCode::Misconfigured, msg::SheetNotWritten { cause })
}

#[cfg(test)]
mod tests {
    use chengji_domain::quoted::is_unsafe;
    use proptest::prelude::*;

    use super::sheet_text::original;
    use super::*;

    fn one(cell: CsvCell<'_>) -> String {
        let mut writer = CsvWriter::new(Vec::new());
        writer.record([cell]).unwrap();
        let bytes = writer.finish().unwrap();
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(bytes.as_slice());
        let record = reader.records().next().unwrap().unwrap();
        record[0].to_owned()
    }

    #[test]
    fn a_text_never_begins_as_a_formula_and_a_number_stays_one() {
        for (text, expected) in [
            ("=cmd|'/C calc'!A0", "'=cmd|'/C calc'!A0"),
            ("+1+1资源", "'+1+1资源"),
            ("-2+3资源", "'-2+3资源"),
            ("@SUM(A1:A9)", "'@SUM(A1:A9)"),
            (
                "\t=HYPERLINK(\"http://x\",\"y\")",
                "'\t=HYPERLINK(\"http://x\",\"y\")",
            ),
            ("-5", "'-5"),
            ("＝1+1", "'＝1+1"),
            ("'=1", "''=1"),
            ("'quoted'", "'quoted'"),
            ("长沙市", "长沙市"),
            ("a\u{1b}[2J\u{202e}\r", "a\\u{1b}[2J\\u{202e}\\u{d}"),
        ] {
            assert_eq!(one(CsvCell::Text(text)), expected);
        }
        assert_eq!(one(CsvCell::Number("-5")), "-5");
        assert_eq!(one(CsvCell::Number("12.50")), "12.50");
        assert_eq!(one(CsvCell::Number("-5+cmd")), "'-5+cmd");
        assert_eq!(one(CsvCell::Number("n/a")), "n/a");
    }

    proptest! {
        #[test]
        fn a_text_without_unsafe_characters_reads_back(text in "['=+@\t\n甲-]{0,4}.{0,10}") {
            prop_assume!(!text.contains(|c: char| is_unsafe(c) && !matches!(c, '\n' | '\t')));
            prop_assume!(!text.is_empty());
            let cell = one(CsvCell::Text(&text));
            prop_assert_eq!(original(&cell), text.as_str());
        }

        #[test]
        fn no_cell_holds_what_moves_reorders_or_computes(text in any::<String>()) {
            prop_assume!(!text.is_empty());
            for cell in [one(CsvCell::Text(&text)), one(CsvCell::Number(&text))] {
                prop_assert!(!cell.contains(|c: char| is_unsafe(c) && !matches!(c, '\n' | '\t')));
                prop_assert!(is_number(&cell) || !cell.starts_with(['=', '+', '-', '@', '\t', '\n']));
            }
        }
    }
}
