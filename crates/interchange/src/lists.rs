//! Cells that hold lists: `kind[:subtype];…` for formats and
//! `name:type(length)[:class[:condition[:manner]]];…` for items, with half- or full-width signs. A `\`
//! before `;`, `:`, `\` or a line break makes it part of a name.

use chengji_domain::Field;
use chengji_domain::catalogue::{DraftItem, FieldProblem};
use chengji_messages::{Message, msg};

use super::records::trimmed;
use super::term_reader::TermReader;

const ENDS: [char; 3] = [';', '；', '\n'];
const COLONS: [char; 2] = [':', '：'];

/// The formats of a cell, by the names of their kinds and subtypes, and the problems of its form.
pub(super) fn formats(cell: &str) -> (Vec<(String, String)>, Vec<FieldProblem>) {
    let (mut formats, mut problems) = (Vec::new(), Vec::new());
    for part in split(cell, &ENDS) {
        let (kind, subtype) = match split(part, &COLONS).as_slice() {
            [kind, subtype] => (*kind, *subtype),
            [kind] => (*kind, ""),
            _ => {
                problems.push(malformed(Field::Formats, part, msg::SheetFormatsMalformed));
                continue;
            }
        };
        formats.push((plain(kind), plain(subtype)));
    }
    (formats, problems)
}

/// A cell of items after reading.
#[derive(Debug, Default)]
pub(super) struct Items {
    pub(super) items: Vec<DraftItem>,
    pub(super) problems: Vec<FieldProblem>,
    /// True if decimals of lengths were dropped.
    pub(super) decimals: bool,
}

/// The items of a cell.
pub(super) fn items(cell: &str, terms: &mut TermReader<'_>) -> Items {
    let mut read = Items::default();
    for part in split(cell, &ENDS) {
        let item = match split(part, &COLONS).as_slice() {
            [name, kind, sharing @ ..] if sharing.len() <= 3 => {
                let item = item(name, kind, terms, &mut read.decimals);
                item.map(|item| shared(item, sharing, terms))
            }
            _ => None,
        };
        match item {
            Some(item) => read.items.push(item),
            None => {
                let malformed = malformed(Field::Items, part, msg::SheetItemsMalformed);
                read.problems.push(malformed);
            }
        }
    }
    read
}

fn item(
    name: &str,
    kind: &str,
    terms: &mut TermReader<'_>,
    decimals: &mut bool,
) -> Option<DraftItem> {
    let kind = half_width(&plain(kind));
    let (kind, length) = match kind.split_once('(') {
        Some((kind, rest)) => {
            let inner = rest.strip_suffix(')')?.trim();
            let (length, scale) = inner.split_once([',', '.']).unwrap_or((inner, ""));
            if !scale.trim().bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            *decimals |= !scale.is_empty();
            (kind.trim(), length.trim().parse().ok()?)
        }
        None => (kind.as_str(), 0),
    };
    if kind.is_empty() {
        return None;
    }
    Some(DraftItem {
        name: plain(name),
        kind: terms.read(kind),
        length,
        ..DraftItem::default()
    })
}

/// The item with its own class, condition and manner, as far as given.
fn shared(item: DraftItem, sharing: &[&str], terms: &mut TermReader<'_>) -> DraftItem {
    let part = |at: usize| sharing.get(at).map(|part| plain(part)).unwrap_or_default();
    let sign = |at| half_width(&part(at));
    DraftItem {
        share_class: terms.read(&sign(0)),
        share_condition: part(1),
        share_manner: terms.read(&sign(2)),
        ..item
    }
}

fn malformed(field: Field, part: &str, message: impl Into<Message>) -> FieldProblem {
    FieldProblem::new(field, &plain(part), message)
}

/// The related codes of a cell. Codes contain none of the usual separators.
pub(super) fn codes(cell: &str) -> Vec<String> {
    cell.split([';', '；', ',', '，', '、', '\n'])
        .map(|code| trimmed(code).to_owned())
        .filter(|code| !code.is_empty())
        .collect()
}

/// The parts of a cell that holds a list, unchanged.
pub fn parts(cell: &str) -> Vec<&str> {
    split(cell, &ENDS)
}

/// A name escaped for a list.
pub(super) fn escaped(name: &str) -> String {
    let mut cell = String::with_capacity(name.len());
    for c in name.chars() {
        if is_sign(c) {
            cell.push('\\');
        }
        cell.push(c);
    }
    cell
}

/// Full-width digits, letters, signs and blanks in their usual forms.
pub(super) fn half_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{3000}' => ' ',
            '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            c => c,
        })
        .collect()
}

fn is_sign(c: char) -> bool {
    c == '\\' || ENDS.contains(&c) || COLONS.contains(&c)
}

/// The parts between separators that are not escaped with `\`, without empty ones.
fn split<'a>(text: &'a str, separators: &[char]) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let (mut start, mut kept) = (0, false);
    for (at, c) in text.char_indices() {
        if !kept && separators.contains(&c) {
            parts.push(&text[start..at]);
            start = at + c.len_utf8();
        }
        kept = !kept && c == '\\';
    }
    parts.push(&text[start..]);
    if separators == ENDS {
        parts.retain(|part| !trimmed(part).is_empty());
    }
    parts
}

/// A part, trimmed and without its `\` escapes.
fn plain(part: &str) -> String {
    let mut name = String::with_capacity(part.len());
    let mut characters = trimmed(part).chars().peekable();
    while let Some(c) = characters.next() {
        match characters.next_if(|next| c == '\\' && is_sign(*next)) {
            Some(kept) => name.push(kept),
            None => name.push(c),
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use chengji_domain::catalogue::{Given, ItemType, ShareClass, ShareManner};
    use chengji_domain::tables::Names;

    use super::*;

    fn read_items(cell: &str) -> Items {
        items(cell, &mut TermReader::new(Names::NONE))
    }

    #[test]
    fn formats_have_a_kind_and_perhaps_a_subtype() {
        let (formats, problems) = formats(" 电子表格 : csv；数据库：mysql;\n电子文件;画布:x;;");
        assert!(problems.is_empty());
        let read = [
            ("电子表格", "csv"),
            ("数据库", "mysql"),
            ("电子文件", ""),
            ("画布", "x"),
        ];
        let read = read.map(|(kind, subtype)| (kind.to_owned(), subtype.to_owned()));
        assert_eq!(formats, read);
    }

    #[test]
    fn items_have_a_name_a_type_and_perhaps_a_length() {
        let read = read_items(
            "区划代码:C(6)；面积（平方公里）：N（１０，２）;日期:D\n甲\\:乙 : 字符型 ( 8 )",
        );
        assert_eq!(read.problems, []);
        assert!(read.decimals);
        let item = |name: &str, kind, length| DraftItem {
            name: name.to_owned(),
            kind: Given::Known(kind),
            length,
            ..DraftItem::default()
        };
        assert_eq!(
            read.items,
            [
                item("区划代码", ItemType::Text, 6),
                item("面积（平方公里）", ItemType::Number, 10),
                item("日期", ItemType::Date, 0),
                item("甲:乙", ItemType::Text, 8),
            ]
        );
    }

    #[test]
    fn an_item_may_say_how_it_is_shared() {
        let read =
            read_items("姓名:C(30)；证件号:C(18)：２：仅限社保\\:医保核验；地址:C:有条件:: 接口");
        assert_eq!(read.problems, []);
        let shared = |at: usize| {
            let item = &read.items[at];
            let condition = item.share_condition.as_str();
            (
                item.share_class.clone(),
                condition,
                item.share_manner.clone(),
            )
        };
        let conditional = Given::Known(ShareClass::Conditional);
        assert_eq!(shared(0), (Given::Missing, "", Given::Missing));
        assert_eq!(
            shared(1),
            (conditional.clone(), "仅限社保:医保核验", Given::Missing)
        );
        let interface = Given::Known(ShareManner::Interface);
        assert_eq!(shared(2), (conditional, "", interface));
        assert_eq!(
            read_items("甲:C:5").items[0].share_class,
            Given::Unknown("5".to_owned())
        );
        assert_eq!(read_items("甲:C:1:::").problems.len(), 1);
    }

    #[test]
    fn a_part_that_could_be_read_two_ways_is_a_problem() {
        for cell in [
            "代码",
            "代码:",
            "代码:C(6),名称:C(60)",
            "代码:C(x)",
            "代码:C(6",
            "代码:C(-1)",
            "代码:C(99999999999)",
        ] {
            let read = read_items(cell);
            assert_eq!((read.items.len(), read.problems.len()), (0, 1), "{cell}");
        }
        assert_eq!(formats("电子表格:csv、电子表格:xlsx").1.len(), 1);
        let unknown = read_items("代码:Z(6)").items;
        assert_eq!(unknown[0].kind, Given::Unknown("Z".to_owned()));
    }

    proptest! {
        #[test]
        fn an_escaped_name_is_one_part_and_reads_back(name in "[a:;：；\\\\中（ \n]{0,12}") {
            let name = trimmed(&name).to_owned();
            let cell = escaped(&name);
            prop_assert_eq!(split(&cell, &COLONS).len(), 1);
            prop_assert!(split(&cell, &ENDS).len() <= 1);
            prop_assert_eq!(plain(&cell), name);
        }

        #[test]
        fn any_cell_is_read_without_panic(cell in "\\PC{0,40}") {
            let _ = (formats(&cell), read_items(&cell), codes(&cell));
        }
    }
}
