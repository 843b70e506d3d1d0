//! Checks a pair of an entry and a file to mount: whether it can be mounted, and the result. The file is
//! not read here, and nothing is written.

use std::collections::HashMap;
use std::path::PathBuf;

use chengji_domain::{Error, ErrorCode, ResourceCode, Result};
use chengji_messages::msg;
use chengji_proto::convert::code_from;
use chengji_proto::v1;
use chengji_proto::v1::MountOutcome;
use chengji_records::MountedSource;

use super::Catalogue;
use super::editor::Editor;
use super::entries;
use super::mounts::{check_own, mounted};
use super::source::{Source, file_name, locate};

/// Maximum length of a path, bytes, as in Linux.
const MAX_PATH_LENGTH: usize = 4_096;
/// Maximum number of lines that a message names.
const MAX_LINES: usize = 5;

/// A pair that can be mounted.
pub struct Ready {
    /// The result once it is mounted.
    pub result: v1::MountResult,
    /// The entry.
    pub code: ResourceCode,
    /// The located file.
    pub path: PathBuf,
}

/// The outcome of checking a pair.
pub enum Checked {
    /// Nothing to do, or an error.
    Done(v1::MountResult),
    /// It can be mounted.
    Ready(Ready),
}

/// The codes in several pairs, with the lines of these.
pub fn repeated_codes(pairs: &[v1::MountPair]) -> HashMap<ResourceCode, Vec<u64>> {
    let mut lines: HashMap<ResourceCode, Vec<u64>> = HashMap::new();
    for pair in pairs {
        if let Ok(code) = code_from(&pair.code) {
            lines.entry(code).or_default().push(pair.line);
        }
    }
    lines.retain(|_, lines| lines.len() > 1);
    lines
}

/// Checks a pair without reading the file. An error concerns the node, not the pair. Blocks.
pub fn check(
    catalogue: &Catalogue,
    editor: &Editor,
    pair: v1::MountPair,
    twice: &HashMap<ResourceCode, Vec<u64>>,
) -> Result<Checked> {
    let mut result = v1::MountResult {
        line: pair.line,
        code: pair.code,
        path: pair.path,
        ..v1::MountResult::default()
    };
    match ready(catalogue, editor, &mut result, twice) {
        Ok((code, path)) if result.outcome() != MountOutcome::Unchanged => {
            Ok(Checked::Ready(Ready { result, code, path }))
        }
        Ok(_) => Ok(Checked::Done(result)),
        Err(error) if is_of_the_pair(&error) => Ok(Checked::Done(result.failed(&error))),
        Err(error) => Err(error),
    }
}

fn ready(
    catalogue: &Catalogue,
    editor: &Editor,
    result: &mut v1::MountResult,
    twice: &HashMap<ResourceCode, Vec<u64>>,
) -> Result<(ResourceCode, PathBuf)> {
    let code = code_from(&result.code)?;
    if let Some(lines) = twice.get(&code) {
        return Err(stands_twice(&code, lines));
    }
    let view = catalogue.own.ledger.kv().as_ref();
    let record = entries::existing(view, &code)?;
    check_own(editor, &record)?;
    result.name = record.entry.name;
    entries::shared(view, &code)?;
    if result.path.len() > MAX_PATH_LENGTH {
        let message = msg::MountPathTooLong {
            most: MAX_PATH_LENGTH,
        };
        result.path = result.path.chars().take(100).collect();
        return Err(Error::new(ErrorCode::InvalidArgument, message));
    }
    let roots = &catalogue.mount_roots;
    let path = locate(&result.path, roots)?;
    file_name(&path)?;
    let source = Source::open(&path, roots)?;
    let source = MountedSource::File(source.identity);
    let outcome = match mounted(view, &code)? {
        None => MountOutcome::Mounted,
        Some(before) if !before.source.is_same_as(&source) => MountOutcome::Remounted,
        Some(before) if before.source == source => MountOutcome::Unchanged,
        Some(_) => MountOutcome::Measured,
    };
    result.set_outcome(outcome);
    Ok((code, path))
}

/// Returns true if an error concerns one pair only, so that the others can continue.
pub fn is_of_the_pair(error: &Error) -> bool {
    matches!(
        error.code(),
        ErrorCode::InvalidArgument
            | ErrorCode::NotFound
            | ErrorCode::Withdrawn
            | ErrorCode::NotShared
            | ErrorCode::Denied
            | ErrorCode::Conflict
            | ErrorCode::SourceUnavailable
            | ErrorCode::SourceChanged
    )
}

fn stands_twice(code: &ResourceCode, lines: &[u64]) -> Error {
    let shown = lines.iter().take(MAX_LINES).copied();
    let message = msg::MountCodeTwice {
        code: code.as_str(),
        count: lines.len(),
        lines: shown.collect::<Vec<_>>(),
    };
    Error::new(ErrorCode::InvalidArgument, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(line: u64, code: &str) -> v1::MountPair {
        v1::MountPair {
            line,
            code: code.to_owned(),
            path: "a.csv".to_owned(),
        }
    }

    #[test]
    fn a_code_that_stands_twice_is_told_with_all_its_lines() {
        let pairs = [
            pair(2, "103001/000001"),
            pair(3, "103001000002"),
            pair(5, "103001000001"),
            pair(6, "no code"),
            pair(7, "no code"),
        ];
        let twice = repeated_codes(&pairs);
        let code: ResourceCode = "103001000001".parse().unwrap();
        assert_eq!(twice.len(), 1);
        assert_eq!(twice[&code], [2, 5]);
        let error = stands_twice(&code, &twice[&code]);
        let twice = msg::MountCodeTwice {
            code: code.as_str(),
            count: 2_u32,
            lines: vec![2_u32, 5],
        };
        assert_eq!(error, Error::new(ErrorCode::InvalidArgument, twice));
    }

    #[test]
    fn a_full_disk_is_no_problem_of_a_pair() {
        for code in [
            ErrorCode::StorageFull,
            ErrorCode::Unavailable,
            ErrorCode::Internal,
        ] {
            assert!(!is_of_the_pair(&Error::new(code, msg::Text { text: "x" })));
        }
        assert!(is_of_the_pair(&Error::new(
            ErrorCode::SourceChanged,
            msg::Text { text: "x" }
        )));
    }
}
