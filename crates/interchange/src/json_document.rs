//! One JSON document in place of JSON lines: an array of objects, or a portal's `data.json`, the
//! catalogue of DCAT-US (Project Open Data Metadata Schema 1.1), whose `dataset` is such an array. Other
//! documents are refused, with the path to their records if there are any.

use std::io::Read;

use chengji_domain::{Error, ErrorCode, Result};
use serde_json::Value;

use super::json_object::{Line, damaged, row_problem};

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
        let message = format!(
            "{file} is one JSON document of more than {} MiB",
            MAX_BYTES >> 20
        );
        return Err(
            Error::new(ErrorCode::LimitExceeded, message).with_remedy(one_a_line(".dataset", file))
        );
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
        _ => Err(row_problem(
            format!("element {place} of the array is no object"),
            format!("数组第{place}个元素不是对象"),
            "make each element an object {\"…\": …} 每个元素应为对象",
        )),
    };
    (place, object)
}

fn is_records(value: Option<&Value>) -> bool {
    matches!(value, Some(Value::Array(list)) if list.iter().any(Value::is_object))
}

fn no_records(document: &Value, file: &str) -> Error {
    let message = format!(
        "{file} is one JSON document and neither a list of records nor a portal's data.json"
    );
    let error = Error::new(ErrorCode::InvalidArgument, message);
    let is_linked = document.get("@graph").is_some() || document.get("@context").is_some();
    match path_to_records(document, LEVELS) {
        _ if is_linked => error.with_remedy("if it is JSON-LD, give it a name that ends in .jsonld 请使用 .jsonld 文件名"),
        Some(path) => error.with_remedy(one_a_line(&path, file)),
        None => error.with_remedy(
            "export the records as a JSON array, or as one object on each line 请导出为对象数组或每行一个对象",
        ),
    }
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

fn one_a_line(path: &str, file: &str) -> String {
    format!(
        "write its records one on each line: jq -c '{path}[]' {file} > records.jsonl 请先转为每行一个对象"
    )
}

fn broken(file: &str, cause: &serde_json::Error) -> Error {
    let message = format!(
        "{file} is one JSON document and cannot be read: line {}, column {}",
        cause.line(),
        cause.column()
    );
    Error::new(ErrorCode::InvalidArgument, message).with_remedy(
        "it may have been cut off on its way; records on lines of their own need no brackets around them \
         文件可能不完整；每行一个对象时不需要外层括号",
    )
}
