//! The sharing rate's figures and evidence.

use chengji_domain::Error;
use chengji_domain::rate::{Contribution, Evidence, Figures, Ratio, SeriesInterval};
use chengji_messages::msg;

use super::catalogue::share_class_to;
use super::{invalid, missing};
use crate::v1;

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

fn ratio_to(ratio: Ratio) -> v1::Ratio {
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
