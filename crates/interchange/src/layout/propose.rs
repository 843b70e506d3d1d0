//! A draft of a map, as `catalogue map` writes it: filled in as far as the header allows, and otherwise
//! with a line to fill in and its allowed values. It is TOML that `--map` reads.

use std::fmt::Write as _;

use chengji_domain::Field;
use chengji_domain::catalogue::{FIELDS, ItemType, heading};
use chengji_domain::quoted::is_unsafe;
use chengji_domain::tables::Names;
use chengji_messages::{Language, Message, msg};

use super::survey::{Column, Survey};
use crate::columns::Columns;
use crate::headings::clipped;
use crate::term_reader::TermReader;
use crate::{allowed, cells, lists};

/// Maximum number of different values of a column that may hold a class.
const MAX_CLASSES: usize = 40;
/// Characters between the items of a list, and words after its last one, as a map proposes them.
const SEPARATORS: &str = "、，,；;";
const ENDINGS: [&str; 2] = ["等等", "等"];
/// Cycles as portals write them (ISO 8601 intervals and the words of DCAT), and their meanings.
const CYCLES: [(&str, &str); 16] = [
    ("R/PT1S", "实时"),
    ("R/P1D", "每日"),
    ("R/P1W", "每周"),
    ("R/P7D", "每周"),
    ("R/P1M", "每月"),
    ("R/P3M", "每季度"),
    ("R/P6M", "每半年"),
    ("R/P1Y", "每年"),
    ("continuous", "实时"),
    ("realtime", "实时"),
    ("semiannual", "每半年"),
    ("annual", "每年"),
    ("annually", "每年"),
    ("as needed", "不定期"),
    ("asNeeded", "不定期"),
    ("unknown", "其他"),
];

/// A map for a file.
pub(crate) fn proposal(survey: &Survey, file: &str, names: &Names, language: Language) -> String {
    let mut map = Proposal {
        survey,
        names,
        language,
        text: String::new(),
        used: Vec::new(),
    };
    for field in FIELDS {
        map.section(field);
    }
    format!("{}{}", map.head(file), map.text)
}

struct Proposal<'s> {
    survey: &'s Survey,
    names: &'s Names,
    language: Language,
    text: String,
    used: Vec<&'s str>,
}

impl<'s> Proposal<'s> {
    fn head(&self, file: &str) -> String {
        let columns = self.survey.columns.iter();
        let unused = columns
            .filter(|column| !column.name.is_empty() && !self.used.contains(&column.name.as_str()))
            .filter(|column| !(self.survey.objects && column.values.is_empty()))
            .map(|column| comment(&column.name));
        let unused: Vec<String> = unused.take(MAX_CLASSES).collect();
        let file = comment(file);
        let mut head = self.remark(msg::MapProposalOf { file });
        head.push_str(&self.remark(msg::MapProposalFillIn));
        if !unused.is_empty() {
            head.push_str(&self.remark(msg::MapProposalUnused { columns: unused }));
        }
        head
    }

    /// A line of its own that says something.
    fn remark(&self, message: impl Into<Message>) -> String {
        format!("# {}\n", message.into().render(self.language))
    }

    /// Returns the comment after a value.
    fn behind(&self, message: impl Into<Message>) -> String {
        format!(" # {}", message.into().render(self.language))
    }

    fn section(&mut self, field: Field) {
        let column = self.survey.of(field).next();
        let needed = Columns::is_required(field) || field == Field::ShareManner;
        if column.is_none() && !needed {
            return;
        }
        let about = self.behind(msg::MapProposalField {
            allowed: allowed::in_full(field),
            heading: heading(field),
        });
        let _ = writeln!(self.text, "\n[{}]{about}", field.as_str());
        match (field, column) {
            (Field::Code, column) => self.code(column),
            (_, Some(column)) => self.from(field, column),
            (Field::ProviderCode, None) => self.provider_code(),
            (Field::Classification, None) => self.classification(),
            (_, None) => self.text.push_str("value = \"\"\n"),
        }
        for other in self.survey.of(field).skip(1) {
            let column = comment(&other.name);
            let also = self.remark(msg::MapProposalAlso { column });
            self.text.push_str(&also);
        }
    }

    fn from(&mut self, field: Field, column: &'s Column) {
        self.used.push(&column.name);
        let _ = writeln!(self.text, "from = {}", quoted(&column.name));
        let empty = self.survey.rows.saturating_sub(column.filled);
        if empty > 0 && Columns::is_required(field) {
            let rows = self.behind(msg::MapProposalDefault { rows: empty });
            let _ = writeln!(self.text, "default = \"\"{rows}");
        }
        match field {
            Field::Name | Field::Abstract if self.survey.objects => {
                self.text.push_str("html = true\n")
            }
            Field::Items => self.items(column),
            Field::Formats => {
                let unknown = self.unknown(field, column);
                if !unknown.is_empty() {
                    let names = self.behind(msg::MapProposalFormats);
                    let _ = writeln!(self.text, "# [formats.values]{names}");
                }
                for value in unknown {
                    let _ = writeln!(self.text, "# {} = \"\"", quoted(value));
                }
            }
            field if !allowed::terms(field).is_empty() || field == Field::Classification => {
                let unknown = self.unknown(field, column);
                self.values(field, &unknown, column.more);
            }
            _ => {}
        }
    }

    fn unknown<'c>(&self, field: Field, column: &'c Column) -> Vec<&'c str> {
        let values = column.values.iter().map(String::as_str);
        values
            .filter(|value| cells::wrong(field, value, self.names).is_some())
            .collect()
    }

    /// Items in another form than the template's are a list of names.
    fn items(&mut self, column: &Column) {
        if column.values.iter().any(|cell| {
            !lists::items(cell, &mut TermReader::new(self.names))
                .problems
                .is_empty()
        }) {
            let types = ItemType::ALL.iter();
            let types: Vec<String> = types
                .map(|kind| format!("{} {}", kind.letter(), kind.zh()))
                .collect();
            let types = self.behind(msg::MapProposalTypes { types });
            let _ = writeln!(
                self.text,
                "split = {}\ndrop_end = {ENDINGS:?}\ntype = \"C\"{types}",
                quoted(SEPARATORS)
            );
        }
    }

    fn code(&mut self, column: Option<&'s Column>) {
        let (key, column) = match (column, self.survey.number()) {
            (Some(column), _) if self.survey.objects => ("digest", Some(column)),
            (Some(column), _) => ("from", Some(column)),
            (None, number) => ("number", number),
        };
        let comment = match key {
            "digest" => self.behind(msg::MapProposalDigest),
            "number" => self.behind(msg::MapProposalNumber),
            _ => String::new(),
        };
        let name = column.map_or("", |column| column.name.as_str());
        self.used.push(name);
        let _ = writeln!(self.text, "{key} = {}{comment}", quoted(name));
    }

    fn provider_code(&mut self) {
        let Some(provider) = self.survey.of(Field::Provider).next() else {
            self.text.push_str("value = \"\"\n");
            return;
        };
        let _ = writeln!(self.text, "from = {}", quoted(&provider.name));
        let values: Vec<&str> = provider.values.iter().map(String::as_str).collect();
        self.values(Field::ProviderCode, &values, provider.more);
    }

    /// A column with few recurring values may be the source of classes.
    fn classification(&mut self) {
        self.text.push_str("value = \"\"\n");
        let few = self.survey.columns.iter().find(|column| {
            let count = column.values.len();
            let again = (count as u64).saturating_mul(4) <= self.survey.rows;
            column.field.is_none() && !column.more && (2..=MAX_CLASSES).contains(&count) && again
        });
        let Some(column) = few.filter(|column| !self.survey.objects && !column.name.is_empty())
        else {
            return;
        };
        let instead = self.remark(msg::MapProposalByColumn);
        self.text.push_str(&instead);
        let _ = writeln!(self.text, "# from = {}", quoted(&column.name));
        self.text.push_str("# [classification.values]\n");
        for value in &column.values {
            let _ = writeln!(self.text, "# {} = \"\"", quoted(value));
        }
    }

    fn values(&mut self, field: Field, values: &[&str], more: bool) {
        if values.is_empty() {
            return;
        }
        let _ = writeln!(self.text, "[{}.values]", field.as_str());
        for value in values {
            let meaning = if field == Field::UpdateCycle {
                cycle(value)
            } else {
                ""
            };
            let _ = writeln!(self.text, "{} = {}", quoted(value), quoted(meaning));
        }
        if more {
            let more = self.remark(msg::MapProposalMoreValues);
            self.text.push_str(&more);
        }
    }
}

/// The meaning of a portal's word for a cycle; empty where it is unknown. Other intervals become 其他.
fn cycle(value: &str) -> &'static str {
    let known = CYCLES
        .iter()
        .find(|(word, _)| word.eq_ignore_ascii_case(value));
    match known {
        Some((_, meaning)) => meaning,
        None if value.starts_with("R/P") => "其他",
        None => "",
    }
}

/// A text made safe for a comment.
fn comment(text: &str) -> String {
    let plain = |c: char| if is_unsafe(c) { ' ' } else { c };
    clipped(text).chars().map(plain).collect()
}

/// A text as a TOML string on one line.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            '\n' => quoted.push_str("\\n"),
            c if is_unsafe(c) => {
                let _ = write!(quoted, "\\U{:08X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
