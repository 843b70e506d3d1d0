//! Notes of what was converted while reading, a line for each column and kind, however many rows.

use chengji_domain::catalogue::field_zh;

/// What was done to a cell so that it could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conversion {
    /// Full-width digits, letters or signs became their usual forms.
    FullWidth,
    /// A date was written another way, such as `2024/3/5`.
    Date,
    /// The decimals in a length such as `N(10,2)` have no place in an entry.
    Decimals,
}

impl Conversion {
    fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::FullWidth => ("full-width characters were converted", "全角字符已转为半角"),
            Self::Date => (
                "dates were rewritten as YYYY-MM-DD",
                "日期已改写为 YYYY-MM-DD",
            ),
            Self::Decimals => (
                "the decimals of lengths were left out",
                "长度中的小数位未保留",
            ),
        }
    }
}

/// Counts conversions.
#[derive(Debug, Default)]
pub(super) struct Notes(Vec<Note>);

#[derive(Debug)]
struct Note {
    field: &'static str,
    conversion: Conversion,
    rows: u64,
    first_line: u64,
}

impl Notes {
    /// A row in this line was converted in this field.
    pub(super) fn add(&mut self, field: &'static str, conversion: Conversion, line: u64) {
        let mut known = self.0.iter_mut();
        match known.find(|note| (note.field, note.conversion) == (field, conversion)) {
            Some(note) => note.rows += 1,
            None => self.0.push(Note {
                field,
                conversion,
                rows: 1,
                first_line: line,
            }),
        }
    }

    /// A text for each, in the order they were met.
    pub(super) fn into_texts(self) -> impl Iterator<Item = String> {
        self.0.into_iter().map(|note| {
            let (en, zh) = note.conversion.texts();
            let Note {
                field,
                rows,
                first_line,
                ..
            } = note;
            format!(
                "{} {field}: {en} {zh} (rows 行数 {rows}, first in line 首见行 {first_line})",
                field_zh(field)
            )
        })
    }
}
