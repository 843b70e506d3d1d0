//! A question to a database, and its answers.

use std::path::Path;
use std::time::Duration;

use chengji_domain::Result;
use chengji_domain::table::TableSchema;
use chengji_messages::msg;
use chengji_odbc_dialog::{Ask, Checked, Described, Listed, Question, Rows, receive, send};
use chengji_subprocess::parent::Running;
use prost::Message;

use super::OdbcSettings;
use super::connection::connection;
use super::process::Process;
use super::rows::Table;
use super::{column, failure};
use crate::TableInfo;
use crate::database::password::password;
use crate::database::watch::{Connection, Output};
use crate::reading::{check_names, unavailable};

/// Maximum time of connecting, seconds.
const LOGIN_SECONDS: u32 = 10;
/// How much longer than its limits an answer may take.
const GRACE: Duration = Duration::from_secs(30);
/// Maximum memory of the program, bytes. Drivers that keep all rows of a statement need more for a large table, and have
/// a setting by which they do not.
const MEMORY: u64 = 1 << 30;

/// A program that answers one question.
pub(super) struct Session<'a> {
    settings: &'a OdbcSettings,
    password: Option<String>,
    longest: Duration,
    process: Process,
}

impl Connection for Session<'_> {
    type Canceller = Running;

    fn canceller(&self) -> Running {
        self.process.child.clone()
    }
}

impl<'a> Session<'a> {
    /// Starts the program.
    ///
    /// # Errors
    ///
    /// `SOURCE_UNAVAILABLE` if it is not installed, or there is no password.
    pub(super) fn open(settings: &'a OdbcSettings, program: &Path) -> Result<Self> {
        let password = password(&settings.password)?;
        let seconds = u64::from(LOGIN_SECONDS) + u64::from(settings.statement_seconds);
        let longest = Duration::from_secs(seconds) + GRACE;
        Ok(Self {
            settings,
            password,
            longest,
            process: Process::start(program, longest)?,
        })
    }

    /// Asks what the database is.
    ///
    /// # Errors
    ///
    /// `SOURCE_UNAVAILABLE`.
    pub(super) fn check(&mut self) -> Result<Checked> {
        self.ask(Question::Check, "", None)?;
        let checked = self.answer("")?;
        self.process.finish();
        Ok(checked)
    }

    /// Lists tables after the one named `after`.
    ///
    /// # Errors
    ///
    /// `SOURCE_UNAVAILABLE`.
    pub(super) fn tables(&mut self, after: Option<&str>, limit: usize) -> Result<Vec<TableInfo>> {
        let limit = Some(limit as u64);
        self.ask(Question::Tables, after.unwrap_or_default(), limit)?;
        let Listed { tables } = self.answer("")?;
        self.process.finish();
        let listed = tables.into_iter().map(|table| TableInfo {
            name: table.name,
            is_view: table.is_view,
            rows: None,
            comment: table.comment,
        });
        Ok(listed.collect())
    }

    /// Describes the columns of a table.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND`, `SOURCE_UNAVAILABLE`.
    pub(super) fn schema(&mut self, table: &str) -> Result<TableSchema> {
        self.ask(Question::Columns, table, None)?;
        let described = self.described(table)?;
        self.process.finish();
        Ok(column::schema(&described))
    }

    /// Sends the rows of a table, at most `limit`, until no more are wanted.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND`, `SOURCE_UNAVAILABLE`, also for a value that cannot be taken over.
    pub(super) fn read(&mut self, table: &str, limit: Option<u64>, output: &Output) -> Result<()> {
        self.ask(Question::Rows, table, limit)?;
        let described = self.described(table)?;
        let table = Table {
            name: table,
            described: &described,
        };
        let mut batches = table.batches();
        loop {
            let rows: Rows = self.answer(table.name)?;
            if rows.rows == 0 {
                if output.send_made(batches.take())? {
                    self.process.finish();
                }
                return Ok(());
            }
            if !table.add(&rows, &mut batches, |made| output.send_made(made))? {
                return Ok(());
            }
        }
    }

    fn ask(&self, question: Question, table: &str, limit: Option<u64>) -> Result<()> {
        let ask = Ask {
            connection: connection(self.settings, self.password.as_deref()),
            schema: self.settings.schema.as_deref().unwrap_or("").to_owned(),
            question: question.into(),
            table: table.to_owned(),
            limit,
            login_seconds: LOGIN_SECONDS,
            statement_seconds: self.settings.statement_seconds,
            memory: MEMORY,
        };
        let sent = send(&self.process.dialog, &ask);
        sent.map_err(|cause| self.process.broken_off(&cause, self.longest))
    }

    fn answer<M: Message + Default>(&self, table: &str) -> Result<M> {
        let answer = receive(&self.process.dialog);
        let answer = answer.map_err(|cause| self.process.broken_off(&cause, self.longest))?;
        let password = self.password.as_deref();
        answer.map_err(|error| failure::of(self.settings, password, table, error))
    }

    fn described(&self, table: &str) -> Result<Described> {
        let described: Described = self.answer(table)?;
        check_names(
            table,
            described.columns.iter().map(|column| column.name.as_str()),
        )?;
        if described.columns.is_empty() {
            return Err(unavailable(msg::OdbcAnswerUnexpected));
        }
        Ok(described)
    }
}
