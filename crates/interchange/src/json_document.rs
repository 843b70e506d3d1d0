//! One JSON document in place of JSON lines: an array of objects, or a portal's `data.json`, the
//! catalogue of DCAT-US (Project Open Data Metadata Schema 1.1), whose `dataset` is such an array. Other
//! documents are refused, with the path to their records if there are any.

use std::io::Read;

use chengji_domain::catalogue::FieldProblem;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, msg};
use serde_json::Value;

use super::json_object::{Line, damaged};

/// Maximum size of a document, bytes: it is in memory as a whole.
const MAX_BYTES: u64 = 128 << 20;
/// Maximum depth at which records are searched for.
const LEVELS: usize = 3;

/// The records of a document, each with its position from 1.
pub(super) fn read(input: impl Read, file: &str) -> Result<Vec<Line>> {
    let mut bytes = Vec::new();
    let read = input.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|e| damaged(file, 1, &e))?;
    if bytes.len() as u64 > MAX_BYTES {
        let message = msg::JsonDocumentTooLarge {
            command: one_a_line(".dataset", file),
            file,
            most: MAX_BYTES >> 20,
        };
        return Err(Error::new(ErrorCode::LimitExceeded, message));
    }
    let document: Value = serde_json::from_slice(&bytes).map_err(|e| broken(file, &e))?;
    drop(bytes);
    let records = match document {
        Value::Array(records) => records,
        Value::Object(mut object) if is_records(object.get("dataset")) => {
            match object.remove("dataset") {
                Some(Value::Array(records)) => records,
                _ => Vec::new(),
            }
        }
        other => return Err(no_records(&other, file)),
    };
    Ok(records.into_iter().zip(1..).map(line).collect())
}

/// Returns true if an object is a document by itself: it contains records, and is not one.
pub(super) fn holds_records(object: &serde_json::Map<String, Value>) -> bool {
    is_records(object.get("dataset"))
}

fn line((record, place): (Value, u64)) -> Line {
    let object = match record {
        Value::Object(object) => Ok(object),
        _ => Err(FieldProblem::of_row(msg::JsonElementNotAnObject { place })),
    };
    (place, object)
}

fn is_records(value: Option<&Value>) -> bool {
    matches!(value, Some(Value::Array(list)) if list.iter().any(Value::is_object))
}

fn no_records(document: &Value, file: &str) -> Error {
    let is_linked = document.get("@graph").is_some() || document.get("@context").is_some();
    let message: Message = match path_to_records(document, LEVELS) {
        _ if is_linked => msg::JsonDocumentLinked { file }.into(),
        Some(path) => msg::JsonDocumentRecordsWithin {
            command: one_a_line(&path, file),
            file,
        }
        .into(),
        None => msg::JsonDocumentNoRecords { file }.into(),
    };
    Error::new(ErrorCode::InvalidArgument, message)
}

/// The path to the first list of objects, as jq writes it.
fn path_to_records(value: &Value, levels: usize) -> Option<String> {
    let object = value.as_object().filter(|_| levels > 0)?;
    let quoted = |name: &String| format!(".{}", Value::String(name.clone()));
    let here = object.iter().find(|(_, value)| is_records(Some(value)));
    here.map(|(name, _)| quoted(name)).or_else(|| {
        object
            .iter()
            .find_map(|(name, value)| Some(quoted(name) + &path_to_records(value, levels - 1)?))
    })
}

/// The command that writes the records at a path one on each line.
fn one_a_line(path: &str, file: &str) -> String {
    format!("jq -c '{path}[]' {file} > records.jsonl")
}

fn broken(file: &str, cause: &serde_json::Error) -> Error {
    let message = msg::JsonDocumentBroken {
        column: cause.column(),
        file,
        line: cause.line(),
    };
    Error::new(ErrorCode::InvalidArgument, message)
}
