//! One object of a JSON file, and its possible problems.

use chengji_domain::catalogue::FieldProblem;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use serde_json::{Map, Value};

/// An object and its line, or the problem of the line.
pub(super) type Line = (u64, Result<Map<String, Value>, FieldProblem>);

/// A file that breaks off.
pub(super) fn damaged(file: &str, line: u64, cause: &std::io::Error) -> Error {
    let message = msg::SheetFileDamaged { cause, file, line };
    Error::new(ErrorCode::InvalidArgument, message)
}
