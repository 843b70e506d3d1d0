//! The problems of a draft, and the fields of an entry.

use std::fmt;

use chengji_messages::Message;

use crate::field::Field;

/// One thing that is wrong with a draft, or that a reviewer would ask about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// The field; [`Field::Row`] where it is about the whole.
    pub field: Field,
    /// The value, truncated to 100 characters.
    pub value: String,
    /// The problem; its advice says what would be right.
    pub message: Message,
}

impl FieldProblem {
    const MAX_VALUE: usize = 100;

    /// Makes a problem with this field's value.
    pub fn new(field: Field, value: &str, message: impl Into<Message>) -> Self {
        Self {
            field,
            value: value.chars().take(Self::MAX_VALUE).collect(),
            message: message.into(),
        }
    }

    /// A problem with the whole, of which no value is repeated.
    pub fn of_row(message: impl Into<Message>) -> Self {
        Self::new(Field::Row, "", message)
    }
}

/// In English, for logs.
impl fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field.as_str(), self.message)
    }
}

/// The fields of an entry, in the order of the national form, then those that Order 809 asks for besides, and the
/// limits of jurisdiction.
pub const FIELDS: [Field; 30] = [
    Field::Classification,
    Field::Name,
    Field::Code,
    Field::Provider,
    Field::ProviderCode,
    Field::Abstract,
    Field::Formats,
    Field::Items,
    Field::ShareClass,
    Field::ShareCondition,
    Field::ShareManner,
    Field::Open,
    Field::OpenCondition,
    Field::UpdateCycle,
    Field::PublishedOn,
    Field::RelatedCodes,
    Field::AdministrativeLevel,
    Field::Secret,
    Field::SecurityLevel,
    Field::DeclaredRows,
    Field::DeclaredBytes,
    Field::ShareUses,
    Field::ShareReason,
    Field::SecrecyAssessment,
    Field::SecrecyDocument,
    Field::PersonalInformationAssessment,
    Field::PersonalInformationDocument,
    Field::ConsentDocument,
    Field::Region,
    Field::SuperiorApproval,
];

/// The heading of a field's column, as the national form has it; the name in the contract for a field
/// that no entry has.
pub fn heading(field: Field) -> &'static str {
    match field {
        Field::Classification => "分类",
        Field::Name => "名称",
        Field::Code => "代码",
        Field::Provider => "提供方",
        Field::ProviderCode => "提供方代码",
        Field::Abstract => "摘要",
        Field::Formats => "格式",
        Field::Items => "信息项",
        Field::ShareClass => "共享类型",
        Field::ShareCondition => "共享条件",
        Field::ShareManner => "共享方式",
        Field::Open => "是否开放",
        Field::OpenCondition => "开放条件",
        Field::UpdateCycle => "更新周期",
        Field::PublishedOn => "发布日期",
        Field::RelatedCodes => "关联资源代码",
        Field::AdministrativeLevel => "行政层级",
        Field::Secret => "涉密",
        Field::SecurityLevel => "安全级别",
        Field::DeclaredRows => "数据量行",
        Field::DeclaredBytes => "数据量字节",
        Field::ShareUses => "使用用途",
        Field::ShareReason => "不予共享理由",
        Field::SecrecyAssessment => "保密风险评估",
        Field::SecrecyDocument => "保密风险评估文号",
        Field::PersonalInformationAssessment => "个人信息保护影响评估",
        Field::PersonalInformationDocument => "个人信息保护影响评估文号",
        Field::ConsentDocument => "负责人同意文号",
        Field::Region => "流通地域",
        Field::SuperiorApproval => "须经上级批准",
        other => other.as_str(),
    }
}
