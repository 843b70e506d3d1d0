//! The maximum number of rows of a file.

use chengji_domain::{Error, ErrorCode};

/// Maximum number of rows of a file, the limit of one import.
pub const MAX_ROWS: usize = 200_000;

/// The error for a file with more rows than the limit.
pub(super) fn too_many(file: &str) -> Error {
    let message = format!("{file}: there are more than {MAX_ROWS} rows");
    Error::new(ErrorCode::LimitExceeded, message)
        .with_remedy("split the file and import one part after the other 请拆分后分次导入")
}
