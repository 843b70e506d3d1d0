//! The sharing rate's figures and evidence.

use chengji_domain::rate::{Contribution, Evidence, Figures, Ratio};

use super::catalogue::share_class_to;
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
pub fn evidence_to(evidence: &Evidence<'_>) -> v1::RateEvidence {
    let account = evidence.account;
    let (rows, bytes, measured) = account.volume();
    v1::RateEvidence {
        code: evidence.code.to_string(),
        name: String::new(),
        share_class: share_class_to(account.attributes.share_class).into(),
        share_condition: String::new(),
        contribution: contribution_to(evidence.contribution).into(),
        rows,
        bytes,
        measured,
        published_seq: account.published_seq,
        measured_seq: account.measured.map(|(_, seq)| seq),
        read_by: evidence
            .read
            .map(|read| read.by.to_string())
            .unwrap_or_default(),
        read_seq: evidence.read.map(|read| read.seq),
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
