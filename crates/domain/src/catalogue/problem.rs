//! Problems of drafts, and the names of their fields.

use std::fmt;

/// One problem of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field's name in the contract.
    pub field: &'static str,
    /// The value, truncated to 100 characters.
    pub value: String,
    /// Description of the problem.
    pub problem: String,
    /// The same in Chinese.
    pub problem_zh: String,
    /// A remedy.
    pub remedy: String,
}

impl Problem {
    /// Makes a problem with this field's value.
    pub fn new(
        field: &'static str,
        value: &str,
        problem: impl Into<String>,
        problem_zh: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            field,
            value: value.chars().take(100).collect(),
            problem: problem.into(),
            problem_zh: problem_zh.into(),
            remedy: remedy.into(),
        }
    }

    /// Returns the field's Chinese column heading.
    pub fn field_zh(&self) -> &'static str {
        field_zh(self.field)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.field_zh(), self.field, self.problem)
    }
}

/// The fields of an entry: name in the contract, Chinese column heading.
pub const FIELDS: [(&str, &str); 21] = [
    ("classification", "分类"),
    ("name", "名称"),
    ("code", "代码"),
    ("provider", "提供方"),
    ("provider_code", "提供方代码"),
    ("abstract", "摘要"),
    ("formats", "格式"),
    ("items", "信息项"),
    ("share_class", "共享类型"),
    ("share_condition", "共享条件"),
    ("share_manner", "共享方式"),
    ("open", "是否开放"),
    ("open_condition", "开放条件"),
    ("update_cycle", "更新周期"),
    ("published_on", "发布日期"),
    ("related_codes", "关联资源代码"),
    ("administrative_level", "行政层级"),
    ("secret", "涉密"),
    ("security_level", "安全级别"),
    ("declared_rows", "数据量行"),
    ("declared_bytes", "数据量字节"),
];

/// Returns the Chinese heading of a field of the contract; the name itself if there is none.
pub fn field_zh(field: &'static str) -> &'static str {
    FIELDS
        .iter()
        .find(|(name, _)| *name == field)
        .map_or(field, |(_, zh)| zh)
}
