//! Yes/no and number fields, and their values in spreadsheets.

/// True if an entry is open to the public (是否开放).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Openness(pub bool);

/// True if an entry is a state secret (涉密) or a work secret (工作秘密): neither is government data to share
/// (政务数据共享条例 article 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secrecy(pub bool);

/// A security level (安全级别), from 1 to 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecurityLevel(u8);

impl Openness {
    /// Parses 是 or 否; a class of opening is accepted, too.
    pub fn from_term(text: &str) -> Option<Self> {
        let open = match text {
            "开放" | "无条件开放" | "有条件开放" => Some(true),
            "不开放" | "不予开放" => Some(false),
            _ => yes_or_no(text),
        };
        open.map(Self)
    }

    /// Returns 是 or 否.
    pub fn zh(self) -> &'static str {
        zh(self.0)
    }

    /// Returns both terms, for a message.
    pub fn terms() -> String {
        "是 否".to_owned()
    }
}

impl Secrecy {
    /// Parses 是 or 否; a grade of secrecy (保守国家秘密法 §14) and 工作秘密 count as 是.
    pub fn from_term(text: &str) -> Option<Self> {
        let secret = match text {
            "涉密" | "秘密" | "机密" | "绝密" | "国家秘密" | "工作秘密" => {
                Some(true)
            }
            "不涉密" | "非涉密" => Some(false),
            _ => yes_or_no(text),
        };
        secret.map(Self)
    }

    /// Returns 是 or 否.
    pub fn zh(self) -> &'static str {
        zh(self.0)
    }

    /// Returns both terms, for a message.
    pub fn terms() -> String {
        "是 否".to_owned()
    }
}

impl SecurityLevel {
    /// Parses a number, with or without 级, in digits or in Chinese.
    pub fn from_term(text: &str) -> Option<Self> {
        let level = match text {
            "1" | "1级" | "一级" => 1,
            "2" | "2级" | "二级" => 2,
            "3" | "3级" | "三级" => 3,
            "4" | "4级" | "四级" => 4,
            _ => return None,
        };
        Some(Self(level))
    }

    /// Returns the number, 1 to 4.
    pub fn number(self) -> u8 {
        self.0
    }

    /// Returns the number as a text.
    pub fn zh(self) -> &'static str {
        match self.0 {
            1 => "1",
            2 => "2",
            3 => "3",
            _ => "4",
        }
    }

    /// Returns all numbers, for a message.
    pub fn terms() -> String {
        "1 2 3 4".to_owned()
    }
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "是" | "true" | "1" | "yes" | "y" => Some(true),
        "否" | "false" | "0" | "no" | "n" => Some(false),
        _ => None,
    }
}

fn zh(yes: bool) -> &'static str {
    if yes { "是" } else { "否" }
}
