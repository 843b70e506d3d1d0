//! Doubts (疑点): what is valid and still makes a reviewer ask. An entry is never refused for a doubt.
//!
//! Only what the entry itself says is looked at here, and the day it is. What takes the rest of the
//! catalogue to know, such as duplicates, belongs to whoever has it.

use jiff::civil::{Date, date};

use super::{Entry, Item, ItemType, Problem, ShareManner, Sharing, UpdateCycle};

/// A shorter abstract says next to nothing, characters without blanks and punctuation.
const SHORT: usize = 10;
/// Nobody published a digital catalogue before.
const FIRST_DAY: Date = date(1990, 1, 1);
/// No database holds numbers with more digits.
const MOST_DIGITS: u32 = 38;
/// No usual form of a date with its time is longer.
const LONGEST_DATE: u32 = 32;

/// Words that add nothing to a name.
const GENERIC: &[&str] = &[
    "的", "相关", "有关", "基本", "信息", "数据", "资源", "目录", "情况", "内容", "明细", "列表",
    "清单", "表",
];

/// What conditions are made of that say neither who, nor what for, nor which part.
const SCOPELESS: &[&str] = &[
    "有条件",
    "条件",
    "共享",
    "使用",
    "利用",
    "调用",
    "获取",
    "提供",
    "提供方",
    "提供单位",
    "数据",
    "资源",
    "信息",
    "本",
    "该",
    "本单位",
    "单位",
    "部门",
    "主管部门",
    "主管",
    "责任部门",
    "申请",
    "提出",
    "提交",
    "书面",
    "线下",
    "线上",
    "依申请",
    "审批",
    "审核",
    "审查",
    "批准",
    "核准",
    "同意",
    "授权",
    "许可",
    "通过",
    "协商",
    "确认",
    "备案",
    "登记",
    "工作需要",
    "实际",
    "情况",
    "需要",
    "需求",
    "要求",
    "规定",
    "相关",
    "有关",
    "程序",
    "流程",
    "手续",
    "因",
    "按",
    "按需",
    "依",
    "依据",
    "根据",
    "依法",
    "须",
    "需",
    "经",
    "经过",
    "由",
    "向",
    "后",
    "方可",
    "可",
    "可以",
    "予以",
    "给予",
    "进行",
    "无",
    "暂无",
    "其他",
    "其它",
    "另行",
    "详见",
    "面议",
    "的",
    "并",
    "和",
    "或",
    "才能",
];

/// Everything a reviewer would ask about this entry on this day. None for a sound one.
pub fn doubts(entry: &Entry, today: Date) -> Vec<Problem> {
    let found = [
        summary(entry),
        condition(entry),
        article(entry),
        published_on(entry, today),
        opening(entry),
        real_time(entry),
    ];
    let mut doubts: Vec<Problem> = found.into_iter().flatten().collect();
    doubts.extend(items(&entry.items));
    doubts
}

/// A text as it compares with another: what the same words are written with, such as blanks,
/// punctuation, full-width forms and case, is left out. Empty where nothing else is in it.
pub fn bare(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            c => c,
        })
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn summary(entry: &Entry) -> Option<Problem> {
    let (name, summary) = (bare(&entry.name), bare(&entry.summary));
    let remedy = "say what the data hold, of whom and since when 请说明数据的内容、范围和用途";
    let problem =
        |en: String, zh: String| Some(Problem::new("abstract", &entry.summary, en, zh, remedy));
    if summary
        .strip_prefix(name.as_str())
        .is_some_and(|rest| is_made_of(rest, GENERIC))
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

fn condition(entry: &Entry) -> Option<Problem> {
    let Sharing::Conditional { condition, .. } = &entry.sharing else {
        return None;
    };
    is_made_of(&bare(condition), SCOPELESS).then(|| {
        Problem::new(
            "share_condition",
            condition,
            "the condition says neither who may use the data, nor what for, nor which part",
            "共享条件未说明共享对象、用途或数据范围",
            "name those who may use them, the purpose, or the part 请写明共享给谁、用于什么或共享哪些内容",
        )
    })
}

/// Laws and regulations have articles; a decision or a notice of the State Council may have none.
fn article(entry: &Entry) -> Option<Problem> {
    let Sharing::NotShared { legal_basis } = &entry.sharing else {
        return None;
    };
    let has_articles = |title: &str| {
        let title = title.split(['（', '(']).next().unwrap_or_default().trim();
        ["法", "条例", "规定", "办法", "细则"]
            .iter()
            .any(|kind| title.ends_with(kind))
    };
    let titles = legal_basis.split('《').skip(1);
    let cites_one = titles
        .filter_map(|rest| rest.split_once('》'))
        .any(|(title, _)| has_articles(title));
    (cites_one && !names_an_article(legal_basis)).then(|| {
        Problem::new(
            "share_condition",
            legal_basis,
            "the law is cited without the article that forbids sharing",
            "引用法规但未写明具体条款",
            "add the article, such as 第二十八条 请补充具体条款",
        )
    })
}

/// Whether a text holds `第…条` with a number in between.
fn names_an_article(text: &str) -> bool {
    let number = |c: char| c.is_numeric() || "〇零一二三四五六七八九十百千两 ".contains(c);
    text.split('第').skip(1).any(|rest| {
        let after = rest.trim_start_matches(number);
        after.len() < rest.len() && after.starts_with('条')
    })
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
    let not_shared = matches!(entry.sharing, Sharing::NotShared { .. });
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
            (ItemType::Number, length) if length > MOST_DIGITS => (
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
            _ => return None,
        };
        Some(Problem::new("items", &item.name, en, zh, remedy))
    };
    // At most 500 items, so looking back is cheap.
    let doubts: Vec<Problem> = items.iter().enumerate().filter_map(doubtful).collect();
    doubts.into_iter()
}

/// Whether nothing but these words makes up a text, one after the other; true for an empty one.
fn is_made_of(text: &str, words: &[&str]) -> bool {
    // For each place in the text, whether words lead there: all ways through are followed at once.
    let mut reached = vec![false; text.len() + 1];
    if let Some(start) = reached.first_mut() {
        *start = true;
    }
    for at in 0..text.len() {
        if !reached[at] {
            continue;
        }
        for word in words {
            if text[at..].starts_with(word) {
                reached[at + word.len()] = true;
            }
        }
    }
    reached[text.len()]
}

#[cfg(test)]
#[path = "doubts_tests.rs"]
mod tests;
