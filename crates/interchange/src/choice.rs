//! Chooses the sheet of a workbook: the named one, or the only visible one with a header and rows below
//! it. If there are two such sheets, that is an error.

use std::io::{Read, Seek};

use calamine::{Reader, SheetVisible, Xlsx, XlsxError};
use chengji_domain::{Error, ErrorCode, Result};

use super::header::Header;
use super::worksheet::first_rows;

/// The sheet with an example in a workbook that `catalogue template` wrote.
pub(super) const EXAMPLE: &str = "示例";
/// Maximum number of sheets listed in a message.
const MAX_NAMED: usize = 20;

/// The chosen sheet, and the notes about it and the others.
pub(super) struct Choice {
    pub(super) name: String,
    pub(super) notes: Vec<String>,
}

/// A sheet and its properties that are known without reading it whole.
struct Seen {
    name: String,
    hidden: bool,
}

impl Seen {
    fn told(&self) -> String {
        let hidden = if self.hidden { " (hidden 隐藏)" } else { "" };
        format!("'{}'{hidden}", self.name)
    }
}

/// Chooses the sheet; `unusable` describes the error of a workbook that cannot be read.
pub(super) fn choose<R: Read + Seek>(
    workbook: &mut Xlsx<R>,
    file: &str,
    named: Option<&str>,
    header: &Header<'_>,
    unusable: &dyn Fn(&dyn std::fmt::Display) -> Error,
) -> Result<Choice> {
    let sheets = workbook.sheets_metadata().iter();
    let sheets: Vec<Seen> = sheets
        .map(|sheet| Seen {
            name: sheet.name.clone(),
            hidden: sheet.visible != SheetVisible::Visible,
        })
        .collect();
    let chosen = match named {
        Some(named) => sheets.iter().position(|sheet| sheet.name == named),
        None => only(workbook, &sheets, file, header).map_err(|e| e.told(unusable))?,
    };
    let Some(chosen) = chosen else {
        return Err(none(file, named, header, &sheets));
    };
    let sheet = &sheets[chosen];
    let hidden = if sheet.hidden { " (hidden 隐藏)" } else { "" };
    let name = sheet.name.clone();
    let mut notes = vec![format!(
        "the sheet '{name}'{hidden} was read 读取工作表“{name}”"
    )];
    let others = sheets.iter().filter(|sheet| sheet.name != name);
    let others: Vec<String> = others.map(Seen::told).collect();
    if !others.is_empty() {
        let others = others.join(", ");
        notes.push(format!(
            "the sheets {others} were not read 其他工作表未读取"
        ));
    }
    Ok(Choice { name, notes })
}

enum Trouble {
    Unreadable(XlsxError),
    Several(Error),
}

impl Trouble {
    fn told(self, unusable: &dyn Fn(&dyn std::fmt::Display) -> Error) -> Error {
        match self {
            Self::Unreadable(error) => unusable(&error),
            Self::Several(error) => error,
        }
    }
}

/// The place of the only visible sheet with a header and rows, or of the first with a header.
fn only<R: Read + Seek>(
    workbook: &mut Xlsx<R>,
    sheets: &[Seen],
    file: &str,
    header: &Header<'_>,
) -> Result<Option<usize>, Trouble> {
    let (mut filled, mut bare) = (Vec::new(), Vec::new());
    let visible = sheets.iter().enumerate();
    for (at, sheet) in visible.filter(|(_, sheet)| !sheet.hidden && sheet.name != EXAMPLE) {
        let rows = first_rows(workbook, &sheet.name).map_err(Trouble::Unreadable)?;
        match header.place(&rows) {
            Some(place) if place + 1 < rows.len() => filled.push(at),
            Some(_) => bare.push(at),
            None => {}
        }
    }
    if filled.len() > 1 && !matches!(header, Header::Widest) {
        let names: Vec<String> = filled.iter().map(|at| sheets[*at].told()).collect();
        return Err(Trouble::Several(several(file, &names)));
    }
    Ok(filled.first().or(bare.first()).copied())
}

fn several(file: &str, names: &[String]) -> Error {
    let more = names.len().saturating_sub(MAX_NAMED);
    let mut told = names[..names.len() - more].join(", ");
    if more > 0 {
        told = format!("{told} and {more} more 等");
    }
    let message =
        format!("{file}: each of the sheets {told} has a header and rows 多个工作表均有表头");
    Error::new(ErrorCode::InvalidArgument, message).with_remedy(
        "name the one that is meant with --sheet, and import one after the other 请用 --sheet \
         指定工作表，逐个导入",
    )
}

fn none(file: &str, named: Option<&str>, header: &Header<'_>, sheets: &[Seen]) -> Error {
    if let Some(named) = named {
        let names: Vec<&str> = sheets.iter().map(|sheet| sheet.name.as_str()).collect();
        let message = format!("{file} has no sheet '{named}'");
        return Error::new(ErrorCode::NotFound, message)
            .with_remedy(format!("name one of: {}", names.join(", ")));
    }
    let message = format!("{file}: no sheet has a header row with the columns' names");
    let left_out = sheets.iter();
    let left_out = left_out.filter(|sheet| sheet.hidden || sheet.name == EXAMPLE);
    let left_out: Vec<String> = left_out.map(Seen::told).collect();
    let or = match left_out.as_slice() {
        [] => String::new(),
        names => format!(
            "; or name one of these with --sheet 或用 --sheet 指定: {}",
            names.join(", ")
        ),
    };
    Error::new(ErrorCode::InvalidArgument, message).with_remedy(format!(
        "name the columns 列名应为: {}{or}",
        header.wanted()
    ))
}
