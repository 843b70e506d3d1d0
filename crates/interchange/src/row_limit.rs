//! The maximum number of rows of a file.

use chengji_domain::{Error, ErrorCode};
use chengji_messages::msg;

/// Maximum number of rows of a file, the limit of one import.
pub const MAX_ROWS: usize = 200_000;

/// The error for a file with more rows than the limit.
pub(super) fn too_many(file: &str) -> Error {
    let message = msg::SheetTooManyRows {
        file,
        most: MAX_ROWS,
    };
    Error::new(ErrorCode::LimitExceeded, message)
}
