//! The rows of a text without the titles above its header, as for a workbook's sheet.

use std::iter::Peekable;
use std::vec;

use chengji_domain::Result;
use chengji_messages::Message;

use super::header::{Header, titles_passed_over};
use super::records::Record;
use super::worksheet::TITLES;

/// The records of a text, from its header on.
pub(super) struct Titled<I> {
    /// The rows above the header.
    pub(super) titles: Vec<Record>,
    first: Peekable<vec::IntoIter<Record>>,
    rest: I,
}

impl<I: Iterator<Item = Result<Record>>> Titled<I> {
    /// Finds the header among the first records; otherwise the first record is the header.
    pub(super) fn new(mut records: I, header: &Header<'_>) -> Result<Self> {
        let mut first: Vec<Record> = Vec::new();
        let mut titles = Vec::new();
        while first.len() < TITLES {
            let Some(record) = records.next().transpose()? else {
                break;
            };
            let texts: Vec<&str> = record.cells.iter().collect();
            let found = header.is_header(&texts);
            if found {
                titles.append(&mut first);
            }
            first.push(record);
            if found {
                break;
            }
        }
        Ok(Self {
            titles,
            first: first.into_iter().peekable(),
            rest: records,
        })
    }

    /// The note about titles.
    pub(super) fn note(&mut self) -> Option<Message> {
        let header = self.first.peek()?;
        let rows = self.titles.len();
        (rows > 0).then(|| titles_passed_over(header.line, rows))
    }
}

impl<I: Iterator<Item = Result<Record>>> Iterator for Titled<I> {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        self.first.next().map(Ok).or_else(|| self.rest.next())
    }
}
