//! The admission of a draft as an entry, or the list of its problems.

use std::str::FromStr;

use chengji_messages::Language;

use super::draft::{Draft, Given};
use super::problem::{Problem, field_zh};
use super::{
    AdministrativeLevel, Entry, Format, FormatKind, ShareClass, ShareManner, Sharing, UpdateCycle,
    Volume,
};
use crate::error::Error;
use crate::text::TextRule;

/// Names of entries and departments.
const NAME: TextRule = TextRule::line(1, 200);
const ABSTRACT: TextRule = TextRule::lines(1, 4_000);
const SUBTYPE: TextRule = TextRule::line(0, 40);
/// Conditions and legal bases.
pub(super) const CONDITION: TextRule = TextRule::lines(0, 1_000);
/// Maximum declared volume, in rows or bytes.
const MAX_VOLUME: u64 = 10_000_000_000_000;

impl Draft {
    /// Admits the draft as an entry, or lists all its problems. For new drafts only: published entries are
    /// never checked again.
    ///
    /// A secret entry is refused whatever its content, and nothing else about it is reported, so that no part
    /// of it appears in the report either.
    pub fn check(&self) -> Result<Entry, Vec<Problem>> {
        if self.secret == Given::Known(true) {
            return Err(vec![Problem::new(
                "secret",
                "是",
                "a secret entry may not enter the exchange; nothing of it is kept",
                "涉密资源不得进入共享交换，未保存其任何内容",
                "take the entry out of the file 请从文件中移除该条目",
            )]);
        }
        let mut check = Check::default();
        let entry = self.read(&mut check);
        match entry {
            Some(entry) if check.0.is_empty() => Ok(entry),
            _ => Err(check.0),
        }
    }

    fn read(&self, check: &mut Check) -> Option<Entry> {
        let classification = check.parse("classification", &self.classification);
        let code = check.parse("code", &self.code);
        if let (Some(code), Some(classification)) = (&code, &classification) {
            check.code_is_of(code, classification);
        }
        let name = check.text("name", &self.name, NAME);
        let provider = check.text("provider", &self.provider, NAME);
        let provider_code = check.parse("provider_code", &self.provider_code);
        let summary = check.text("abstract", &self.summary, ABSTRACT);
        let formats = check.formats(&self.formats);
        let sharing = check.sharing(self);
        let items = check.items(self);
        let opening = check.opening(self);
        let update_cycle = check.term("update_cycle", &self.update_cycle, UpdateCycle::terms);
        let published_on = check.date("published_on", &self.published_on);
        let related = check.related(&self.related);
        let level = check.term(
            "administrative_level",
            &self.level,
            AdministrativeLevel::terms,
        );
        check.term("secret", &self.secret, yes_or_no);
        let security_level = check.security_level(&self.security_level);
        let declared = Volume {
            rows: check.volume("declared_rows", &self.declared_rows),
            bytes: check.volume("declared_bytes", &self.declared_bytes),
        };
        Some(Entry {
            code: code?,
            name: name?,
            classification: classification?,
            provider: provider?,
            provider_code: provider_code?,
            summary: summary?,
            formats,
            items,
            sharing: sharing?,
            opening,
            update_cycle: update_cycle?,
            published_on: published_on?,
            related,
            level: level?,
            security_level: security_level?,
            declared,
        })
    }
}

fn yes_or_no() -> String {
    "是 否".to_owned()
}

/// Collects problems; each method returns the value, or `None` after adding a problem.
#[derive(Default)]
pub(super) struct Check(Vec<Problem>);

impl Check {
    pub(super) fn report(
        &mut self,
        field: &'static str,
        value: &str,
        en: &str,
        zh: &str,
        remedy: &str,
    ) {
        self.0.push(Problem::new(field, value, en, zh, remedy));
    }

    fn parse<T: FromStr<Err = Error>>(&mut self, field: &'static str, text: &str) -> Option<T> {
        if text.is_empty() {
            self.missing(field);
            return None;
        }
        text.parse()
            .map_err(|error: Error| {
                let zh = format!("{}无效", field_zh(field));
                let remedy = match field {
                    "code" => "分类数字 + '/' + 顺序号, 8 to 40 digits, such as 307012/000001",
                    "classification" => "类/项/目[/细目], such as 3/07/012 or 1/01/003/02",
                    "provider_code" => {
                        "take the department's code from its certificate 请核对统一社会信用代码证书"
                    }
                    _ => "correct the value 请改正",
                };
                self.report(field, text, &error.to_string(), &zh, remedy);
            })
            .ok()
    }

    pub(super) fn missing(&mut self, field: &'static str) {
        let zh = format!("缺少{}", field_zh(field));
        self.report(
            field,
            "",
            "the field is required and empty",
            &zh,
            "fill it in 请填写",
        );
    }

    /// Checks the text of a required field.
    pub(super) fn text(
        &mut self,
        field: &'static str,
        text: &str,
        rule: TextRule,
    ) -> Option<String> {
        if text.is_empty() {
            self.missing(field);
            return None;
        }
        self.is_admitted(field, text, rule).then(|| text.to_owned())
    }

    /// Returns true if a text may be recorded; otherwise adds a problem.
    pub(super) fn is_admitted(&mut self, field: &'static str, text: &str, rule: TextRule) -> bool {
        let Some(fault) = rule.fault(text) else {
            return true;
        };
        self.report(
            field,
            text,
            &fault.message().to_string(),
            &fault.message().render(Language::Chinese),
            &fault
                .message()
                .remedy(Language::English)
                .unwrap_or_default(),
        );
        false
    }

    pub(super) fn term<T: Clone>(
        &mut self,
        field: &'static str,
        given: &Given<T>,
        terms: impl FnOnce() -> String,
    ) -> Option<T> {
        match given {
            Given::Known(value) => Some(value.clone()),
            Given::Missing => {
                self.missing(field);
                None
            }
            Given::Unknown(text) => {
                let zh = format!("{}取值未知", field_zh(field));
                let remedy = format!("one of 取值范围: {}", terms());
                self.report(field, text, "the value is unknown", &zh, &remedy);
                None
            }
        }
    }

    fn code_is_of(
        &mut self,
        code: &crate::ResourceCode,
        classification: &crate::resource::Classification,
    ) {
        if !code.is_of(classification) {
            let en = format!("the code does not begin with its classification {classification}");
            let zh = format!("代码未以分类 {classification} 的数字开头");
            let remedy = format!("{}/<serial number 顺序号>", classification.digits());
            self.report("code", code.as_str(), &en, &zh, &remedy);
        }
    }

    fn formats(&mut self, formats: &[(Given<FormatKind>, String)]) -> Vec<Format> {
        if formats.is_empty() {
            self.missing("formats");
        }
        formats
            .iter()
            .filter_map(|(kind, subtype)| {
                let kind = self.term("formats", kind, FormatKind::terms)?;
                let plain = self.is_admitted("formats", subtype, SUBTYPE);
                plain.then(|| Format {
                    kind,
                    subtype: subtype.clone(),
                })
            })
            .collect()
    }

    fn sharing(&mut self, draft: &Draft) -> Option<Sharing> {
        let class = self.term("share_class", &draft.share_class, ShareClass::terms)?;
        let condition = &draft.share_condition;
        match class {
            ShareClass::Unconditional => {
                let manner = self.term("share_manner", &draft.share_manner, ShareManner::terms);
                if !condition.is_empty() {
                    self.report(
                        "share_condition",
                        condition,
                        "an unconditional resource has no condition",
                        "无条件共享不应填写共享条件",
                        "empty the field, or make the class 有条件共享 请清空，或改为有条件共享",
                    );
                }
                Some(Sharing {
                    class,
                    condition: String::new(),
                    manner: Some(manner?),
                })
            }
            ShareClass::Conditional => {
                let manner = self.term("share_manner", &draft.share_manner, ShareManner::terms);
                let condition = self.text("share_condition", condition, CONDITION);
                Some(Sharing {
                    class,
                    condition: condition?,
                    manner: Some(manner?),
                })
            }
            ShareClass::NotShared => {
                if !matches!(draft.share_manner, Given::Missing) {
                    self.report(
                        "share_manner",
                        "",
                        "a resource that is not shared has no manner of sharing",
                        "不予共享的资源不应填写共享方式",
                        "empty the field 请清空",
                    );
                }
                let legal_basis = self.text("share_condition", condition, CONDITION)?;
                if !cites_a_law(&legal_basis) {
                    self.report(
                        "share_condition",
                        &legal_basis,
                        "class 3 must cite a law, administrative regulation or State Council \
                         decision",
                        "不予共享须列明法律、行政法规或国务院决定依据",
                        "name it in 《》, with its article 请用《》写明法规名称和条款",
                    );
                    return None;
                }
                Some(Sharing {
                    class,
                    condition: legal_basis,
                    manner: None,
                })
            }
        }
    }

    fn opening(&mut self, draft: &Draft) -> Option<String> {
        let open = self.term("open", &draft.open, yes_or_no)?;
        let condition = &draft.open_condition;
        if !open && !condition.is_empty() {
            self.report(
                "open_condition",
                condition,
                "a resource that is not open has no condition of opening",
                "不开放的资源不应填写开放条件",
                "empty the field, or make 是否开放 是 请清空，或将是否开放改为是",
            );
        }
        let plain = self.is_admitted("open_condition", condition, CONDITION);
        (open && plain).then(|| condition.clone())
    }

    fn date(&mut self, field: &'static str, text: &str) -> Option<jiff::civil::Date> {
        if text.is_empty() {
            self.missing(field);
            return None;
        }
        let date = text.parse().ok().filter(|_| text.len() == 10);
        if date.is_none() {
            let remedy = "a day of the calendar as 2026-03-18 请填写日期";
            self.report(field, text, "this is not a date", "日期无效", remedy);
        }
        date
    }

    fn related(&mut self, related: &[String]) -> Vec<crate::ResourceCode> {
        if related.len() > 50 {
            let en = format!("{} related codes are too many", related.len());
            self.report(
                "related_codes",
                "",
                &en,
                "关联资源过多",
                "at most 50 codes 最多50个",
            );
        }
        related
            .iter()
            .filter_map(|code| self.parse("related_codes", code))
            .collect()
    }

    fn security_level(&mut self, given: &Given<u32>) -> Option<u8> {
        let text = match given {
            Given::Missing => {
                self.missing("security_level");
                return None;
            }
            Given::Known(level) => match u8::try_from(*level) {
                Ok(level @ 1..=4) => return Some(level),
                _ => level.to_string(),
            },
            Given::Unknown(text) => text.clone(),
        };
        self.report(
            "security_level",
            &text,
            "the security level is a number from 1 to 4",
            "安全级别应为1至4",
            "1, 2, 3 or 4 填1至4",
        );
        None
    }

    fn volume(&mut self, field: &'static str, given: &Given<u64>) -> Option<u64> {
        let text = match given {
            Given::Missing => return None,
            Given::Known(number) if *number <= MAX_VOLUME => return Some(*number),
            Given::Known(number) => number.to_string(),
            Given::Unknown(text) => text.clone(),
        };
        self.report(
            field,
            &text,
            "this is not a whole number from 0 to 10,000,000,000,000",
            "应为非负整数",
            "digits only, or nothing 只填数字，或留空",
        );
        None
    }
}

/// Returns true if a text names a document in 《》.
pub(super) fn cites_a_law(text: &str) -> bool {
    text.split_once('《')
        .and_then(|(_, rest)| rest.split_once('》'))
        .is_some_and(|(title, _)| !title.trim().is_empty())
}

#[cfg(test)]
#[path = "check_tests.rs"]
pub(super) mod tests;
