//! Reads the values of a map's keys, each with its expected type, or reports them with their line.

use std::collections::HashMap;
use std::ops::Range;

use chengji_domain::tables::Names;
use chengji_domain::{Field, Violation};
use chengji_messages::{Message, msg};
use toml_edit::{Item, TableLike, Value};

use crate::headings::clipped;
use crate::{allowed, cells};

/// Maximum number of values of one table listed.
const MAX_NAMED: usize = 100;
/// Maximum number of digits of a code after its classification.
const MAX_DIGITS: usize = 28;

/// A map being read, and its mistakes so far.
pub(super) struct MapReader<'t> {
    pub(super) lines: Lines,
    /// The section being read.
    pub(super) field: Field,
    /// The names that its values may use.
    pub(super) names: &'t Names,
    pub(super) mistakes: Vec<Violation>,
}

impl MapReader<'_> {
    pub(super) fn line(&self, span: Option<Range<usize>>) -> usize {
        self.lines.at(span)
    }

    pub(super) fn at(&mut self, line: usize, section: &str, problem: impl Into<Message>) {
        let section = clipped(section);
        let place: Message = msg::MapPlace { line, section }.into();
        self.mistakes.push(Violation::new(place, problem));
    }

    pub(super) fn wrong(&mut self, line: usize, key: &str, problem: impl Into<Message>) {
        let section = self.field.as_str();
        if key.is_empty() {
            return self.at(line, section, problem);
        }
        let key = clipped(key);
        let place: Message = msg::MapPlaceOfKey { key, line, section }.into();
        self.mistakes.push(Violation::new(place, problem));
    }

    /// A value of the field: not empty, and valid for the field.
    pub(super) fn value(&mut self, table: &dyn TableLike, key: &str) -> Option<String> {
        let item = table.get(key)?;
        let line = self.line(item.span().or_else(|| key_span(table, key)));
        let Some(text) = scalar(item) else {
            self.wrong(line, key, msg::MapNotAText);
            return None;
        };
        self.fits(line, key, &text).then_some(text)
    }

    fn fits(&mut self, line: usize, key: &str, text: &str) -> bool {
        if text.trim().is_empty() {
            let allowed = allowed::in_full(self.field);
            match key {
                "default" => self.wrong(line, key, msg::MapDefaultToFillIn { allowed }),
                _ => self.wrong(line, key, msg::MapValueToFillIn { allowed }),
            }
            return false;
        }
        let found = cells::wrong(self.field, text, self.names);
        if let Some(problem) = &found {
            let wrong = msg::MapValueWrong {
                allowed: allowed::in_full(self.field),
                problem: &problem.message,
                value: &problem.value,
            };
            self.wrong(line, key, wrong);
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
            self.wrong(first, "values", msg::MapNotATable);
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
                None => self.wrong(line, key, msg::MapNotAText),
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
        let values: Vec<String> = named.map(|(_, key)| clipped(key)).collect();
        let (allowed, count) = (allowed::in_full(self.field), empty.len());
        let unfilled: Message = match count.saturating_sub(MAX_NAMED) {
            0 => msg::MapValuesToFillIn {
                allowed,
                count,
                values,
            }
            .into(),
            more => msg::MapValuesToFillInAndMore {
                allowed,
                count,
                more,
                values,
            }
            .into(),
        };
        self.wrong(*first, "values", unfilled);
    }

    /// The type of items, checked as that of one item.
    pub(super) fn item_type(&mut self, table: &dyn TableLike) -> Option<String> {
        let kind = self.named(table, "type")?;
        let line = self.line(key_span(table, "type"));
        if let Some(problem) = cells::wrong(self.field, &format!("x:{kind}"), self.names) {
            let wrong = msg::MapValueWrong {
                allowed: allowed::item_types(),
                problem: &problem.message,
                value: &kind,
            };
            self.wrong(line, "type", wrong);
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
            let most = MAX_DIGITS;
            self.wrong(line, "digits", msg::MapNotANumber { least, most });
        }
        digits
    }

    pub(super) fn flag(&mut self, table: &dyn TableLike, key: &str) -> bool {
        let Some(item) = table.get(key) else {
            return false;
        };
        item.as_bool().unwrap_or_else(|| {
            let line = self.line(item.span());
            self.wrong(line, key, msg::MapNotAFlag);
            false
        })
    }

    /// A text, possibly blank.
    pub(super) fn plain(&mut self, table: &dyn TableLike, key: &str) -> Option<String> {
        let item = table.get(key)?;
        if item.as_str().is_none() {
            let line = self.line(item.span().or_else(|| key_span(table, key)));
            self.wrong(line, key, msg::MapNotAText);
        }
        item.as_str().map(str::to_owned)
    }

    /// A text that is not empty.
    pub(super) fn named(&mut self, table: &dyn TableLike, key: &str) -> Option<String> {
        let text = self.plain(table, key)?;
        if text.trim().is_empty() {
            let line = self.line(key_span(table, key));
            self.wrong(line, key, msg::MapTextToFillIn);
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
            self.wrong(line, key, msg::MapNotTexts);
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
