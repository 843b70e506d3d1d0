//! Findings that people enter about cities.

use chengji_domain::Error;
use chengji_domain::findings::Finding;

use crate::v1;

pub(super) fn finding_to(finding: Finding) -> v1::FindingEntered {
    v1::FindingEntered {
        city: finding.city.to_string(),
        article: finding.article,
        text: finding.text,
        document: finding.document,
    }
}

pub(super) fn finding_from(entered: v1::FindingEntered) -> Result<Finding, Error> {
    Ok(Finding {
        city: entered.city.parse()?,
        article: entered.article,
        text: entered.text,
        document: entered.document,
    })
}
