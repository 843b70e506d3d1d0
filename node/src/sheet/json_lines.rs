//! JSON lines, plain or gzipped: an object on each line, read one at a time, so that a file takes no
//! more room than its longest line. A line that is no object is a problem of its own, and the next one
//! is read.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use chengji_domain::catalogue::Problem;
use chengji_domain::{Error, ErrorCode, Result};
use flate2::bufread::MultiGzDecoder;
use serde_json::{Map, Value};

use super::text;

/// The longest line, in bytes: a text that long is in no entry.
const MOST_LINE: u64 = 4 << 20;
/// The most bytes of a compressed file when it is unpacked.
const MOST_UNPACKED: u64 = 1 << 30;
const GZIP: &[u8] = b"\x1F\x8B";
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// A file of JSON lines, opened.
pub(super) struct JsonLines {
    input: Box<dyn BufRead>,
    file: String,
    line: u64,
    bytes: u64,
}

/// An object and its line, or what is wrong with the line.
pub(super) type Line = (u64, Result<Map<String, Value>, Problem>);

/// Opens a file if it is one of JSON lines: by its name, or by an object at its beginning.
pub(super) fn open(path: &Path, file: &str) -> Result<Option<JsonLines>> {
    let failed = |e: &std::io::Error| text::unreadable(file, e);
    let mut input: Box<dyn BufRead> = Box::new(BufReader::new(text::open(path, file)?));
    let packed = input.fill_buf().map_err(|e| failed(&e))?.starts_with(GZIP);
    if packed {
        input = Box::new(BufReader::new(MultiGzDecoder::new(input)));
    }
    let begin = input.fill_buf().map_err(|e| damaged(file, 1, &e))?;
    let marked = begin.starts_with(MARK);
    let begin = if marked { &begin[MARK.len()..] } else { begin };
    let first = begin
        .iter()
        .find(|byte| !byte.is_ascii_whitespace())
        .copied();
    let named = is_named_so(path);
    if named && first == Some(b'[') {
        let message = format!("{file} is one JSON array; JSON lines have an object on each line");
        return Err(Error::new(ErrorCode::InvalidArgument, message).with_remedy(
            "write each element on a line of its own, such as with jq -c '.[]' 请转为每行一个对象",
        ));
    }
    if !named && first != Some(b'{') {
        if packed {
            let message = format!("{file} is compressed, and not JSON lines");
            return Err(Error::new(ErrorCode::InvalidArgument, message)
                .with_remedy("unpack it, and import what is in it 请先解压"));
        }
        return Ok(None);
    }
    if marked {
        input.consume(MARK.len());
    }
    let file = file.to_owned();
    Ok(Some(JsonLines {
        input,
        file,
        line: 0,
        bytes: 0,
    }))
}

fn is_named_so(path: &Path) -> bool {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().to_ascii_lowercase());
    let name = name.unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    [".jsonl", ".ndjson", ".json"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

fn damaged(file: &str, line: u64, cause: &std::io::Error) -> Error {
    let message = format!("{file} cannot be read on from line {line}: {cause}");
    Error::new(ErrorCode::InvalidArgument, message)
        .with_remedy("the file may have been cut off on its way; get it again 文件可能不完整")
}

impl JsonLines {
    /// The next line that is not blank.
    fn read(&mut self) -> Result<Option<Line>> {
        loop {
            self.line += 1;
            let line = self.line;
            let Some(bytes) = self.bytes_of_line()? else {
                return Ok(None);
            };
            if bytes.len() as u64 > MOST_LINE {
                self.skip_line()?;
                return Ok(Some((line, Err(too_long()))));
            }
            if !bytes.trim_ascii().is_empty() {
                return Ok(Some((line, object(&bytes))));
            }
        }
    }

    /// A line, or the beginning of one that is too long; `None` at the end.
    fn bytes_of_line(&mut self) -> Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        let read = self
            .input
            .as_mut()
            .take(MOST_LINE + 2)
            .read_until(b'\n', &mut bytes)
            .map_err(|e| damaged(&self.file, self.line, &e))?;
        self.count(read)?;
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        Ok((read > 0).then_some(bytes))
    }

    /// Passes over the rest of a line, of which nothing is kept.
    fn skip_line(&mut self) -> Result<()> {
        loop {
            let buffer = self
                .input
                .fill_buf()
                .map_err(|e| damaged(&self.file, self.line, &e))?;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let (taken, done) = match end {
                Some(end) => (end + 1, true),
                None => (buffer.len(), buffer.is_empty()),
            };
            self.input.consume(taken);
            self.count(taken)?;
            if done {
                return Ok(());
            }
        }
    }

    fn count(&mut self, read: usize) -> Result<()> {
        self.bytes += read as u64;
        if self.bytes <= MOST_UNPACKED {
            return Ok(());
        }
        let message = format!(
            "{} has more than {} MiB unpacked",
            self.file,
            MOST_UNPACKED >> 20
        );
        Err(Error::new(ErrorCode::LimitExceeded, message)
            .with_remedy("split the file and import one part after the other 请拆分后分次导入"))
    }
}

impl Iterator for JsonLines {
    type Item = Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

fn too_long() -> Problem {
    row_problem(
        format!("the line has more than {} MiB", MOST_LINE >> 20),
        format!("本行超过 {} MiB", MOST_LINE >> 20),
        "shorten the texts in it 请缩短其中的文本",
    )
}

fn row_problem(en: String, zh: String, remedy: &str) -> Problem {
    Problem::new("row", "", en, zh, remedy)
}

/// What is wrong is told with its place and not repeated: whether the row is secret is not known.
fn object(bytes: &[u8]) -> Result<Map<String, Value>, Problem> {
    serde_json::from_slice::<Map<String, Value>>(bytes).map_err(|e| {
        row_problem(
            format!(
                "the line is no JSON object: {} at column {}",
                kind(&e),
                e.column()
            ),
            format!("本行不是 JSON 对象（第{}列）", e.column()),
            "write one object {\"…\": …} on each line, in UTF-8 每行写一个 UTF-8 的 JSON 对象",
        )
    })
}

fn kind(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Eof => "it is cut off",
        serde_json::error::Category::Data => "something else stands there",
        _ => "it is not written as JSON is",
    }
}

#[cfg(test)]
#[path = "json_lines_tests.rs"]
mod tests;
