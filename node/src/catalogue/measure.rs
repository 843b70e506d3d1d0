//! Measures a source: its bytes, its digest and, if it is CSV, its rows, in one pass with constant
//! memory. Declared volumes are never used.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::thread;
use std::time::Duration;

use chengji_domain::catalogue::Entry;
use chengji_domain::fact::Measurement;
use chengji_domain::{Digest, Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::source::{Source, changed, unavailable};

/// Number of bytes read at once.
const PIECE: usize = 1 << 20;

/// Maximum tick of a file system's clock: two changes within one tick look like one.
const TICK: Duration = Duration::from_millis(20);

/// Returns true if rows are counted: by the file's extension or, if that is inconclusive, by the entry's
/// formats. An entry may list several formats, so the extension of another one counts.
pub fn is_tabular(path: &Path, entry: &Entry) -> bool {
    let extension = path
        .extension()
        .map(|extension| extension.to_string_lossy());
    match extension.unwrap_or_default().to_ascii_lowercase().as_str() {
        "csv" => true,
        "" | "txt" | "dat" => entry
            .formats
            .iter()
            .any(|format| format.subtype.eq_ignore_ascii_case("csv")),
        _ => false,
    }
}

/// Reads the whole source, which must not change meanwhile, while `go_on` returns true. Blocks.
pub fn measure(
    source: &Source,
    tabular: bool,
    at: Timestamp,
    go_on: &dyn Fn() -> bool,
) -> Result<Measurement> {
    let failed = |error: std::io::Error| unavailable(source.path(), &error);
    wait_for_the_next_tick(source);
    source.check_unchanged()?;
    let mut file = source.file();
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    let mut buffer = vec![0; PIECE];
    let mut digest = Sha256::new();
    let mut rows = tabular.then(Rows::new);
    let mut bytes = 0;
    loop {
        if !go_on() {
            return Err(broken_off(source));
        }
        let read = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error)),
        };
        let piece = &buffer[..read];
        if bytes == 0 && is_utf16(piece) {
            rows = None;
        }
        digest.update(piece);
        if let Some(rows) = &mut rows {
            rows.take(piece);
        }
        bytes += read as u64;
    }
    source.check_unchanged()?;
    if bytes != source.identity.bytes {
        return Err(changed(source.path()));
    }
    let digest = Digest(digest.finalize().into());
    Ok(Measurement {
        bytes,
        rows: rows.map(Rows::finish),
        digest,
        at,
    })
}

fn broken_off(source: &Source) -> Error {
    let path = Value::text(source.path().display());
    Error::new(ErrorCode::Unavailable, msg::MountReadingEnded { path })
}

/// Waits until a further write to the file would change its time.
fn wait_for_the_next_tick(source: &Source) {
    let now = chengji_clock::file_time().as_nanosecond();
    let since = now.abs_diff(i128::from(source.identity.modified_ns));
    if since < TICK.as_nanos() {
        thread::sleep(TICK);
    }
}

/// Text of two-byte units cannot be split at commas and line breaks byte by byte.
fn is_utf16(beginning: &[u8]) -> bool {
    beginning.starts_with(&[0xff, 0xfe]) || beginning.starts_with(&[0xfe, 0xff])
}

/// Counts the records of CSV in pieces. Correct for UTF-8 and GB18030, in which commas, quotes and line
/// breaks are never parts of other characters.
pub(crate) struct Rows {
    reader: csv_core::Reader,
    fields: Vec<u8>,
    ends: Vec<usize>,
    records: u64,
}

impl Rows {
    pub(crate) fn new() -> Self {
        let (fields, ends) = (vec![0; 64 * 1024], vec![0; 1024]);
        Self {
            reader: csv_core::Reader::new(),
            fields,
            ends,
            records: 0,
        }
    }

    /// Counts a further piece.
    pub(crate) fn take(&mut self, mut piece: &[u8]) {
        while !piece.is_empty() {
            let (_, read) = self.step(piece);
            piece = &piece[read..];
        }
    }

    /// Number of rows without the header.
    pub(crate) fn finish(mut self) -> u64 {
        use csv_core::ReadRecordResult::{End, InputEmpty};
        // An empty piece marks the end of the input.
        while !matches!(self.step(&[]).0, End | InputEmpty) {}
        self.records.saturating_sub(1)
    }

    fn step(&mut self, piece: &[u8]) -> (csv_core::ReadRecordResult, usize) {
        // Fields are not needed: each step overwrites those of the step before.
        let (result, read, ..) = self
            .reader
            .read_record(piece, &mut self.fields, &mut self.ends);
        self.records += u64::from(matches!(result, csv_core::ReadRecordResult::Record));
        (result, read)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use proptest::prelude::*;

    use super::*;

    fn rows(text: &[u8], piece: usize) -> u64 {
        let mut rows = Rows::new();
        text.chunks(piece).for_each(|piece| rows.take(piece));
        rows.finish()
    }

    #[test]
    fn rows_are_records_without_the_header() {
        let cases: [(&str, u64); 10] = [
            ("", 0),
            ("a,b", 0),
            ("a,b\n", 0),
            ("a,b\n1,2\n", 1),
            ("a,b\r\n1,2\r\n3,4", 2),
            ("a,b\n\"1\n1\",2\n3,\"4\r\n\"\n", 2),
            ("a,b\n\n\n1,2\n\n", 1),
            ("\u{feff}\"a\nb\",c\n1,2\n", 1),
            ("名称\n\"说\"\"明\"\"\n\"\n株洲", 2),
            ("a\n\"never closed\n1\n2\n", 1),
        ];
        for (text, expected) in cases {
            for piece in [1, 3, 1 << 20] {
                // A byte order mark is recognized if it arrives in one piece, as it does in files.
                if piece >= 3 || !text.starts_with('\u{feff}') {
                    assert_eq!(
                        rows(text.as_bytes(), piece),
                        expected,
                        "{text:?} by {piece}"
                    );
                }
            }
        }
    }

    #[test]
    fn records_wider_than_any_buffer_are_counted() {
        let wide = format!("{}\n{}\n", "a,".repeat(5_000), "x".repeat(300_000));
        assert_eq!(rows(wide.as_bytes(), 1 << 20), 1);
        assert_eq!(rows(wide.as_bytes(), 1_000), 1);
    }

    proptest! {
        #[test]
        fn rows_are_those_a_csv_reader_finds(
            text in "[ab,\"\n\r]{0,40}",
            piece in 1usize..9,
        ) {
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(text.as_bytes());
            let records = reader.byte_records().count() as u64;
            prop_assert_eq!(rows(text.as_bytes(), piece), records.saturating_sub(1));
        }
    }

    fn source(folder: &tempfile::TempDir, name: &str, content: &[u8]) -> Source {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        Source::open(&path, &[PathBuf::from(folder.path())]).unwrap()
    }

    #[test]
    fn a_measurement_is_bytes_rows_and_digest() {
        let folder = tempfile::tempdir().unwrap();
        let at = "2026-11-23T00:00:00Z".parse().unwrap();
        let measured =
            measure(&source(&folder, "a.csv", b"a\n1\n2\n"), true, at, &|| true).unwrap();
        let digest = Digest(Sha256::digest(b"a\n1\n2\n").into());
        assert_eq!(
            measured,
            Measurement {
                bytes: 6,
                rows: Some(2),
                digest,
                at
            }
        );
        let large = vec![b'\n'; 3 * PIECE + 7];
        let measured = measure(&source(&folder, "large", &large), false, at, &|| true).unwrap();
        assert_eq!((measured.bytes, measured.rows), (large.len() as u64, None));
        assert_eq!(measured.digest, Digest(Sha256::digest(&large).into()));
        let wide = measure(
            &source(&folder, "b.csv", &[0xff, 0xfe, 10, 0]),
            true,
            at,
            &|| true,
        )
        .unwrap();
        assert_eq!(wide.rows, None);
    }

    #[test]
    fn a_source_that_changed_is_not_measured() {
        let folder = tempfile::tempdir().unwrap();
        let opened = source(&folder, "a.csv", b"a\n");
        source(&folder, "a.csv", b"a\n1\n");
        let error = measure(&opened, true, Timestamp::UNIX_EPOCH, &|| true).unwrap_err();
        assert_eq!(error.code(), chengji_domain::ErrorCode::SourceChanged);
    }

    #[test]
    fn a_reading_ends_when_it_is_told_to() {
        let folder = tempfile::tempdir().unwrap();
        let large = source(&folder, "large", &vec![0; 3 * PIECE]);
        let pieces = std::cell::Cell::new(0);
        let go_on = || {
            pieces.set(pieces.get() + 1);
            pieces.get() < 3
        };
        let error = measure(&large, false, Timestamp::UNIX_EPOCH, &go_on).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Unavailable);
        assert_eq!(pieces.get(), 3);
    }

    #[test]
    fn csv_is_known_by_extension_or_format() {
        use chengji_domain::catalogue::{Format, FormatKind, ShareClass};
        use chengji_testkit::entries;

        let mut entry = entries::entry(&entries::draft(1, ShareClass::Unconditional));
        entry.formats.clear();
        assert!(is_tabular(Path::new("x/A.CSV"), &entry));
        assert!(!is_tabular(Path::new("csv"), &entry));
        entry.formats.push(Format {
            kind: FormatKind::Spreadsheet,
            subtype: "Csv".to_owned(),
        });
        assert!(is_tabular(Path::new("x/a.txt"), &entry));
        assert!(!is_tabular(Path::new("x/a.xlsx"), &entry));
    }
}
