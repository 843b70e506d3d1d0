//! Why a value of a row cannot be taken over.

use chengji_messages::{Message, msg};

/// The reason why a value cannot be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// It is not of the type that the server declared.
    Malformed,
    /// It is no number, or infinite.
    NotFinite,
    /// It is beyond the range of the type in batches.
    OutOfRange,
    /// It is text with bytes that are not UTF-8.
    NotText,
    /// It is NULL in a column without NULLs.
    Null,
    /// It has more than this number of bytes.
    TooLong(usize),
}

impl Unfit {
    /// Returns the reason for people.
    pub(super) fn reason(self) -> Message {
        match self {
            Self::Malformed => msg::PostgresqlValueMalformed.into(),
            Self::NotFinite => msg::PostgresqlValueNotFinite.into(),
            Self::OutOfRange => msg::PostgresqlValueOutOfRange.into(),
            Self::NotText => msg::PostgresqlValueNotText.into(),
            Self::Null => msg::PostgresqlValueNull.into(),
            Self::TooLong(most) => msg::PostgresqlValueTooLong { most }.into(),
        }
    }
}
