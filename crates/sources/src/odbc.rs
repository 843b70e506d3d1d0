//! Databases of other kinds as sources of tables, over ODBC.
//!
//! ODBC drivers are libraries of vendors. A separate program, `chengji-odbc`, is started for each call, loads the driver and
//! answers one question, within a limit of memory and in a transaction that is never committed. It is ended when its caller
//! no longer waits. A source takes one call at a time.
//!
//! A table is named `schema.table`, or `table` where the database has no schemas or the settings name one. What a
//! database does not report over ODBC, such as the rights of the account, is not checked.

mod check;
mod column;
pub(crate) mod connection;
mod decode;
mod failure;
mod process;
mod rows;
mod session;

#[cfg(test)]
mod server_tests;

use std::path::PathBuf;

use chengji_domain::Result;
use chengji_domain::table::TableSchema;
use chengji_messages::{Message, msg};
use chengji_subprocess::parent::program;

use self::session::Session;
use crate::database::password::PasswordFrom;
use crate::database::turn::Turn;
use crate::database::watch::{self, Output};
use crate::{Each, Finding, GoOn, Source, TableInfo};

/// The settings of a connection over ODBC.
#[derive(Clone, Debug)]
pub struct OdbcSettings {
    /// The connection string, as the vendor of the driver documents it, without the account and its password.
    pub connection: String,
    /// The schema that all tables are of; `None` for those of all schemas.
    pub schema: Option<String>,
    /// The account; `None` if the driver needs none, or the connection string has it.
    pub user: Option<String>,
    /// The place of the account's password.
    pub password: PasswordFrom,
    /// Maximum duration of a statement in seconds.
    pub statement_seconds: u32,
}

/// A database over ODBC.
pub struct OdbcSource {
    settings: OdbcSettings,
    program: PathBuf,
    turn: Turn,
}

impl OdbcSource {
    /// Makes a source of these settings. Nothing is started before the first call.
    pub fn new(settings: OdbcSettings) -> Self {
        Self {
            settings,
            program: program(process::PROGRAM),
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
        Session::open(&self.settings, &self.program)
    }
}

impl Source for OdbcSource {
    fn kind(&self) -> Message {
        msg::SourceKindOdbc.into()
    }

    fn check(&self, go_on: GoOn<'_>) -> Result<Vec<Finding>> {
        let checked = self.ask(go_on, |session| session.check())?;
        Ok(check::findings(&checked))
    }

    fn tables(&self, after: Option<&str>, limit: usize, go_on: GoOn<'_>) -> Result<Vec<TableInfo>> {
        self.ask(go_on, |session| session.tables(after, limit))
    }

    fn schema(&self, table: &str, go_on: GoOn<'_>) -> Result<TableSchema> {
        self.ask(go_on, |session| session.schema(table))
    }

    fn read(&self, table: &str, limit: Option<u64>, go_on: GoOn<'_>, each: Each<'_>) -> Result<()> {
        let work = |session: &mut Session<'_>, output: &Output| session.read(table, limit, output);
        watch::read(&self.turn, || self.open(), go_on, each, work)
    }
}
