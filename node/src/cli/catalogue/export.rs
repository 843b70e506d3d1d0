//! `catalogue export` and `catalogue template`: the catalogue, or an empty sheet for one, as a file
//! that people work on and `catalogue import` reads back.

use std::fs::{self, OpenOptions};
use std::io::{BufWriter, ErrorKind};
use std::path::{Path, PathBuf};

use chengji_client::output::note;
use chengji_domain::catalogue::{
    AdministrativeLevel, AssessmentOutcome, Draft, DraftItem, Entry, FormatKind, Given, ItemType,
    ShareClass, ShareManner, UpdateCycle,
};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_interchange as interchange;
use chengji_messages::{Language, Message, Value, msg};
use chengji_proto::convert::entry_from;
use chengji_proto::v1;
use clap::{Args, ValueEnum};

/// The file of an export.
#[derive(Args, Debug)]
pub(in crate::cli) struct ExportArgs {
    /// The file to write, which must not exist yet; its extension decides the format
    pub(super) file: PathBuf,
    /// Encoding of a CSV file; older programs expect gb18030
    #[arg(long, value_enum, default_value_t, value_name = "NAME")]
    encoding: Encoding,
}

impl ExportArgs {
    /// Returns true for JSON-LD, whose encoding cannot be chosen.
    pub(super) fn is_jsonld(&self) -> Result<bool> {
        let extension = self.file.extension();
        if !extension.is_some_and(|e| e.eq_ignore_ascii_case("jsonld")) {
            return Ok(false);
        }
        if self.encoding != Encoding::Utf8 {
            return Err(of_csv_only(msg::KindJsonld));
        }
        Ok(true)
    }
}

/// Arguments of `catalogue template`.
#[derive(Args, Debug)]
pub(in crate::cli) struct TemplateArgs {
    /// The file to write, .xlsx; it must not exist yet
    file: PathBuf,
}

/// Encoding of a CSV file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Encoding {
    #[default]
    Utf8,
    Gb18030,
}

/// Writes these entries.
pub(super) fn export<'a>(
    arguments: &ExportArgs,
    entries: impl Iterator<Item = &'a v1::CatalogueEntry>,
) -> Result<()> {
    let entries = entries
        .map(|entry| entry_from(entry.clone()))
        .collect::<Result<Vec<_>>>()?;
    let kind = Kind::of(&arguments.file)?;
    if kind == Kind::Workbook && arguments.encoding != Encoding::Utf8 {
        return Err(of_csv_only(msg::KindWorkbook));
    }
    written(&arguments.file, |out| match (kind, arguments.encoding) {
        (Kind::Workbook, _) => interchange::write_workbook(&entries, Language::of_process(), out),
        (Kind::Csv, Encoding::Utf8) => interchange::write(&entries, out),
        (Kind::Csv, Encoding::Gb18030) => interchange::write_gb18030(&entries, out),
    })?;
    let path = Value::text(arguments.file.display());
    note(msg::EntriesWritten {
        count: entries.len(),
        path,
    });
    Ok(())
}

fn of_csv_only(kind: impl Into<Value>) -> Error {
    let message = msg::EncodingOfCsvOnly { kind };
    Error::new(ErrorCode::InvalidArgument, message)
}

/// Writes an empty workbook to be filled in.
pub(super) fn template(arguments: &TemplateArgs) -> Result<()> {
    if Kind::of(&arguments.file)? != Kind::Workbook {
        let message = msg::TemplateIsWorkbook;
        return Err(Error::new(ErrorCode::InvalidArgument, message));
    }
    let example = example()?;
    let language = Language::of_process();
    written(&arguments.file, |out| {
        interchange::template(&example, language, out)
    })?;
    let path = Value::text(arguments.file.display());
    note(msg::TemplateWritten { path });
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Workbook,
    Csv,
}

impl Kind {
    fn of(path: &Path) -> Result<Self> {
        let extension = path.extension().map(|e| e.to_ascii_lowercase());
        match extension.as_ref().and_then(|e| e.to_str()) {
            Some("xlsx") => Ok(Self::Workbook),
            Some("csv") => Ok(Self::Csv),
            _ => {
                let path = Value::text(path.display());
                let message = msg::ExportKindUnknown { path };
                Err(Error::new(ErrorCode::InvalidArgument, message))
            }
        }
    }
}

/// Writes a file that is there whole or not at all, and in no other's place.
fn written(path: &Path, write: impl FnOnce(BufWriter<fs::File>) -> Result<()>) -> Result<()> {
    let (file, out) = begin(path)?;
    end(path, &file, write(out))
}

/// A new file, to be given to [`end`] when it is written.
pub(super) fn begin(path: &Path) -> Result<(fs::File, BufWriter<fs::File>)> {
    let made = OpenOptions::new().write(true).create_new(true).open(path);
    let made = made.and_then(|file| Ok((file.try_clone()?, BufWriter::new(file))));
    made.map_err(|e| unwritable(path, &e))
}

/// Keeps a file that was written, and removes it otherwise.
pub(super) fn end<T>(path: &Path, file: &fs::File, done: Result<T>) -> Result<T> {
    let done = done.and_then(|done| {
        file.sync_all().map_err(|e| unwritable(path, &e))?;
        Ok(done)
    });
    if done.is_err() {
        // Half a file helps nobody; that it stays is not worth another error.
        let _ = fs::remove_file(path);
    }
    done
}

fn unwritable(path: &Path, cause: &std::io::Error) -> Error {
    let path = Value::text(path.display());
    let message: Message = match cause.kind() {
        ErrorKind::AlreadyExists => msg::ExportFileExists { path }.into(),
        _ => msg::ExportFileUnwritable { path, cause }.into(),
    };
    Error::new(ErrorCode::InvalidArgument, message)
}

fn example() -> Result<Entry> {
    let draft = Draft {
        classification: "1/03/001".to_owned(),
        name: "行政区划代码（示例）".to_owned(),
        code: "103001/000001".to_owned(),
        provider: "市民政局".to_owned(),
        provider_code: "91350100M000100Y43".to_owned(),
        summary: "全市县以上行政区划的代码、名称与上级区划，供各部门统一引用".to_owned(),
        formats: vec![(Given::Known(FormatKind::Spreadsheet), "csv".to_owned())],
        items: vec![DraftItem {
            name: "区划代码".to_owned(),
            kind: Given::Known(ItemType::Text),
            length: 6,
            ..DraftItem::default()
        }],
        share_class: Given::Known(ShareClass::Unconditional),
        share_manner: Given::Known(ShareManner::File),
        open: Given::Known(false),
        update_cycle: Given::Known(UpdateCycle::Yearly),
        published_on: "2026-01-01".to_owned(),
        level: Given::Known(AdministrativeLevel::Municipal),
        secret: Given::Known(false),
        security_level: Given::Known(1),
        secrecy_assessment: Given::Known(AssessmentOutcome::NoRisk),
        secrecy_document: "市民保评〔2026〕3号（示例）".to_owned(),
        personal_information_assessment: Given::Known(AssessmentOutcome::NoRisk),
        personal_information_document: "市民个保评〔2026〕5号（示例）".to_owned(),
        consent_document: "市民函〔2026〕8号（示例）".to_owned(),
        ..Draft::default()
    };
    let wrong = |_| Error::new(ErrorCode::Internal, msg::TemplateExampleInvalid);
    draft.check().map_err(wrong)
}

#[cfg(test)]
mod tests {
    use chengji_proto::convert;

    use super::*;

    #[test]
    fn an_encoding_is_of_csv_files_and_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let entry = example().unwrap();
        let wire = [convert::entry_to(&entry)];
        let arguments = |name: &str| ExportArgs {
            file: folder.path().join(name),
            encoding: Encoding::Gb18030,
        };
        assert!(export(&arguments("c.xlsx"), wire.iter()).is_err());
        assert!(!folder.path().join("c.xlsx").exists());
        export(&arguments("c.csv"), wire.iter()).unwrap();
        let sheet = interchange::read(&folder.path().join("c.csv"), None).unwrap();
        assert_eq!(sheet.notes[0].code(), "sheet-read-as-gb18030");
        assert_eq!(interchange::check(&sheet), (vec![(2, entry)], vec![]));
    }

    #[test]
    fn a_template_is_read_as_an_empty_sheet_and_its_example_as_an_entry() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("template.xlsx");
        let arguments = TemplateArgs { file: file.clone() };
        template(&arguments).unwrap();
        let empty = interchange::read(&file, None).unwrap_err();
        assert_eq!(empty.message().code(), "sheet-file-without-rows");
        let sheet = interchange::read(&file, Some("示例")).unwrap();
        let (entries, problems) = interchange::check(&sheet);
        assert_eq!((entries.len(), problems.len()), (1, 0));
        assert_eq!(entries[0].1, example().unwrap());
        // An existing file is never overwritten.
        let error = template(&arguments).unwrap_err();
        assert_eq!(error.message().code(), "export-file-exists");
        for wrong in ["template.csv", "template", "template.xls"] {
            let file = folder.path().join(wrong);
            assert!(template(&TemplateArgs { file: file.clone() }).is_err());
            assert!(!file.exists());
        }
    }
}
