//! Other names of the values of closed vocabularies, as used in spreadsheets.

use std::collections::BTreeMap;

use chengji_messages::{Message, Value, msg};

use super::sheet::{Head, Sheet};
use crate::catalogue::{
    AdministrativeLevel, FormatKind, ItemType, Openness, Secrecy, SecurityLevel, ShareClass,
    ShareManner, UpdateCycle,
};
use crate::error::Result;

const COLUMNS: [&str; 3] = ["vocabulary", "value", "name"];

/// A closed vocabulary whose values have other names in spreadsheets.
pub trait Vocabulary: Sized {
    /// Its name in the table.
    const NAME: &'static str;

    /// Parses the terms that are built into the program.
    fn of_term(text: &str) -> Option<Self>;

    /// Returns the value's own name.
    fn zh(self) -> &'static str;

    /// Returns all names of values, for a message.
    fn terms() -> String;
}

macro_rules! vocabularies {
    ($($name:ident = $text:literal;)*) => {
        $(impl Vocabulary for $name {
            const NAME: &'static str = $text;

            fn of_term(text: &str) -> Option<Self> {
                Self::from_term(text)
            }

            fn zh(self) -> &'static str {
                Self::zh(self)
            }

            fn terms() -> String {
                Self::terms()
            }
        })*

        /// Checks a row: the vocabulary, and the value's own name.
        fn checked([vocabulary, value, name]: [&str; 3]) -> Result<Name, Message> {
            match vocabulary {
                $($text => check::<$name>(value, name),)*
                other => {
                    let known: Value = [$($text),*].into_iter().collect();
                    Err(msg::TableVocabularyUnknown { known, vocabulary: other }.into())
                }
            }
        }
    };
}

vocabularies! {
    ShareClass = "share_class";
    ShareManner = "share_manner";
    UpdateCycle = "update_cycle";
    AdministrativeLevel = "administrative_level";
    FormatKind = "format";
    ItemType = "item_type";
    SecurityLevel = "security_level";
    Openness = "open";
    Secrecy = "secret";
}

/// A vocabulary and a name, in lower case.
type Key = (&'static str, String);
/// A name, and the own name of its value.
type Name = (Key, &'static str);

/// Names accepted in addition to the values' own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names(BTreeMap<Key, &'static str>);

impl Names {
    /// No names.
    pub const NONE: &'static Self = &Self(BTreeMap::new());

    /// Collects names given by vocabulary, value and name. The error describes the first wrong one.
    pub fn of<'a>(rows: impl IntoIterator<Item = [&'a str; 3]>) -> Result<Self, Message> {
        let names: Result<_, _> = rows.into_iter().map(checked).collect();
        names.map(Self)
    }

    /// Returns vocabulary, value and name of each.
    pub fn iter(&self) -> impl Iterator<Item = [&str; 3]> {
        let names = self.0.iter();
        names.map(|((vocabulary, name), value)| [*vocabulary, *value, name.as_str()])
    }

    /// Returns the value with this name. ASCII letters match in either case.
    pub fn find<V: Vocabulary>(&self, name: &str) -> Option<V> {
        let key = (V::NAME, name.to_ascii_lowercase());
        self.0.get(&key).and_then(|value| V::of_term(value))
    }
}

/// The table of other names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermTable {
    head: Head,
    /// The names.
    pub names: Names,
}

impl TermTable {
    /// Parses a table of the form documented in the first lines of `data/terms.csv`. The error
    /// lists every mistake with `place` and its line.
    pub fn parse(place: &str, csv: &str) -> Result<Self> {
        let mut sheet = Sheet::read(place, csv, COLUMNS)?;
        let mut names = BTreeMap::new();
        let mut lines: BTreeMap<Key, usize> = BTreeMap::new();
        for row in &sheet.rows {
            let cells = row.cells.each_ref().map(String::as_str);
            let added = checked(cells).and_then(|(key, value)| match lines.get(&key) {
                Some(first) => {
                    let name = &row.cells[2];
                    Err(msg::TableNameTwice { line: *first, name }.into())
                }
                None => {
                    lines.insert(key.clone(), row.line);
                    names.insert(key, value);
                    Ok(())
                }
            });
            if let Err(problem) = added {
                sheet.mistakes.at(row.line, problem);
            }
        }
        sheet.mistakes.unless_any(Self {
            head: sheet.head,
            names: Names(names),
        })
    }

    /// Returns version and source of the table.
    pub fn head(&self) -> &Head {
        &self.head
    }
}

fn check<V: Vocabulary>(value: &str, name: &str) -> Result<Name, Message> {
    let Some(value) = V::of_term(value).map(V::zh) else {
        let problem = msg::TableValueUnknown {
            known: V::terms(),
            value,
            vocabulary: V::NAME,
        };
        return Err(problem.into());
    };
    if name.is_empty() {
        return Err(msg::TableCellEmpty { column: "name" }.into());
    }
    if V::NAME == Secrecy::NAME && value != Secrecy(true).zh() {
        // No table may turn a secret row into one that is not.
        return Err(msg::TableSecretMeansYes.into());
    }
    match V::of_term(name).map(V::zh) {
        Some(value) => Err(msg::TableNameUnderstood { name, value }.into()),
        None => Ok(((V::NAME, name.to_ascii_lowercase()), value)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEAD: &str = "version,t.1,source,测试\nvocabulary,value,name\nupdate_cycle,每日,天天\n";

    fn mistakes(text: &str) -> Vec<(String, String)> {
        let error = TermTable::parse("t.csv", text).unwrap_err();
        let found = error.violations().iter();
        found
            .map(|v| (v.field.to_string(), v.problem.code().to_owned()))
            .collect()
    }

    #[test]
    fn a_name_of_the_table_is_understood_in_its_vocabulary_alone() {
        let text = include_str!("../../data/terms.csv");
        let names = TermTable::parse("terms.csv", text).unwrap().names;
        assert_eq!(names.find(" "), None::<ShareClass>);
        assert_eq!(names.find("逐日"), Some(UpdateCycle::Daily));
        assert_eq!(names.find("api"), Some(ShareManner::Interface));
        assert_eq!(names.find("接口"), Some(FormatKind::Service));
        assert_eq!(names.find::<ItemType>("逐日"), None);
        assert_eq!(names.find("VARCHAR"), Some(ItemType::Text));
        assert_eq!(names.find("L3"), SecurityLevel::from_term("三级"));
        assert_eq!(Names::of(names.iter()).unwrap(), names);
        let own = Names::of([["secret", "yes", "内部"], ["open", "否", "不公开"]]).unwrap();
        assert_eq!(own.find("内部"), Some(Secrecy(true)));
        assert_eq!(own.find("不公开"), Some(Openness(false)));
        let error = Names::of([["format", "电子表格", "表"], ["format", "布", "画"]]).unwrap_err();
        assert_eq!(error.code(), "table-value-unknown");
        assert_eq!(error.param("value"), Some(&"布".into()));
    }

    #[test]
    fn every_slip_is_told_with_its_line() {
        let slips = [
            ("cycle,每日,日日", "table-vocabulary-unknown"),
            ("update_cycle,每刻,日日", "table-value-unknown"),
            ("update_cycle,每日,", "table-cell-empty"),
            ("update_cycle,每周,天天", "table-name-twice"),
            ("update_cycle,每周,每天", "table-name-understood"),
            ("secret,否,内部", "table-secret-means-yes"),
            ("secret,是,不涉密", "table-name-understood"),
            ("security_level,5,第五级", "table-value-unknown"),
        ];
        for (slip, code) in slips {
            let found = mistakes(&format!("{HEAD}{slip}\n"));
            assert_eq!(found, [("t.csv:4".to_owned(), code.to_owned())], "{slip}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(names in prop::collection::btree_map("[一-三]{4}|[a-c]{5}", 0_usize..9, 1..20)) {
            let mut text = "version,v,source,s\nvocabulary,value,name\n".to_owned();
            for (name, value) in &names {
                text.push_str(&format!("update_cycle,{},{name}\n", UpdateCycle::ALL[*value].en()));
            }
            let read = TermTable::parse("t.csv", &text).unwrap().names;
            for (name, value) in &names {
                prop_assert_eq!(read.find(&name.to_uppercase()), Some(UpdateCycle::ALL[*value]));
            }
        }
    }
}
