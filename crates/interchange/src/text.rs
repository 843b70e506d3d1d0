//! Decodes a file to text: UTF-8 with or without a byte order mark, or GB18030 as saved by older Chinese
//! spreadsheet programs. Other kinds of file are refused by name; nothing is replaced.

use std::fs::File;
use std::io::{Cursor, ErrorKind, Read};
use std::path::Path;

use calamine::{Reader as _, Xlsx, XlsxError};
use chengji_domain::{Error, ErrorCode, Result, Violation};
use chengji_messages::{Message, msg};
use encoding_rs::{DecoderResult, GB18030};

/// Maximum size of a file, bytes.
pub(super) const MAX_BYTES: u64 = 300_000_000;
/// Maximum number of undecodable lines listed.
const MAX_NAMED: usize = 20;
const MARK: &[u8] = b"\xEF\xBB\xBF";
/// The first bytes of .xls workbooks and encrypted ones.
const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0";

/// A file's text, and the note about its decoding.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) note: Option<Message>,
}

/// Opens a file whose size is within the limit.
pub(super) fn open(path: &Path, name: &str) -> Result<File> {
    let file = File::open(path).map_err(|e| unreadable(name, &e))?;
    let length = file.metadata().map_err(|e| unreadable(name, &e))?.len();
    if length > MAX_BYTES {
        return Err(too_large(name));
    }
    Ok(file)
}

/// Reads a whole file.
pub(super) fn read(path: &Path) -> Result<Decoded> {
    let name = path.display().to_string();
    let mut bytes = Vec::new();
    // The length of special files is unknown.
    open(path, &name)?
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| unreadable(&name, &e))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(too_large(&name));
    }
    decode(bytes, &name)
}

pub(super) fn too_large(name: &str) -> Error {
    let message = msg::SheetFileTooLarge {
        file: name,
        most: MAX_BYTES / 1_000_000,
    };
    Error::new(ErrorCode::LimitExceeded, message)
}

/// The error for a file that cannot be read.
pub(super) fn unreadable(name: &str, cause: &std::io::Error) -> Error {
    let file = name;
    match cause.kind() {
        ErrorKind::NotFound => {
            Error::new(ErrorCode::NotFound, msg::SheetFileNotFound { cause, file })
        }
        ErrorKind::IsADirectory => Error::new(
            ErrorCode::InvalidArgument,
            msg::SheetFileIsFolder { cause, file },
        ),
        _ => Error::new(
            ErrorCode::InvalidArgument,
            msg::SheetFileUnreadable { cause, file },
        ),
    }
}

fn decode(mut bytes: Vec<u8>, name: &str) -> Result<Decoded> {
    refuse_other_kinds(&bytes, name)?;
    let marked = bytes.starts_with(MARK);
    if marked {
        bytes.drain(..MARK.len());
    }
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return Ok(Decoded { text, note: None }),
        Err(e) => e.into_bytes(),
    };
    if marked || starts_as_utf8(&bytes) {
        return Err(undecodable(name, "UTF-8", breaks_in_utf8(&bytes)));
    }
    let text = gb18030(&bytes).map_err(|breaks| undecodable(name, "GB18030", breaks))?;
    Ok(Decoded {
        text,
        note: Some(msg::SheetReadAsGb18030.into()),
    })
}

fn refuse_other_kinds(bytes: &[u8], name: &str) -> Result<()> {
    let file = name;
    if is_encrypted(bytes) {
        let encrypted = msg::SheetFileEncrypted { file };
        return Err(Error::new(ErrorCode::InvalidArgument, encrypted));
    }
    let kind: Message = match bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => msg::SheetKindUtf16.into(),
        [b'P', b'K', 3, 4, ..] => msg::SheetKindZip.into(),
        bytes if bytes.starts_with(COMPOUND) => msg::SheetKindXls.into(),
        _ => return refuse_zeros(bytes, name),
    };
    let message = msg::SheetFileOfOtherKind { file, kind };
    Err(Error::new(ErrorCode::InvalidArgument, message))
}

/// Returns true if the bytes are an encrypted workbook ([MS-OFFCRYPTO] 2.3.4.4): a compound file, as of .xls, whose
/// directory names an `EncryptedPackage`.
fn is_encrypted(bytes: &[u8]) -> bool {
    bytes.starts_with(COMPOUND) && matches!(Xlsx::new(Cursor::new(bytes)), Err(XlsxError::Password))
}

fn refuse_zeros(bytes: &[u8], name: &str) -> Result<()> {
    let Some(at) = bytes.iter().position(|byte| *byte == 0) else {
        return Ok(());
    };
    let line = 1 + line_ends(&bytes[..at]);
    let message = msg::SheetZeroByte { file: name, line };
    Err(Error::new(ErrorCode::InvalidArgument, message))
}

/// Returns true if the first line has Chinese or other non-ASCII text in UTF-8. GB18030 hardly ever looks
/// like it.
fn starts_as_utf8(bytes: &[u8]) -> bool {
    let first = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    !first.is_ascii() && std::str::from_utf8(first).is_ok()
}

/// A line, and its undecodable bytes.
type Break = (u64, Vec<u8>);

fn breaks_in_utf8(bytes: &[u8]) -> Vec<Break> {
    let mut breaks: Vec<Break> = Vec::new();
    let mut line = 1;
    for chunk in bytes.utf8_chunks() {
        line += line_ends(chunk.valid().as_bytes());
        if !chunk.invalid().is_empty() {
            add(&mut breaks, line, chunk.invalid());
        }
    }
    breaks
}

fn gb18030(bytes: &[u8]) -> Result<String, Vec<Break>> {
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 2 + 16);
    let mut breaks: Vec<Break> = Vec::new();
    let (mut at, mut counted, mut line) = (0, 0, 1);
    loop {
        let (result, taken) =
            decoder.decode_to_string_without_replacement(&bytes[at..], &mut text, true);
        at += taken;
        match result {
            DecoderResult::InputEmpty if breaks.is_empty() => return Ok(text),
            DecoderResult::InputEmpty => return Err(breaks),
            DecoderResult::OutputFull => text.reserve(bytes.len() - at + 1024),
            DecoderResult::Malformed(length, after) => {
                let end = at - usize::from(after);
                let start = end - usize::from(length);
                line += line_ends(&bytes[counted..start]);
                counted = start;
                add(&mut breaks, line, &bytes[start..end]);
            }
        }
    }
}

/// Adds a line once, with its first undecodable bytes; one more than the limit results in "and more".
fn add(breaks: &mut Vec<Break>, line: u64, bytes: &[u8]) {
    if breaks.len() <= MAX_NAMED && breaks.last().is_none_or(|(last, _)| *last != line) {
        breaks.push((line, bytes.to_vec()));
    }
}

fn line_ends(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

fn undecodable(name: &str, encoding: &str, breaks: Vec<Break>) -> Error {
    let file = name;
    let message: Message = match breaks.len() > MAX_NAMED {
        true => msg::SheetUndecodableAndMore { encoding, file }.into(),
        false => msg::SheetUndecodable { encoding, file }.into(),
    };
    let named = breaks.into_iter().take(MAX_NAMED);
    let violations = named.map(|(line, bytes)| {
        let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        let bytes = hex.join(" ");
        let place: Message = msg::SheetLine { line }.into();
        Violation::new(place, msg::SheetBytesUndecodable { bytes, encoding })
    });
    Error::new(ErrorCode::InvalidArgument, message).with_violations(violations.collect())
}

#[cfg(test)]
mod tests {
    use chengji_domain::Location;
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "分类,名称\r\n1/03/001,“城际”〇𠮷\n";

    fn text(bytes: &[u8]) -> Result<String> {
        decode(bytes.to_vec(), "f.csv").map(|decoded| decoded.text)
    }

    fn lines_of(error: &Error) -> Vec<Location> {
        let lines = error.violations().iter();
        lines.map(|violation| violation.field.clone()).collect()
    }

    fn line(line: u32) -> Location {
        Message::from(msg::SheetLine { line }).into()
    }

    #[test]
    fn utf8_with_or_without_mark_and_gb18030_are_one_text() {
        assert_eq!(text(TEXT.as_bytes()).unwrap(), TEXT);
        assert_eq!(text(&[MARK, TEXT.as_bytes()].concat()).unwrap(), TEXT);
        let gb = GB18030.encode(TEXT).0.into_owned();
        let decoded = decode(gb, "f.csv").unwrap();
        assert_eq!(decoded.text, TEXT);
        assert_eq!(decoded.note, Some(msg::SheetReadAsGb18030.into()));
    }

    #[test]
    fn other_kinds_of_file_are_refused_by_name() {
        let utf16: Vec<u8> = "\u{FEFF}分类"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let of_kind = |kind: Message| msg::SheetFileOfOtherKind {
            file: "f.csv",
            kind,
        };
        let zero = msg::SheetZeroByte {
            file: "f.csv",
            line: 2_u32,
        };
        let expected: [(&[u8], Message); 5] = [
            (&utf16, of_kind(msg::SheetKindUtf16.into()).into()),
            (
                b"\xFE\xFF\x52\x06",
                of_kind(msg::SheetKindUtf16.into()).into(),
            ),
            (b"PK\x03\x04....", of_kind(msg::SheetKindZip.into()).into()),
            (
                b"\xD0\xCF\x11\xE0....",
                of_kind(msg::SheetKindXls.into()).into(),
            ),
            (b"a,b\n1,\x00\n", zero.into()),
        ];
        for (bytes, message) in expected {
            let error = text(bytes).unwrap_err();
            assert_eq!(error, Error::new(ErrorCode::InvalidArgument, message));
        }
    }

    #[test]
    fn undecodable_bytes_are_named_by_line() {
        let mut bytes = TEXT.as_bytes().to_vec();
        bytes.extend_from_slice("长沙\nx\n\n".as_bytes());
        bytes.extend_from_slice(b"ab\xFFcd\xFF\n\xE9\x95,\n");
        let error = text(&bytes).unwrap_err();
        assert_eq!(lines_of(&error), [line(6), line(7)]);
        let bytes = msg::SheetBytesUndecodable {
            bytes: "E9 95",
            encoding: "UTF-8",
        };
        assert_eq!(error.violations()[1].problem, Message::from(bytes));

        let mut bytes = GB18030.encode(TEXT).0.into_owned();
        bytes.extend_from_slice(b"\xB3\xA4\n\xFF\xFF\nab\x81\n");
        let error = text(&bytes).unwrap_err();
        assert_eq!(lines_of(&error), [line(4), line(5)]);
        let undecodable = msg::SheetUndecodable {
            encoding: "GB18030",
            file: "f.csv",
        };
        assert_eq!(*error.message(), Message::from(undecodable));
    }

    #[test]
    fn a_file_that_is_too_large_is_refused_before_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.csv");
        File::create(&path).unwrap().set_len(MAX_BYTES + 1).unwrap();
        let error = read(&path).unwrap_err();
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
        assert_eq!(error.message().code(), "sheet-file-too-large");
    }

    #[test]
    fn a_missing_file_and_a_folder_say_so() {
        let missing = read(Path::new("/nowhere/catalogue.csv")).unwrap_err();
        assert_eq!(missing.code(), ErrorCode::NotFound);
        let folder = read(Path::new("/")).unwrap_err();
        assert_eq!(folder.code(), ErrorCode::InvalidArgument);
    }

    proptest! {
        #[test]
        fn any_text_is_read_back_from_utf8(text in "[^\0\u{FEFF}]*") {
            prop_assert_eq!(decode(text.clone().into_bytes(), "f").unwrap().text, text);
        }

        #[test]
        fn any_bytes_are_text_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = decode(bytes, "f");
        }
    }
}
