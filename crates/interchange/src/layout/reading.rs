//! Reads the values of a map's keys, each with its expected type, or reports them with their line.

use std::collections::HashMap;
use std::ops::Range;

use chengji_domain::Violation;
use chengji_domain::tables::Names;
use toml_edit::{Item, TableLike, Value};

use crate::headings::clipped;
use crate::{allowed, cells};

/// Maximum number of values of one table listed.
const MAX_NAMED: usize = 100;
/// Maximum number of digits of a code after its classification.
const MAX_DIGITS: usize = 28;

const NO_TEXT: &str = "write a text in quotation marks 应为引号内的文本";
const NO_TEXTS: &str = "write a text in quotation marks, or a list of them, none of them empty \
                        应为非空文本或其列表";
const NO_TABLE: &str = "write a table: [field.values], then \"what stands there\" = \"what it \
                        means\" 应为取值表";

/// A map being read, and its mistakes so far.
pub(super) struct Reading<'t> {
    pub(super) lines: Lines,
    /// The section being read.
    pub(super) field: &'static str,
    /// The names that its values may use.
    pub(super) names: &'t Names,
    pub(super) mistakes: Vec<Violation>,
}

impl Reading<'_> {
    pub(super) fn line(&self, span: Option<Range<usize>>) -> usize {
        self.lines.at(span)
    }

    pub(super) fn at(&mut self, line: usize, place: &str, problem: &str) {
        self.mistakes.push(Violation {
            field: format!("line {line} [{}]", clipped(place)).into(),
            problem: problem.into(),
        });
    }

    pub(super) fn wrong(&mut self, line: usize, key: &str, problem: &str) {
        self.mistakes.push(Violation {
            field: format!("line {line} [{}] {}", self.field, clipped(key))
                .trim_end()
                .to_owned()
                .into(),
            problem: problem.into(),
        });
    }

    /// A value of the field: not empty, and valid for the field.
    pub(super) fn value(&mut self, table: &dyn TableLike, key: &str) -> Option<String> {
        let item = table.get(key)?;
        let line = self.line(item.span().or_else(|| key_span(table, key)));
        let Some(text) = scalar(item) else {
            self.wrong(line, key, NO_TEXT);
            return None;
        };
        self.fits(line, key, &text).then_some(text)
    }

    fn fits(&mut self, line: usize, key: &str, text: &str) -> bool {
        if text.trim().is_empty() {
            let or = match key {
                "default" => ", or the line deleted 或删除此行",
                _ => "",
            };
            let allowed = allowed::in_full(self.field);
            self.wrong(
                line,
                key,
                &format!("still to be filled in 待填写{or}: {allowed}"),
            );
            return false;
        }
        let found = cells::wrong(self.field, text, self.names);
        if let Some(problem) = &found {
            let told = format!(
                "'{}': {} {} — {}",
                problem.value, problem.problem, problem.problem_zh, problem.remedy
            );
            self.wrong(line, key, &told);
        }
        found.is_none()
    }

    /// The table of values; those still empty are reported together.
    pub(super) fn values(&mut self, table: &dyn TableLike) -> HashMap<String, String> {
        let mut values = HashMap::new();
        let Some(item) = table.get("values") else {
            return values;
        };
        let first = self.line(item.span().or_else(|| key_span(table, "values")));
        let Some(entries) = item.as_table_like() else {
            self.wrong(first, "values", NO_TABLE);
            return values;
        };
        let mut empty = Vec::new();
        for (key, item) in entries.iter() {
            let line = self.line(item.span().or_else(|| key_span(entries, key)));
            match scalar(item) {
                Some(text) if text.trim().is_empty() => empty.push((line, key)),
                Some(text) => {
                    if self.fits(line, &format!("values '{key}'"), &text) {
                        values.insert(key.trim().to_owned(), text);
                    }
                }
                None => self.wrong(line, key, NO_TEXT),
            }
        }
        self.unfilled(&empty);
        values
    }

    fn unfilled(&mut self, empty: &[(usize, &str)]) {
        let Some((first, _)) = empty.first() else {
            return;
        };
        let named = empty.iter().take(MAX_NAMED);
        let names: Vec<String> = named
            .map(|(_, key)| format!("'{}'", clipped(key)))
            .collect();
        let more = match empty.len().saturating_sub(MAX_NAMED) {
            0 => String::new(),
            more => format!(" and {more} more 等"),
        };
        let told = format!(
            "{} values are still to be filled in, or their lines deleted 待填写 {} 处: {}{more}: {}",
            empty.len(),
            empty.len(),
            names.join(", "),
            allowed::in_full(self.field)
        );
        self.wrong(*first, "values", &told);
    }

    /// The type of items, checked as that of one item.
    pub(super) fn item_type(&mut self, table: &dyn TableLike) -> Option<String> {
        let kind = self.named(table, "type")?;
        let line = self.line(key_span(table, "type"));
        if let Some(problem) = cells::wrong(self.field, &format!("x:{kind}"), self.names) {
            let told = format!("'{kind}': {} — {}", problem.problem, problem.remedy);
            self.wrong(line, "type", &told);
        }
        Some(kind)
    }

    pub(super) fn digits(
        &mut self,
        table: &dyn TableLike,
        least: usize,
        usual: usize,
    ) -> Option<usize> {
        let Some(item) = table.get("digits") else {
            return Some(usual);
        };
        let digits = item
            .as_integer()
            .and_then(|digits| usize::try_from(digits).ok());
        let digits = digits.filter(|digits| (least..=MAX_DIGITS).contains(digits));
        if digits.is_none() {
            let line = self.line(item.span());
            let told = format!(
                "write a whole number from {least} to {MAX_DIGITS} \
                 应为{least}至{MAX_DIGITS}的整数"
            );
            self.wrong(line, "digits", &told);
        }
        digits
    }

    pub(super) fn flag(&mut self, table: &dyn TableLike, key: &str) -> bool {
        let Some(item) = table.get(key) else {
            return false;
        };
        item.as_bool().unwrap_or_else(|| {
            let line = self.line(item.span());
            self.wrong(line, key, "write true or false 应为 true 或 false");
            false
        })
    }

    /// A text, possibly blank.
    pub(super) fn plain(&mut self, table: &dyn TableLike, key: &str) -> Option<String> {
        let item = table.get(key)?;
        if item.as_str().is_none() {
            let line = self.line(item.span().or_else(|| key_span(table, key)));
            self.wrong(line, key, NO_TEXT);
        }
        item.as_str().map(str::to_owned)
    }

    /// A text that is not empty.
    pub(super) fn named(&mut self, table: &dyn TableLike, key: &str) -> Option<String> {
        let text = self.plain(table, key)?;
        if text.trim().is_empty() {
            let line = self.line(key_span(table, key));
            self.wrong(line, key, "still to be filled in 待填写");
            return None;
        }
        Some(text)
    }

    /// A text, or a list of them; none of them empty.
    pub(super) fn texts(&mut self, table: &dyn TableLike, key: &str) -> Option<Vec<String>> {
        let item = table.get(key)?;
        let texts: Option<Vec<String>> = match item.as_value() {
            Some(Value::String(text)) => Some(vec![text.value().clone()]),
            Some(Value::Array(list)) => {
                list.iter().map(|v| v.as_str().map(str::to_owned)).collect()
            }
            _ => None,
        };
        let texts =
            texts.filter(|texts| !texts.is_empty() && texts.iter().all(|t| !t.trim().is_empty()));
        if texts.is_none() {
            let line = self.line(item.span().or_else(|| key_span(table, key)));
            self.wrong(line, key, NO_TEXTS);
        }
        texts
    }
}

/// The starts of a text's lines, except the first. Every value of a map needs its line, and maps may be long.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at + 1).collect())
    }

    /// The line of a span, from 1; 1 for `None`.
    pub(super) fn at(&self, span: Option<Range<usize>>) -> usize {
        let place = span.map_or(0, |span| span.start);
        1 + self.0.partition_point(|begin| *begin <= place)
    }
}

/// The span of a key.
pub(super) fn key_span(table: &dyn TableLike, key: &str) -> Option<Range<usize>> {
    table.get_key_value(key).and_then(|(key, _)| key.span())
}

/// A text, number, boolean or date, as text.
fn scalar(item: &Item) -> Option<String> {
    match item.as_value()? {
        Value::String(text) => Some(text.value().clone()),
        Value::Integer(number) => Some(number.value().to_string()),
        Value::Boolean(yes) => Some(yes.value().to_string()),
        Value::Datetime(at) => Some(at.value().to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_line_is_one_more_than_the_breaks_before_it(text in "[a甲\r\n]{0,40}", at in 0..80_usize) {
            let lines = Lines::of(&text);
            let before = text.bytes().take(at).filter(|byte| *byte == b'\n').count();
            prop_assert_eq!(lines.at(Some(at..at)), 1 + before);
            prop_assert_eq!(lines.at(None), 1);
        }
    }
}
