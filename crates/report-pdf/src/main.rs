//! Typesets the report of a month as PDF: JSON, as `report month` prints it, from standard input; the PDF to standard
//! output.
//!
//! A separate program, because the typesetter is larger than the rest of the exchange, and reads texts and fonts that
//! the programs with keys do not trust. It reads only fonts and standard input, and limits its own time and memory.

mod document;
mod fonts;
mod limits;
mod typesetting;

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Language, msg};
use chengji_proto::convert::time_from;
use chengji_proto::{json, v1};
use chengji_subprocess::child::{language, print_usage, say};

use crate::document::Document;

/// The environment variable that names a folder of fonts to be used in place of the system's.
const FONTS: &str = "CHENGJI_FONTS";
/// Maximum length of a report, bytes; the rest is not read.
const MAX_REPORT: u64 = 64 << 20;

fn main() -> ExitCode {
    if std::env::args_os().len() > 1 {
        return print_usage(msg::ReportPdfUsage { variable: FONTS });
    }
    let language = language();
    match run(language) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let lines = [error.message().render(language), error.remedy_in(language)];
            for line in lines.iter().filter(|line| !line.is_empty()) {
                say(&mut io::stderr(), line);
            }
            ExitCode::FAILURE
        }
    }
}

fn run(language: Language) -> Result<()> {
    limits::set()?;
    let mut read = Vec::new();
    let mut input = io::stdin().lock().take(MAX_REPORT);
    input
        .read_to_end(&mut read)
        .map_err(|cause| Error::new(ErrorCode::Misconfigured, msg::ReportPdfInput { cause }))?;
    let report: v1::MonthReport = json::from_slice(&read)?;
    let at = time_from(report.at.as_ref(), "at")?;
    let folder = std::env::var_os(FONTS).filter(|folder| !folder.is_empty());
    let fonts = fonts::installed(folder.as_deref().map(Path::new));
    let document = Document::of(&report, language);
    let pdf = typesetting::typeset(&document, at, fonts)?;
    let mut out = io::stdout().lock();
    out.write_all(&pdf)
        .and_then(|()| out.flush())
        .map_err(|cause| Error::new(ErrorCode::Misconfigured, msg::OutputUnwritable { cause }))
}
