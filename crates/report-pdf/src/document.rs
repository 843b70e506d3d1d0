//! A report as texts in a language, with its charts: the data of the template.

mod charts;
mod sheets;

use chengji_interchange::month_report::{position_lines, position_titles, remarks, scope, title};
use chengji_messages::quoted::OneLine;
use chengji_messages::{Language, Message, msg};
use chengji_proto::v1;
use serde::Serialize;

use self::charts::Chart;
use self::sheets::Sheet;

/// The texts of a report, in the order of its pages.
#[derive(Debug, Serialize)]
pub(crate) struct Document {
    /// The language and the region by which lines are broken.
    lang: &'static str,
    region: Option<&'static str>,
    title: String,
    /// The subject of the report, and remarks.
    about: Vec<String>,
    sheets: Vec<Sheet>,
    charts: Vec<Chart>,
    positions: Positions,
    /// The labels of the signature lines.
    signatures: [String; 4],
}

/// The logs from which each figure was computed, and up to where.
#[derive(Debug, Serialize)]
struct Positions {
    title: String,
    columns: [String; 5],
    rows: Vec<[String; 5]>,
}

impl Document {
    /// Makes the document of a report.
    pub(crate) fn of(report: &v1::MonthReport, language: Language) -> Self {
        let text = |message: Message| rendered(&message, language);
        let (lang, region) = match language {
            Language::English => ("en", None),
            Language::Chinese => ("zh", Some("cn")),
        };
        let about = std::iter::once(scope(report)).chain(remarks(report));
        let signatures: [Message; 4] = [
            msg::MonthReportSignedHead.into(),
            msg::MonthReportSignedStatistics.into(),
            msg::MonthReportSignedPreparer.into(),
            msg::MonthReportSignedDate.into(),
        ];
        Self {
            lang,
            region,
            title: text(title(report)),
            about: about.map(text).collect(),
            sheets: sheets::of(report, language),
            charts: charts::of(report, language),
            positions: Positions {
                title: text(msg::MonthReportSheetPositions.into()),
                columns: position_titles().map(text),
                rows: positions(report, language),
            },
            signatures: signatures.map(text),
        }
    }
}

fn positions(report: &v1::MonthReport, language: Language) -> Vec<[String; 5]> {
    let lines = position_lines(report, language).into_iter();
    lines.map(|line| line.map(|cell| shown(&cell))).collect()
}

/// A message in a language, on one line.
fn rendered(message: &Message, language: Language) -> String {
    shown(&message.render(language))
}

/// A text of unknown origin on one line, without characters that hide or reorder text. Line breaks become blanks.
fn shown(text: &str) -> String {
    OneLine(text).to_string().replace('⏎', " ")
}

/// The name and the code of a row.
fn names(report: &v1::MonthReport, row: &v1::ReportRow, language: Language) -> (String, String) {
    let code = match report.city.as_str() {
        "" => &row.city,
        _ => &row.department,
    };
    match code.is_empty() {
        true => {
            let none = Message::from(msg::MonthReportNoDepartment);
            (rendered(&none, language), String::new())
        }
        false => (shown(&row.name), shown(code)),
    }
}

#[cfg(test)]
#[path = "document/document_tests.rs"]
mod tests;
