//! Parses a map, or lists everything in it that is wrong or still to be filled in, with its line.

use chengji_domain::catalogue::FIELDS;
use chengji_domain::tables::Names;
use chengji_domain::{Error, ErrorCode, Result, Violation};
use toml_edit::{ImDocument, TableLike};

use super::reading::{Lines, Reading, key_span};
use super::{Layout, Rule, Source, place};
use crate::allowed;
use crate::columns::Columns;

const KEYS: [&str; 12] = [
    "from", "value", "default", "values", "join", "split", "drop_end", "type", "html", "number",
    "digest", "digits",
];
const NUMBER_DIGITS: usize = 6;
const DIGEST_DIGITS: usize = 18;
/// Minimum number of digits of a digest: fewer would soon collide.
const LEAST_DIGEST: usize = 12;
const NO_SECTION: &str = "a field is a section of its own: write [field] and its keys under it \
                          每个字段应为一节";
/// Maximum number of mistakes listed.
const MAX_NAMED: usize = 100;

/// Reads a map.
pub(super) fn layout(text: &str, name: &str, names: &Names) -> Result<Layout> {
    let lines = Lines::of(text);
    let document = ImDocument::parse(text).map_err(|e| not_toml(&lines, name, &e))?;
    let mut reading = Reading {
        lines,
        field: "",
        names,
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
            (Some(_), None) => reading.at(line, section, NO_SECTION),
            (None, _) => {
                let fields = FIELDS.map(|(field, _)| field).join(" ");
                let told = format!("there is no such field; the fields are 字段应为: {fields}");
                reading.at(line, section, &told);
            }
        }
    }
    let given = |field: &str| document.as_table().contains_key(field);
    let missing = FIELDS
        .iter()
        .filter(|(field, _)| Columns::is_required(field) && !given(field));
    reading
        .mistakes
        .extend(missing.map(|(field, zh)| no_rule(field, zh)));
    let mistakes = reading.mistakes;
    if !mistakes.is_empty() {
        return Err(unfinished(name, mistakes));
    }
    Ok(Layout {
        name: name.to_owned(),
        rules,
        names: names.clone(),
    })
}

fn no_rule(field: &str, zh: &str) -> Violation {
    let allowed = allowed::in_full(field);
    Violation {
        field: format!("[{field}] {zh}").into(),
        problem: format!("the field is required: add [{field}] with `from` or `value`: {allowed}")
            .into(),
    }
}

fn not_toml(lines: &Lines, name: &str, error: &toml_edit::TomlError) -> Error {
    let line = lines.at(error.span());
    let message = format!(
        "{name}: line {line} is not TOML: {}",
        error.message().trim()
    );
    Error::new(ErrorCode::InvalidArgument, message)
        .with_remedy("write [field], then keys such as from = \"column\" 请按 TOML 格式书写")
}

fn unfinished(name: &str, mut mistakes: Vec<Violation>) -> Error {
    let count = mistakes.len();
    mistakes.truncate(MAX_NAMED);
    let more = if count > MAX_NAMED {
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

impl Reading<'_> {
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

    /// Exactly one of the keys that define the source of a value.
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

    /// Checks keys that are valid only together with others, or for one field.
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
}
