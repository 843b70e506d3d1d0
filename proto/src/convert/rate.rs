//! The sharing rate's figures and evidence.

use chengji_domain::rate::{
    Contribution, Evidence, Figures, Formula, LostEntries, Ratio, SeriesInterval, Unit,
};
use chengji_domain::{Error, Position};
use chengji_messages::msg;
use jiff::Timestamp;

use super::catalogue::share_class_to;
use super::position::{epoch_id, position_to};
use super::{invalid, missing, time_to};
use crate::service::Page;
use crate::v1;

/// A cut-off, and whether its figures can still change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateCutOff {
    /// The cut-off.
    pub at: Timestamp,
    /// The close: entries dated up to the cut-off count if they arrived before it.
    pub close: Timestamp,
    /// True before the close.
    pub provisional: bool,
    /// Position of its seal in the coordinator's log, if it was sealed.
    pub sealed: Option<Position>,
    /// The formula in force at the cut-off.
    pub formula: Formula,
}

/// The figures at a cut-off.
#[derive(Clone, Debug, PartialEq)]
pub struct RateReport {
    /// The cut-off.
    pub cut_off: RateCutOff,
    /// The unit of the headline figure.
    pub headline: Unit,
    /// Figures of all cities together, those on other pages included.
    pub cluster: Figures,
    /// Position of the coordinator's own log at the cut-off, which determines the members.
    pub coordinator: Position,
    /// A page of the cities, by code.
    pub cities: Page<v1::CityRate>,
}

/// The entries behind one city's figures.
#[derive(Clone, Debug, PartialEq)]
pub struct RateExplanation {
    /// The cut-off.
    pub cut_off: RateCutOff,
    /// The position up to which the city's log counts.
    pub position: Position,
    /// Entries that the city's log lost by restores.
    pub lost: Vec<LostEntries>,
    /// A page of the entries, by code.
    pub entries: Page<v1::RateEvidence>,
}

/// Figures over time.
#[derive(Clone, Debug, PartialEq)]
pub struct RateSeries {
    /// The unit of the headline figure.
    pub headline: Unit,
    /// The formula in force at the end of the series.
    pub formula: Formula,
    /// A page of the points, from the earliest.
    pub points: Page<v1::RatePoint>,
}

pub(super) fn report_to(report: RateReport) -> v1::RateReport {
    let RateCutOff {
        at,
        close,
        provisional,
        sealed,
        formula,
    } = report.cut_off;
    v1::RateReport {
        formula: formula.id().to_owned(),
        at: Some(time_to(at)),
        headline: unit_to(report.headline).into(),
        cities: report.cities.items,
        cluster: Some(figures_to(&report.cluster)),
        coordinator: Some(at_position(report.coordinator)),
        close: Some(time_to(close)),
        provisional,
        sealed: sealed.map(at_position),
        next_cursor: report.cities.next_cursor,
    }
}

pub(super) fn explanation_to(explanation: RateExplanation) -> v1::ExplainRateResponse {
    let RateCutOff {
        at,
        close,
        provisional,
        sealed,
        formula,
    } = explanation.cut_off;
    v1::ExplainRateResponse {
        formula: formula.id().to_owned(),
        at: Some(time_to(at)),
        position: Some(at_position(explanation.position)),
        entries: explanation.entries.items,
        close: Some(time_to(close)),
        provisional,
        sealed: sealed.map(at_position),
        lost: explanation.lost.iter().map(lost_to).collect(),
        next_cursor: explanation.entries.next_cursor,
    }
}

pub(super) fn series_to(series: RateSeries) -> v1::RateHistory {
    v1::RateHistory {
        formula: series.formula.id().to_owned(),
        headline: unit_to(series.headline).into(),
        points: series.points.items,
        next_cursor: series.points.next_cursor,
    }
}

fn at_position(at: Position) -> v1::LogPosition {
    position_to(at.epoch, at.seq)
}

fn unit_to(unit: Unit) -> v1::RateUnit {
    match unit {
        Unit::Entries => v1::RateUnit::Entries,
        Unit::Rows => v1::RateUnit::Rows,
        Unit::Bytes => v1::RateUnit::Bytes,
    }
}

/// Converts lost entries to the wire.
pub fn lost_to(lost: &LostEntries) -> v1::LostEntries {
    v1::LostEntries {
        epoch: lost.epoch.number,
        epoch_id: epoch_id(lost.epoch),
        first: lost.first,
        last: lost.end.saturating_sub(1),
        count: lost.end.saturating_sub(lost.first),
        counted: lost.counted,
    }
}

/// Converts figures to the wire, with their scores.
pub fn figures_to(figures: &Figures) -> v1::RateFigures {
    v1::RateFigures {
        entries: Some(ratio_to(figures.entries)),
        rows: Some(ratio_to(figures.rows)),
        bytes: Some(ratio_to(figures.bytes)),
        not_shared: figures.not_shared,
        other_level: figures.other_level,
    }
}

/// Converts the evidence for one entry to the wire, without the entry's texts.
pub fn evidence_to(evidence: &Evidence) -> v1::RateEvidence {
    v1::RateEvidence {
        code: evidence.code.to_string(),
        name: String::new(),
        share_class: share_class_to(evidence.share_class).into(),
        share_condition: String::new(),
        contribution: contribution_to(evidence.contribution).into(),
        rows: evidence.rows,
        bytes: evidence.bytes,
        measured: evidence.measured_seq.is_some(),
        published_seq: evidence.published_seq,
        measured_seq: evidence.measured_seq,
        read_by: evidence
            .read
            .map(|read| read.by.to_string())
            .unwrap_or_default(),
        read_seq: evidence.read.map(|read| read.seq),
        shared_rows: evidence.shared_rows,
        shared_bytes: evidence.shared_bytes,
    }
}

/// Returns the contributions that a request asks for: all, unless it names some.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a value that is not in the contract.
pub fn contributions_from(request: &v1::ExplainRateRequest) -> Result<Vec<Contribution>, Error> {
    let all = Contribution::ALL.into_iter();
    if request.contributions.is_empty() {
        return Ok(all.collect());
    }
    for value in &request.contributions {
        if !all
            .clone()
            .any(|one| i32::from(contribution_to(one)) == *value)
        {
            return Err(invalid(
                "contributions",
                msg::WireValueUnknown { value: *value },
            ));
        }
    }
    let asked = |one: &Contribution| {
        request
            .contributions
            .contains(&contribution_to(*one).into())
    };
    Ok(all.filter(asked).collect())
}

/// Returns the distance between the cut-offs of a series.
///
/// # Errors
///
/// `INVALID_ARGUMENT` if it is missing.
pub fn series_interval_from(every: v1::RateInterval) -> Result<SeriesInterval, Error> {
    match every {
        v1::RateInterval::Unspecified => Err(missing("every")),
        v1::RateInterval::Day => Ok(SeriesInterval::Day),
        v1::RateInterval::Week => Ok(SeriesInterval::Week),
        v1::RateInterval::Month => Ok(SeriesInterval::Month),
    }
}

pub(super) fn ratio_to(ratio: Ratio) -> v1::Ratio {
    v1::Ratio {
        numerator: ratio.numerator,
        denominator: ratio.denominator,
        score: ratio.score(),
    }
}

fn contribution_to(contribution: Contribution) -> v1::Contribution {
    match contribution {
        Contribution::Realised => v1::Contribution::Realised,
        Contribution::NotMounted => v1::Contribution::NotMounted,
        Contribution::NotMeasured => v1::Contribution::NotMeasured,
        Contribution::NotRead => v1::Contribution::NotRead,
        Contribution::NotShared => v1::Contribution::NotShared,
        Contribution::OtherLevel => v1::Contribution::OtherLevel,
        Contribution::Withdrawn => v1::Contribution::Withdrawn,
    }
}
