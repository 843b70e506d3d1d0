//! Why a value of a row cannot be taken over.

use chengji_messages::{Message, msg};

/// The reason why a value cannot be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
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
    pub(crate) fn reason(self) -> Message {
        match self {
            Self::Malformed => msg::SourceValueMalformed.into(),
            Self::NotFinite => msg::SourceValueNotFinite.into(),
            Self::OutOfRange => msg::SourceValueOutOfRange.into(),
            Self::NotText => msg::SourceValueNotText.into(),
            Self::Null => msg::SourceValueNull.into(),
            Self::TooLong(most) => msg::SourceValueTooLong { most }.into(),
        }
    }
}
