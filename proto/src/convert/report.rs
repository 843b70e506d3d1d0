//! Reports of a month on the wire.

use chengji_domain::catalogue::freshness::Freshness;
use chengji_domain::rate::{Formula, Ratio};
use chengji_domain::report::{
    ActFigures, Figures, MatterFigures, Month, RequestFigures, ReturnFigures, UseFigures,
};
use chengji_domain::{CityCode, Error, Position, Uscc};
use jiff::Timestamp;

use super::position::position_to;
use super::rate::ratio_to;
use super::{text_to, time_to};
use crate::service::Page;
use crate::v1;

/// Maximum number of grounds of refusals that are named.
const MAX_GROUNDS: usize = 20;

/// The subject of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportQuery {
    /// The month.
    pub month: Month,
    /// The city; `None` for the cluster, and on a node for its own city.
    pub city: Option<CityCode>,
    /// The department; `None` for all.
    pub department: Option<Uscc>,
}

/// Parses what a report is asked about.
///
/// # Errors
///
/// `INVALID_ARGUMENT`, which names the malformed value.
pub fn report_query_from(asked: &v1::MonthReportRequest) -> Result<ReportQuery, Error> {
    Ok(ReportQuery {
        month: asked.month.parse()?,
        city: match asked.city.as_str() {
            "" => None,
            code => Some(code.parse()?),
        },
        department: match asked.department.as_str() {
            "" => None,
            code => Some(code.parse()?),
        },
    })
}

/// Entries to be shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sharing {
    /// Those that are realised, of those that ought to be shared.
    pub entries: Ratio,
    /// The position up to which the city's log counts; for the cluster, that of the coordinator's.
    pub position: Position,
    /// The formula in force at the end of the month, or now.
    pub formula: Formula,
}

/// The freshness of a city's entries that are to be shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueFreshness {
    /// Time of reading.
    pub at: Timestamp,
    /// Numbers of entries.
    pub counts: Vec<(Freshness, u64)>,
}

/// The figures of a month.
#[derive(Clone, Debug, PartialEq)]
pub struct MonthReport {
    /// The subject.
    pub query: ReportQuery,
    /// The time to which states refer.
    pub at: Timestamp,
    /// True while the figures may change.
    pub provisional: bool,
    /// Figures of all rows together, those on other pages included.
    pub total: Figures,
    /// A page of the rows, by city and department.
    pub rows: Page<v1::ReportRow>,
    /// The position in the coordinator's log up to which requests count.
    pub orders: Position,
    /// The position in the city's log; `None` for the cluster.
    pub position: Option<Position>,
    /// True if the logs grew meanwhile.
    pub moving: bool,
    /// Versions of the calendar and the rules in force.
    pub calendar: String,
    /// Entries to be shared, at the coordinator.
    pub sharing: Option<Sharing>,
    /// Freshness of the catalogue, at a node.
    pub freshness: Option<CatalogueFreshness>,
}

/// A row of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedRow<'a> {
    /// The city, and the credit code of the department, which is empty for none.
    pub key: &'a (CityCode, String),
    /// The name of the city or of the department; may be empty.
    pub name: String,
    /// The figures.
    pub figures: &'a Figures,
    /// The position in the city's log up to which its deliveries count.
    pub position: Option<Position>,
    /// The positions of the first and of the last delivery.
    pub deliveries: Option<(Position, Position)>,
    /// The city's entries to be shared.
    pub sharing: Option<Sharing>,
}

/// Converts a row to the wire.
pub fn report_row_to(row: ReportedRow<'_>) -> v1::ReportRow {
    let (city, department) = row.key;
    v1::ReportRow {
        city: city.to_string(),
        department: department.clone(),
        name: row.name,
        figures: Some(figures_to(row.figures)),
        position: row.position.map(at_position),
        first_delivery: row.deliveries.map(|(first, _)| at_position(first)),
        last_delivery: row.deliveries.map(|(_, last)| at_position(last)),
        sharing: row.sharing.map(sharing_to),
    }
}

pub(super) fn month_report_to(report: MonthReport) -> v1::MonthReport {
    let ReportQuery {
        month,
        city,
        department,
    } = report.query;
    let text = |code: Option<String>| code.unwrap_or_default();
    v1::MonthReport {
        month: month.to_string(),
        at: Some(time_to(report.at)),
        provisional: report.provisional,
        city: text(city.map(|city| city.to_string())),
        department: text(department.map(|code| code.to_string())),
        total: Some(figures_to(&report.total)),
        rows: report.rows.items,
        orders: Some(at_position(report.orders)),
        position: report.position.map(at_position),
        moving: report.moving,
        calendar: report.calendar,
        sharing: report.sharing.map(sharing_to),
        freshness: report.freshness.map(freshness_to),
        next_cursor: report.rows.next_cursor,
    }
}

fn at_position(at: Position) -> v1::LogPosition {
    position_to(at.epoch, at.seq)
}

fn figures_to(figures: &Figures) -> v1::ReportFigures {
    v1::ReportFigures {
        provided: Some(requests_to(&figures.provided)),
        requested: Some(requests_to(&figures.requested)),
        sent: Some(use_to(figures.sent)),
        received: Some(use_to(figures.received)),
        corrections: Some(matters_to(&figures.corrections)),
        demands: Some(matters_to(&figures.demands)),
        returned: Some(returns_to(figures.returned)),
        returned_to: Some(returns_to(figures.returned_to)),
    }
}

fn returns_to(figures: ReturnFigures) -> v1::ReportReturns {
    v1::ReportReturns {
        data_sets: figures.data_sets,
        fetched: figures.fetched,
    }
}

fn matters_to(figures: &MatterFigures) -> v1::ReportMatters {
    v1::ReportMatters {
        filed: figures.filed,
        answered: figures.days.count(),
        median_days: figures.days.percentile(50),
        late: figures.late,
    }
}

fn requests_to(figures: &RequestFigures) -> v1::ReportRequests {
    let states = figures.states.iter();
    let states = states.map(|(state, count)| v1::ReportState {
        state: state.to_string(),
        label: Some(text_to(&state.label())),
        count: *count,
    });
    let grounds = figures.most_frequent_grounds(MAX_GROUNDS).into_iter();
    let grounds = grounds.map(|(ground, count)| v1::ReportGround {
        label: Some(text_to(&ground.label())),
        count,
    });
    v1::ReportRequests {
        submitted: figures.submitted,
        states: states.collect(),
        answers: Some(act_to(&figures.answers)),
        offers: Some(act_to(&figures.offers)),
        refused: figures.refused(),
        grounds: grounds.collect(),
    }
}

fn act_to(figures: &ActFigures) -> v1::ReportAct {
    v1::ReportAct {
        count: figures.days.count(),
        median_days: figures.days.percentile(50),
        p90_days: figures.days.percentile(90),
        late: figures.late,
        overdue: figures.overdue,
    }
}

fn use_to(figures: UseFigures) -> v1::ReportUse {
    v1::ReportUse {
        deliveries: figures.deliveries,
        bytes: figures.bytes,
    }
}

fn sharing_to(sharing: Sharing) -> v1::ReportSharing {
    v1::ReportSharing {
        entries: Some(ratio_to(sharing.entries)),
        formula: sharing.formula.id().to_owned(),
        position: Some(at_position(sharing.position)),
    }
}

fn freshness_to(freshness: CatalogueFreshness) -> v1::ReportFreshness {
    let counts = freshness.counts.into_iter();
    let counts = counts.map(|(freshness, entries)| v1::ReportFresh {
        freshness: freshness.en().to_owned(),
        label: Some(text_to(&freshness.label())),
        entries,
    });
    v1::ReportFreshness {
        at: Some(time_to(freshness.at)),
        counts: counts.collect(),
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::ErrorCode;

    use super::*;

    #[test]
    fn a_report_is_asked_for_by_month_and_optionally_by_city_and_department() {
        let asked = |month: &str, city: &str, department: &str| {
            let asked = v1::MonthReportRequest {
                month: month.to_owned(),
                city: city.to_owned(),
                department: department.to_owned(),
                page: None,
            };
            report_query_from(&asked).map_err(|error| error.code())
        };
        let of_cluster = asked("2026-11", "", "").unwrap();
        assert_eq!((of_cluster.city, of_cluster.department), (None, None));
        let code = "91350100M000100Y43";
        let query = asked("2026-11", "430100", code).unwrap();
        assert_eq!(query.city, "430100".parse().ok());
        assert_eq!(query.department, code.parse().ok());
        for (month, city, department) in [
            ("11", "", ""),
            ("2026-11", "4301", ""),
            ("2026-11", "", "9"),
        ] {
            let refused = asked(month, city, department);
            assert_eq!(refused, Err(ErrorCode::InvalidArgument), "{month} {city}");
        }
    }

    #[test]
    fn acts_without_any_have_no_percentiles() {
        let mut figures = ActFigures::default();
        let none = act_to(&figures);
        assert_eq!(
            (none.count, none.median_days, none.p90_days),
            (0, None, None)
        );
        (1..=10).for_each(|days| figures.days.add(days));
        let some = act_to(&figures);
        assert_eq!((some.median_days, some.p90_days), (Some(5), Some(9)));
    }
}
