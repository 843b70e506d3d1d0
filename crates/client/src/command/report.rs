//! `report`: figures of a month for the government above.

mod pdf;

use std::fs::{self, OpenOptions};
use std::io::{Cursor, ErrorKind, Write};
use std::path::{Path, PathBuf};

use chengji_domain::report::Month;
use chengji_domain::{CityCode, Error, ErrorCode, Result, Uscc};
use chengji_interchange::month_report;
use chengji_messages::{Language, Message, Value, msg};
use chengji_proto::v1;
use chengji_proto::v1::report_service_client::ReportServiceClient;
use clap::Subcommand;

use super::{Session, answer};
use crate::output::{note, print};
use crate::pages::Pages;
use crate::views;

/// Commands on reports.
#[derive(Debug, Subcommand)]
pub enum ReportCommand {
    /// The figures of a month: requests, answers and offers in time, refusals, catalogue, use
    ///
    /// The coordinator reports on the cluster by city, or on one city by department; a node on its own city by
    /// department. Each figure names the position in the log up to which it counts.
    Month {
        /// The month, such as 2026-11
        month: Month,
        /// Only this city, by department
        #[arg(long, value_name = "CITY")]
        city: Option<CityCode>,
        /// Only this department, by its unified social credit code
        #[arg(long, value_name = "CODE")]
        department: Option<Uscc>,
        /// Write the report to this file instead of printing it: an Excel workbook with charts (.xlsx), or a PDF (.pdf)
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

impl ReportCommand {
    /// Runs it.
    pub async fn run(self, session: &Session) -> Result<()> {
        let Self::Month {
            month,
            city,
            department,
            output,
        } = self;
        let output = output.map(|path| Kind::of(&path).map(|kind| (kind, path)));
        let output = output.transpose()?;
        let mut client = ReportServiceClient::new(session.channel().await?);
        let pages = Pages::of(v1::MonthReportRequest {
            month: month.to_string(),
            city: city.map(|city| city.to_string()).unwrap_or_default(),
            department: department.map(|code| code.to_string()).unwrap_or_default(),
            page: None,
        });
        let report = pages.whole(async |asked| answer(client.month(asked)).await);
        let report = report.await?;
        match output {
            None => print(session.format(), &report, views::month_report),
            Some((kind, path)) => write(&path, &kind.content(&report).await?),
        }
    }
}

/// The kind of a file that a report is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// An Excel workbook.
    Workbook,
    /// A PDF.
    Pdf,
}

impl Kind {
    /// Reads the kind from the extension of a file's name.
    fn of(path: &Path) -> Result<Self> {
        let is = |ending: &str| {
            let extension = path.extension();
            extension.is_some_and(|extension| extension.eq_ignore_ascii_case(ending))
        };
        match (is("xlsx"), is("pdf")) {
            (true, _) => Ok(Self::Workbook),
            (_, true) => Ok(Self::Pdf),
            (false, false) => {
                let message = msg::MonthReportFileKind { path };
                Err(Error::new(ErrorCode::InvalidArgument, message))
            }
        }
    }

    /// Makes the content of the file, in the language of this process.
    async fn content(self, report: &v1::MonthReport) -> Result<Vec<u8>> {
        match self {
            Self::Workbook => {
                let mut workbook = Cursor::new(Vec::new());
                month_report::write(report, Language::of_process(), &mut workbook)?;
                Ok(workbook.into_inner())
            }
            Self::Pdf => pdf::typeset(report).await,
        }
    }
}

/// Writes the file completely or not at all, and never over another file.
fn write(path: &Path, content: &[u8]) -> Result<()> {
    let made = OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = made.map_err(|cause| unwritable(path, &cause))?;
    let written = file.write_all(content);
    if let Err(cause) = written.and_then(|()| file.sync_all()) {
        // A partial file is of no use; failing to remove it is not reported as another error.
        let _ = fs::remove_file(path);
        return Err(unwritable(path, &cause));
    }
    let path = Value::text(path.display());
    note(msg::MonthReportWritten { path });
    Ok(())
}

fn unwritable(path: &Path, cause: &std::io::Error) -> Error {
    let path = Value::text(path.display());
    let message: Message = match cause.kind() {
        ErrorKind::AlreadyExists => msg::ExportFileExists { path }.into(),
        _ => msg::ExportFileUnwritable { path, cause }.into(),
    };
    Error::new(ErrorCode::InvalidArgument, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_workbook_is_written_once_and_never_over_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.xlsx");
        let report = v1::MonthReport::default();
        let content = Kind::Workbook.content(&report).await.unwrap();
        write(&path, &content).unwrap();
        assert!(fs::metadata(&path).unwrap().len() > 0);
        let again = write(&path, &content).unwrap_err();
        assert_eq!(again.message().code(), "export-file-exists");
    }

    #[test]
    fn the_ending_of_a_file_chooses_its_kind() {
        for (name, kind) in [
            ("a.xlsx", Some(Kind::Workbook)),
            ("a.XLSX", Some(Kind::Workbook)),
            ("a.pdf", Some(Kind::Pdf)),
            ("a.docx", None),
            ("pdf", None),
        ] {
            assert_eq!(Kind::of(Path::new(name)).ok(), kind, "{name}");
        }
    }
}
