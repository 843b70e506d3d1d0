//! `report`: figures of a month for the government above.

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
        /// Write the report as an Excel workbook with charts, in place of printing it
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
        output.as_deref().map_or(Ok(()), check_workbook)?;
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
            Some(path) => write(&path, &report),
        }
    }
}

fn check_workbook(path: &Path) -> Result<()> {
    let extension = path.extension();
    if extension.is_some_and(|extension| extension.eq_ignore_ascii_case("xlsx")) {
        return Ok(());
    }
    let path = Value::text(path.display());
    let message = msg::MonthReportNotXlsx { path };
    Err(Error::new(ErrorCode::InvalidArgument, message))
}

/// Writes the workbook, whole or not at all, and in no other file's place.
fn write(path: &Path, report: &v1::MonthReport) -> Result<()> {
    let mut workbook = Cursor::new(Vec::new());
    month_report::write(report, Language::of_process(), &mut workbook)?;
    let made = OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = made.map_err(|cause| unwritable(path, &cause))?;
    let written = file.write_all(workbook.get_ref());
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

    #[test]
    fn a_workbook_is_written_once_and_never_over_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.xlsx");
        let report = v1::MonthReport::default();
        write(&path, &report).unwrap();
        assert!(fs::metadata(&path).unwrap().len() > 0);
        let again = write(&path, &report).unwrap_err();
        assert_eq!(again.message().code(), "export-file-exists");
        for (name, is_workbook) in [
            ("a.xlsx", true),
            ("a.XLSX", true),
            ("a.pdf", false),
            ("a", false),
        ] {
            assert_eq!(
                check_workbook(Path::new(name)).is_ok(),
                is_workbook,
                "{name}"
            );
        }
    }
}
