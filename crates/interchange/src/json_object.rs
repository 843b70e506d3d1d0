//! One object of a JSON file, and its possible problems.

use chengji_domain::catalogue::Problem;
use chengji_domain::{Error, ErrorCode, Result};
use serde_json::{Map, Value};

/// An object and its line, or the problem of the line.
pub(super) type Line = (u64, Result<Map<String, Value>, Problem>);

/// A problem of a whole row.
pub(super) fn row_problem(en: String, zh: String, remedy: &str) -> Problem {
    Problem::new("row", "", en, zh, remedy)
}

/// The error of a file that ends prematurely.
pub(super) fn damaged(file: &str, line: u64, cause: &std::io::Error) -> Error {
    let message = format!("{file} cannot be read on from line {line}: {cause}");
    Error::new(ErrorCode::InvalidArgument, message)
        .with_remedy("the file may have been cut off on its way; get it again 文件可能不完整")
}
