//! Parses a map, or lists everything in it that is wrong or still to be filled in, with its line.

use chengji_domain::catalogue::FIELDS;
use chengji_domain::tables::Names;
use chengji_domain::{Error, ErrorCode, Field, Result, Violation};
use chengji_messages::{Message, msg};
use toml_edit::{ImDocument, TableLike};

use super::map_reader::{Lines, MapReader, key_span};
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
/// Maximum number of mistakes listed.
const MAX_NAMED: usize = 100;

/// Reads a map.
pub(super) fn layout(text: &str, name: &str, names: &Names) -> Result<Layout> {
    let lines = Lines::of(text);
    let document = ImDocument::parse(text).map_err(|e| not_toml(&lines, name, &e))?;
    let mut reader = MapReader {
        lines,
        field: Field::Row,
        names,
        mistakes: Vec::new(),
    };
    let mut rules = [const { None }; FIELDS.len()];
    for (section, item) in document.as_table() {
        let line = reader.line(key_span(document.as_table(), section).or(item.span()));
        let at = Field::of_name(section).and_then(place);
        match (at, item.as_table_like()) {
            (Some(at), Some(table)) => {
                reader.field = FIELDS[at];
                rules[at] = reader.rule(table, line);
            }
            (Some(_), None) => reader.at(line, section, msg::MapFieldNotASection),
            (None, _) => {
                let fields = FIELDS.map(Field::as_str).to_vec();
                reader.at(line, section, msg::MapFieldUnknown { fields });
            }
        }
    }
    let given = |field: Field| document.as_table().contains_key(field.as_str());
    let missing = FIELDS.into_iter();
    let missing = missing.filter(|field| Columns::is_required(*field) && !given(*field));
    reader.mistakes.extend(missing.map(no_rule));
    let mistakes = reader.mistakes;
    if !mistakes.is_empty() {
        return Err(unfinished(name, mistakes));
    }
    Ok(Layout {
        name: name.to_owned(),
        rules,
        names: names.clone(),
    })
}

fn no_rule(field: Field) -> Violation {
    let missing = msg::MapRuleMissing {
        allowed: allowed::in_full(field),
        field: field.as_str(),
    };
    Violation::new(format!("[{}]", field.as_str()), missing)
}

fn not_toml(lines: &Lines, name: &str, error: &toml_edit::TomlError) -> Error {
    let message = msg::MapNotToml {
        cause: error.message().trim(),
        file: name,
        line: lines.at(error.span()),
    };
    Error::new(ErrorCode::InvalidArgument, message)
}

fn unfinished(name: &str, mut mistakes: Vec<Violation>) -> Error {
    let (count, file) = (mistakes.len(), name);
    mistakes.truncate(MAX_NAMED);
    let message: Message = match count > MAX_NAMED {
        true => msg::MapUnfinishedAndMore { count, file }.into(),
        false => msg::MapUnfinished { count, file }.into(),
    };
    Error::new(ErrorCode::InvalidArgument, message).with_violations(mistakes)
}

impl MapReader<'_> {
    fn rule(&mut self, table: &dyn TableLike, line: usize) -> Option<Rule> {
        let before = self.mistakes.len();
        for (key, item) in table.iter() {
            if !KEYS.contains(&key) {
                let line = self.line(key_span(table, key).or(item.span()));
                let keys = KEYS.to_vec();
                self.wrong(line, key, msg::MapKeyUnknown { keys });
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
            let wrong: Message = match given.as_slice() {
                [] => msg::MapSourceMissing {
                    allowed: allowed::in_full(self.field),
                }
                .into(),
                several => msg::MapSourcesSeveral {
                    keys: several.to_vec(),
                }
                .into(),
            };
            self.wrong(line, "", wrong);
            return None;
        };
        if matches!(*key, "number" | "digest") && self.field != Field::Code {
            self.key_is_of(table, key, Field::Code);
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
        if self.field != Field::Items {
            self.key_is_of(table, "type", Field::Items);
        }
        if self.field != Field::Code {
            self.key_is_of(table, "digits", Field::Code);
        }
        if !table.contains_key("from") {
            for key in [
                "default", "values", "join", "split", "drop_end", "type", "html",
            ] {
                if let Some((at, _)) = table.get_key_value(key) {
                    let line = self.line(at.span());
                    self.wrong(line, key, msg::MapKeyOfFrom);
                }
            }
        }
    }

    fn key_is_of(&mut self, table: &dyn TableLike, key: &str, field: Field) {
        if let Some((at, _)) = table.get_key_value(key) {
            let line = self.line(at.span());
            let field = field.as_str();
            self.wrong(line, key, msg::MapKeyOfField { field });
        }
    }
}
