//! A map's text as a map, or everything that is wrong with it or still to be filled in, with its line.

use std::collections::HashMap;
use std::ops::Range;

use chengji_domain::catalogue::FIELDS;
use chengji_domain::{Error, ErrorCode, Result, Violation};
use toml_edit::{ImDocument, Item, TableLike, Value};

use super::{Layout, Rule, Source, place};
use crate::sheet::columns::Columns;
use crate::sheet::headings::clipped;
use crate::sheet::{allowed, cells};

const KEYS: [&str; 12] = [
    "from", "value", "default", "values", "join", "split", "drop_end", "type", "html", "number",
    "digest", "digits",
];
const NUMBER_DIGITS: usize = 6;
const DIGEST_DIGITS: usize = 18;
/// Fewer digits of a digest would meet again soon; more than a code has room for.
const LEAST_DIGEST: usize = 12;
const MOST_DIGITS: usize = 28;
/// So many mistakes, and values of one table, are named.
const MOST_NAMED: usize = 100;

/// Reads a map.
pub(super) fn layout(text: &str, name: &str) -> Result<Layout> {
    let document = ImDocument::parse(text).map_err(|e| not_toml(text, name, &e))?;
    let mut reading = Reading {
        text,
        field: "",
        mistakes: Vec::new(),
    };
    let mut rules = [const { None }; FIELDS.len()];
    for (section, item) in document.as_table() {
        let line = reading.line(key_span(document.as_table(), section).or(item.span()));
        match (place(section), item.as_table_like()) {
            (Some(at), Some(table)) => {
                reading.field = FIELDS[at].0;
                rules[at] = reading.rule(table, line);
            }
            (Some(_), None) => reading.at(line, section, "a field is a section of its own: write [field] and its keys under it 每个字段应为一节"),
            (None, _) => reading.at(line, section, &format!("there is no such field; the fields are 字段应为: {}", fields())),
        }
    }
    for (field, zh) in FIELDS {
        if Columns::is_required(field) && !document.as_table().contains_key(field) {
            let told = format!(
                "the field is required: add [{field}] with `from` or `value`: {}",
                allowed::in_full(field)
            );
            let place = format!("[{field}] {zh}");
            reading.mistakes.push(Violation {
                field: place,
                problem: told,
            });
        }
    }
    let mistakes = reading.mistakes;
    if !mistakes.is_empty() {
        return Err(unfinished(name, mistakes));
    }
    let name = name.to_owned();
    Ok(Layout { name, rules })
}

fn fields() -> String {
    FIELDS.map(|(field, _)| field).join(" ")
}

fn not_toml(text: &str, name: &str, error: &toml_edit::TomlError) -> Error {
    let line = line_of(text, error.span());
    let message = format!(
        "{name}: line {line} is not TOML: {}",
        error.message().trim()
    );
    Error::new(ErrorCode::InvalidArgument, message)
        .with_remedy("write [field], then keys such as from = \"column\" 请按 TOML 格式书写")
}

fn unfinished(name: &str, mut mistakes: Vec<Violation>) -> Error {
    let count = mistakes.len();
    mistakes.truncate(MOST_NAMED);
    let more = if count > MOST_NAMED {
        "; the first of them are"
    } else {
        ""
    };
    let message = format!(
        "{name}: the map has {count} places to fill in or correct{more} 映射文件有 {count} 处待填写或改正"
    );
    Error::new(ErrorCode::InvalidArgument, message)
        .with_violations(mistakes)
        .with_remedy("fill in the places, and try again 请填写后重试")
}

fn line_of(text: &str, span: Option<Range<usize>>) -> usize {
    let start = span.map_or(0, |span| span.start.min(text.len()));
    1 + text.as_bytes()[..start]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
}

fn key_span(table: &dyn TableLike, key: &str) -> Option<Range<usize>> {
    table.get_key_value(key).and_then(|(key, _)| key.span())
}

struct Reading<'t> {
    text: &'t str,
    /// The section that is read.
    field: &'static str,
    mistakes: Vec<Violation>,
}

impl Reading<'_> {
    fn line(&self, span: Option<Range<usize>>) -> usize {
        line_of(self.text, span)
    }

    fn at(&mut self, line: usize, place: &str, problem: &str) {
        self.mistakes.push(Violation {
            field: format!("line {line} [{}]", clipped(place)),
            problem: problem.to_owned(),
        });
    }

    fn wrong(&mut self, line: usize, key: &str, problem: &str) {
        self.mistakes.push(Violation {
            field: format!("line {line} [{}] {}", self.field, clipped(key))
                .trim_end()
                .to_owned(),
            problem: problem.to_owned(),
        });
    }

    fn rule(&mut self, table: &dyn TableLike, line: usize) -> Option<Rule> {
        let before = self.mistakes.len();
        for (key, item) in table.iter() {
            if !KEYS.contains(&key) {
                let line = self.line(key_span(table, key).or(item.span()));
                self.wrong(
                    line,
                    key,
                    &format!(
                        "there is no such key; the keys are 键应为: {}",
                        KEYS.join(" ")
                    ),
                );
            }
        }
        let source = self.source(table, line);
        self.fitting(table);
        let rule = Rule {
            default: self.value(table, "default").unwrap_or_default(),
            values: self.values(table),
            join: self.plain(table, "join"),
            split: self.plain(table, "split").unwrap_or_default(),
            drop_end: self.texts(table, "drop_end").unwrap_or_default(),
            item_type: self.item_type(table),
            html: self.flag(table, "html"),
            source: source?,
        };
        (self.mistakes.len() == before).then_some(rule)
    }

    /// Exactly one of the keys that say where a value comes from.
    fn source(&mut self, table: &dyn TableLike, line: usize) -> Option<Source> {
        let given: Vec<&str> = ["from", "value", "number", "digest"]
            .into_iter()
            .filter(|key| table.contains_key(key))
            .collect();
        let [key] = given.as_slice() else {
            let told = match given.as_slice() {
                [] => format!(
                    "where the value comes from is missing: `from` or `value`: {}",
                    allowed::in_full(self.field)
                ),
                several => format!(
                    "only one of these can say where the value comes from 只能写其一: {}",
                    several.join(", ")
                ),
            };
            self.wrong(line, "", &told);
            return None;
        };
        if matches!(*key, "number" | "digest") && self.field != "code" {
            self.key_is_of(table, key, "code");
            return None;
        }
        match *key {
            "value" => self.value(table, "value").map(Source::Fixed),
            "from" => self.texts(table, "from").map(Source::Columns),
            "number" => {
                let column = self.named(table, "number")?;
                let digits = self.digits(table, 1, NUMBER_DIGITS)?;
                Some(Source::Number { column, digits })
            }
            _ => {
                let columns = self.texts(table, "digest")?;
                let digits = self.digits(table, LEAST_DIGEST, DIGEST_DIGITS)?;
                Some(Source::Digest { columns, digits })
            }
        }
    }

    /// Keys that mean something only together with others, or for one field.
    fn fitting(&mut self, table: &dyn TableLike) {
        if self.field != "items" {
            self.key_is_of(table, "type", "items");
        }
        if self.field != "code" {
            self.key_is_of(table, "digits", "code");
        }
        if !table.contains_key("from") {
            for key in [
                "default", "values", "join", "split", "drop_end", "type", "html",
            ] {
                if let Some((at, _)) = table.get_key_value(key) {
                    let line = self.line(at.span());
                    self.wrong(line, key, "this goes with `from` alone 仅可与 from 同用");
                }
            }
        }
    }

    fn key_is_of(&mut self, table: &dyn TableLike, key: &str, field: &str) {
        if let Some((at, _)) = table.get_key_value(key) {
            let line = self.line(at.span());
            self.wrong(
                line,
                key,
                &format!("this key is of [{field}] alone 仅用于 {field}"),
            );
        }
    }

    /// A value of the field, which may not be empty and must be one that the field can have.
    fn value(&mut self, table: &dyn TableLike, key: &str) -> Option<String> {
        let item = table.get(key)?;
        let line = self.line(item.span().or_else(|| key_span(table, key)));
        let Some(text) = scalar(item) else {
            self.wrong(
                line,
                key,
                "write a text in quotation marks 应为引号内的文本",
            );
            return None;
        };
        self.fits(line, key, &text).then_some(text)
    }

    fn fits(&mut self, line: usize, key: &str, text: &str) -> bool {
        if text.trim().is_empty() {
            let told = format!(
                "still to be filled in 待填写: {}",
                allowed::in_full(self.field)
            );
            self.wrong(line, key, &told);
            return false;
        }
        let found = cells::wrong(self.field, text);
        if let Some(problem) = &found {
            let told = format!(
                "'{}': {} {} — {}",
                problem.value, problem.problem, problem.problem_zh, problem.remedy
            );
            self.wrong(line, key, &told);
        }
        found.is_none()
    }

    /// The table of values; those still empty are told together.
    fn values(&mut self, table: &dyn TableLike) -> HashMap<String, String> {
        let mut values = HashMap::new();
        let Some(item) = table.get("values") else {
            return values;
        };
        let first = self.line(item.span().or_else(|| key_span(table, "values")));
        let Some(entries) = item.as_table_like() else {
            self.wrong(first, "values", "write a table: [field.values], then \"what stands there\" = \"what it means\" 应为取值表");
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
                None => self.wrong(
                    line,
                    key,
                    "write a text in quotation marks 应为引号内的文本",
                ),
            }
        }
        self.unfilled(&empty);
        values
    }

    fn unfilled(&mut self, empty: &[(usize, &str)]) {
        let Some((first, _)) = empty.first() else {
            return;
        };
        let named = empty.iter().take(MOST_NAMED);
        let names: Vec<String> = named
            .map(|(_, key)| format!("'{}'", clipped(key)))
            .collect();
        let more = match empty.len().saturating_sub(MOST_NAMED) {
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

    /// The type of items, judged as that of one.
    fn item_type(&mut self, table: &dyn TableLike) -> Option<String> {
        let kind = self.named(table, "type")?;
        let line = self.line(key_span(table, "type"));
        if let Some(problem) = cells::wrong(self.field, &format!("x:{kind}")) {
            let told = format!("'{kind}': {} — {}", problem.problem, problem.remedy);
            self.wrong(line, "type", &told);
        }
        Some(kind)
    }

    fn digits(&mut self, table: &dyn TableLike, least: usize, usual: usize) -> Option<usize> {
        let Some(item) = table.get("digits") else {
            return Some(usual);
        };
        let digits = item
            .as_integer()
            .and_then(|digits| usize::try_from(digits).ok());
        let digits = digits.filter(|digits| (least..=MOST_DIGITS).contains(digits));
        if digits.is_none() {
            let line = self.line(item.span());
            self.wrong(line, "digits", &format!("write a whole number from {least} to {MOST_DIGITS} 应为{least}至{MOST_DIGITS}的整数"));
        }
        digits
    }

    fn flag(&mut self, table: &dyn TableLike, key: &str) -> bool {
        let Some(item) = table.get(key) else {
            return false;
        };
        item.as_bool().unwrap_or_else(|| {
            let line = self.line(item.span());
            self.wrong(line, key, "write true or false 应为 true 或 false");
            false
        })
    }

    /// A text as it stands, which may be blank.
    fn plain(&mut self, table: &dyn TableLike, key: &str) -> Option<String> {
        let item = table.get(key)?;
        if item.as_str().is_none() {
            let line = self.line(item.span().or_else(|| key_span(table, key)));
            self.wrong(
                line,
                key,
                "write a text in quotation marks 应为引号内的文本",
            );
        }
        item.as_str().map(str::to_owned)
    }

    /// A text that is not empty.
    fn named(&mut self, table: &dyn TableLike, key: &str) -> Option<String> {
        let text = self.plain(table, key)?;
        if text.trim().is_empty() {
            let line = self.line(key_span(table, key));
            self.wrong(line, key, "still to be filled in 待填写");
            return None;
        }
        Some(text)
    }

    /// A text, or a list of them; none of them empty.
    fn texts(&mut self, table: &dyn TableLike, key: &str) -> Option<Vec<String>> {
        let item = table.get(key)?;
        let texts: Option<Vec<String>> = match item.as_value()? {
            Value::String(text) => Some(vec![text.value().clone()]),
            Value::Array(list) => list.iter().map(|v| v.as_str().map(str::to_owned)).collect(),
            _ => None,
        };
        let texts =
            texts.filter(|texts| !texts.is_empty() && texts.iter().all(|t| !t.trim().is_empty()));
        if texts.is_none() {
            let line = self.line(item.span());
            self.wrong(line, key, "write a text in quotation marks, or a list of them, none of them empty 应为非空文本或其列表");
        }
        texts
    }
}

/// A text, number, yes or no, or date, as text.
fn scalar(item: &Item) -> Option<String> {
    match item.as_value()? {
        Value::String(text) => Some(text.value().clone()),
        Value::Integer(number) => Some(number.value().to_string()),
        Value::Boolean(yes) => Some(yes.value().to_string()),
        Value::Datetime(at) => Some(at.value().to_string()),
        _ => None,
    }
}
