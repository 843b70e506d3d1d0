//! A sheet that pairs entries with files, or only lists entries: two columns of an Excel workbook or a
//! CSV file, `代码`/`code` and `文件`/`path`, in any order and among any others.

use std::path::Path;

use chengji_domain::catalogue::FieldProblem;
use chengji_domain::{Error, ErrorCode, Field, Result};
use chengji_messages::{Message, msg};

use super::header::{Header, Wanted};
use super::read::{broken, empty, refuse_sheet_name};
use super::records::{Record, Records, trimmed};
use super::row_limit::{MAX_ROWS, too_many};
use super::titled::Titled;
use super::{cells, lists, text, workbook};

const CODE: [&str; 4] = ["代码", "资源代码", "code", "resource_code"];
const FILE: [&str; 7] = [
    "文件",
    "路径",
    "文件路径",
    "文件名",
    "path",
    "file",
    "file_name",
];

/// The required columns of a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// Codes and files.
    Pairs,
    /// Codes.
    Codes,
}

/// The content of a sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// The rows with content, in the file's order.
    pub pairs: Vec<Pair>,
    /// The problems of the other rows.
    pub problems: Vec<PairProblem>,
    /// Notes about conversions and omissions, in English and Chinese.
    pub notes: Vec<Message>,
}

/// A row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    /// The line it starts in, from 1.
    pub line: u64,
    /// The entry's code as it is written in the sheet.
    pub code: String,
    /// The file's path as it is written in the sheet; empty if only codes are wanted.
    pub path: String,
}

/// A row that does not form a pair, and the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairProblem {
    /// The row's content.
    pub pair: Pair,
    /// The problem.
    pub problem: Message,
}

/// Reads a sheet: of a workbook the named one, or the only one with the wanted columns. Errors concern
/// the file as a whole.
pub fn read(path: &Path, sheet_name: Option<&str>, wants: Wants) -> Result<Mapping> {
    let file = path.display().to_string();
    let wanted = Wanted {
        is_header: &|texts| Columns::of(texts.iter().copied(), wants).is_some(),
        headings: wants.headings(),
    };
    let header = Header::Wanted(&wanted);
    if workbook::is_workbook(path) {
        let read = workbook::read(path, &file, sheet_name, &header)?;
        let mut mapping = gather(read.records.into_iter().map(Ok), &file, wants)?;
        mapping.notes = read.notes;
        return Ok(mapping);
    }
    refuse_sheet_name(&file, sheet_name)?;
    let decoded = text::read(path)?;
    let mut records = Titled::new(Records::new(&decoded.text, &file), &header)?;
    let titles = records.note();
    let mut mapping = gather(records, &file, wants)?;
    mapping.notes.extend(decoded.note);
    mapping.notes.extend(titles);
    Ok(mapping)
}

impl Wants {
    /// The header rows that a file of this kind may have.
    fn headings(self) -> String {
        let rows = match self {
            Self::Pairs => ["代码,文件", "code,path"],
            Self::Codes => ["代码", "code"],
        };
        rows.join(" / ")
    }
}

/// The columns of codes and files.
#[derive(Clone, Copy, Debug)]
struct Columns {
    code: usize,
    file: Option<usize>,
}

impl Columns {
    fn of<'a>(headings: impl Iterator<Item = &'a str> + Clone, wants: Wants) -> Option<Self> {
        let place = |names: &[&str]| {
            headings.clone().position(|heading| {
                let heading = trimmed(heading.trim_matches(['*', '＊']));
                names.iter().any(|name| heading.eq_ignore_ascii_case(name))
            })
        };
        let (code, file) = (place(&CODE)?, place(&FILE));
        (file.is_some() || wants == Wants::Codes).then_some(Self { code, file })
    }
}

fn gather(
    mut records: impl Iterator<Item = Result<Record>>,
    file: &str,
    wants: Wants,
) -> Result<Mapping> {
    let Some(header) = records.next().transpose()? else {
        return Err(empty(msg::SheetFileEmpty { file }));
    };
    let columns = Columns::of(header.cells.iter(), wants).ok_or_else(|| {
        let message = msg::SheetPairsNoHeader {
            file,
            headings: wants.headings(),
            line: header.line,
        };
        Error::new(ErrorCode::InvalidArgument, message)
    })?;
    let mut mapping = Mapping::default();
    for (row, record) in records.enumerate() {
        if row >= MAX_ROWS {
            return Err(too_many(file));
        }
        take(&mut mapping, columns, wants, &record?);
    }
    if mapping.pairs.is_empty() && mapping.problems.is_empty() {
        return Err(empty(msg::SheetFileWithoutRows { file }));
    }
    Ok(mapping)
}

fn take(mapping: &mut Mapping, columns: Columns, wants: Wants, record: &Record) {
    let cell = |column: usize| trimmed(record.cells.get(column).unwrap_or_default());
    let pair = Pair {
        line: record.line,
        code: lists::half_width(cell(columns.code)),
        path: match wants {
            Wants::Pairs => columns.file.map(cell).unwrap_or_default().to_owned(),
            Wants::Codes => String::new(),
        },
    };
    let of_interest = [Some(columns.code), columns.file];
    let is_broken = |column: &&usize| of_interest.contains(&Some(**column));
    let problem: Message = if let Some(column) = record.broken.iter().find(is_broken) {
        broken(cell(*column))
    } else if pair.code.is_empty() {
        msg::SheetPairWithoutCode.into()
    } else if pair.path.is_empty() && wants == Wants::Pairs {
        msg::SheetPairWithoutFile.into()
    } else if let Err(error) = pair.code.parse::<chengji_domain::ResourceCode>() {
        let cause = error.message();
        let invalid = msg::CatalogueCodeInvalid { cause };
        let problem = FieldProblem::new(Field::Code, &pair.code, invalid);
        cells::as_made_by_a_spreadsheet(problem).message
    } else {
        mapping.pairs.push(pair);
        return;
    };
    mapping.problems.push(PairProblem { pair, problem });
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rust_xlsxwriter::Workbook;

    use super::*;

    fn of_text(bytes: &[u8], wants: Wants) -> Result<Mapping> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sheet.csv");
        fs::write(&path, bytes).unwrap();
        read(&path, None, wants)
    }

    fn pair(line: u64, code: &str, path: &str) -> Pair {
        Pair {
            line,
            code: code.to_owned(),
            path: path.to_owned(),
        }
    }

    #[test]
    fn columns_stand_in_any_order_under_any_of_their_names_in_any_encoding() {
        for (code, file) in [
            ("代码", "文件"),
            ("Code", "PATH"),
            ("*资源代码", "文件路径"),
        ] {
            let text = format!(
                "备注,{file},{code}\n,a b.csv, １03001/000001\n\nx,区划.csv,103001000002\n"
            );
            let expected = [
                pair(2, "103001/000001", "a b.csv"),
                pair(4, "103001000002", "区划.csv"),
            ];
            let read = of_text(text.as_bytes(), Wants::Pairs).unwrap();
            assert_eq!(
                (read.pairs.as_slice(), read.problems.len()),
                (&expected[..], 0)
            );
            let (bytes, _, _) = encoding_rs::GB18030.encode(&text);
            let read = of_text(&bytes, Wants::Pairs).unwrap();
            assert_eq!(read.pairs, expected);
            assert_eq!(read.notes.len(), 1);
        }
    }

    #[test]
    fn a_workbook_is_read_as_a_text_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sheet.xlsx");
        let mut workbook = Workbook::new();
        workbook.add_worksheet().write_string(0, 0, "说明").unwrap();
        let sheet = workbook.add_worksheet();
        sheet.write_string(0, 0, "挂接清单").unwrap();
        sheet.write_string(2, 0, "文件").unwrap();
        sheet.write_string(2, 1, "代码").unwrap();
        sheet.write_string(3, 0, "a.csv").unwrap();
        sheet.write_number(3, 1, 103_001_000_001.0).unwrap();
        sheet.write_string(4, 0, "b.csv").unwrap();
        sheet.write_number(4, 1, 1.030_010_000_01e18).unwrap();
        workbook.save(&path).unwrap();
        let read = read(&path, None, Wants::Pairs).unwrap();
        assert_eq!(read.pairs, [pair(4, "103001000001", "a.csv")]);
        assert_eq!(read.problems.len(), 1);
        let problem = &read.problems[0];
        assert_eq!(problem.pair.line, 5);
        assert_eq!(problem.problem, Message::from(msg::SheetCodeBecameNumber));
        let missing = super::read(&path, Some("没有"), Wants::Pairs).unwrap_err();
        assert_eq!(missing.message().code(), "sheet-not-found");
    }

    #[test]
    fn rows_that_pair_nothing_are_told_each() {
        let text = "code,file\n,a.csv\n103001000001,\nabc,b.csv\n103001000002,c.csv\n";
        let read = of_text(text.as_bytes(), Wants::Pairs).unwrap();
        let found = read.problems.iter();
        let found: Vec<_> = found
            .map(|found| (found.pair.line, found.problem.code()))
            .collect();
        let expected = [
            (2, "sheet-pair-without-code"),
            (3, "sheet-pair-without-file"),
            (4, "catalogue-code-invalid"),
        ];
        assert_eq!(found, expected);
        let codes = of_text(text.as_bytes(), Wants::Codes).unwrap();
        assert_eq!((codes.pairs.len(), codes.problems.len()), (2, 2));
    }

    #[test]
    fn a_sheet_without_the_columns_is_refused_with_their_names() {
        for text in ["code,note\n1,2\n", "", "code,path\n"] {
            assert!(of_text(text.as_bytes(), Wants::Pairs).is_err(), "{text}");
        }
        let error = of_text(b"code,note\n1,2\n", Wants::Pairs).unwrap_err();
        let headings = "代码,文件 / code,path".into();
        assert_eq!(error.message().param("headings"), Some(&headings));
    }
}
