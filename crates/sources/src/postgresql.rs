//! PostgreSQL as a source of tables.
//!
//! Each call makes a connection of its own, in a read-only transaction with limits on statements and locks, and one call
//! at a time works on a source, so that the database is not burdened. A call that its caller leaves ends its statement.
//!
//! A table is named `schema.table`, exactly as the database has it: letters are not folded. A part that contains a dot
//! or a quotation mark is quoted as in SQL.

mod catalog;
mod check;
mod column;
mod decode;
mod failure;
mod numeric;
mod relation;
mod rows;
mod session;

#[cfg(test)]
mod bad_days_tests;
#[cfg(test)]
mod geometry_tests;
#[cfg(test)]
mod server_tests;
#[cfg(test)]
mod size_tests;
#[cfg(test)]
pub(crate) mod test_server;

use std::sync::Arc;
use std::time::Duration;

use arrow_schema::{Schema, SchemaRef};
use chengji_domain::table::TableSchema;
use chengji_domain::{Error, ErrorCode, Quoted, Result};
use chengji_messages::{Message, msg};

use self::column::Column;
use self::relation::Relation;
use self::session::Session;
use crate::database::settings::DatabaseSettings;
use crate::database::turn::Turn;
use crate::database::watch::{self, Output};
use crate::{Each, Finding, GoOn, Source, TableInfo};

/// How long a statement waits for a lock on a table.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// A database of PostgreSQL.
pub struct PostgresSource {
    settings: DatabaseSettings,
    lock_timeout: Duration,
    turn: Turn,
}

impl PostgresSource {
    /// Makes a source of these settings. Nothing is connected before the first call.
    pub fn new(settings: DatabaseSettings) -> Self {
        Self {
            settings,
            lock_timeout: LOCK_TIMEOUT,
            turn: Turn::default(),
        }
    }

    /// Asks something of the database.
    fn ask<T: Send>(
        &self,
        go_on: GoOn<'_>,
        work: impl FnOnce(&mut Session<'_>) -> Result<T> + Send,
    ) -> Result<T> {
        watch::ask(&self.turn, || self.open(), go_on, work)
    }

    fn open(&self) -> Result<Session<'_>> {
        Session::open(&self.settings, self.lock_timeout)
    }
}

impl Source for PostgresSource {
    fn kind(&self) -> Message {
        msg::SourceKindPostgresql.into()
    }

    fn check(&self, go_on: GoOn<'_>) -> Result<Vec<Finding>> {
        self.ask(go_on, check::findings)
    }

    fn tables(&self, after: Option<&str>, limit: usize, go_on: GoOn<'_>) -> Result<Vec<TableInfo>> {
        self.ask(go_on, |session| catalog::tables(session, after, limit))
    }

    fn schema(&self, table: &str, go_on: GoOn<'_>) -> Result<TableSchema> {
        let relation = named(table)?;
        let columns = self.ask(go_on, |session| catalog::columns(session, &relation))?;
        let columns = columns.into_iter().map(Into::into).collect();
        Ok(TableSchema { columns })
    }

    fn arrow_schema(&self, table: &str, go_on: GoOn<'_>) -> Result<SchemaRef> {
        let relation = named(table)?;
        let columns = self.ask(go_on, |session| catalog::columns(session, &relation))?;
        let fields: Vec<_> = columns.iter().map(Column::field).collect();
        Ok(Arc::new(Schema::new(fields)))
    }

    fn read(&self, table: &str, limit: Option<u64>, go_on: GoOn<'_>, each: Each<'_>) -> Result<()> {
        let relation = named(table)?;
        let work = |session: &mut Session<'_>, output: &Output| {
            rows::copy(session, &relation, limit, output)
        };
        watch::read(&self.turn, || self.open(), go_on, each, work)
    }
}

fn named(table: &str) -> Result<Relation> {
    Relation::parse(table).ok_or_else(|| {
        let table = Quoted(table);
        Error::new(
            ErrorCode::NotFound,
            msg::PostgresqlTableNameMalformed { table },
        )
    })
}
