//! Notes about conversions during reading, a line for each column and kind, for any number of rows.

use chengji_domain::catalogue::field_zh;

/// A conversion of a cell that made it readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conversion {
    /// Full-width digits, letters or signs were replaced by their usual forms.
    FullWidth,
    /// A date was rewritten, such as `2024/3/5`.
    Date,
    /// The decimals in a length such as `N(10,2)` were dropped.
    Decimals,
    /// The time of day was dropped from a date.
    TimeOfDay,
    /// Blanks around a value were dropped.
    Blanks,
    /// Invisible characters were removed.
    Invisible,
    /// Line breaks in a text of one line were replaced by blanks.
    LineBreaks,
    /// A format was given by extension or MIME type.
    FormatName,
    /// A value was given by a name of the bureau's table.
    Named,
    /// HTML was converted to the text it shows.
    Html,
    /// HTML was kept.
    HtmlKept,
    /// The text that HTML shows is HTML again, and was kept.
    HtmlWithin,
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
            Self::TimeOfDay => ("the time of day was left out", "未保留时刻"),
            Self::Blanks => ("blanks around values were left out", "已去除首尾空白"),
            Self::Invisible => (
                "invisible characters were removed, with which no search would find the text; look at the \
                 rows",
                "已删除不可见字符（否则无法检索），请核对",
            ),
            Self::LineBreaks => (
                "line breaks within one line of text were joined",
                "单行文本中的换行已合并",
            ),
            Self::FormatName => (
                "names such as csv were read as kind and subtype, 电子表格:csv",
                "格式名称已转为类型与子类型",
            ),
            Self::Named => (
                "names of the table 'terms' were read as the catalogue's own",
                "已按取值别名表转为标准取值",
            ),
            Self::Html => (
                "HTML was turned into the text it shows",
                "HTML 已转为纯文本",
            ),
            Self::HtmlKept => ("HTML was kept as it stands", "含 HTML，按原样保留"),
            Self::HtmlWithin => (
                "HTML was turned into the text it shows, which is HTML again and was kept",
                "HTML 已转为纯文本，转换后仍含 HTML，按原样保留",
            ),
        }
    }
}

/// Counts conversions, and records each if requested.
#[derive(Debug, Default)]
pub(super) struct Notes {
    counted: Vec<Note>,
    each: Option<Vec<(u64, &'static str, Conversion)>>,
}

#[derive(Debug)]
struct Note {
    field: &'static str,
    conversion: Conversion,
    rows: u64,
    first_line: u64,
}

impl Notes {
    /// Notes, also by row if `each`.
    pub(super) fn new(each: bool) -> Self {
        Self {
            counted: Vec::new(),
            each: each.then(Vec::new),
        }
    }

    /// Records a conversion of this field in this line.
    pub(super) fn add(&mut self, field: &'static str, conversion: Conversion, line: u64) {
        if let Some(each) = &mut self.each {
            each.push((line, field, conversion));
        }
        let mut known = self.counted.iter_mut();
        match known.find(|note| (note.field, note.conversion) == (field, conversion)) {
            Some(note) => note.rows += 1,
            None => self.counted.push(Note {
                field,
                conversion,
                rows: 1,
                first_line: line,
            }),
        }
    }

    /// A text for each kind in the order met, and one for each row if requested.
    pub(super) fn into_texts(self) -> impl Iterator<Item = String> {
        let told = |field: &'static str, conversion: Conversion| {
            let (en, zh) = conversion.texts();
            format!("{} {field}: {en} {zh}", field_zh(field))
        };
        let counted = self.counted.into_iter().map(move |note| {
            format!(
                "{} (rows 行数 {}, first in line 首见行 {})",
                told(note.field, note.conversion),
                note.rows,
                note.first_line
            )
        });
        let each = self.each.into_iter().flatten();
        counted.chain(each.map(move |(line, field, conversion)| {
            format!("line {line} {}", told(field, conversion))
        }))
    }
}
