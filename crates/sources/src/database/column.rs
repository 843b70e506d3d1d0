//! The columns of a table at a server: how their values are read, and what they become.

use arrow_schema::{DataType, Field};
use chengji_domain::table::{ColumnType, TableColumn};

/// Maximum number of digits of Arrow's decimal numbers of 128 bits.
pub(crate) const MAX_DIGITS: u8 = 38;

/// How the values of a column are read.
pub(crate) trait ReadAs: Copy {
    /// Returns the type that grants distinguish.
    fn column_type(self) -> ColumnType;

    /// Returns the type of the values in batches.
    fn data_type(self) -> DataType;
}

/// A column, whose values are read in one of the ways of its server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column<R> {
    /// Its name.
    pub(crate) name: String,
    /// How its values are read.
    pub(crate) reading: R,
    /// True if values may be NULL.
    pub(crate) is_nullable: bool,
    /// The type as the server names it.
    pub(crate) native_type: String,
    /// Maximum length in characters, where one is declared.
    pub(crate) max_length: Option<u32>,
    /// The comment; empty without one.
    pub(crate) comment: String,
}

impl<R: ReadAs> Column<R> {
    /// Returns the column of batches.
    pub(crate) fn field(&self) -> Field {
        Field::new(&self.name, self.reading.data_type(), self.is_nullable)
    }
}

impl<R: ReadAs> From<Column<R>> for TableColumn {
    fn from(column: Column<R>) -> Self {
        Self {
            name: column.name,
            column_type: column.reading.column_type(),
            is_nullable: column.is_nullable,
            native_type: column.native_type,
            max_length: column.max_length,
            comment: column.comment,
        }
    }
}
