//! SQLite databases, opened to read only. A read is one transaction, so that the columns and all rows are of the same
//! state of the database.
//!
//! SQLite does not check values against the types of their columns. A value that does not fit ends the reading, with its
//! place, unless its conversion is exact; what exact means is said in [`cells`].

mod cells;
mod columns;
mod rows;
mod worker;

use std::path::PathBuf;
use std::time::Duration;

use chengji_domain::table::TableSchema;
use chengji_domain::{Error, Result};
use chengji_messages::{Message, Value, msg};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::reading::{check_caller, file_name, no_such_table, unavailable};
use crate::{Each, Finding, GoOn, Source, TableInfo};

/// Time for which a database that another program is writing is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for which a read may compute without a batch of rows: a view that never ends would hold up the other tables.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(60 * 60);
/// Tables and views that people made.
const TABLES: &str = "SELECT name, type = 'view' FROM sqlite_schema \
    WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

/// A SQLite database.
#[derive(Debug)]
pub(crate) struct SqliteSource {
    path: PathBuf,
    busy_timeout: Duration,
    silence_timeout: Duration,
}

impl SqliteSource {
    /// The database in this file, by its absolute path.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path,
            busy_timeout: BUSY_TIMEOUT,
            silence_timeout: SILENCE_TIMEOUT,
        }
    }

    fn open(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(&self.path, flags).and_then(|connection| {
            connection.busy_timeout(self.busy_timeout)?;
            // What the database itself says, such as views, has no side effects.
            connection.execute_batch("PRAGMA trusted_schema = OFF; BEGIN")?;
            Ok(connection)
        });
        opened.map_err(|cause| self.failure(&cause))
    }

    /// Makes an error of one of SQLite. It names the file without its folder.
    fn failure(&self, cause: &rusqlite::Error) -> Error {
        let name = file_name(&self.path);
        let cause = match cause.sqlite_error() {
            // The text of this one has the path.
            Some(error) if error.code == ErrorCode::CannotOpen => Value::text(error),
            _ => Value::text(cause),
        };
        unavailable(msg::TableSourceUnreadable { cause, name })
    }

    fn columns(&self, connection: &Connection, table: &str) -> Result<TableSchema> {
        let schema = columns::schema(connection, table).map_err(|cause| self.failure(&cause))?;
        schema.ok_or_else(|| no_such_table(table))
    }

    fn all_tables(&self) -> Result<Vec<TableInfo>> {
        let connection = self.open()?;
        let listed = connection.prepare(TABLES).and_then(|mut statement| {
            let tables = statement.query_map([], |row| {
                Ok(TableInfo {
                    name: row.get(0)?,
                    is_view: row.get(1)?,
                    rows: None,
                    comment: String::new(),
                })
            })?;
            tables.collect::<rusqlite::Result<Vec<_>>>()
        });
        listed.map_err(|cause| self.failure(&cause))
    }
}

impl Source for SqliteSource {
    fn kind(&self) -> Message {
        msg::SourceKindSqlite.into()
    }

    fn check(&self, go_on: GoOn<'_>) -> Result<Vec<Finding>> {
        check_caller(go_on)?;
        let connection = self.open()?;
        let encoding = connection.query_row("PRAGMA encoding", [], |row| row.get::<_, String>(0));
        let encoding = encoding.map_err(|cause| self.failure(&cause))?;
        let count = self.all_tables()?.len();
        Ok(vec![
            Finding::note(msg::SourceCheckReadOnly),
            match count {
                0 => Finding::warning(msg::SourceCheckEmpty),
                count => Finding::note(msg::SourceCheckTables { count }),
            },
            Finding::note(msg::SourceCheckSqliteEncoding { encoding }),
        ])
    }

    fn tables(&self, after: Option<&str>, limit: usize, go_on: GoOn<'_>) -> Result<Vec<TableInfo>> {
        check_caller(go_on)?;
        let mut tables = self.all_tables()?;
        // The order of a database in UTF-16 is not that of UTF-8.
        tables.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        tables.retain(|table| after.is_none_or(|after| table.name.as_str() > after));
        tables.truncate(limit);
        Ok(tables)
    }

    fn schema(&self, table: &str, go_on: GoOn<'_>) -> Result<TableSchema> {
        check_caller(go_on)?;
        self.columns(&self.open()?, table)
    }

    fn read(&self, table: &str, limit: Option<u64>, go_on: GoOn<'_>, each: Each<'_>) -> Result<()> {
        check_caller(go_on)?;
        let (connection, timeout) = (self.open()?, self.silence_timeout);
        worker::run(connection, go_on, timeout, each, |connection, hand_over| {
            self.read_rows(connection, table, limit, hand_over)
        })
    }
}

#[cfg(test)]
mod tests;
