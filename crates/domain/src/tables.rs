//! The code tables: data that changes from year to year, or from place to place.
//!
//! Each has a built-in version and can be replaced, as a whole, by a file of the same form. Tables are parsed
//! from text; files are read elsewhere. Not a replaceable table are the days that a measurement remains valid
//! ([`crate::catalogue::UpdateCycle::days`]): they are part of the formula of the sharing rate, which has its
//! own version, so that all parties compute the same figures.

mod divisions;
pub(crate) mod sheet;
pub(crate) mod span;
mod terms;

use std::collections::BTreeMap;
use std::fmt;

pub use self::divisions::{Division, DivisionStatus, Divisions};
pub use self::sheet::{Head, wrong_tables};
pub use self::span::Span;
pub use self::terms::{Names, TermTable, Vocabulary};
use chengji_messages::{Language, Message, msg};

use crate::error::{Result, Violation};

/// A code table. Working days and deadline rules are none: they are the coordinator's ([`crate::calendar::RuleBook`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Administrative divisions.
    Divisions,
    /// Other names of the values of closed vocabularies.
    Terms,
}

impl Table {
    /// All tables.
    pub const ALL: [Self; 2] = [Self::Divisions, Self::Terms];

    /// Returns its name; its file has the same name with `.csv`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Divisions => "divisions",
            Self::Terms => "terms",
        }
    }

    /// Returns the name for people.
    pub fn label(self) -> Message {
        match self {
            Self::Divisions => msg::TableDivisions.into(),
            Self::Terms => msg::TableTerms.into(),
        }
    }

    /// Returns the name in Chinese.
    pub fn zh(self) -> String {
        self.label().render(Language::Chinese)
    }

    /// Returns the name of its file.
    pub fn file(self) -> String {
        format!("{}.csv", self.name())
    }

    /// Returns the table with a file of this name.
    pub fn of_file(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.file() == name)
    }

    /// Returns the built-in table, as CSV with comments.
    pub fn built_in(self) -> &'static str {
        match self {
            Self::Divisions => include_str!("../data/divisions.csv"),
            Self::Terms => include_str!("../data/terms.csv"),
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A table that replaces the built-in one.
#[derive(Clone, Debug)]
pub struct Given {
    /// Its source for messages: the path of the file.
    pub place: String,
    /// The table as CSV.
    pub text: String,
}

/// The tables in use by a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tables {
    /// Administrative divisions.
    pub divisions: Divisions,
    /// Other names of the values of closed vocabularies.
    pub terms: TermTable,
    /// Sources of the tables that are not built in.
    places: BTreeMap<Table, String>,
}

impl Tables {
    /// Returns the built-in tables.
    pub fn built_in() -> Result<Self> {
        Self::read(&BTreeMap::new())
    }

    /// Reads the given tables, and the built-in ones for the others. The error lists every mistake in all of
    /// them, as a violation with place and line.
    pub fn read(given: &BTreeMap<Table, Given>) -> Result<Self> {
        let mut wrong = Vec::new();
        let divisions = Self::one(given, Table::Divisions, Divisions::parse, &mut wrong);
        let terms = Self::one(given, Table::Terms, TermTable::parse, &mut wrong);
        let (Some(divisions), Some(terms)) = (divisions, terms) else {
            return Err(wrong_tables(wrong));
        };
        let places = given
            .iter()
            .map(|(table, given)| (*table, given.place.clone()));
        Ok(Self {
            divisions,
            terms,
            places: places.collect(),
        })
    }

    fn one<T>(
        given: &BTreeMap<Table, Given>,
        table: Table,
        parse: impl FnOnce(&str, &str) -> Result<T>,
        wrong: &mut Vec<Violation>,
    ) -> Option<T> {
        let read = match given.get(&table) {
            Some(given) => parse(&given.place, &given.text),
            None => parse(&table.file(), table.built_in()),
        };
        read.map_err(|error| wrong.extend_from_slice(error.violations()))
            .ok()
    }

    /// Returns version and source of a table.
    pub fn head(&self, table: Table) -> &Head {
        match table {
            Table::Divisions => self.divisions.head(),
            Table::Terms => self.terms.head(),
        }
    }

    /// Returns the source of a table; `None` if it is built in.
    pub fn place(&self, table: Table) -> Option<&str> {
        self.places.get(&table).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(table: Table, text: &str) -> BTreeMap<Table, Given> {
        let place = format!("/etc/{}", table.file());
        let text = text.to_owned();
        BTreeMap::from([(table, Given { place, text })])
    }

    #[test]
    fn every_built_in_table_reads_and_says_where_it_comes_from() {
        let tables = Tables::built_in().unwrap();
        for table in Table::ALL {
            let head = tables.head(table);
            assert!(!head.version.is_empty() && !head.source.is_empty() && head.rows > 0);
            assert_eq!(tables.place(table), None);
            assert_eq!(Table::of_file(&table.file()), Some(table));
        }
    }

    #[test]
    fn a_table_is_replaced_and_the_others_are_left() {
        let before = Tables::built_in().unwrap();
        let newer = Table::Terms.built_in();
        let after = Tables::read(&given(Table::Terms, newer)).unwrap();
        assert_eq!(after.place(Table::Terms), Some("/etc/terms.csv"));
        assert_eq!(after.place(Table::Divisions), None);
        assert_eq!(after.divisions, before.divisions);
    }

    #[test]
    fn the_mistakes_of_all_tables_are_told_at_once() {
        let mut both = given(Table::Terms, "version,x,source,y\nvocabulary,value,alias\n");
        both.extend(given(Table::Divisions, "code,name\n"));
        let error = Tables::read(&both).unwrap_err();
        let fields: Vec<String> = error
            .violations()
            .iter()
            .map(|v| v.field.to_string())
            .collect();
        for place in ["/etc/terms.csv:2", "/etc/divisions.csv:1"] {
            assert!(fields.iter().any(|field| field == place), "{fields:?}");
        }
    }
}
