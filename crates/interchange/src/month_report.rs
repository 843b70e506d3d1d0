//! The report of a month for the government above (统计月报): its columns, and the report as a workbook.
//!
//! The command line prints the same columns, and the PDF has them in groups.

mod cells;
mod charts;
mod positions;
mod workbook;

use chengji_messages::{Message, msg};
use chengji_proto::convert::{text_from, time_from};
use chengji_proto::v1;

pub use self::positions::{position_lines, position_titles};
pub use self::workbook::write;

/// A column of the report's rows.
#[derive(Clone, Debug)]
pub struct ReportColumn {
    /// The name for programs.
    pub key: &'static str,
    /// The title for people.
    pub title: Message,
    value: fn(&v1::ReportRow) -> Option<ReportValue>,
}

/// The value of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportValue {
    /// A text.
    Text(String),
    /// A number.
    Number(u64),
}

impl ReportColumn {
    fn new(
        key: &'static str,
        title: impl Into<Message>,
        value: fn(&v1::ReportRow) -> Option<ReportValue>,
    ) -> Self {
        let title = title.into();
        Self { key, title, value }
    }

    /// Returns the value of a row; `None` where it has none.
    pub fn of(&self, row: &v1::ReportRow) -> Option<ReportValue> {
        (self.value)(row)
    }

    /// Returns true if the column is of texts.
    pub fn is_text(&self) -> bool {
        TEXTS.contains(&self.key)
    }
}

/// The keys of the columns of texts.
const TEXTS: [&str; 3] = ["city", "department", "name"];

/// Makes a column of numbers.
macro_rules! number {
    ($key:literal, $title:ident, $row:ident => $value:expr) => {
        ReportColumn::new($key, msg::$title, |$row| {
            let value: Option<u64> = $value;
            value.map(ReportValue::Number)
        })
    };
}

/// The columns of a report.
pub fn columns() -> Vec<ReportColumn> {
    let mut columns = vec![
        ReportColumn::new("city", msg::MonthColumnCity, |row| a_text(&row.city)),
        ReportColumn::new("department", msg::MonthColumnDepartment, |row| {
            a_text(&row.department)
        }),
        ReportColumn::new("name", msg::MonthColumnName, |row| a_text(&row.name)),
    ];
    columns.extend(of_requests());
    columns.extend(of_matters());
    columns.extend(of_returns());
    columns.extend(of_use());
    columns
}

fn a_text(text: &str) -> Option<ReportValue> {
    (!text.is_empty()).then(|| ReportValue::Text(text.to_owned()))
}

fn of_requests() -> Vec<ReportColumn> {
    vec![
        number!("requests", MonthColumnRequests, row => Some(provided(row)?.submitted)),
        number!("answers", MonthColumnAnswers, row => Some(answers(row)?.count)),
        number!("answer_median_days", MonthColumnAnswerMedian, row => {
            answers(row)?.median_days.map(u64::from)
        }),
        number!("answer_p90_days", MonthColumnAnswerP90, row => {
            answers(row)?.p90_days.map(u64::from)
        }),
        number!("answers_late", MonthColumnAnswersLate, row => Some(answers(row)?.late)),
        number!("answers_overdue", MonthColumnAnswersOverdue, row => Some(answers(row)?.overdue)),
        number!("refused", MonthColumnRefused, row => Some(provided(row)?.refused)),
        number!("offers", MonthColumnOffers, row => Some(offers(row)?.count)),
        number!("offer_median_days", MonthColumnOfferMedian, row => {
            offers(row)?.median_days.map(u64::from)
        }),
        number!("offer_p90_days", MonthColumnOfferP90, row => {
            offers(row)?.p90_days.map(u64::from)
        }),
        number!("offers_late", MonthColumnOffersLate, row => Some(offers(row)?.late)),
        number!("offers_overdue", MonthColumnOffersOverdue, row => Some(offers(row)?.overdue)),
        number!("requests_made", MonthColumnRequested, row => {
            Some(figures(row)?.requested.as_ref()?.submitted)
        }),
    ]
}

fn of_matters() -> Vec<ReportColumn> {
    vec![
        number!("corrections_filed", MonthColumnCorrectionsFiled, row => Some(corrections(row)?.filed)),
        number!("corrections_answered", MonthColumnCorrectionsAnswered, row => Some(corrections(row)?.answered)),
        number!("correction_median_days", MonthColumnCorrectionMedian, row => {
            corrections(row)?.median_days.map(u64::from)
        }),
        number!("corrections_late", MonthColumnCorrectionsLate, row => Some(corrections(row)?.late)),
        number!("demands_filed", MonthColumnDemandsFiled, row => Some(demands(row)?.filed)),
        number!("demands_answered", MonthColumnDemandsAnswered, row => Some(demands(row)?.answered)),
        number!("demand_median_days", MonthColumnDemandMedian, row => {
            demands(row)?.median_days.map(u64::from)
        }),
        number!("demands_late", MonthColumnDemandsLate, row => Some(demands(row)?.late)),
    ]
}

fn of_returns() -> Vec<ReportColumn> {
    vec![
        number!("data_returned", MonthColumnReturned, row => {
            Some(figures(row)?.returned.as_ref()?.data_sets)
        }),
        number!("data_returned_fetched", MonthColumnReturnedFetched, row => {
            Some(figures(row)?.returned.as_ref()?.fetched)
        }),
        number!("returned_to", MonthColumnReturnedTo, row => {
            Some(figures(row)?.returned_to.as_ref()?.data_sets)
        }),
        number!("returned_to_fetched", MonthColumnReturnedToFetched, row => {
            Some(figures(row)?.returned_to.as_ref()?.fetched)
        }),
    ]
}

fn of_use() -> Vec<ReportColumn> {
    vec![
        number!("deliveries_sent", MonthColumnSent, row => {
            Some(figures(row)?.sent.as_ref()?.deliveries)
        }),
        number!("bytes_sent", MonthColumnBytesSent, row => {
            Some(figures(row)?.sent.as_ref()?.bytes)
        }),
        number!("deliveries_received", MonthColumnReceived, row => {
            Some(figures(row)?.received.as_ref()?.deliveries)
        }),
        number!("bytes_received", MonthColumnBytesReceived, row => {
            Some(figures(row)?.received.as_ref()?.bytes)
        }),
        number!("entries_shared", MonthColumnShared, row => Some(sharing(row)?.numerator)),
        number!("entries_to_share", MonthColumnToShare, row => Some(sharing(row)?.denominator)),
        ReportColumn::new("sharing_rate", msg::MonthColumnRate, |row| {
            a_text(&sharing(row)?.score)
        }),
    ]
}

fn figures(row: &v1::ReportRow) -> Option<&v1::ReportFigures> {
    row.figures.as_ref()
}

fn provided(row: &v1::ReportRow) -> Option<&v1::ReportRequests> {
    figures(row)?.provided.as_ref()
}

fn answers(row: &v1::ReportRow) -> Option<&v1::ReportAct> {
    provided(row)?.answers.as_ref()
}

fn offers(row: &v1::ReportRow) -> Option<&v1::ReportAct> {
    provided(row)?.offers.as_ref()
}

fn corrections(row: &v1::ReportRow) -> Option<&v1::ReportMatters> {
    figures(row)?.corrections.as_ref()
}

fn demands(row: &v1::ReportRow) -> Option<&v1::ReportMatters> {
    figures(row)?.demands.as_ref()
}

fn sharing(row: &v1::ReportRow) -> Option<&v1::Ratio> {
    row.sharing.as_ref()?.entries.as_ref()
}

/// Returns the figures of all rows together as a row.
pub fn total(report: &v1::MonthReport) -> v1::ReportRow {
    v1::ReportRow {
        figures: report.total.clone(),
        sharing: report.sharing.clone(),
        ..v1::ReportRow::default()
    }
}

/// Returns the title.
pub fn title(report: &v1::MonthReport) -> Message {
    let parts = report.month.split_once('-');
    let (year, month) = parts.unwrap_or((report.month.as_str(), ""));
    msg::MonthReportTitle { month, year }.into()
}

/// Returns what the report is about, and as of when.
pub fn scope(report: &v1::MonthReport) -> Message {
    let (city, department) = (&report.city, &report.department);
    let scope: Message = match (city.as_str(), department.as_str()) {
        ("", _) => msg::MonthReportOfCluster.into(),
        (_, "") => msg::MonthReportOfCity { city }.into(),
        _ => msg::MonthReportOfDepartment { city, department }.into(),
    };
    match time_from(report.at.as_ref(), "at") {
        Ok(at) => msg::MonthReportScope { at, scope }.into(),
        Err(_) => scope,
    }
}

/// Returns the remarks on the figures: whether they may change.
pub fn remarks(report: &v1::MonthReport) -> Vec<Message> {
    let provisional = report.provisional;
    let provisional = provisional.then(|| Message::from(msg::MonthReportProvisional));
    let moving = report.moving.then(|| msg::MonthReportMoving.into());
    provisional.into_iter().chain(moving).collect()
}

/// Returns the requests of all rows together by state.
pub fn states(report: &v1::MonthReport) -> Vec<(Message, u64)> {
    let states = requests(report).map_or(&[][..], |requests| requests.states.as_slice());
    let states = states.iter();
    states
        .map(|of| (label(of.label.as_ref(), &of.state), of.count))
        .collect()
}

/// Returns the refusals of all rows together by ground.
pub fn grounds(report: &v1::MonthReport) -> Vec<(Message, u64)> {
    let grounds = requests(report).map_or(&[][..], |requests| requests.grounds.as_slice());
    let grounds = grounds.iter();
    grounds
        .map(|of| (label(of.label.as_ref(), ""), of.count))
        .collect()
}

/// Returns the city's entries by freshness, where they are reported.
pub fn freshness(report: &v1::MonthReport) -> Vec<(Message, u64)> {
    let freshness = report.freshness.as_ref();
    let counts = freshness.map_or(&[][..], |freshness| freshness.counts.as_slice());
    let counts = counts.iter();
    counts
        .map(|of| (label(of.label.as_ref(), &of.freshness), of.entries))
        .collect()
}

/// The requests for the data of all; a city may have made others, too, which are not among them.
fn requests(report: &v1::MonthReport) -> Option<&v1::ReportRequests> {
    report.total.as_ref()?.provided.as_ref()
}

/// A label, or the name for programs where it is missing.
fn label(label: Option<&v1::Text>, name: &str) -> Message {
    match label {
        Some(label) => text_from(label),
        None => msg::Text { text: name }.into(),
    }
}
