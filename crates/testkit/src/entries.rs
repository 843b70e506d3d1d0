//! Valid entries and drafts, for tests to modify.

use chengji_domain::catalogue::{
    AdministrativeLevel, AssessmentOutcome, Draft, Entry, FormatKind, Given, ShareClass,
    ShareManner, UpdateCycle,
};

use crate::CREDIT_CODE;

/// Returns the resource code with this serial number, in its stored form.
#[must_use]
pub fn code(serial: u32) -> String {
    format!("103001{serial:06}")
}

/// Builds a valid draft of an electronic file without items, of this class.
#[must_use]
pub fn draft(serial: u32, class: ShareClass) -> Draft {
    let (condition, manner) = match class {
        ShareClass::Unconditional => ("", Given::Known(ShareManner::File)),
        ShareClass::Conditional => ("仅用于核验", Given::Known(ShareManner::File)),
        ShareClass::NotShared => ("《中华人民共和国档案法》第二十八条", Given::Missing),
    };
    Draft {
        code: code(serial),
        name: "行政区划代码".to_owned(),
        classification: "1/03/001".to_owned(),
        provider: "市民政局".to_owned(),
        provider_code: CREDIT_CODE.to_owned(),
        summary: "全市县以上行政区划的名称与代码".to_owned(),
        formats: vec![(Given::Known(FormatKind::File), "csv".to_owned())],
        share_class: Given::Known(class),
        share_condition: condition.to_owned(),
        share_manner: manner,
        open: Given::Known(false),
        update_cycle: Given::Known(UpdateCycle::Yearly),
        published_on: "2026-01-01".to_owned(),
        level: Given::Known(AdministrativeLevel::Municipal),
        secret: Given::Known(false),
        security_level: Given::Known(1),
        ..Draft::default()
    }
}

/// Adds what a submission requires: both assessments, the consent of the department's head, and what the share class
/// lists.
#[must_use]
pub fn with_papers(draft: Draft) -> Draft {
    let only = |class, text: &str| match draft.share_class == Given::Known(class) {
        true => text.to_owned(),
        false => String::new(),
    };
    Draft {
        share_uses: only(ShareClass::Conditional, "待遇资格核验"),
        share_reason: only(ShareClass::NotShared, "档案尚未到开放期限"),
        secrecy_assessment: Given::Known(AssessmentOutcome::NoRisk),
        secrecy_document: "市民保评〔2026〕3号".to_owned(),
        personal_information_assessment: Given::Known(AssessmentOutcome::NoRisk),
        personal_information_document: "市民个保评〔2026〕5号".to_owned(),
        consent_document: "市民函〔2026〕8号".to_owned(),
        ..draft
    }
}

/// Builds the entry of this draft.
#[must_use]
pub fn entry(draft: &Draft) -> Entry {
    draft.check().unwrap()
}
