//! The report as PDF, typeset by a separate program: few commands need a typesetter, and it is larger than everything
//! else.

use std::env;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Language, Message, Value, language, msg};
use chengji_proto::v1;

use crate::output::json;

/// The program; it bounds its own time and memory.
const PROGRAM: &str = "chengji-report-pdf";
/// The environment variable that names its file.
const VARIABLE: &str = "CHENGJI_REPORT_PDF";
/// The first bytes of a PDF.
const PDF: &[u8] = b"%PDF-";

/// Makes the PDF of a report, in the language of this process.
///
/// # Errors
///
/// `MISCONFIGURED` if the program is not installed, or a font is not; the message says which.
pub(super) fn typeset(report: &v1::MonthReport) -> Result<Vec<u8>> {
    typeset_by(&program(), &json(report)?)
}

/// The program's file: the one that the variable names, else the one beside this program, else one on the path.
fn program() -> PathBuf {
    let named = env::var_os(VARIABLE).filter(|name| !name.is_empty());
    let beside = || {
        let own = env::current_exe().ok()?;
        Some(own.with_file_name(PROGRAM)).filter(|path| path.is_file())
    };
    let found = named.map(PathBuf::from).or_else(beside);
    found.unwrap_or_else(|| PROGRAM.into())
}

fn typeset_by(program: &Path, report: &[u8]) -> Result<Vec<u8>> {
    let started = Command::new(program)
        .env(language::VARIABLE, Language::of_process().tag())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = started.map_err(|cause| not_started(program, &cause))?;
    if let Some(mut input) = child.stdin.take() {
        // The program reads all of its input before it writes anything. If it ends earlier, its exit status says why.
        let _ = input.write_all(report);
    }
    let ended = child.wait_with_output();
    let ended = ended.map_err(|cause| not_started(program, &cause))?;
    match ended.status.success() && ended.stdout.starts_with(PDF) {
        true => Ok(ended.stdout),
        false => Err(refused(program, &ended)),
    }
}

fn not_started(program: &Path, cause: &std::io::Error) -> Error {
    let message: Message = match cause.kind() {
        ErrorKind::NotFound => msg::ReportPdfNotFound {
            program,
            variable: VARIABLE,
        }
        .into(),
        _ => msg::ReportPdfNotStarted { cause, program }.into(),
    };
    Error::new(ErrorCode::Misconfigured, message)
}

/// The program's error: its first line says what is wrong, its second one what to do.
fn refused(program: &Path, ended: &Output) -> Error {
    let said = String::from_utf8_lossy(&ended.stderr);
    let mut lines = said.lines();
    let message: Message = match (lines.next(), ended.status.code()) {
        (Some(cause), Some(_)) => {
            let remedy = lines.next().unwrap_or_default();
            msg::ReportPdfRefused { cause, remedy }.into()
        }
        _ => {
            let status = Value::text(ended.status);
            msg::ReportPdfEnded { program, status }.into()
        }
    };
    Error::new(ErrorCode::Misconfigured, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(program: &str, report: &[u8]) -> String {
        let refused = typeset_by(Path::new(program), report).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::Misconfigured);
        refused.message().code().to_owned()
    }

    #[test]
    fn the_report_goes_to_the_program_and_its_pdf_comes_back() {
        let pdf = typeset_by(Path::new("cat"), b"%PDF-1.7").unwrap();
        assert_eq!(pdf, b"%PDF-1.7");
    }

    #[test]
    fn a_program_that_is_missing_or_makes_no_pdf_is_reported() {
        assert_eq!(
            code("/nowhere/chengji-report-pdf", b"{}"),
            "report-pdf-not-found"
        );
        assert_eq!(code("/", b"{}"), "report-pdf-not-started");
        assert_eq!(code("cat", b"{}"), "report-pdf-ended");
        assert_eq!(code("false", b"{}"), "report-pdf-ended");
        // The program says what is wrong.
        assert_eq!(code("dirname", b"{}"), "report-pdf-refused");
    }
}
