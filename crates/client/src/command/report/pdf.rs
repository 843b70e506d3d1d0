//! The report as PDF, typeset by a separate program: few commands need a typesetter, and it is larger than everything
//! else.

use std::env;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Language, Message, Value, language, msg};
use chengji_proto::v1;
use chengji_subprocess::parent;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::time::timeout;

use crate::output::json;

/// The program; it bounds its own processor time and memory.
const PROGRAM: &str = "chengji-report-pdf";
/// Maximum run time of the program, which is killed after it.
const LONGEST: Duration = Duration::from_secs(180);
/// Maximum length of its output, and of what it reports as an error, MiB; a report of a hundred departments has a few.
const MOST: u64 = 64;
/// The environment variable that names its file.
const VARIABLE: &str = "CHENGJI_REPORT_PDF";
/// The first bytes of a PDF.
const PDF: &[u8] = b"%PDF-";

/// Makes the PDF of a report, in the language of this process.
///
/// # Errors
///
/// `MISCONFIGURED` if the program is not installed, or a font is not; the message says which. Also if the program takes
/// too long, or writes too much.
pub(super) async fn typeset(report: &v1::MonthReport) -> Result<Vec<u8>> {
    typeset_by(&program(), &json(report)?).await
}

/// The program's file: the one that the variable names, else the one beside this program, else one on the path.
fn program() -> PathBuf {
    let named = env::var_os(VARIABLE).filter(|name| !name.is_empty());
    named.map_or_else(|| parent::program(PROGRAM), PathBuf::from)
}

async fn typeset_by(program: &Path, report: &[u8]) -> Result<Vec<u8>> {
    let mut command = Command::new(program);
    command.env(language::VARIABLE, Language::of_process().tag());
    let ended = output(command, report, (LONGEST, MOST << 20)).await;
    let ended = ended.map_err(|cause| not_started(program, &cause))?;
    match ended.status.success() && ended.stdout.starts_with(PDF) {
        true => Ok(ended.stdout),
        false => Err(refused(program, &ended)),
    }
}

/// Runs a program with this input and returns its output. The program is killed after `longest`, when it has written
/// more than `most` bytes, or when the future is dropped. Errors: `TimedOut`, `FileTooLarge`.
async fn output(
    mut command: Command,
    input: &[u8],
    (longest, most): (Duration, u64),
) -> io::Result<Output> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let stdin = child.stdin.take();
    let fed = async move {
        if let Some(mut stdin) = stdin {
            // If the program ends before it has read all of its input, its exit status says why.
            let _ = stdin.write_all(input).await;
        }
        Ok::<(), io::Error>(())
    };
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    // Its input is written while its output is read: each may wait for the other.
    let ended = async move {
        let (written, said) = (read(stdout, most), read(stderr, most));
        let ended = tokio::try_join!(fed, written, said, child.wait());
        ended.map(|((), stdout, stderr, status)| Output {
            status,
            stdout,
            stderr,
        })
    };
    timeout(longest, ended).await?
}

/// Reads all of an output. Errors: `FileTooLarge` if it is longer than `most` bytes.
async fn read(output: Option<impl AsyncRead + Unpin>, most: u64) -> io::Result<Vec<u8>> {
    let mut read = Vec::new();
    if let Some(output) = output {
        output.take(most + 1).read_to_end(&mut read).await?;
    }
    match read.len() as u64 > most {
        true => Err(ErrorKind::FileTooLarge.into()),
        false => Ok(read),
    }
}

fn not_started(program: &Path, cause: &std::io::Error) -> Error {
    let message: Message = match cause.kind() {
        ErrorKind::NotFound => msg::ReportPdfNotFound {
            program,
            variable: VARIABLE,
        }
        .into(),
        ErrorKind::TimedOut => {
            let seconds = LONGEST.as_secs();
            msg::ReportPdfTooLong { program, seconds }.into()
        }
        ErrorKind::FileTooLarge => {
            let most = MOST;
            msg::ReportPdfTooLarge { most, program }.into()
        }
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

    async fn code(program: &str, report: &[u8]) -> String {
        let refused = typeset_by(Path::new(program), report).await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::Misconfigured);
        refused.message().code().to_owned()
    }

    #[tokio::test]
    async fn the_report_goes_to_the_program_and_its_pdf_comes_back() {
        let pdf = typeset_by(Path::new("cat"), b"%PDF-1.7").await.unwrap();
        assert_eq!(pdf, b"%PDF-1.7");
    }

    #[tokio::test]
    async fn a_program_may_write_before_it_has_read_all() {
        // More than pipes hold.
        let report = [&b"%PDF-"[..], &b"a".repeat(4 << 20)].concat();
        let pdf = typeset_by(Path::new("cat"), &report).await.unwrap();
        assert!(pdf == report);
    }

    #[tokio::test]
    async fn a_program_that_only_waits_is_ended() {
        let mut waiting = Command::new("sleep");
        waiting.arg("600");
        let ended = output(waiting, b"{}", (Duration::from_millis(50), 1)).await;
        let cause = ended.unwrap_err();
        assert_eq!(cause.kind(), ErrorKind::TimedOut);
        let error = not_started(Path::new("sleep"), &cause);
        assert_eq!(error.message().code(), "report-pdf-too-long");
    }

    #[tokio::test]
    async fn a_program_that_writes_without_end_is_ended() {
        let mut writing = Command::new("cat");
        writing.arg("/dev/zero");
        let ended = output(writing, b"{}", (LONGEST, 1 << 20)).await;
        let cause = ended.unwrap_err();
        assert_eq!(cause.kind(), ErrorKind::FileTooLarge);
        let error = not_started(Path::new("cat"), &cause);
        assert_eq!(error.message().code(), "report-pdf-too-large");
        let just_as_long = output(Command::new("cat"), b"%PDF-", (LONGEST, 5)).await;
        assert_eq!(just_as_long.unwrap().stdout, b"%PDF-");
    }

    #[tokio::test]
    async fn a_program_that_is_missing_or_makes_no_pdf_is_reported() {
        for (program, expected) in [
            ("/nowhere/chengji-report-pdf", "report-pdf-not-found"),
            ("/", "report-pdf-not-started"),
            ("cat", "report-pdf-ended"),
            ("false", "report-pdf-ended"),
            // It says what is wrong.
            ("dirname", "report-pdf-refused"),
        ] {
            assert_eq!(code(program, b"{}").await, expected, "{program}");
        }
    }
}
