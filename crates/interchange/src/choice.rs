//! Chooses the sheet of a workbook: the named one, or the only visible one with a header and rows below
//! it. If there are two such sheets, that is an error.

use std::io::{Read, Seek};

use calamine::{Reader, SheetVisible, Xlsx, XlsxError};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, Value, msg};

use super::header::Header;
use super::worksheet::first_rows;

/// The sheet with an example in a workbook that `catalogue template` wrote.
pub(super) const EXAMPLE: &str = "示例";
/// Maximum number of sheets listed in a message.
const MAX_NAMED: usize = 20;

/// The chosen sheet, and the notes about it and the others.
pub(super) struct Choice {
    pub(super) name: String,
    pub(super) notes: Vec<Message>,
}

/// A sheet and its properties that are known without reading it whole.
struct Seen {
    name: String,
    hidden: bool,
}

impl Seen {
    fn label(&self) -> Value {
        let name = &self.name;
        match self.hidden {
            true => msg::SheetNamedHidden { name }.into(),
            false => msg::SheetNamed { name }.into(),
        }
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
        None => only(workbook, &sheets, file, header).map_err(|e| e.into_error(unusable))?,
    };
    let Some(chosen) = chosen else {
        return Err(none(file, named, header, &sheets));
    };
    let sheet = &sheets[chosen];
    let name = sheet.name.clone();
    let label = sheet.label();
    let mut notes = vec![msg::SheetRead { sheet: label }.into()];
    let others = sheets.iter().filter(|sheet| sheet.name != name);
    let others: Vec<Value> = others.map(Seen::label).collect();
    if !others.is_empty() {
        notes.push(msg::SheetOthersNotRead { sheets: others }.into());
    }
    Ok(Choice { name, notes })
}

enum Trouble {
    Unreadable(XlsxError),
    Several(Error),
}

impl Trouble {
    fn into_error(self, unusable: &dyn Fn(&dyn std::fmt::Display) -> Error) -> Error {
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
        let names = filled.iter().map(|at| sheets[*at].label()).collect();
        return Err(Trouble::Several(several(file, names)));
    }
    Ok(filled.first().or(bare.first()).copied())
}

fn several(file: &str, mut sheets: Vec<Value>) -> Error {
    let more = sheets.len().saturating_sub(MAX_NAMED);
    sheets.truncate(MAX_NAMED);
    let message: Message = match more {
        0 => msg::SheetSeveral { file, sheets }.into(),
        more => msg::SheetSeveralAndMore { file, more, sheets }.into(),
    };
    Error::new(ErrorCode::InvalidArgument, message)
}

fn none(file: &str, named: Option<&str>, header: &Header<'_>, sheets: &[Seen]) -> Error {
    if let Some(named) = named {
        let sheets: Vec<&str> = sheets.iter().map(|sheet| sheet.name.as_str()).collect();
        let message = msg::SheetNotFound {
            file,
            name: named,
            sheets,
        };
        return Error::new(ErrorCode::NotFound, message);
    }
    let left_out = sheets.iter();
    let left_out = left_out.filter(|sheet| sheet.hidden || sheet.name == EXAMPLE);
    let sheets: Vec<Value> = left_out.map(Seen::label).collect();
    let headings = header.wanted();
    let message: Message = match sheets.as_slice() {
        [] => msg::SheetNoHeader { file, headings }.into(),
        _ => msg::SheetNoHeaderVisible {
            file,
            headings,
            sheets,
        }
        .into(),
    };
    Error::new(ErrorCode::InvalidArgument, message)
}
