//! Warnings (提醒): valid content that a reviewer may question. An entry is never refused because of
//! one.
//!
//! They depend only on the entry itself and the current date. Checks that need the rest of the
//! catalogue, such as for duplicates, do not belong here.

use jiff::civil::{Date, date};

use super::comparison::{bare, is_made_of};
use super::condition::condition;
use super::law::{basis, basis_of_item};
use super::{Entry, Item, ItemType, Problem, ShareClass, ShareManner, UpdateCycle};

/// Minimum length of an informative abstract, in characters without blanks and punctuation.
const SHORT: usize = 10;
/// Earlier dates of publication are implausible for a digital catalogue.
const FIRST_DAY: Date = date(1990, 1, 1);
/// Maximum number of digits of a number in a database.
const MAX_DIGITS: u32 = 38;
/// Maximum length of a date with its time in usual notation.
const LONGEST_DATE: u32 = 32;

/// Words that make a name no more specific.
const GENERIC: &[&str] = &[
    "的", "相关", "有关", "基本", "信息", "数据", "资源", "目录", "情况", "内容", "明细", "列表",
    "清单", "表",
];

/// Returns all warnings about this entry on this day.
pub fn warnings(entry: &Entry, today: Date) -> Vec<Problem> {
    let found = [
        summary(entry),
        condition(entry),
        basis(entry),
        published_on(entry, today),
        opening(entry),
        real_time(entry),
    ];
    let mut warnings: Vec<Problem> = found.into_iter().flatten().collect();
    warnings.extend(items(&entry.items));
    warnings
}

fn summary(entry: &Entry) -> Option<Problem> {
    let (name, summary) = (bare(&entry.name), bare(&entry.summary));
    let remedy = "say what the data hold, of whom and since when 请说明数据的内容、范围和用途";
    let problem =
        |en: String, zh: String| Some(Problem::new("abstract", &entry.summary, en, zh, remedy));
    if summary
        .strip_prefix(name.as_str())
        .is_some_and(|rest| is_made_of(rest, GENERIC, |_| None))
    {
        let en = "the abstract says no more than the name";
        return problem(en.to_owned(), "摘要只是重复名称".to_owned());
    }
    let length = summary.chars().count();
    if length < SHORT {
        let en = format!("an abstract of {length} characters hardly says what the data are");
        return problem(en, format!("摘要仅{length}字，难以说明内容"));
    }
    None
}

fn published_on(entry: &Entry, today: Date) -> Option<Problem> {
    let (en, zh) = match entry.published_on {
        day if day > today => ("the date of publication is yet to come", "发布日期晚于今天"),
        day if day < FIRST_DAY => (
            "the date of publication is before 1990",
            "发布日期早于1990年",
        ),
        _ => return None,
    };
    let remedy = "give the day on which the entry was first published 请核对首次发布日期";
    let day = entry.published_on.to_string();
    Some(Problem::new("published_on", &day, en, zh, remedy))
}

fn opening(entry: &Entry) -> Option<Problem> {
    let not_shared = entry.share_class() == ShareClass::NotShared;
    (not_shared && entry.opening.is_some()).then(|| {
        Problem::new(
            "open",
            "是",
            "what is not shared within the government is open to the public",
            "不予共享的资源却向社会开放",
            "make 是否开放 否, or give it another share class 请改为不开放，或调整共享类型",
        )
    })
}

fn real_time(entry: &Entry) -> Option<Problem> {
    let manner = entry.share_manner()?;
    let by_hand = matches!(manner, ShareManner::Mail | ShareManner::Medium);
    (by_hand && entry.update_cycle == UpdateCycle::RealTime).then(|| {
        Problem::new(
            "share_manner",
            manner.zh(),
            "data that change in real time are handed over by mail or on a medium",
            "实时更新的数据以邮件或介质方式提供",
            "share them as 库表, 文件 or 接口, or correct the cycle 请改用平台方式，或核对更新周期",
        )
    })
}

fn items(items: &[Item]) -> impl Iterator<Item = Problem> {
    let doubtful = |(at, item): (usize, &Item)| {
        let earlier = items.get(..at).unwrap_or_default();
        let (en, zh, remedy) = match (item.kind, item.length) {
            (ItemType::Number, length) if length > MAX_DIGITS => (
                format!("a number of {length} digits is more than a database holds"),
                format!("数值型长度{length}超出常规"),
                "correct the length, or make it a text 请核对长度，或改为字符型",
            ),
            (ItemType::Date | ItemType::DateTime, length) if length > LONGEST_DATE => (
                format!("a date of {length} characters is longer than any"),
                format!("日期型长度{length}超出常规"),
                "correct the length or leave it out 请核对或省略长度",
            ),
            _ if earlier.iter().any(|other| other.name == item.name) => (
                "two items have the same name".to_owned(),
                "信息项名称重复".to_owned(),
                "name each item once, as people tell them apart 请使用可区分的名称",
            ),
            _ => return basis_of_item(item),
        };
        Some(Problem::new("items", &item.name, en, zh, remedy))
    };
    // At most 500 items, so looking back is cheap.
    let warnings: Vec<Problem> = items.iter().enumerate().filter_map(doubtful).collect();
    warnings.into_iter()
}

#[cfg(test)]
#[path = "warnings_tests.rs"]
mod tests;
