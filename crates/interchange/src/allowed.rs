//! The values that a field accepts, as shown to people.

use chengji_domain::catalogue::{
    AdministrativeLevel, FormatKind, ShareClass, ShareManner, UpdateCycle,
};

/// The values of a field with a closed vocabulary, in Chinese; none for other fields.
pub(super) fn terms(field: &str) -> Vec<&'static str> {
    match field {
        "share_class" => ShareClass::ALL.iter().map(|term| term.zh()).collect(),
        "share_manner" => ShareManner::ALL.iter().map(|term| term.zh()).collect(),
        "update_cycle" => UpdateCycle::ALL.iter().map(|term| term.zh()).collect(),
        "administrative_level" => AdministrativeLevel::ALL
            .iter()
            .map(|term| term.zh())
            .collect(),
        "open" | "secret" => vec!["是", "否"],
        "security_level" => vec!["1", "2", "3", "4"],
        _ => Vec::new(),
    }
}

/// Explains how to fill in a field.
pub(super) fn explained(field: &str) -> &'static str {
    match field {
        "classification" => "类/项/目/细目, such as 1/03/001",
        "code" => "分类与顺序号, such as 103001/000001; unique in the city 本市唯一",
        "provider_code" => "统一社会信用代码, 18 characters",
        "abstract" => "内容、范围、用途: what it holds, of whom, since when",
        "formats" => "类型[:子类型];…, such as 电子表格:csv;数据库:mysql",
        "items" => {
            "名称:类型(长度)[:共享类型[:条件[:方式]]];…, such as 区划代码:C(6);证件号:C(18):2:仅限核验"
        }
        "share_condition" => {
            "有条件共享填条件，不予共享填依据: condition, or legal basis for class 3"
        }
        "share_manner" => "不予共享时不填: none for class 3",
        "open_condition" => "开放时填写: where open to the public",
        "published_on" => "YYYY-MM-DD",
        "related_codes" => "代码;…",
        "secret" => "涉密资源不得编入: secret entries never enter the exchange",
        "security_level" => "1 to 4",
        "declared_rows" | "declared_bytes" => "整数: a whole number",
        _ => "",
    }
}

/// The values that a field accepts, with the terms of closed vocabularies in both languages.
pub(super) fn in_full(field: &str) -> String {
    fn both<T: Copy>(all: &[T], zh: fn(T) -> &'static str, en: fn(T) -> &'static str) -> String {
        let terms = all
            .iter()
            .map(|term| format!("{} {}", zh(*term), en(*term)));
        format!("one of 取值范围: {}", terms.collect::<Vec<_>>().join(", "))
    }
    match field {
        "share_class" => both(ShareClass::ALL, ShareClass::zh, ShareClass::en),
        "share_manner" => both(ShareManner::ALL, ShareManner::zh, ShareManner::en),
        "update_cycle" => both(UpdateCycle::ALL, UpdateCycle::zh, UpdateCycle::en),
        "administrative_level" => both(
            AdministrativeLevel::ALL,
            AdministrativeLevel::zh,
            AdministrativeLevel::en,
        ),
        "formats" => format!(
            "{}; {}",
            both(FormatKind::ALL, FormatKind::zh, FormatKind::en),
            explained(field)
        ),
        "open" | "secret" => "one of 取值范围: 是 yes, 否 no".to_owned(),
        "name" | "provider" => "at most 200 characters 不超过200字".to_owned(),
        field => explained(field).to_owned(),
    }
}
