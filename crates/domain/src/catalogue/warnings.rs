//! Warnings (提醒): valid content that a reviewer may question. An entry is never refused because of
//! one.
//!
//! They depend only on the entry itself and the current date. Checks that need the rest of the
//! catalogue, such as for duplicates, do not belong here.

use chengji_messages::{Message, msg};
use jiff::civil::{Date, date};

use super::comparison::{bare, is_made_of};
use super::condition::condition;
use super::law::{basis, basis_of_item};
use super::{Entry, FieldProblem, Item, ItemType, Openness, ShareClass, ShareManner, UpdateCycle};
use crate::field::Field;

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
pub fn warnings(entry: &Entry, today: Date) -> Vec<FieldProblem> {
    let found = [
        summary(entry),
        condition(entry),
        basis(entry),
        published_on(entry, today),
        opening(entry),
        real_time(entry),
    ];
    let mut warnings: Vec<FieldProblem> = found.into_iter().flatten().collect();
    warnings.extend(items(&entry.items));
    warnings
}

fn summary(entry: &Entry) -> Option<FieldProblem> {
    let (name, summary) = (bare(&entry.name), bare(&entry.summary));
    let problem =
        |message: Message| Some(FieldProblem::new(Field::Abstract, &entry.summary, message));
    if summary
        .strip_prefix(name.as_str())
        .is_some_and(|rest| is_made_of(rest, GENERIC, |_| None))
    {
        return problem(msg::WarningAbstractRepeatsName.into());
    }
    let length = summary.chars().count();
    if length < SHORT {
        return problem(msg::WarningAbstractShort { length }.into());
    }
    None
}

fn published_on(entry: &Entry, today: Date) -> Option<FieldProblem> {
    let message: Message = match entry.published_on {
        day if day > today => msg::WarningPublishedInFuture.into(),
        day if day < FIRST_DAY => msg::WarningPublishedTooEarly {
            year: FIRST_DAY.year(),
        }
        .into(),
        _ => return None,
    };
    let day = entry.published_on.to_string();
    Some(FieldProblem::new(Field::PublishedOn, &day, message))
}

fn opening(entry: &Entry) -> Option<FieldProblem> {
    let not_shared = entry.share_class() == ShareClass::NotShared;
    (not_shared && entry.opening.is_some()).then(|| {
        let (yes, no) = (Openness(true).zh(), Openness(false).zh());
        FieldProblem::new(Field::Open, yes, msg::WarningOpenNotShared { no })
    })
}

fn real_time(entry: &Entry) -> Option<FieldProblem> {
    let manner = entry.share_manner()?;
    let by_hand = matches!(manner, ShareManner::Mail | ShareManner::Medium);
    (by_hand && entry.update_cycle == UpdateCycle::RealTime).then(|| {
        let others = [
            ShareManner::Table,
            ShareManner::File,
            ShareManner::Interface,
        ];
        let terms = others.map(ShareManner::zh);
        FieldProblem::new(
            Field::ShareManner,
            manner.zh(),
            msg::WarningRealTimeByHand {
                terms: terms.to_vec(),
            },
        )
    })
}

fn items(items: &[Item]) -> impl Iterator<Item = FieldProblem> {
    let doubtful = |(at, item): (usize, &Item)| {
        let earlier = items.get(..at).unwrap_or_default();
        let message: Message = match (item.kind, item.length) {
            (ItemType::Number, length) if length > MAX_DIGITS => {
                msg::WarningItemNumberLong { length }.into()
            }
            (ItemType::Date | ItemType::DateTime, length) if length > LONGEST_DATE => {
                msg::WarningItemDateLong { length }.into()
            }
            _ if earlier.iter().any(|other| other.name == item.name) => {
                msg::WarningItemNameTwice.into()
            }
            _ => return basis_of_item(item),
        };
        Some(FieldProblem::new(Field::Items, &item.name, message))
    };
    // At most 500 items, so looking back is cheap.
    let warnings: Vec<FieldProblem> = items.iter().enumerate().filter_map(doubtful).collect();
    warnings.into_iter()
}

#[cfg(test)]
#[path = "warnings_tests.rs"]
mod tests;
