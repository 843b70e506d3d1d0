//! One record, as `show` commands print it: a title and a value per line for people, one row for
//! programs.

use chengji_messages::Message;

use crate::output::{Cell, Column, Table};

/// The fields of one record, in the order they are to be read.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    columns: Vec<Column>,
    values: Vec<Cell>,
}

impl Fields {
    /// A record without fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field: its CSV header, its title, its value.
    pub fn field(&mut self, key: &'static str, title: impl Into<Message>, value: impl Into<Cell>) {
        self.column(Column::left(key, title), value);
    }

    /// Adds a field of this column.
    pub(crate) fn column(&mut self, column: Column, value: impl Into<Cell>) {
        self.columns.push(column);
        self.values.push(value.into());
    }

    /// Adds a field of two numbers with a `/` between them: the CSV header of each, their title, the value.
    pub fn pair(
        &mut self,
        keys: [&'static str; 2],
        title: impl Into<Message>,
        value: impl Into<Cell>,
    ) {
        self.columns.push(Column::pair(keys, title));
        self.values.push(value.into());
    }
}

impl From<Fields> for Table {
    fn from(fields: Fields) -> Self {
        Table::record(fields.columns, fields.values)
    }
}
