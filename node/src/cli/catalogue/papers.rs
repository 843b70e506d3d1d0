//! What a submission requires besides the content of its entries, as options: assessments, documents and consent.

use chengji_client::arguments::refused;
use chengji_domain::Result;
use chengji_domain::catalogue::{AssessmentOutcome, Region};
use chengji_interchange::Defaults;
use chengji_messages::msg;
use chengji_proto::v1;
use chengji_proto::v1::given_consent::Given;
use clap::Args;

/// The consent to submissions.
#[derive(Args, Debug, Clone)]
pub(in crate::cli) struct ConsentArgs {
    /// Number of the document with the consent; for entries that name none of their own
    #[arg(long, value_name = "DOCUMENT")]
    consent: Option<String>,
    /// Consent yourself: as the head of the department, or for an extension as the supervising authority
    #[arg(long, conflicts_with = "consent")]
    consent_own: bool,
}

impl ConsentArgs {
    /// The consent as the node takes it.
    pub(super) fn given(&self) -> Option<v1::GivenConsent> {
        let document = self.consent.clone().map(Given::Document);
        let given = document.or(self.consent_own.then_some(Given::Own(true)))?;
        Some(v1::GivenConsent { given: Some(given) })
    }
}

/// Values for all rows of a file that lack them.
#[derive(Args, Debug)]
pub(in crate::cli) struct DefaultArgs {
    /// Secrecy risk assessment of rows without one: none, handled
    #[arg(long, value_name = "OUTCOME", value_parser = outcome, requires = "document")]
    secrecy_assessment: Option<AssessmentOutcome>,
    /// Personal information impact assessment of rows without one: none, handled
    #[arg(long, value_name = "OUTCOME", value_parser = outcome, requires = "document")]
    personal_information_assessment: Option<AssessmentOutcome>,
    /// Document of these assessments
    #[arg(long, value_name = "DOCUMENT")]
    document: Option<String>,
    /// Uses of conditional resources without any
    #[arg(long, value_name = "TEXT")]
    uses: Option<String>,
    /// Reason of resources that are not shared, in rows without one
    #[arg(long, value_name = "TEXT")]
    not_shared_reason: Option<String>,
    /// Region that the data may not leave, in rows without one: province, cluster, or codes of provinces and cities
    #[arg(long, value_name = "TEXT")]
    region: Option<Region>,
    /// Requests need the approval of the common superior authority, in rows that do not say
    #[arg(long)]
    superior_approval: bool,
}

impl DefaultArgs {
    /// The values.
    pub(super) fn values(&self) -> Defaults {
        let text = |text: &Option<String>| text.as_deref().unwrap_or_default().trim().to_owned();
        Defaults {
            share_uses: text(&self.uses),
            share_reason: text(&self.not_shared_reason),
            secrecy_assessment: self.secrecy_assessment,
            personal_information_assessment: self.personal_information_assessment,
            document: text(&self.document),
            region: self.region.clone(),
            superior_approval: self.superior_approval,
        }
    }
}

/// An outcome by its name.
fn outcome(text: &str) -> Result<AssessmentOutcome> {
    let found = AssessmentOutcome::from_term(text);
    found.ok_or_else(|| {
        let terms = vec!["none", "handled"];
        refused(msg::ValueNotOneOf { terms })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_consent_is_a_document_or_the_callers_own() {
        let given = |consent: Option<&str>, consent_own| {
            let consent = consent.map(str::to_owned);
            let given = ConsentArgs {
                consent,
                consent_own,
            };
            given.given().and_then(|consent| consent.given)
        };
        assert_eq!(given(None, false), None);
        assert_eq!(given(None, true), Some(Given::Own(true)));
        let number = "市民函〔2026〕8号".to_owned();
        assert_eq!(given(Some(&number), false), Some(Given::Document(number)));
    }

    #[test]
    fn outcomes_have_short_names() {
        assert_eq!(outcome("none"), Ok(AssessmentOutcome::NoRisk));
        assert_eq!(outcome("handled"), Ok(AssessmentOutcome::Handled));
        outcome("maybe").unwrap_err();
    }
}
