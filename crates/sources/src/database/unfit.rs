//! Why a value of a row cannot be taken over, and where it is.

use chengji_domain::{Error, Quoted};
use chengji_messages::{Message, msg};

use crate::reading::unavailable;

/// A value that cannot be taken over, with its place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// The name of the column.
    pub(crate) column: String,
    /// The number of the row, from 1.
    pub(crate) row: u64,
    /// The reason.
    pub(crate) unfit: Unfit,
}

impl Misfit {
    /// Makes the error of a value of this table at a server.
    pub(crate) fn error(self, table: &str) -> Error {
        let Self { column, row, unfit } = self;
        let (reason, table) = (unfit.reason(), Quoted(table));
        unavailable(msg::SourceValueUnfit {
            column,
            reason,
            row,
            table,
        })
    }
}

/// The reason why a value cannot be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It is not of the type that the server declared.
    Malformed,
    /// It is no number, or infinite.
    NotFinite,
    /// It is beyond the range of the type in batches.
    OutOfRange,
    /// It is a date of a month without such a day, or without a day or a month, such as 0000-00-00.
    NoSuchDay,
    /// It is text with bytes that are not UTF-8.
    NotText,
    /// It is NULL in a column without NULLs.
    Null,
    /// It has more than this number of bytes.
    TooLong(usize),
}

impl Unfit {
    /// Returns the reason for people.
    pub(crate) fn reason(self) -> Message {
        match self {
            Self::Malformed => msg::SourceValueMalformed.into(),
            Self::NotFinite => msg::SourceValueNotFinite.into(),
            Self::OutOfRange => msg::SourceValueOutOfRange.into(),
            Self::NoSuchDay => msg::SourceValueNoSuchDay.into(),
            Self::NotText => msg::SourceValueNotText.into(),
            Self::Null => msg::SourceValueNull.into(),
            Self::TooLong(most) => msg::SourceValueTooLong { most }.into(),
        }
    }
}
