//! Decodes a file to text: UTF-8 with or without a byte order mark, or GB18030 as saved by older Chinese
//! spreadsheet programs. Other kinds of file are refused by name; nothing is replaced.

use std::fs::File;
use std::io::{Cursor, ErrorKind, Read};
use std::path::Path;

use calamine::{Reader as _, Xlsx, XlsxError};
use chengji_domain::{Error, ErrorCode, Result, Violation};
use encoding_rs::{DecoderResult, GB18030};

/// Maximum size of a file, bytes.
pub(super) const MAX_BYTES: u64 = 300_000_000;
/// Maximum number of undecodable lines listed.
const MAX_NAMED: usize = 20;
const MARK: &[u8] = b"\xEF\xBB\xBF";
/// The first bytes of .xls workbooks and encrypted ones.
const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0";
const UNLOCK: &str = "open it, take the password away (File, Info, Protect Workbook, Encrypt with Password), \
                      and save it as .xlsx 请用 Excel 或 WPS 打开，取消打开密码后另存为 .xlsx";
const SAVE_AS: &str = "save the sheet as \"CSV UTF-8\" and import that file \
                       请另存为“CSV UTF-8（逗号分隔）”后再导入";

/// A file's text, and the note about its decoding.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) note: Option<String>,
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
    let message = format!(
        "{name}: the file is larger than {} MB",
        MAX_BYTES / 1_000_000
    );
    Error::new(ErrorCode::LimitExceeded, message)
        .with_remedy("split the file and import one part after the other 请拆分后分次导入")
}

/// The error for a file that cannot be read.
pub(super) fn unreadable(name: &str, cause: &std::io::Error) -> Error {
    let (code, remedy) = match cause.kind() {
        ErrorKind::NotFound => (ErrorCode::NotFound, "check the file's name and folder"),
        ErrorKind::IsADirectory => (ErrorCode::InvalidArgument, "name a file in the folder"),
        _ => (ErrorCode::InvalidArgument, "name a file that you may read"),
    };
    Error::new(code, format!("{name} cannot be read: {cause}")).with_remedy(remedy)
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
        note: Some("the file was read as GB18030 文件按 GB18030 编码读取".to_owned()),
    })
}

fn refuse_other_kinds(bytes: &[u8], name: &str) -> Result<()> {
    if is_encrypted(bytes) {
        let message =
            format!("{name} is a workbook that opens with a password only 工作簿设有打开密码");
        return Err(Error::new(ErrorCode::InvalidArgument, message).with_remedy(UNLOCK));
    }
    let kind = match bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => "UTF-16 text (\"Unicode text\")",
        [b'P', b'K', 3, 4, ..] => "an .xlsx workbook or a ZIP archive",
        bytes if bytes.starts_with(COMPOUND) => "an .xls workbook",
        _ => return refuse_zeros(bytes, name),
    };
    let message = format!("{name} is {kind}, not a CSV file in UTF-8 or GB18030");
    Err(Error::new(ErrorCode::InvalidArgument, message).with_remedy(SAVE_AS))
}

/// Returns true if the bytes are an encrypted workbook ([MS-OFFCRYPTO] 2.3.4.4): a compound file, as of
/// .xls, whose directory names an `EncryptedPackage`.
fn is_encrypted(bytes: &[u8]) -> bool {
    bytes.starts_with(COMPOUND) && matches!(Xlsx::new(Cursor::new(bytes)), Err(XlsxError::Password))
}

fn refuse_zeros(bytes: &[u8], name: &str) -> Result<()> {
    let Some(at) = bytes.iter().position(|byte| *byte == 0) else {
        return Ok(());
    };
    let line = 1 + line_ends(&bytes[..at]);
    let message = format!("{name}: line {line} holds a zero byte, which no CSV text has");
    Err(Error::new(ErrorCode::InvalidArgument, message).with_remedy(SAVE_AS))
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
    let more = if breaks.len() > MAX_NAMED {
        ", and more"
    } else {
        ""
    };
    let message =
        format!("{name} has bytes that are no text in {encoding}, in the lines below{more}");
    let named = breaks.into_iter().take(MAX_NAMED);
    let violations = named.map(|(line, bytes)| {
        let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        Violation {
            field: format!("line {line} 第{line}行").into(),
            problem: format!("the bytes {} 无法按 {encoding} 解码", hex.join(" ")).into(),
        }
    });
    Error::new(ErrorCode::InvalidArgument, message)
        .with_violations(violations.collect())
        .with_remedy(SAVE_AS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "分类,名称\r\n1/03/001,“城际”〇𠮷\n";

    fn text(bytes: &[u8]) -> Result<String> {
        decode(bytes.to_vec(), "f.csv").map(|decoded| decoded.text)
    }

    fn lines_of(error: &Error) -> Vec<String> {
        error
            .violations()
            .iter()
            .map(|v| v.field.to_string())
            .collect()
    }

    #[test]
    fn utf8_with_or_without_mark_and_gb18030_are_one_text() {
        assert_eq!(text(TEXT.as_bytes()).unwrap(), TEXT);
        assert_eq!(text(&[MARK, TEXT.as_bytes()].concat()).unwrap(), TEXT);
        let gb = GB18030.encode(TEXT).0.into_owned();
        let decoded = decode(gb, "f.csv").unwrap();
        assert_eq!(decoded.text, TEXT);
        assert!(decoded.note.unwrap().contains("GB18030"));
    }

    #[test]
    fn other_kinds_of_file_are_refused_by_name() {
        let utf16: Vec<u8> = "\u{FEFF}分类"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        for (bytes, word) in [
            (utf16.as_slice(), "UTF-16"),
            (b"\xFE\xFF\x52\x06", "UTF-16"),
            (b"PK\x03\x04....", "xlsx"),
            (b"\xD0\xCF\x11\xE0....", "xls"),
            (b"a,b\n1,\x00\n", "line 2"),
        ] {
            let error = text(bytes).unwrap_err();
            assert!(error.message().contains(word), "{error}");
            assert_eq!(error.remedy(), SAVE_AS);
        }
    }

    #[test]
    fn undecodable_bytes_are_named_by_line() {
        let mut bytes = TEXT.as_bytes().to_vec();
        bytes.extend_from_slice("长沙\nx\n\n".as_bytes());
        bytes.extend_from_slice(b"ab\xFFcd\xFF\n\xE9\x95,\n");
        let error = text(&bytes).unwrap_err();
        assert_eq!(lines_of(&error), ["line 6 第6行", "line 7 第7行"]);
        assert!(error.violations()[1].problem.contains("E9 95"), "{error:?}");

        let mut bytes = GB18030.encode(TEXT).0.into_owned();
        bytes.extend_from_slice(b"\xB3\xA4\n\xFF\xFF\nab\x81\n");
        let error = text(&bytes).unwrap_err();
        assert_eq!(lines_of(&error), ["line 4 第4行", "line 5 第5行"]);
        assert!(error.message().contains("GB18030"), "{error}");
    }

    #[test]
    fn a_file_that_is_too_large_is_refused_before_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.csv");
        File::create(&path).unwrap().set_len(MAX_BYTES + 1).unwrap();
        let error = read(&path).unwrap_err();
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
        assert!(error.message().contains("larger than 300 MB"), "{error}");
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
