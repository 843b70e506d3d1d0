//! The meaning of a file's columns: by their headings, or by a map.

use chengji_domain::{Field, Result};

use super::Layout;
use super::cells::may_be_repeated;
use super::columns::Columns;
use super::layout::Bound;
use super::records::Record;

/// The columns of a file, by its header.
pub(super) enum Meaning<'l> {
    Own(Box<Columns>),
    Mapped(Bound<'l>),
}

impl<'l> Meaning<'l> {
    /// An error lists all problems of the header.
    pub(super) fn read(header: &Record, file: &str, layout: Option<&'l Layout>) -> Result<Self> {
        Ok(match layout {
            None => Self::Own(Box::new(Columns::read(header, file)?)),
            Some(layout) => Self::Mapped(Bound::new(layout, header, file)?),
        })
    }

    /// The heading of each column.
    pub(super) fn headings(&self) -> &[String] {
        match self {
            Self::Own(columns) => columns.all(),
            Self::Mapped(bound) => bound.all(),
        }
    }

    /// The fields that come from each column.
    pub(super) fn fields(&self) -> Vec<Vec<Field>> {
        match self {
            Self::Own(columns) => columns.fields(),
            Self::Mapped(bound) => bound.fields(),
        }
    }

    /// Returns true if a row whose cells are in place is clearly not secret, so that a report may repeat
    /// them to their authors.
    pub(super) fn may_be_repeated(&self, record: &Record) -> bool {
        match self {
            Self::Own(columns) => may_be_repeated(columns, &record.cells),
            Self::Mapped(bound) => bound.may_be_repeated(record),
        }
    }
}
