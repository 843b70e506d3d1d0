//! Applies a map to a row: a cell for each field, as in a sheet with the columns of the template, so that
//! all later steps are the same. The cell that marks the row as secret is made first, and of a secret row
//! no other.

use std::borrow::Cow;

use chengji_domain::Field;
use chengji_domain::catalogue::{FIELDS, FieldProblem, FormatKind, Given};
use chengji_domain::resource::Classification;
use chengji_domain::tables::Names;
use chengji_domain::text::without_invisible;
use chengji_messages::msg;
use sha2::{Digest as _, Sha256};

use super::{Layout, Rule, Source, place};
use crate::notes::Conversion;
use crate::records::trimmed;
use crate::term_reader::TermReader;
use crate::{cells, html, lists};

/// The values in a column or at a path, or the reason why there are none.
pub(crate) type Picked<'a> = Result<Vec<Cow<'a, str>>, InvalidValue>;

/// Something that is not a plain value.
#[derive(Debug)]
pub(crate) struct InvalidValue {
    /// Its beginning.
    pub(crate) value: String,
}

/// A row as cells in the order of `FIELDS`.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) cells: Vec<String>,
    pub(crate) problems: Vec<FieldProblem>,
    pub(crate) conversions: Vec<(Field, Conversion)>,
}

impl Layout {
    /// Makes the row; `pick` finds values by column or path.
    pub(crate) fn row<'a>(&self, pick: &impl Fn(&str) -> Picked<'a>) -> Made {
        let mut made = self.secrecy(pick);
        if made.holds_secret() {
            return made;
        }
        for field in FIELDS {
            if !matches!(field, Field::Secret | Field::Code) {
                self.fill(&mut made, field, pick);
            }
        }
        self.fill(&mut made, Field::Code, pick);
        made
    }

    /// Returns true if a row is secret, or not clearly not secret.
    pub(crate) fn is_secret<'a>(&self, pick: &impl Fn(&str) -> Picked<'a>) -> bool {
        self.secrecy(pick).holds_secret()
    }

    /// The row with only the cell that marks it as secret.
    fn secrecy<'a>(&self, pick: &impl Fn(&str) -> Picked<'a>) -> Made {
        let mut made = Made {
            cells: vec![String::new(); FIELDS.len()],
            problems: Vec::new(),
            conversions: Vec::new(),
        };
        self.fill(&mut made, Field::Secret, pick);
        if let (Some(at), Some(odd)) = (place(Field::Secret), made.problems.pop()) {
            // An invalid value does not prove that the row is not secret.
            made.cells[at] = odd.value;
        }
        made
    }

    fn fill<'a>(&self, made: &mut Made, field: Field, pick: &impl Fn(&str) -> Picked<'a>) {
        let Some((at, rule)) = place(field).and_then(|at| Some((at, self.rules[at].as_ref()?)))
        else {
            return;
        };
        let cell = match &rule.source {
            Source::Fixed(value) => Ok(value.clone()),
            Source::Columns(columns) => rule.parts(field, columns, pick, made).map(|parts| {
                let cell = rule.joined(field, &parts, &self.names);
                if cell.is_empty() {
                    rule.default.clone()
                } else {
                    cell
                }
            }),
            Source::Number { column, digits } => {
                number(column, *digits, pick).map(|serial| made.code(&serial))
            }
            Source::Digest { columns, digits } => {
                digest(columns, *digits, pick).map(|serial| made.code(&serial))
            }
        };
        match cell {
            Ok(cell) => made.cells[at] = cell,
            Err(problem) => made.problems.push(problem),
        }
    }
}

impl Made {
    /// Returns true if the row is marked as secret, or not clearly as not secret.
    fn holds_secret(&self) -> bool {
        let cell = self.cell(Field::Secret);
        !cell.is_empty() && cells::secrecy(&lists::half_width(cell)) != Some(false)
    }

    fn cell(&self, field: Field) -> &str {
        place(field).map_or("", |at| trimmed(&self.cells[at]))
    }

    /// A code of the row's classification. If that is wrong, only this is reported: the placeholder
    /// digits are valid and in no entry.
    fn code(&self, serial: &str) -> String {
        let classification = lists::half_width(self.cell(Field::Classification));
        let digits = classification
            .parse()
            .map(|path: Classification| path.digits());
        format!("{}/{serial}", digits.as_deref().unwrap_or("000000"))
    }
}

impl Rule {
    /// The values of the columns, one after the other, converted by the map's table.
    fn parts<'a>(
        &self,
        field: Field,
        columns: &[String],
        pick: &impl Fn(&str) -> Picked<'a>,
        made: &mut Made,
    ) -> Result<Vec<String>, FieldProblem> {
        let mut parts = Vec::new();
        for column in columns {
            for value in pick(column).map_err(|odd| no_value(field, &odd))? {
                let value = self.visible(field, &value, made);
                let mut text = Cow::Borrowed(trimmed(&value));
                if self.html && html::is_in(&text) {
                    let conversion = (field, Conversion::Html);
                    if made.conversions.last() != Some(&conversion) {
                        made.conversions.push(conversion);
                    }
                    text = Cow::Owned(html::shown(&text));
                }
                for part in split(without_end(&text, &self.drop_end), &self.split) {
                    let part = self.values.get(part).map_or(part, String::as_str);
                    if field != Field::Formats || !parts.iter().any(|known| known == part) {
                        parts.push(part.to_owned());
                    }
                }
            }
        }
        Ok(parts)
    }

    /// A value without its invisible characters, which are noted.
    fn visible<'v>(&self, field: Field, value: &'v str, made: &mut Made) -> Cow<'v, str> {
        let visible = without_invisible(value);
        let conversion = (field, Conversion::Invisible);
        if visible.len() < value.len() && !made.conversions.contains(&conversion) {
            made.conversions.push(conversion);
        }
        visible
    }

    /// The parts as one cell.
    fn joined(&self, field: Field, parts: &[String], names: &Names) -> String {
        match (field, &self.item_type) {
            (Field::Items, Some(kind)) => {
                let item = |part: &String| format!("{}:{kind}", lists::escaped(part));
                parts.iter().map(item).collect::<Vec<_>>().join(";")
            }
            (Field::Formats, _) => {
                let formats = parts.iter().map(|part| format(part, names));
                formats.collect::<Vec<_>>().join(";")
            }
            (Field::Items | Field::RelatedCodes, _) => parts.join(";"),
            _ => parts.join(self.join.as_deref().unwrap_or("\n")),
        }
    }
}

/// A list of formats in the form of the template stays one; any other name is one format, with all its signs.
fn format<'p>(part: &'p str, names: &Names) -> Cow<'p, str> {
    let (formats, problems) = lists::formats(part);
    let known = |kind: &str| {
        matches!(
            TermReader::new(names).read(kind),
            Given::Known::<FormatKind>(_)
        )
    };
    if problems.is_empty() && formats.iter().all(|(kind, _)| known(kind)) {
        return Cow::Borrowed(part);
    }
    Cow::Owned(lists::escaped(part))
}

fn without_end<'t>(text: &'t str, endings: &[String]) -> &'t str {
    let cut = endings
        .iter()
        .find_map(|ending| text.strip_suffix(ending.as_str()));
    cut.map_or(text, trimmed)
}

/// The parts between separators outside of brackets, trimmed, without empty ones.
fn split<'t>(text: &'t str, separators: &str) -> Vec<&'t str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_u32);
    for (at, c) in text.char_indices() {
        match c {
            '(' | '（' | '[' | '【' | '《' => depth += 1,
            ')' | '）' | ']' | '】' | '》' => depth = depth.saturating_sub(1),
            c if depth == 0 && separators.contains(c) => {
                parts.push(&text[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    let parts = parts.into_iter().map(trimmed);
    parts.filter(|part| !part.is_empty()).collect()
}

fn number<'a>(
    column: &str,
    digits: usize,
    pick: &impl Fn(&str) -> Picked<'a>,
) -> Result<String, FieldProblem> {
    let picked = pick(column).map_err(|odd| no_value(Field::Code, &odd))?;
    let counted = lists::half_width(trimmed(&picked.join(" ")));
    // People also write "1." and "1、".
    let number = counted.trim_end_matches(['.', '、']);
    let fits = (1..=digits).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    if fits {
        return Ok(format!("{number:0>digits$}"));
    }
    let message = msg::MapNumberInvalid { column, digits };
    Err(FieldProblem::new(Field::Code, number, message))
}

/// SHA-256 of the values, joined by line breaks; its first 16 bytes as a number, of which the last digits
/// are used. Must never change: entries that were imported earlier have their codes by it.
fn digest<'a>(
    columns: &[String],
    digits: usize,
    pick: &impl Fn(&str) -> Picked<'a>,
) -> Result<String, FieldProblem> {
    let mut values = Vec::new();
    for column in columns {
        values.extend(pick(column).map_err(|odd| no_value(Field::Code, &odd))?);
    }
    let text = values
        .iter()
        .map(|value| trimmed(value))
        .collect::<Vec<_>>()
        .join("\n");
    if text.is_empty() {
        let column = columns.join(" + ");
        let message = msg::MapDigestOfNothing { column };
        return Err(FieldProblem::new(Field::Code, "", message));
    }
    let hash = Sha256::digest(text.as_bytes());
    let number = hash
        .iter()
        .take(16)
        .fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    let digits_of = format!("{number:0>39}");
    Ok(digits_of[digits_of.len() - digits..].to_owned())
}

fn no_value(field: Field, odd: &InvalidValue) -> FieldProblem {
    FieldProblem::new(field, &odd.value, msg::MapObjectNotAValue)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_list_is_split_outside_of_brackets_and_its_ending_left_out() {
        let list = "场所名称、检验项目（外观、尺寸），地址、等";
        let list = without_end(list, &["等".to_owned()]);
        assert_eq!(
            split(list, "、，"),
            ["场所名称", "检验项目（外观、尺寸）", "地址"]
        );
        assert_eq!(split("a）b、c", "、"), ["a）b", "c"]);
        assert_eq!(split("整体、不分", ""), ["整体、不分"]);
    }

    #[test]
    fn a_digest_is_pinned() {
        let pick = |_: &str| -> Picked<'_> { Ok(vec![Cow::Borrowed(" 00004259-fc27 ")]) };
        let made = digest(&["id".to_owned()], 18, &pick).unwrap();
        // printf 00004259-fc27 | sha256sum, the first 32 of its hexadecimal digits, mod 10^18
        assert_eq!(made, "200684815920335091");
    }

    proptest! {
        #[test]
        fn splitting_loses_nothing_but_separators_and_blanks(text in "[ab、，（）\\[\\] ]{0,30}") {
            let kept: String = split(&text, "、，").concat();
            let bare = |text: &str| text.replace(['、', '，', ' '], "");
            prop_assert_eq!(bare(&kept), bare(&text));
        }
    }
}
