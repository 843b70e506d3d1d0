//! A draft of a map, as `catalogue map` writes it: filled in as far as the header allows, and otherwise
//! with a line to fill in and its allowed values. It is TOML that `--map` reads.

use std::fmt::Write as _;

use chengji_domain::catalogue::FIELDS;
use chengji_domain::quoted::is_unsafe;
use chengji_domain::tables::Names;

use super::survey::{Column, Survey};
use crate::columns::Columns;
use crate::headings::clipped;
use crate::terms::Terms;
use crate::{allowed, cells, lists};

/// Maximum number of different values of a column that may hold a class.
const FEW: usize = 40;
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
pub(crate) fn proposal(survey: &Survey, file: &str, names: &Names) -> String {
    let mut map = Proposal {
        survey,
        names,
        text: String::new(),
        used: Vec::new(),
    };
    for (field, zh) in FIELDS {
        map.section(field, zh);
    }
    format!("{}{}", map.head(file), map.text)
}

struct Proposal<'s> {
    survey: &'s Survey,
    names: &'s Names,
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
        let unused: Vec<String> = unused.take(FEW).collect();
        let mut head = format!(
            "# How to read 如何读取: {}\n\
             # Fill in every \"\" 请填写所有空引号, then 然后: \
             chengji-node catalogue import FILE --map THIS --dry-run\n",
            comment(file)
        );
        if !unused.is_empty() {
            head = format!("{head}# Not used yet 尚未使用: {}\n", unused.join(", "));
        }
        head
    }

    fn section(&mut self, field: &'static str, zh: &str) {
        let column = self.survey.of(field).next();
        let needed = Columns::is_required(field) || field == "share_manner";
        if column.is_none() && !needed {
            return;
        }
        let told = allowed::in_full(field);
        let _ = write!(self.text, "\n[{field}] # {zh}");
        if !told.is_empty() {
            let _ = write!(self.text, ": {told}");
        }
        self.text.push('\n');
        match (field, column) {
            ("code", column) => self.code(column),
            (_, Some(column)) => self.from(field, column),
            ("provider_code", None) => self.provider_code(),
            ("classification", None) => self.classification(),
            (_, None) => self.text.push_str("value = \"\"\n"),
        }
        for other in self.survey.of(field).skip(1) {
            let _ = writeln!(
                self.text,
                "# also seems to be this 或取自: {}",
                comment(&other.name)
            );
        }
    }

    fn from(&mut self, field: &'static str, column: &'s Column) {
        self.used.push(&column.name);
        let _ = writeln!(self.text, "from = {}", quoted(&column.name));
        let empty = self.survey.rows.saturating_sub(column.filled);
        if empty > 0 && Columns::is_required(field) {
            let _ = writeln!(
                self.text,
                "default = \"\" # nothing stands there in {empty} rows: what holds for them; or delete \
                 this line to have them reported 有 {empty} 行为空：填写其取值，或删除此行以逐行报告"
            );
        }
        match field {
            "name" | "abstract" if self.survey.objects => self.text.push_str("html = true\n"),
            "items" => self.items(column),
            "formats" => {
                let unknown = self.unknown(field, column);
                if !unknown.is_empty() {
                    self.text
                        .push_str("# [formats.values] # names that are not known 未识别的格式\n");
                }
                for value in unknown {
                    let _ = writeln!(self.text, "# {} = \"\"", quoted(value));
                }
            }
            field if !allowed::terms(field).is_empty() || field == "classification" => {
                let unknown = self.unknown(field, column);
                self.values(field, &unknown, column.more);
            }
            _ => {}
        }
    }

    fn unknown<'c>(&self, field: &'static str, column: &'c Column) -> Vec<&'c str> {
        let values = column.values.iter().map(String::as_str);
        values
            .filter(|value| cells::wrong(field, value, self.names).is_some())
            .collect()
    }

    /// Items in another form than the template's are a list of names.
    fn items(&mut self, column: &Column) {
        if column.values.iter().any(|cell| {
            !lists::items(cell, &mut Terms::new(self.names))
                .problems
                .is_empty()
        }) {
            self.text.push_str(
                "split = \"、，,；;\"\ndrop_end = [\"等等\", \"等\"]\n\
                 type = \"C\" # 字符型 C, 数值型 N, 日期型 D, 日期时间型 T, 二进制 B\n",
            );
        }
    }

    fn code(&mut self, column: Option<&'s Column>) {
        let (key, column) = match (column, self.survey.number()) {
            (Some(column), _) if self.survey.objects => ("digest", Some(column)),
            (Some(column), _) => ("from", Some(column)),
            (None, number) => ("number", number),
        };
        let told = match key {
            "digest" => " # the classification and a digest of this 分类代码加此值的摘要",
            "number" => " # the classification and this number of each row 分类代码加各行编号",
            _ => "",
        };
        let name = column.map_or("", |column| column.name.as_str());
        self.used.push(name);
        let _ = writeln!(self.text, "{key} = {}{told}", quoted(name));
    }

    fn provider_code(&mut self) {
        let Some(provider) = self.survey.of("provider").next() else {
            self.text.push_str("value = \"\"\n");
            return;
        };
        let _ = writeln!(self.text, "from = {}", quoted(&provider.name));
        let values: Vec<&str> = provider.values.iter().map(String::as_str).collect();
        self.values("provider_code", &values, provider.more);
    }

    /// A column with few recurring values may be the source of classes.
    fn classification(&mut self) {
        self.text.push_str("value = \"\"\n");
        let few = self.survey.columns.iter().find(|column| {
            let count = column.values.len();
            let again = (count as u64).saturating_mul(4) <= self.survey.rows;
            column.field.is_none() && !column.more && (2..=FEW).contains(&count) && again
        });
        let Some(column) = few.filter(|column| !self.survey.objects && !column.name.is_empty())
        else {
            return;
        };
        self.text
            .push_str("# or by a column, in place of the line above 或按某列取值，代替上一行:\n");
        let _ = writeln!(self.text, "# from = {}", quoted(&column.name));
        self.text.push_str("# [classification.values]\n");
        for value in &column.values {
            let _ = writeln!(self.text, "# {} = \"\"", quoted(value));
        }
    }

    fn values(&mut self, field: &str, values: &[&str], more: bool) {
        if values.is_empty() {
            return;
        }
        let _ = writeln!(self.text, "[{field}.values]");
        for value in values {
            let meaning = if field == "update_cycle" {
                cycle(value)
            } else {
                ""
            };
            let _ = writeln!(self.text, "{} = {}", quoted(value), quoted(meaning));
        }
        if more {
            self.text
                .push_str("# and more than stand here 其余取值未列出\n");
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
