//! A connection in a read-only transaction with limits. The driver is asynchronous: it is run by the thread of the
//! connection.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chengji_domain::{Error, Result};
use chengji_messages::msg;
use futures_util::TryStreamExt as _;
use mysql_async::prelude::{FromRow, Queryable as _};
use mysql_async::{Conn, Opts, Params, Row, Value, from_row_opt};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::options::options;
use super::{failure, limits};
use crate::database::settings::DatabaseSettings;
use crate::database::watch::{Cancel, Connection};
use crate::reading::{caller_gone, unavailable};

/// How long a connection may take.
const CONNECTING: Duration = Duration::from_secs(10);
/// How long the connection that ends a statement may take, and the farewell to the server.
const ENDING: Duration = Duration::from_secs(5);
/// How much longer than the limit of a statement the server may be silent.
const GRACE: Duration = Duration::from_secs(30);
/// The number of the server's error about an unknown variable.
const UNKNOWN_VARIABLE: u16 = 1193;

/// An open connection; dropping it closes it.
pub(super) struct Session<'a> {
    settings: &'a DatabaseSettings,
    options: Opts,
    version: String,
    /// The number of the connection at the server.
    id: u32,
    /// `None` after an error, and after rows that were not wanted any more: closing it ends the statement.
    conn: Option<Conn>,
    /// Notified when the connection is to be closed without waiting for the server.
    abandoned: Arc<Notify>,
    /// Dropped after the connection that it drives.
    runtime: Runtime,
}

/// Ends the statement that a connection executes.
pub(super) struct Canceller {
    options: Opts,
    id: u32,
    has_asked: AtomicBool,
    abandoned: Arc<Notify>,
}

impl<'a> Session<'a> {
    /// Connects, and begins a read-only transaction.
    ///
    /// # Errors
    ///
    /// `SOURCE_UNAVAILABLE`.
    pub(super) fn open(settings: &'a DatabaseSettings, lock_seconds: u32) -> Result<Self> {
        let options = options(settings)?;
        let runtime = runtime()?;
        let conn = match runtime.block_on(connected(settings, &options)) {
            Ok(conn) => conn,
            Err(error) => {
                // A name may still be looked up, for which dropping the runtime would wait.
                runtime.shutdown_background();
                return Err(error);
            }
        };
        let mut session = Self {
            settings,
            options,
            version: String::new(),
            id: conn.id(),
            conn: Some(conn),
            abandoned: Arc::new(Notify::new()),
            runtime,
        };
        session.begin(lock_seconds)?;
        Ok(session)
    }

    fn begin(&mut self, lock_seconds: u32) -> Result<()> {
        let versions = self.query::<(String,)>("SELECT VERSION()")?;
        self.version = versions.into_iter().map(|(version,)| version).collect();
        let seconds = self.settings.statement_seconds;
        self.execute("SET NAMES utf8mb4")?;
        self.execute(&limits::of_session(seconds, lock_seconds))?;
        let limit = limits::of_statements(&self.version, seconds);
        self.execute_if_known(&limit)?;
        let transaction = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY";
        self.execute(transaction)?;
        self.execute("START TRANSACTION READ ONLY")
    }

    /// Returns the settings of the connection.
    pub(super) fn settings(&self) -> &'a DatabaseSettings {
        self.settings
    }

    /// Returns the version of the server, with its name where it is not MySQL.
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// Executes a statement without rows.
    ///
    /// # Errors
    ///
    /// As [`failure::of`].
    pub(super) fn execute(&mut self, sql: &str) -> Result<()> {
        let settings = self.settings;
        self.wait(async |conn: &mut Conn| answered(settings, conn.query_drop(sql)).await)
    }

    /// Executes a statement that sets a variable, unless the server does not have it: old ones have no limit of
    /// statements, and the one of this program ends them.
    fn execute_if_known(&mut self, sql: &str) -> Result<()> {
        let settings = self.settings;
        self.wait(async |conn: &mut Conn| {
            let set = async {
                match conn.query_drop(sql).await {
                    Err(mysql_async::Error::Server(answer)) if answer.code == UNKNOWN_VARIABLE => {
                        Ok(())
                    }
                    done => done,
                }
            };
            answered(settings, set).await
        })
    }

    /// Returns the rows of a query, whose values come as texts.
    ///
    /// # Errors
    ///
    /// As [`failure::of`]; `SOURCE_UNAVAILABLE` if the rows are not of this form.
    pub(super) fn query<T: FromRow>(&mut self, sql: &str) -> Result<Vec<T>> {
        let settings = self.settings;
        let rows: Vec<Row> =
            self.wait(async |conn: &mut Conn| answered(settings, conn.query::<Row, _>(sql)).await)?;
        rows.into_iter().map(read).collect()
    }

    /// Returns the rows of a query with parameters, in the place of its question marks.
    ///
    /// # Errors
    ///
    /// As [`query`](Self::query).
    pub(super) fn select<T: FromRow>(&mut self, sql: &str, values: Vec<Value>) -> Result<Vec<T>> {
        let settings = self.settings;
        let params = Params::Positional(values);
        let rows: Vec<Row> = self.wait(async |conn: &mut Conn| {
            answered(settings, conn.exec::<Row, _, _>(sql, params)).await
        })?;
        rows.into_iter().map(read).collect()
    }

    /// Hands over the rows of a query one by one, their values in binary form, until no more are wanted.
    ///
    /// # Errors
    ///
    /// As [`failure::of`]; those of `each`.
    pub(super) fn stream(
        &mut self,
        sql: &str,
        mut each: impl FnMut(&Row) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let settings = self.settings;
        let flow = self.wait(async |conn: &mut Conn| {
            let rows = conn.exec_stream::<Row, _, _>(sql, ());
            let mut rows = answered(settings, rows).await?;
            while let Some(row) = answered(settings, rows.try_next()).await? {
                if each(&row)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok::<_, Error>(ControlFlow::Continue(()))
        })?;
        if flow.is_break() {
            // Else the other rows would be read before the connection is closed.
            self.conn = None;
        }
        Ok(())
    }

    /// Waits for the work on the connection, until it is abandoned. After an error there is no connection any more.
    fn wait<T>(&mut self, work: impl AsyncFnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        let mut conn = self.conn.take().ok_or_else(caller_gone)?;
        let abandoned = &self.abandoned;
        let done = self.runtime.block_on(async {
            tokio::select! {
                biased;
                done = work(&mut conn) => done,
                () = abandoned.notified() => Err(caller_gone()),
            }
        });
        if done.is_ok() {
            self.conn = Some(conn);
        }
        done
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take() {
            // Else the log of the server would have a warning about each connection.
            let farewell = async { timeout(ENDING, conn.disconnect()).await };
            let _ = self.runtime.block_on(farewell);
        }
    }
}

impl Connection for Session<'_> {
    type Canceller = Canceller;

    fn canceller(&self) -> Canceller {
        Canceller {
            options: self.options.clone(),
            id: self.id,
            has_asked: AtomicBool::new(false),
            abandoned: Arc::clone(&self.abandoned),
        }
    }
}

impl Cancel for Canceller {
    fn cancel(&self) {
        if self.has_asked.swap(true, Ordering::Relaxed) {
            // The server was asked before, and the statement has not ended.
            self.abandoned.notify_one();
        }
        let Ok(runtime) = runtime() else {
            return;
        };
        let kill = format!("KILL QUERY {}", self.id);
        let asked = async {
            let mut conn = Conn::new(self.options.clone()).await?;
            conn.query_drop(kill).await?;
            conn.disconnect().await
        };
        let _ = runtime.block_on(async { timeout(ENDING, asked).await });
        runtime.shutdown_background();
    }
}

fn runtime() -> Result<Runtime> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|cause| unavailable(msg::MysqlDriverNotStarted { cause }))
}

async fn connected(settings: &DatabaseSettings, options: &Opts) -> Result<Conn> {
    match timeout(CONNECTING, Conn::new(options.clone())).await {
        Ok(connected) => connected.map_err(|error| failure::of_connecting(settings, &error)),
        Err(_) => Err(failure::of_connecting_in_time(settings, CONNECTING)),
    }
}

/// Waits for an answer of the server, no longer than its limit of statements and some time.
async fn answered<T>(
    settings: &DatabaseSettings,
    answer: impl Future<Output = mysql_async::Result<T>>,
) -> Result<T> {
    let most = Duration::from_secs(settings.statement_seconds.into()) + GRACE;
    match timeout(most, answer).await {
        Ok(answer) => answer.map_err(|error| failure::of(settings, &error)),
        Err(_) => Err(failure::of_silence(most)),
    }
}

/// Reads a row of the catalogue.
fn read<T: FromRow>(row: Row) -> Result<T> {
    from_row_opt(row).map_err(|_| unavailable(msg::MysqlAnswerUnexpected))
}
