//! JSON lines, plain or gzipped: an object on each line, read one at a time, so that memory use is
//! bounded by the longest line. A line that is not an object is a problem of its own, and the next one is
//! read. A file with a single document is left to `json_document`.

use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

use chengji_domain::catalogue::FieldProblem;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, msg};
use flate2::bufread::MultiGzDecoder;
use serde_json::{Map, Value};

use super::json_object::{Line, damaged};
use super::{json_document, text};

/// Maximum length of a line, bytes: no entry is that long.
const MAX_LINE: u64 = 4 << 20;
/// Maximum unpacked size of a compressed file, bytes.
const MAX_UNPACKED: u64 = 1 << 30;
const GZIP: &[u8] = b"\x1F\x8B";
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// The objects of a file.
pub(super) enum Objects {
    /// One on each line, with the line's number.
    Lines(JsonLines),
    /// Those of one document, with their positions.
    Document(std::vec::IntoIter<Line>),
}

/// An open file of JSON lines.
pub(super) struct JsonLines {
    input: Box<dyn BufRead>,
    file: String,
    line: u64,
    bytes: u64,
}

/// Opens a file if it contains JSON objects: by its name, or by an object at its beginning.
pub(super) fn open(path: &Path, file: &str) -> Result<Option<Objects>> {
    let failed = |e: &std::io::Error| text::unreadable(file, e);
    let mut input: Box<dyn BufRead> = Box::new(BufReader::new(text::open(path, file)?));
    let packed = input.fill_buf().map_err(|e| failed(&e))?.starts_with(GZIP);
    if packed {
        input = Box::new(BufReader::new(MultiGzDecoder::new(input)));
    }
    let begin = input.fill_buf().map_err(|e| damaged(file, 1, &e))?;
    let marked = begin.starts_with(MARK);
    let begin = if marked { &begin[MARK.len()..] } else { begin };
    let mut first = begin.iter().filter(|byte| !byte.is_ascii_whitespace());
    let first = [first.next().copied(), first.next().copied()];
    let begins_so = matches!(first, [Some(b'{'), _] | [Some(b'['), Some(b'{')]);
    if !is_named_so(path) && !begins_so {
        if packed {
            let compressed = msg::SheetFileCompressed { file };
            return Err(Error::new(ErrorCode::InvalidArgument, compressed));
        }
        return Ok(None);
    }
    if marked {
        input.consume(MARK.len());
    }
    objects(input, first[0] == Some(b'['), file).map(Some)
}

/// Distinguishes a document from lines, by its first line that is not blank.
fn objects(mut input: Box<dyn BufRead>, is_array: bool, file: &str) -> Result<Objects> {
    let mut begin = Vec::new();
    while begin.trim_ascii().is_empty() {
        let mut line = input.as_mut().take(MAX_LINE + 2);
        let read = line.read_until(b'\n', &mut begin);
        if read.map_err(|e| damaged(file, 1, &e))? == 0 {
            break;
        }
    }
    let is_document = is_array || is_of_document(&begin);
    let input = Cursor::new(begin).chain(input);
    if is_document {
        let records = json_document::read(input, file)?;
        return Ok(Objects::Document(records.into_iter()));
    }
    Ok(Objects::Lines(JsonLines {
        input: Box::new(input),
        file: file.to_owned(),
        line: 0,
        bytes: 0,
    }))
}

/// Returns true if a first line begins a document instead of being an object by itself: a line that
/// continues, or a whole `data.json`.
fn is_of_document(line: &[u8]) -> bool {
    match serde_json::from_slice::<Map<String, Value>>(line) {
        Ok(object) => json_document::holds_records(&object),
        Err(_) if line.len() as u64 > MAX_LINE => {
            let dataset = b"\"dataset\"";
            line.windows(dataset.len()).any(|part| part == dataset)
        }
        Err(e) => e.is_eof() && matches!(line.trim_ascii().last(), Some(b'{' | b'[' | b',')),
    }
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

impl JsonLines {
    /// The next line that is not blank.
    fn read(&mut self) -> Result<Option<Line>> {
        loop {
            self.line += 1;
            let line = self.line;
            let Some(bytes) = self.bytes_of_line()? else {
                return Ok(None);
            };
            if bytes.len() as u64 > MAX_LINE {
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
            .take(MAX_LINE + 2)
            .read_until(b'\n', &mut bytes)
            .map_err(|e| damaged(&self.file, self.line, &e))?;
        self.count(read)?;
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        Ok((read > 0).then_some(bytes))
    }

    /// Skips the rest of a line without keeping it.
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
        if self.bytes <= MAX_UNPACKED {
            return Ok(());
        }
        let message = msg::SheetUnpackedTooLarge {
            file: &self.file,
            most: MAX_UNPACKED >> 20,
        };
        Err(Error::new(ErrorCode::LimitExceeded, message))
    }
}

impl Iterator for Objects {
    type Item = Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Lines(lines) => lines.read().transpose(),
            Self::Document(records) => records.next().map(Ok),
        }
    }
}

fn too_long() -> FieldProblem {
    FieldProblem::of_row(msg::JsonLineTooLong {
        most: MAX_LINE >> 20,
    })
}

/// A problem is reported once, with its place: whether the row is secret is not known.
fn object(bytes: &[u8]) -> Result<Map<String, Value>, FieldProblem> {
    serde_json::from_slice::<Map<String, Value>>(bytes).map_err(|e| {
        FieldProblem::of_row(msg::JsonLineNotAnObject {
            column: e.column(),
            reason: reason(&e),
        })
    })
}

fn reason(error: &serde_json::Error) -> Message {
    match error.classify() {
        serde_json::error::Category::Eof => msg::JsonCutOff.into(),
        serde_json::error::Category::Data => msg::JsonSomethingElse.into(),
        _ => msg::JsonMalformed.into(),
    }
}

#[cfg(test)]
#[path = "json_lines_tests.rs"]
mod tests;
