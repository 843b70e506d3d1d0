//! The messages of the dialog.

use std::fmt;

use prost::{Enumeration, Message};

use crate::cells::Cells;

/// A question of the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum Question {
    /// Connects to the database, and identifies its product.
    Check = 0,
    /// The tables.
    Tables = 1,
    /// The columns of a table.
    Columns = 2,
    /// The columns and the rows of a table.
    Rows = 3,
}

/// The question, with what is needed to connect.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct Ask {
    /// The connection string, with the password.
    #[prost(string, tag = "1")]
    pub connection: String,
    /// The schema that all tables are of; empty for the tables of all schemas, whose names then begin with it.
    #[prost(string, tag = "2")]
    pub schema: String,
    /// The question.
    #[prost(enumeration = "Question", tag = "3")]
    pub question: i32,
    /// The table asked for; for a list, the one before its first table, or empty.
    #[prost(string, tag = "4")]
    pub table: String,
    /// Maximum number of tables or rows.
    #[prost(uint64, optional, tag = "5")]
    pub limit: Option<u64>,
    /// Maximum time of connecting, seconds.
    #[prost(uint32, tag = "6")]
    pub login_seconds: u32,
    /// Maximum time of a statement, seconds.
    #[prost(uint32, tag = "7")]
    pub statement_seconds: u32,
    /// Maximum memory of the program, bytes.
    #[prost(uint64, tag = "8")]
    pub memory: u64,
}

/// Formats the question without the connection string, which has a password.
impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask")
            .field("question", &self.question())
            .field("table", &self.table)
            .finish_non_exhaustive()
    }
}

/// The result of a check.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Checked {
    /// The name of the database product, as its driver reports it.
    #[prost(string, tag = "1")]
    pub product: String,
    /// The number of tables and views.
    #[prost(uint64, tag = "2")]
    pub tables: u64,
}

/// Tables, in order of their names as bytes.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Listed {
    /// The tables.
    #[prost(message, repeated, tag = "1")]
    pub tables: Vec<Table>,
}

/// A table or view.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Table {
    /// Its name within the source.
    #[prost(string, tag = "1")]
    pub name: String,
    /// True for a view.
    #[prost(bool, tag = "2")]
    pub is_view: bool,
    /// The comment; empty without one.
    #[prost(string, tag = "3")]
    pub comment: String,
}

/// The columns of a table, in their order.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Described {
    /// The columns.
    #[prost(message, repeated, tag = "1")]
    pub columns: Vec<Column>,
}

/// A column.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Column {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// The text form of its values.
    #[prost(enumeration = "Kind", tag = "2")]
    pub kind: i32,
    /// The type as people write it, such as `DECIMAL(12,2)`.
    #[prost(string, tag = "3")]
    pub native_type: String,
    /// True if values may be NULL, or the driver does not know.
    #[prost(bool, tag = "4")]
    pub is_nullable: bool,
    /// Maximum length in characters, where one is declared.
    #[prost(uint32, optional, tag = "5")]
    pub max_length: Option<u32>,
    /// The comment; empty without one.
    #[prost(string, tag = "6")]
    pub comment: String,
    /// Maximum length of a value, bytes, texts as UTF-16; longer ones are [`crate::Cell::TooLong`].
    #[prost(uint64, tag = "7")]
    pub most: u64,
}

/// The text form of the values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum Kind {
    /// As the text that the driver makes, of a type that no other kind fits.
    Other = 0,
    /// As text.
    Text = 1,
    /// As `0` or `1`.
    Boolean = 2,
    /// As decimal digits with a sign.
    Integer = 3,
    /// As decimal digits with a sign and a point.
    Decimal = 4,
    /// As the shortest decimal number that means the same, or `inf`, `-inf`, `NaN`.
    Float = 5,
    /// As they are.
    Bytes = 6,
    /// As `yyyy-mm-dd`.
    Date = 7,
    /// As `hh:mm:ss`, with a fraction or without.
    Time = 8,
    /// As `yyyy-mm-dd hh:mm:ss.nnnnnnnnn`.
    Timestamp = 9,
}

/// Rows of a table.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Rows {
    /// Their number; 0 after the last one.
    #[prost(uint32, tag = "1")]
    pub rows: u32,
    /// The values of each column.
    #[prost(message, repeated, tag = "2")]
    pub columns: Vec<Cells>,
}

/// The step at which the program failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum Stage {
    /// It limited its own memory.
    Limiting = 0,
    /// It loaded the driver and connected.
    Connecting = 1,
    /// It looked for a table, of which there is none.
    Finding = 2,
    /// It executed a statement, or read its rows.
    Executing = 3,
    /// It made a statement, for a name that the database has no quotation marks for.
    Quoting = 4,
}

/// The failure with which the program ends.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Failure {
    /// The step that failed.
    #[prost(enumeration = "Stage", tag = "1")]
    pub stage: i32,
    /// The SQLSTATE; empty without one.
    #[prost(string, tag = "2")]
    pub state: String,
    /// The number of the error at the database; 0 without one.
    #[prost(int32, tag = "3")]
    pub number: i32,
    /// The text of the driver, which may quote values.
    #[prost(string, tag = "4")]
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_shown_without_its_password() {
        let ask = Ask {
            connection: "Driver=d;PWD=secret".to_owned(),
            ..Ask::default()
        };
        assert!(!format!("{ask:?}").contains("secret"));
    }
}
