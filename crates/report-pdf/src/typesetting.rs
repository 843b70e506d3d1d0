//! Typesets a document: the typesetter can read the template and the document's texts, and nothing else.

use std::collections::BTreeSet;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use jiff::Timestamp;
use jiff::tz::Offset;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Dict, Duration, Smart, Str, Value};
use typst::layout::{Frame, FrameItem};
use typst::syntax::{FileId, Source};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_kit::fonts::FontStore;
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;

use crate::document::Document;
use crate::fonts::{families, is_drawn, missing};

/// The layout of the document; it has no text of its own.
const TEMPLATE: &str = include_str!("report.typ");

/// Typesets a document as PDF, dated `at`. The same document gives the same bytes, as long as the fonts are the same.
///
/// # Errors
///
/// `MISCONFIGURED` if a character of it is in no font; `INTERNAL` if the typesetter fails.
pub(crate) fn typeset(document: &Document, at: Timestamp, fonts: FontStore) -> Result<Vec<u8>> {
    let json = to_json(document)?;
    // All characters of the document are in its JSON; page numbers take some of the printable ones, which any font of
    // texts has.
    let families = families(fonts.book(), (' '..='~').chain(json.chars()))?;
    let inputs = [("document", json), ("fonts", to_json(&families)?)];
    let inputs = inputs.map(|(name, json)| (Str::from(name), Value::Str(Str::from(json))));
    let inputs: Dict = inputs.into_iter().collect();
    let environment = Environment {
        library: LazyHash::new(Library::builder().with_inputs(inputs).build()),
        fonts,
        template: Source::detached(TEMPLATE),
    };
    let laid_out = typst::compile::<PagedDocument>(&environment).output;
    let laid_out = laid_out.map_err(|errors| failed(&errors))?;
    let mut not_drawn = BTreeSet::new();
    for page in laid_out.pages() {
        without_glyph(&page.frame, &mut not_drawn);
    }
    if !not_drawn.is_empty() {
        return Err(missing(&not_drawn));
    }
    let options = PdfOptions {
        creator: Smart::Custom(Some(env!("CARGO_PKG_NAME").to_owned())),
        timestamp: timestamp(at),
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&laid_out, &options).map_err(|errors| failed(&errors))
}

fn to_json(value: &impl serde::Serialize) -> Result<String> {
    let json = serde_json::to_string(value);
    json.map_err(|cause| internal(cause.to_string()))
}

fn failed(errors: &[SourceDiagnostic]) -> Error {
    let errors: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
    internal(errors.join("; "))
}

fn internal(cause: String) -> Error {
    Error::new(ErrorCode::Internal, msg::ReportPdfFailed { cause })
}

/// Adds the characters of a frame for which its font has no glyph, so that a box would be drawn.
fn without_glyph(frame: &Frame, found: &mut BTreeSet<char>) {
    for (_, item) in frame.items() {
        match item {
            FrameItem::Group(group) => without_glyph(&group.frame, found),
            FrameItem::Text(run) => {
                for glyph in run.glyphs.iter().filter(|glyph| glyph.id == 0) {
                    let text = run.text.get(glyph.range()).into_iter();
                    found.extend(text.flat_map(str::chars).filter(|c| is_drawn(*c)));
                }
            }
            FrameItem::Shape(..)
            | FrameItem::Image(..)
            | FrameItem::Link(..)
            | FrameItem::Tag(_) => {}
        }
    }
}

/// The date of the PDF; `None` beyond the years that it can have.
fn timestamp(at: Timestamp) -> Option<typst_pdf::Timestamp> {
    let at = Offset::UTC.to_datetime(at);
    let part = |number: i8| u8::try_from(number).ok();
    let date = Datetime::from_ymd_hms(
        at.year().into(),
        part(at.month())?,
        part(at.day())?,
        part(at.hour())?,
        part(at.minute())?,
        part(at.second())?,
    );
    date.map(typst_pdf::Timestamp::new_utc)
}

/// Everything that the typesetter has access to: no files, no packages, no clock.
struct Environment {
    library: LazyHash<Library>,
    fonts: FontStore,
    template: Source,
}

impl World for Environment {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        self.fonts.book()
    }

    fn main(&self) -> FileId {
        self.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        match id == self.template.id() {
            true => Ok(self.template.clone()),
            false => Err(FileError::AccessDenied),
        }
    }

    fn file(&self, _: FileId) -> FileResult<Bytes> {
        Err(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.font(index)
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

#[cfg(test)]
mod tests {
    use chengji_messages::Language;
    use chengji_proto::v1;

    use super::*;
    use crate::fonts::installed;

    /// The PDF of a report without rows; `None` where this machine has no font for the language.
    fn pdf(language: Language, at: i64) -> Option<Vec<u8>> {
        let report = v1::MonthReport {
            month: "2026-11".to_owned(),
            ..v1::MonthReport::default()
        };
        let document = Document::of(&report, language);
        let at = Timestamp::from_second(at).unwrap();
        match typeset(&document, at, installed(None)) {
            Ok(pdf) => Some(pdf),
            Err(error) => {
                assert_eq!(error.code(), ErrorCode::Misconfigured, "{error}");
                eprintln!("SKIPPED: {error}");
                None
            }
        }
    }

    #[test]
    fn the_same_report_gives_the_same_bytes() {
        for language in Language::ALL {
            let Some(first) = pdf(language, 1_800_000_000) else {
                continue;
            };
            assert!(first.starts_with(b"%PDF-"));
            assert_eq!(pdf(language, 1_800_000_000).as_ref(), Some(&first));
            assert_ne!(pdf(language, 1_800_000_001), Some(first));
        }
    }

    #[test]
    fn without_fonts_nothing_is_typeset() {
        let folder = std::env::temp_dir().join("chengji-no-fonts-here");
        let document = Document::of(&v1::MonthReport::default(), Language::English);
        let refused = typeset(&document, Timestamp::UNIX_EPOCH, installed(Some(&folder)));
        assert_eq!(refused.unwrap_err().code(), ErrorCode::Misconfigured);
    }
}
