//! The records of a CSV text, each with the line it starts in. Lines are counted as in an editor,
//! including blank ones and those within quoted cells, with any line ending.

use chengji_domain::catalogue::FieldProblem;
use chengji_domain::text::{ForbiddenCharacter, unfit};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use csv::StringRecord;

use crate::sheet_text::original;

/// A record that is not blank.
#[derive(Debug)]
pub(super) struct Record {
    /// The line it starts in, from 1.
    pub(super) line: u64,
    /// The line it ends in.
    pub(super) last_line: u64,
    /// Its unchanged cells, including blanks.
    pub(super) cells: StringRecord,
    /// Columns whose cell holds a formula in error, or one without a saved value.
    pub(super) broken: Vec<usize>,
    /// Problems between the rows that it was made of.
    pub(super) problems: Vec<FieldProblem>,
}

/// Reads records one after the other; blank ones are skipped.
pub(super) struct Records<'a> {
    reader: csv::Reader<&'a [u8]>,
    text: &'a [u8],
    file: &'a str,
    lines: Lines<'a>,
}

impl<'a> Records<'a> {
    pub(super) fn new(text: &'a str, file: &'a str) -> Self {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        Self {
            reader,
            text: text.as_bytes(),
            file,
            lines: Lines::new(text.as_bytes()),
        }
    }

    fn read(&mut self) -> Result<Option<Record>> {
        let mut cells = StringRecord::new();
        let start = self.offset();
        let more = self.reader.read_record(&mut cells).map_err(|e| {
            let message = msg::SheetCsvUnreadable {
                cause: Value::text(e),
                file: self.file,
            };
            Error::new(ErrorCode::InvalidArgument, message)
        })?;
        if !more {
            return Ok(None);
        }
        let end = self.offset();
        let blank = |byte: &&u8| matches!(**byte, b'\r' | b'\n');
        let start = start + self.text[start..end].iter().take_while(blank).count();
        let content = end - self.text[start..end].iter().rev().take_while(blank).count();
        let line = self.lines.at(start);
        let last_line = self.lines.at(content.max(start));
        if cells.iter().any(|cell| cell.starts_with('\'')) {
            cells = cells.iter().map(original).collect();
        }
        if end == self.text.len() && line != last_line {
            self.refuse_an_open_quotation(start, content, line)?;
        }
        Ok(Some(Record {
            line,
            last_line,
            cells,
            broken: Vec::new(),
            problems: Vec::new(),
        }))
    }

    fn offset(&self) -> usize {
        let byte = self.reader.position().byte();
        usize::try_from(byte).map_or(self.text.len(), |byte| byte.min(self.text.len()))
    }

    /// A record that ends with the file, spans lines (checked before) and has an odd number of quotation
    /// marks has taken in everything after an unclosed mark.
    fn refuse_an_open_quotation(&self, start: usize, end: usize, line: u64) -> Result<()> {
        let record = self.text[start..end].iter();
        if record
            .filter(|byte| **byte == b'"')
            .count()
            .is_multiple_of(2)
        {
            return Ok(());
        }
        let message = msg::SheetQuotationOpen {
            file: self.file,
            line,
        };
        Err(Error::new(ErrorCode::InvalidArgument, message))
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.read().transpose()? {
                Ok(record) if record.cells.iter().all(|cell| trimmed(cell).is_empty()) => {}
                other => return Some(other),
            }
        }
    }
}

/// A cell's text without surrounding blanks and invisible marks.
pub(super) fn trimmed(cell: &str) -> &str {
    cell.trim_matches(|c: char| {
        c.is_whitespace() || unfit(c) == Some(ForbiddenCharacter::Invisible)
    })
}

/// Counts lines while moving through a text.
struct Lines<'a> {
    text: &'a [u8],
    offset: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    fn new(text: &'a [u8]) -> Self {
        Self {
            text,
            offset: 0,
            line: 1,
        }
    }

    /// The line of a position, which must not be before the previous one.
    fn at(&mut self, offset: usize) -> u64 {
        for at in self.offset..offset {
            let ends = match self.text[at] {
                b'\n' => true,
                b'\r' => self.text.get(at + 1) != Some(&b'\n'),
                _ => false,
            };
            self.line += u64::from(ends);
        }
        self.offset = offset;
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(u64, u64, String)> {
        Records::new(text, "f")
            .map(|record| record.unwrap())
            .map(|r| (r.line, r.last_line, r.cells[0].to_owned()))
            .collect()
    }

    #[test]
    fn lines_are_those_an_editor_shows() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["a,b", "", "c,d", " , ", "\"e", "f\",g", "h,i"].join(end);
            let read = lines(&text);
            let at: Vec<(u64, u64)> = read
                .iter()
                .map(|(first, last, _)| (*first, *last))
                .collect();
            assert_eq!(at, [(1, 1), (3, 3), (5, 6), (7, 7)], "{end:?}");
        }
        let mixed = lines("a\r\nb\nc\r\n\r\n\nd\r\n");
        let at: Vec<u64> = mixed.iter().map(|(first, ..)| *first).collect();
        assert_eq!(at, [1, 2, 3, 6]);
    }

    #[test]
    fn a_quotation_nobody_closes_is_an_error_with_its_line() {
        let error = Records::new("a,b\n1,2\n3,\"4\n5,6\n7,8\n", "f")
            .find_map(Result::err)
            .unwrap();
        assert!(error.to_string().contains("line 3"), "{error}");
        assert_eq!(lines("a,b\n3,\"4 \"\"x\"\"\n5\"\n").len(), 2);
        assert_eq!(lines("a,5\" screen\n").len(), 1);
    }
}
