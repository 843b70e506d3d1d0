//! Positions: the logs from which each figure was computed, and up to where; and the sheet that lists them.

use chengji_messages::{Language, Message, msg};
use chengji_proto::convert::time_from;
use chengji_proto::v1;
use rust_xlsxwriter::{Workbook, XlsxError};

use super::cells::{cell, heading, put_text, sheet};

/// A line: what was computed, from which log, from and up to which position, by which version or when.
type Line = [String; 5];

/// Adds the sheet.
pub(super) fn add(
    workbook: &mut Workbook,
    report: &v1::MonthReport,
    language: Language,
) -> Result<(), XlsxError> {
    let (sheet, _) = sheet(workbook, msg::MonthReportSheetPositions, language)?;
    for (at, title) in (0_u16..).zip(&position_titles()) {
        sheet.set_column_width(at, 28)?;
        put_text(sheet, (0, at), &title.render(language), &heading())?;
    }
    for (row, line) in (1_u32..).zip(position_lines(report, language)) {
        for (at, text) in (0_u16..).zip(&line) {
            put_text(sheet, (row, at), text, &cell())?;
        }
    }
    Ok(())
}

/// Returns the titles of the columns of positions.
pub fn position_titles() -> [Message; 5] {
    [
        msg::MonthReportBasis.into(),
        msg::MonthReportLog.into(),
        msg::MonthReportFirst.into(),
        msg::MonthReportPosition.into(),
        msg::MonthReportVersion.into(),
    ]
}

/// Returns from which logs the figures were computed, a line for each kind of figures and each row, in a language.
pub fn position_lines(report: &v1::MonthReport, language: Language) -> Vec<[String; 5]> {
    let text = |message: Message| message.render(language);
    let coordinator = || text(msg::MonthReportLogCoordinator.into());
    let mut lines = vec![
        [
            text(msg::MonthReportBasisRequests.into()),
            coordinator(),
            String::new(),
            shown(report.orders.as_ref()),
            String::new(),
        ],
        [
            text(msg::MonthReportBasisCalendar.into()),
            String::new(),
            String::new(),
            String::new(),
            report.calendar.clone(),
        ],
    ];
    for row in &report.rows {
        let department = match (row.department.as_str(), report.city.as_str()) {
            ("", "") => String::new(),
            ("", _) => text(msg::MonthReportNoDepartment.into()),
            (code, _) => code.to_owned(),
        };
        let what = text(msg::MonthReportBasisDeliveries.into());
        lines.push([
            format!("{what} {department}").trim().to_owned(),
            row.city.clone(),
            shown(row.first_delivery.as_ref()),
            shown(row.position.as_ref()),
            String::new(),
        ]);
        let of_row = row.sharing.as_ref();
        lines.extend(of_row.map(|sharing| of_sharing(sharing, &row.city, language)));
    }
    let log = match report.city.as_str() {
        "" => coordinator(),
        city => city.to_owned(),
    };
    let of_all = report.sharing.as_ref();
    lines.extend(of_all.map(|sharing| of_sharing(sharing, &log, language)));
    let freshness = report.freshness.as_ref();
    lines.extend(freshness.map(|freshness| of_freshness(freshness, &report.city, language)));
    lines
}

/// Freshness is known only for the time of reading.
fn of_freshness(freshness: &v1::ReportFreshness, city: &str, language: Language) -> Line {
    let at = time_from(freshness.at.as_ref(), "at").ok();
    let at = at.map(|at| Message::from(msg::MonthReportReadAt { at }).render(language));
    [
        Message::from(msg::MonthReportFreshness).render(language),
        city.to_owned(),
        String::new(),
        String::new(),
        at.unwrap_or_default(),
    ]
}

fn of_sharing(sharing: &v1::ReportSharing, log: &str, language: Language) -> Line {
    [
        Message::from(msg::MonthReportBasisSharing).render(language),
        log.to_owned(),
        String::new(),
        shown(sharing.position.as_ref()),
        sharing.formula.clone(),
    ]
}

/// A position as people see it, such as `1/57`.
fn shown(position: Option<&v1::LogPosition>) -> String {
    let shown = position.map(|at| format!("{}/{}", at.epoch, at.seq));
    shown.unwrap_or_default()
}
