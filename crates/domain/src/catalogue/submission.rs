//! What the submission of an entry for review requires besides its content: both assessments, the consent of the
//! department's head, and for each share class what the Order on government data sharing lists (政务数据共享条例,
//! 国务院令第809号, articles 13 to 15).
//!
//! An entry that was recorded before any of it was asked for lacks it, and remains valid.

use chengji_messages::{Message, msg};

use super::law::lacks_article;
use super::terms::vocabulary;
use super::{Entry, FieldProblem, ShareClass};
use crate::error::{Error, ErrorCode, Violation};
use crate::field::Field;
use crate::request::Consent;

vocabulary! {
    /// The outcome of an assessment (评估结论).
    AssessmentOutcome {
        /// No risk was found.
        NoRisk = "无风险" | "无" | "none", "no risk", TermAssessmentNoRisk;
        /// A risk was found, and is handled.
        Handled = "有风险已处置" | "有风险并已处置" | "handled", "risk with handling", TermAssessmentHandled;
    }
}

/// An assessment that a department made of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// Its outcome.
    pub outcome: AssessmentOutcome,
    /// The number of its document, or its text, 1 to 1,000 characters.
    pub document: String,
}

/// The assessments and the consent of an entry, as far as its department has recorded them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Papers {
    /// The assessment of the secrecy risk (保密风险评估).
    pub secrecy: Option<Assessment>,
    /// The assessment of the impact on personal information (个人信息保护影响评估).
    pub personal_information: Option<Assessment>,
    /// The number of the document by which the department's head consented (负责人同意), at most 200 characters;
    /// empty if there is none.
    pub consent_document: String,
}

impl Entry {
    /// Returns the consent of the department's head that the entry itself records, on paper.
    pub fn recorded_consent(&self) -> Option<Consent> {
        let number = self.papers.consent_document.clone();
        (!number.is_empty()).then_some(Consent::Paper { number })
    }
}

/// Returns everything that the submission of an entry lacks; `consent` is the one given with the submission.
/// Empty if the entry may be submitted.
pub fn lacking(entry: &Entry, consent: Option<&Consent>) -> Vec<FieldProblem> {
    let mut lacking = Vec::new();
    let mut lacks = |field, message: Message| lacking.push(FieldProblem::new(field, "", message));
    match entry.share_class() {
        ShareClass::Unconditional => {}
        ShareClass::Conditional => {
            if entry.share_condition().is_empty() {
                lacks(Field::ShareCondition, msg::SubmissionWithoutScope.into());
            }
            if entry.share_uses.is_empty() {
                lacks(Field::ShareUses, msg::SubmissionWithoutUses.into());
            }
        }
        ShareClass::NotShared => {
            if entry.share_reason.is_empty() {
                lacks(Field::ShareReason, msg::SubmissionWithoutReason.into());
            }
            if lacks_article(entry.share_condition()) {
                lacks(Field::ShareCondition, msg::SubmissionWithoutArticle.into());
            }
        }
    }
    if entry.papers.secrecy.is_none() {
        let message = msg::SubmissionWithoutSecrecyAssessment;
        lacks(Field::SecrecyAssessment, message.into());
    }
    if entry.papers.personal_information.is_none() {
        let message = msg::SubmissionWithoutPersonalInformationAssessment;
        lacks(Field::PersonalInformationAssessment, message.into());
    }
    if consent.is_none() && entry.papers.consent_document.is_empty() {
        lacks(Field::ConsentDocument, msg::SubmissionWithoutConsent.into());
    }
    lacking
}

/// Refuses a submission that lacks something.
///
/// # Errors
/// `INVALID_ARGUMENT` with a violation for each field.
pub fn check_submission(entry: &Entry, consent: Option<&Consent>) -> Result<(), Error> {
    let lacking = lacking(entry, consent);
    if lacking.is_empty() {
        return Ok(());
    }
    let violations = lacking.into_iter();
    let violations = violations.map(|lacked| Violation::new(lacked.field, lacked.message));
    let error = Error::new(ErrorCode::InvalidArgument, msg::SubmissionIncomplete);
    Err(error.with_violations(violations.collect()))
}

#[cfg(test)]
mod tests {
    use super::super::check::tests::sound;
    use super::*;
    use crate::catalogue::{Draft, Given, ShareManner};

    /// A draft with all papers.
    fn with_papers(draft: Draft) -> Draft {
        Draft {
            secrecy_assessment: Given::Known(AssessmentOutcome::NoRisk),
            secrecy_document: "市民保评〔2026〕3号".to_owned(),
            personal_information_assessment: Given::Known(AssessmentOutcome::Handled),
            personal_information_document: "市民个保评〔2026〕5号".to_owned(),
            consent_document: "市民函〔2026〕8号".to_owned(),
            ..draft
        }
    }

    fn of_class(class: ShareClass, condition: &str) -> Draft {
        let manner = match class {
            ShareClass::NotShared => Given::Missing,
            _ => Given::Known(ShareManner::File),
        };
        Draft {
            share_class: Given::Known(class),
            share_condition: condition.to_owned(),
            share_manner: manner,
            ..with_papers(sound())
        }
    }

    fn lacked(draft: &Draft) -> Vec<Field> {
        let entry = draft.check().unwrap();
        let lacking = lacking(&entry, None);
        lacking.iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn a_submission_without_papers_lacks_each_of_them_by_name() {
        let papers = [
            Field::SecrecyAssessment,
            Field::PersonalInformationAssessment,
            Field::ConsentDocument,
        ];
        assert_eq!(lacked(&sound()), papers);
        assert_eq!(lacked(&with_papers(sound())), []);
        let entry = sound().check().unwrap();
        let error = check_submission(&entry, None).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert_eq!(error.violations().len(), papers.len());
        let entry = with_papers(sound()).check().unwrap();
        assert_eq!(check_submission(&entry, None), Ok(()));
    }

    #[test]
    fn a_consent_is_given_with_the_submission_or_recorded_in_the_entry() {
        let number = "市民函〔2026〕9号".to_owned();
        let given = Consent::Paper { number };
        let without = Draft {
            consent_document: String::new(),
            ..with_papers(sound())
        };
        let entry = without.check().unwrap();
        assert_eq!(lacking(&entry, Some(&given)), []);
        assert_eq!(entry.recorded_consent(), None);
        assert_eq!(lacked(&without), [Field::ConsentDocument]);
        let recorded = with_papers(sound()).check().unwrap().recorded_consent();
        let number = "市民函〔2026〕8号".to_owned();
        assert_eq!(recorded, Some(Consent::Paper { number }));
    }

    #[test]
    fn a_conditional_resource_lists_its_uses_beside_its_scope() {
        let mut draft = of_class(ShareClass::Conditional, "仅限社保经办机构");
        assert_eq!(lacked(&draft), [Field::ShareUses]);
        draft.share_uses = "待遇资格核验".to_owned();
        assert_eq!(lacked(&draft), []);
        assert_eq!(draft.check().unwrap().share_uses, "待遇资格核验");
    }

    #[test]
    fn a_resource_that_is_not_shared_lists_a_reason_and_an_article() {
        let mut draft = of_class(ShareClass::NotShared, "《中华人民共和国档案法》");
        assert_eq!(lacked(&draft), [Field::ShareReason, Field::ShareCondition]);
        draft.share_condition = "《中华人民共和国档案法》第二十八条".to_owned();
        draft.share_reason = "档案尚未到开放期限".to_owned();
        assert_eq!(lacked(&draft), []);
        // A decision need not have articles.
        draft.share_condition = "《国务院关于废止部分文件的决定》".to_owned();
        assert_eq!(lacked(&draft), []);
    }
}
