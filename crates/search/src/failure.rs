//! Failures of the index as errors.

use std::io;

use chengji_domain::{Error, ErrorCode};
use chengji_messages::msg;
use tantivy::TantivyError;
use tantivy::directory::error::{OpenReadError, OpenWriteError};

/// A failure of reading the index, which then is damaged: it is built anew.
pub(crate) fn unreadable(error: impl Into<TantivyError>) -> Error {
    let error = error.into();
    let cause = error.to_string();
    Error::new(
        ErrorCode::StorageDamaged,
        msg::SearchIndexUnreadable { cause },
    )
}

/// A failure of writing the index.
pub(crate) fn unwritable(error: impl Into<TantivyError>) -> Error {
    let error = error.into();
    let code = match &error {
        TantivyError::IoError(io) => of_io(io),
        TantivyError::OpenWriteError(OpenWriteError::IoError { io_error, .. })
        | TantivyError::OpenReadError(OpenReadError::IoError { io_error, .. }) => of_io(io_error),
        TantivyError::DataCorruption(_) => ErrorCode::StorageDamaged,
        _ => ErrorCode::Internal,
    };
    let cause = error.to_string();
    Error::new(code, msg::SearchIndexUnwritable { cause })
}

fn of_io(error: &io::Error) -> ErrorCode {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorCode::StorageFull,
        _ => ErrorCode::Internal,
    }
}
