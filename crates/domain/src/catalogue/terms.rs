//! The closed vocabularies of the catalogue, each with its Chinese term, its usual synonyms in
//! spreadsheets and its English name. These are data, which files and programs hold; people read the
//! labels, in their language.

macro_rules! vocabulary {
    ($(#[doc = $doc:literal])* $name:ident { $( $(#[doc = $vdoc:literal])* $variant:ident = $zh:literal $(| $synonym:literal)*, $en:literal, $label:ident; )* }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $( $(#[doc = $vdoc])* $variant, )* }

        impl $name {
            /// All values.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )* ];

            /// The value for people.
            pub fn label(self) -> chengji_messages::Message {
                match self { $( Self::$variant => chengji_messages::msg::$label.into(), )* }
            }

            /// The term in Chinese, as files hold it.
            pub fn zh(self) -> &'static str {
                match self { $( Self::$variant => $zh, )* }
            }

            /// The term in English, as programs read it.
            pub fn en(self) -> &'static str {
                match self { $( Self::$variant => $en, )* }
            }

            /// Parses a spreadsheet cell, in Chinese or English, by the value's term or a usual
            /// synonym.
            pub fn from_term(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| {
                    let synonyms: &[&str] = match value { $( Self::$variant => &[$($synonym),*], )* };
                    text == value.zh() || text.eq_ignore_ascii_case(value.en()) || synonyms.contains(&text)
                })
            }

            /// All terms, as files hold them.
            pub fn terms() -> String {
                Self::ALL.iter().map(|value| value.zh()).collect::<Vec<_>>().join(" ")
            }
        }

        impl From<$name> for chengji_messages::Value {
            fn from(value: $name) -> Self {
                value.label().into()
            }
        }
    };
}

pub(super) use vocabulary;

vocabulary! {
    /// Share class (共享类型).
    ShareClass {
        /// 1: granted without conditions.
        Unconditional = "无条件共享" | "1" | "无条件", "unconditional", TermShareClassUnconditional;
        /// 2: granted under a condition.
        Conditional = "有条件共享" | "2" | "有条件", "conditional", TermShareClassConditional;
        /// 3: not shared, on a legal basis.
        NotShared = "不予共享" | "3" | "不共享", "not shared", TermShareClassNotShared;
    }
}

vocabulary! {
    /// Share manner (共享方式).
    ShareManner {
        /// Rows of a database, through the platform.
        Table = "库表", "table", TermShareMannerTable;
        /// A file, through the platform.
        File = "文件", "file", TermShareMannerFile;
        /// A registered interface, through the platform.
        Interface = "接口" | "服务接口", "interface", TermShareMannerInterface;
        /// Mail, outside the platform.
        Mail = "邮件", "mail", TermShareMannerMail;
        /// A physical medium, outside the platform.
        Medium = "介质" | "拷盘", "medium", TermShareMannerMedium;
    }
}

vocabulary! {
    /// Update cycle (更新周期).
    UpdateCycle {
        /// In real time.
        RealTime = "实时", "real time", TermUpdateCycleRealTime;
        /// Every day.
        Daily = "每日" | "每天", "daily", TermUpdateCycleDaily;
        /// Every week.
        Weekly = "每周", "weekly", TermUpdateCycleWeekly;
        /// Every month.
        Monthly = "每月", "monthly", TermUpdateCycleMonthly;
        /// Every quarter.
        Quarterly = "每季度" | "每季", "quarterly", TermUpdateCycleQuarterly;
        /// Twice a year.
        HalfYearly = "每半年", "half-yearly", TermUpdateCycleHalfYearly;
        /// Every year.
        Yearly = "每年", "yearly", TermUpdateCycleYearly;
        /// Irregularly.
        Irregular = "不定期", "irregular", TermUpdateCycleIrregular;
        /// Another cycle.
        Other = "其他" | "其它", "other", TermUpdateCycleOther;
    }
}

impl UpdateCycle {
    /// Returns the number of days that a measurement and a reading remain valid: the maximum length
    /// of the cycle. Irregular and other cycles count as a year. Part of the formulas of the sharing
    /// rate, and therefore not a table: other numbers of days are another
    /// [`Formula`](crate::rate::Formula).
    pub fn days(self) -> u32 {
        match self {
            Self::RealTime | Self::Daily => 1,
            Self::Weekly => 7,
            Self::Monthly => 31,
            Self::Quarterly => 92,
            Self::HalfYearly => 184,
            Self::Yearly | Self::Irregular | Self::Other => 366,
        }
    }
}

vocabulary! {
    /// Administrative level (行政层级).
    AdministrativeLevel {
        /// Of the province.
        Provincial = "省级" | "省", "provincial", TermLevelProvincial;
        /// Of the city.
        Municipal = "市级" | "市", "municipal", TermLevelMunicipal;
        /// Of a county or district.
        County = "县级" | "县" | "区级" | "区县级", "county", TermLevelCounty;
        /// Of a township or street.
        Township = "乡级" | "乡" | "乡镇级", "township", TermLevelTownship;
    }
}

vocabulary! {
    /// The kinds of format (格式).
    FormatKind {
        /// Documents.
        File = "电子文件", "electronic file", TermFormatFile;
        /// Spreadsheets.
        Spreadsheet = "电子表格", "spreadsheet", TermFormatSpreadsheet;
        /// Databases.
        Database = "数据库", "database", TermFormatDatabase;
        /// Graphics and images.
        Image = "图形图像" | "图形图像类", "image", TermFormatImage;
        /// Streaming media.
        Stream = "流媒体", "streaming media", TermFormatStream;
        /// Self-describing formats.
        SelfDescribing = "自描述格式", "self-describing", TermFormatSelfDescribing;
        /// Service interfaces.
        Service = "服务接口", "service interface", TermFormatService;
    }
}

vocabulary! {
    /// Data types of items (信息项).
    ItemType {
        /// Characters.
        Text = "字符型" | "C" | "c" | "字符", "text", TermItemTypeText;
        /// Numbers.
        Number = "数值型" | "N" | "n" | "数值", "number", TermItemTypeNumber;
        /// Dates.
        Date = "日期型" | "D" | "d" | "日期", "date", TermItemTypeDate;
        /// Dates with a time.
        DateTime = "日期时间型" | "T" | "t" | "日期时间", "datetime", TermItemTypeDateTime;
        /// Bytes.
        Binary = "二进制" | "B" | "b", "binary", TermItemTypeBinary;
    }
}

impl ItemType {
    /// Returns the letter of the type in tables of items, as in `C(20)`.
    pub fn letter(self) -> char {
        match self {
            Self::Text => 'C',
            Self::Number => 'N',
            Self::Date => 'D',
            Self::DateTime => 'T',
            Self::Binary => 'B',
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_of_the_formulas_are_pinned() {
        let days: Vec<u32> = UpdateCycle::ALL.iter().map(|cycle| cycle.days()).collect();
        let formulas = crate::rate::Formula::ALL.map(crate::rate::Formula::id);
        assert_eq!(formulas, ["L5P1-A1/2", "L5P1-A1/3"]);
        assert_eq!(days, [1, 1, 7, 31, 92, 184, 366, 366, 366]);
    }

    #[test]
    fn every_term_is_understood() {
        for cycle in UpdateCycle::ALL {
            assert_eq!(UpdateCycle::from_term(cycle.zh()), Some(*cycle));
            assert_eq!(UpdateCycle::from_term(cycle.en()), Some(*cycle));
        }
        assert_eq!(ShareClass::from_term("2"), Some(ShareClass::Conditional));
        assert_eq!(ShareClass::from_term("4"), None);
        for kind in ItemType::ALL {
            let letter = kind.letter().to_string();
            assert_eq!(ItemType::from_term(&letter), Some(*kind));
        }
    }
}
