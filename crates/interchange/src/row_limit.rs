//! How many rows one file may have.

use chengji_domain::{Error, ErrorCode};

/// The most rows a file may have, as many as one import takes.
pub const MAX_ROWS: usize = 200_000;

/// A file with more rows than one import takes.
pub(super) fn too_many(file: &str) -> Error {
    let message = format!("{file}: there are more than {MAX_ROWS} rows");
    Error::new(ErrorCode::LimitExceeded, message)
        .with_remedy("split the file and import one part after the other 请拆分后分次导入")
}
