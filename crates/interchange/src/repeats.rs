//! Headers repeated among the rows, as on each page of a printed table.

use chengji_messages::{Message, msg};

use super::groups::ranges;
use super::records::{Record, trimmed};

/// Ranges of lines that a note names.
const MAX_RANGES: usize = 10;

/// The header, and the lines that repeat it.
pub(super) struct Repeats {
    headings: Vec<String>,
    lines: Vec<u64>,
}

impl Repeats {
    pub(super) fn of(header: &Record) -> Self {
        Self {
            headings: header.cells.iter().map(|h| trimmed(h).to_owned()).collect(),
            lines: Vec::new(),
        }
    }

    /// Returns true if a record repeats the header, cell by cell, in the columns that have a heading.
    pub(super) fn meet(&mut self, record: &Record) -> bool {
        let mut headings = self.headings.iter().enumerate();
        let again = headings.all(|(column, heading)| {
            heading.is_empty() || record.cells.get(column).map(trimmed) == Some(heading.as_str())
        });
        self.lines.extend(again.then_some(record.line));
        again
    }

    /// The note about the rows that were skipped.
    pub(super) fn note(&self) -> Option<Message> {
        let lines = self.lines.as_slice();
        let shown = || ranges(lines, MAX_RANGES);
        (!lines.is_empty()).then(|| msg::SheetHeaderRepeated { lines: shown() }.into())
    }
}
