//! Valid entries and drafts, for tests to modify.

use chengji_domain::catalogue::{
    AdministrativeLevel, Draft, Entry, FormatKind, Given, ShareClass, ShareManner, UpdateCycle,
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

/// Builds the entry of this draft.
#[must_use]
pub fn entry(draft: &Draft) -> Entry {
    draft.check().unwrap()
}
