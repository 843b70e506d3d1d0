//! The rows of a table or view, gathered into batches.

use std::fmt::Write as _;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use chengji_domain::Result;
use chengji_domain::table::{TableColumn, TableSchema};
use chengji_messages::msg;
use chengji_messages::quoted::Quoted;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::SqliteSource;
use super::cells::{Cells, Found};
use super::worker::HandOver;
use crate::arrow_types::arrow_schema;
use crate::reading::{BATCH_BYTES, BATCH_ROWS, batch, unavailable};

impl SqliteSource {
    /// Reads rows of a table in the transaction of the connection.
    pub(super) fn read_rows(
        &self,
        connection: &Connection,
        table: &str,
        limit: Option<u64>,
        hand_over: HandOver<'_>,
    ) -> Result<()> {
        let schema = self.columns(connection, table)?;
        let failure = |cause: rusqlite::Error| self.failure(&cause);
        let mut gathered = Gathered::new(table, &schema);
        let select = select(&schema, table, limit);
        let mut statement = connection.prepare(&select).map_err(failure)?;
        let mut rows = statement.query([]).map_err(failure)?;
        while let Some(row) = rows.next().map_err(failure)? {
            gathered.push(self, row)?;
            if gathered.is_full() && !hand_over(gathered.take()?) {
                return Ok(());
            }
        }
        if gathered.rows > 0 {
            hand_over(gathered.take()?);
        }
        Ok(())
    }
}

/// Returns the statement that selects the columns. Names of columns are qualified: a quoted name alone that there is not
/// would be a text.
fn select(schema: &TableSchema, table: &str, limit: Option<u64>) -> String {
    let columns = schema.columns.iter();
    let columns = columns.map(|column| format!("source.{}", quoted(&column.name)));
    let columns = columns.collect::<Vec<_>>().join(", ");
    let mut select = format!("SELECT {columns} FROM main.{} AS source", quoted(table));
    if let Some(limit) = limit {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        // Writing to a string cannot fail.
        let _ = write!(select, " LIMIT {limit}");
    }
    select
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The rows since the last batch.
struct Gathered<'a> {
    table: &'a str,
    columns: &'a [TableColumn],
    cells: Vec<Cells>,
    arrow_schema: SchemaRef,
    rows: usize,
    bytes: usize,
    /// The number of the last row, from 1.
    row: u64,
}

impl<'a> Gathered<'a> {
    fn new(table: &'a str, schema: &'a TableSchema) -> Self {
        Self {
            table,
            columns: &schema.columns,
            cells: schema.columns.iter().map(Cells::new).collect(),
            arrow_schema: arrow_schema(schema),
            rows: 0,
            bytes: 0,
            row: 0,
        }
    }

    fn push(&mut self, source: &SqliteSource, row: &Row<'_>) -> Result<()> {
        self.row += 1;
        for (index, (column, cells)) in self.columns.iter().zip(&mut self.cells).enumerate() {
            let value = row.get_ref(index).map_err(|cause| source.failure(&cause))?;
            let pushed = match value {
                ValueRef::Null if !column.is_nullable => Err(Found::Null),
                value => cells.push(value),
            };
            pushed.map_err(|found| {
                unavailable(msg::SourceValueMisfit {
                    column: Quoted(&column.name),
                    expected: column.column_type.label(),
                    found: found.label(),
                    row: self.row,
                    table: Quoted(self.table),
                })
            })?;
            self.bytes += length(value);
        }
        self.rows += 1;
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.rows >= BATCH_ROWS || self.bytes >= BATCH_BYTES
    }

    /// Makes a batch of the rows.
    fn take(&mut self) -> Result<RecordBatch> {
        (self.rows, self.bytes) = (0, 0);
        let columns = self.cells.iter_mut().map(Cells::finish).collect();
        batch(&self.arrow_schema, columns, self.table)
    }
}

fn length(value: ValueRef<'_>) -> usize {
    match value {
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => 8,
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
    }
}
