//! Maps headings to fields: by the field's name in Chinese or English, or a common synonym, such as the
//! words of the national template. Blanks, line breaks, `*`, 必填 and full-width forms are ignored. A word
//! that could mean two fields is not in the table.

use chengji_domain::Field;
use chengji_domain::catalogue::{self, FIELDS};
use chengji_domain::text::{ForbiddenCharacter, unfit};

use super::lists::half_width;

/// Other names of columns in catalogues, field by field, in the order of `FIELDS`. Written as `spelled`
/// returns them: lower-case, without blanks, `_` and `-`.
#[rustfmt::skip]
const SYNONYMS: [(Field, &[&str]); FIELDS.len()] = [
    (Field::Classification, &["信息资源分类", "资源分类", "目录分类", "分类代码", "信息资源分类代码", "所属分类",
        "classificationcode", "category"]),
    (Field::Name, &["信息资源名称", "资源名称", "数据项名称", "目录名称", "数据资源名称", "政务信息资源名称", "数据集名称",
        "title", "resourcename", "resourcetitle", "datasetname", "datasettitle"]),
    (Field::Code, &["信息资源代码", "资源代码", "目录代码", "目录编码", "资源编码", "信息资源编码", "数据资源代码",
        "政务信息资源代码", "resourcecode", "cataloguecode", "catalogcode"]),
    (Field::Provider, &["信息资源提供方", "资源提供方", "提供部门", "责任部门", "提供单位", "责任单位", "来源部门", "数据提供方",
        "数据提供部门", "数据提供单位", "department", "organization", "organisation", "publisher", "providername",
        "providingdepartment", "responsibledepartment"]),
    (Field::ProviderCode, &["信息资源提供方代码", "资源提供方代码", "提供部门代码", "提供单位代码", "责任部门代码",
        "统一社会信用代码", "提供方统一社会信用代码", "creditcode", "unifiedsocialcreditcode", "uscc",
        "departmentcode", "organizationcode", "organisationcode"]),
    (Field::Abstract, &["信息资源摘要", "资源摘要", "数据项描述", "资源描述", "信息资源描述", "目录摘要", "数据资源摘要", "内容摘要",
        "description", "summary", "notes"]),
    (Field::Formats, &["信息资源格式", "资源格式", "数据格式", "信息资源格式分类", "资源格式分类", "format", "resourceformat", "dataformat"]),
    (Field::Items, &["数据项", "字段", "信息项名称", "信息项列表", "数据项列表", "字段列表", "数据项内容",
        "item", "fields", "columns", "dataitems"]),
    (Field::ShareClass, &["共享属性", "共享类别", "信息资源共享类型", "资源共享类型",
        "sharetype", "sharingtype", "sharingclass"]),
    (Field::ShareCondition, &["共享范围", "信息资源共享条件", "共享条件或依据", "共享条件依据", "sharingcondition", "sharingconditions",
        "shareconditions"]),
    (Field::ShareManner, &["信息资源共享方式", "共享提供方式", "sharingmanner", "sharemethod", "sharingmethod"]),
    (Field::Open, &["是否向社会开放", "开放属性", "开放类型", "是否社会开放", "是否对社会开放", "向社会开放",
        "opentopublic", "opentothepublic", "isopen"]),
    (Field::OpenCondition, &["社会开放条件", "向社会开放条件", "openconditions", "openingcondition", "conditionofopening"]),
    (Field::UpdateCycle, &["更新频率", "更新频次", "信息资源更新周期", "资源更新周期", "数据更新周期", "数据更新频率",
        "updatefrequency", "frequency", "frequencyofupdate", "accrualperiodicity"]),
    (Field::PublishedOn, &["发布时间", "信息资源发布日期", "资源发布日期", "目录发布日期",
        "published", "publicationdate", "releasedate", "datepublished", "issued"]),
    (Field::RelatedCodes, &["关联信息资源", "关联资源", "关联资源编码", "关联信息资源代码", "关联目录代码",
        "relatedresources", "relatedresourcecodes", "related"]),
    (Field::AdministrativeLevel, &["所属行政层级", "行政级别", "资源层级", "adminlevel"]),
    (Field::Secret, &["是否涉密", "涉密标识", "是否涉及国家秘密", "涉密属性", "涉密情况", "涉密等级", "涉密级别", "涉密类型",
        "涉密或工作秘密", "是否涉密或工作秘密", "是否涉及国家秘密工作秘密", "是否涉密资源", "是否涉密数据", "是否为涉密", "密级", "密级标识", "issecret", "statesecret", "classified",
        "secrecy", "secrecylevel"]),
    (Field::SecurityLevel, &["安全等级", "数据安全级别", "数据安全等级", "安全分级", "数据分级",
        "securitygrade", "datasecuritylevel"]),
    (Field::DeclaredRows, &["数据量行数", "数据行数", "记录数", "数据条数", "rows", "rowcount", "numberofrows"]),
    (Field::DeclaredBytes, &["数据量字节数", "字节数", "bytes", "sizeinbytes"]),
    (Field::ShareUses, &["共享用途", "数据使用用途", "共享使用用途", "uses", "useofdata", "permitteduses"]),
    (Field::ShareReason, &["不予共享的理由", "不予共享原因", "不共享理由", "reasonfornotsharing"]),
    (Field::SecrecyAssessment, &["保密风险评估结论", "保密风险评估结果", "secrecyriskassessment"]),
    (Field::SecrecyDocument, &["保密风险评估编号", "保密风险评估文件", "secrecyriskassessmentdocument"]),
    (Field::PersonalInformationAssessment, &["个人信息保护影响评估结论", "个人信息保护影响评估结果",
        "personalinformationimpactassessment"]),
    (Field::PersonalInformationDocument, &["个人信息保护影响评估编号", "个人信息保护影响评估文件",
        "personalinformationimpactassessmentdocument"]),
    (Field::ConsentDocument, &["负责人同意", "部门负责人同意文号", "审核同意文号", "consent", "headsconsent"]),
    (Field::Region, &["流通地域范围", "地域限制", "数据流通地域", "jurisdiction", "maynotleave"]),
    (Field::SuperiorApproval, &["须经上级主管部门批准", "须经共同上级批准", "需上级批准", "approvalofsuperior",
        "needsapproval"]),
];

/// The field that a heading names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// Its index in `FIELDS`.
    pub(super) field: usize,
    /// True if a synonym names it.
    pub(super) synonym: bool,
}

/// The field that a heading names, if any.
pub(super) fn field_of(heading: &str) -> Option<Named> {
    let spelled = spelled(heading);
    let own = FIELDS.iter().position(|field| {
        spelled == catalogue::heading(*field) || spelled == field.as_str().replace('_', "")
    });
    let named = own.map(|field| (field, false));
    let named = named.or_else(|| {
        let of = |(_, synonyms): &(Field, &[&str])| synonyms.contains(&spelled.as_str());
        SYNONYMS.iter().position(of).map(|field| (field, true))
    });
    named.map(|(field, synonym)| Named { field, synonym })
}

/// Returns true if a heading mentions secrecy. One that does and names no field is an error: the column
/// may mark the rows that are secret.
pub(super) fn mentions_secrecy(heading: &str) -> bool {
    let spelled = spelled(heading);
    [
        "涉密",
        "密级",
        "国家秘密",
        "工作秘密",
        "机密",
        "绝密",
        "secret",
        "secrecy",
        "classified",
    ]
    .iter()
    .any(|word| spelled.contains(word))
}

/// A heading in the form in which headings are compared.
pub(super) fn spelled(heading: &str) -> String {
    let mut spelled: String = half_width(heading)
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '*' | '_' | '-'))
        .filter(|c| unfit(*c) != Some(ForbiddenCharacter::Invisible))
        .collect();
    spelled.make_ascii_lowercase();
    for mark in [
        "必填",
        "必填项",
        "选填",
        "选填项",
        "可选",
        "required",
        "optional",
    ] {
        for (open, close) in [('(', ')'), ('[', ']'), ('【', '】')] {
            spelled = spelled.replace(&format!("{open}{mark}{close}"), "");
        }
    }
    spelled
}

/// A heading shortened for a message.
pub(super) fn clipped(heading: &str) -> String {
    heading.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn field(heading: &str) -> Option<Field> {
        field_of(heading).map(|named| FIELDS[named.field])
    }

    #[test]
    fn every_synonym_is_spelled_as_compared_stands_with_its_field_and_means_one() {
        let mut seen: HashMap<&str, Field> = HashMap::new();
        for (field, (of, synonyms)) in FIELDS.into_iter().zip(SYNONYMS) {
            assert_eq!(field, of);
            let own = catalogue::heading(field);
            assert_eq!(field_of(own).map(|named| named.synonym), Some(false));
            for word in synonyms.iter().chain([&own]) {
                assert_eq!(spelled(word), *word);
                assert_eq!(seen.insert(word, field), None, "{word}");
                assert_eq!(FIELDS[field_of(word).unwrap().field], field);
            }
        }
    }

    #[test]
    fn marks_blanks_line_breaks_and_width_do_not_matter() {
        for heading in [
            "信息资源名称",
            " *信息资源\n名称（必填） ",
            "信息资源名称(required)",
            "Resource Name *",
            "ＴＩＴＬＥ",
            "【必填】资源名称",
            "dataset_title",
        ] {
            assert_eq!(field(heading), Some(Field::Name), "{heading:?}");
        }
        assert_eq!(
            field("Update-Frequency [optional]"),
            Some(Field::UpdateCycle)
        );
        assert_eq!(field("统一社会信用代码"), Some(Field::ProviderCode));
    }

    #[test]
    fn every_usual_heading_of_secrecy_is_its_column_and_an_unusual_one_is_noticed() {
        for heading in [
            "涉密",
            "涉密属性",
            "*涉密属性（必填）",
            "是否涉密",
            "密级",
            "Secrecy level",
        ] {
            assert_eq!(field(heading), Some(Field::Secret), "{heading}");
        }
        for heading in [
            "数据涉密判定",
            "定密密级",
            "State secrets?",
            "是否含工作秘密",
        ] {
            assert_eq!(field(heading), None, "{heading}");
            assert!(mentions_secrecy(heading), "{heading}");
        }
        assert!(!mentions_secrecy("安全级别") && !mentions_secrecy("classification note"));
    }

    #[test]
    fn words_that_could_mean_two_fields_or_none_are_not_guessed() {
        for heading in [
            "",
            "编号",
            "id",
            "领域",
            "备注",
            "代码名称",
            "level",
            "date",
            "*",
        ] {
            assert_eq!(field_of(heading), None, "{heading}");
        }
    }
}
