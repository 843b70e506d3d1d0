//! The sources of a city's tables (库表): databases and folders of files that the settings of its node declare.
//!
//! A source lists its tables, describes their columns, and reads their rows as Arrow batches. All calls block, and end
//! early when their caller is gone. What is shared of a table, and with whom, does not belong here.
//!
//! # Adding a kind of source
//!
//! 1. Implement [`Source`] in a module of its own. Types of columns follow from the types of the source, and the Arrow
//!    types of its batches from those by `arrow_types`, so that a column is the same whatever source it comes from.
//!    Bounds of batches and the errors of the interface are those of `reading`; what servers of databases share is in
//!    `database`.
//! 2. Run the suite in `conformance` on it: order and pages of tables, agreement of schema and batches, bounds, early
//!    ends. Test values of every type, those that do not fit their type, and the source in a bad state beside it.
//! 3. Add the kind to `SourceKind` in [`settings`], with the settings that it takes, and declare it there. A setting
//!    that is new has a text in both languages; generate the reference of settings.
//! 4. Messages are in `sources.ftl`. Errors name tables, columns, files, lines and rows; never a value, a password, or
//!    a folder of this machine.

mod arrow_types;
#[cfg(test)]
mod conformance;
mod csv_folder;
mod database;
mod decimal;
mod folder;
mod measurement;
mod moments;
mod mysql;
mod odbc;
mod parquet_folder;
mod postgresql;
mod preview;
mod reading;
pub mod settings;
mod sqlite;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use chengji_domain::table::{OffPeak, SourceName, TableSchema};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, Value, msg};

pub use self::database::password::PasswordFrom;
pub use self::database::settings::DatabaseSettings;
pub use self::measurement::{MeasuredRows, MeasuredTable, Measuring, measure};
pub use self::mysql::MysqlSource;
pub use self::odbc::{OdbcSettings, OdbcSource};
pub use self::postgresql::PostgresSource;
pub use self::preview::{Passed, PreviewRow, preview};

/// Returns true while the caller waits for the result.
pub type GoOn<'a> = &'a dyn Fn() -> bool;

/// A source of tables. All methods block.
pub trait Source: Send + Sync {
    /// Returns the kind of the source for people.
    fn kind(&self) -> Message;

    /// Tries the source: connects, and judges the rights, the encoding and the time zone of the connection.
    ///
    /// # Errors
    ///
    /// `SOURCE_UNAVAILABLE` if it cannot be reached or refuses; the message says what to do.
    fn check(&self, go_on: GoOn<'_>) -> Result<Vec<Finding>>;

    /// Lists its tables and views after the table named `after`, in order of their names as bytes; at most `limit`.
    ///
    /// # Errors
    ///
    /// `SOURCE_UNAVAILABLE`.
    fn tables(&self, after: Option<&str>, limit: usize, go_on: GoOn<'_>) -> Result<Vec<TableInfo>>;

    /// Describes the columns of a table.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` if there is no such table, `SOURCE_UNAVAILABLE`.
    fn schema(&self, table: &str, go_on: GoOn<'_>) -> Result<TableSchema>;

    /// Returns the Arrow schema of the batches of a table.
    ///
    /// # Errors
    ///
    /// As of [`schema`](Self::schema).
    fn arrow_schema(&self, table: &str, go_on: GoOn<'_>) -> Result<SchemaRef> {
        self.schema(table, go_on)
            .map(|schema| arrow_types::arrow_schema(&schema))
    }

    /// Reads rows of a table, all its columns in the order of [`schema`](Self::schema), at most `limit` if given, and
    /// hands them over in batches until one is answered with `Break`.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` if there is no such table; `SOURCE_UNAVAILABLE`, also for values that are not of their column's type,
    /// with the place; `SOURCE_CHANGED` if a file was written or replaced meanwhile; those of `each`.
    fn read(&self, table: &str, limit: Option<u64>, go_on: GoOn<'_>, each: Each<'_>) -> Result<()>;
}

/// Takes a batch of rows, and says whether more are wanted.
pub type Each<'a> = &'a mut dyn FnMut(RecordBatch) -> Result<ControlFlow<()>>;

/// A table of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableInfo {
    /// Its name within the source.
    pub name: String,
    /// True for a view.
    pub is_view: bool,
    /// The number of rows by the source's own estimate or count; `None` if it takes reading them.
    pub rows: Option<u64>,
    /// The comment of the source on the table; empty without one.
    pub comment: String,
}

/// An observation of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// True for what should be changed.
    pub is_warning: bool,
    /// What was found, with the remedy of a warning.
    pub message: Message,
}

impl Finding {
    /// Something that is as it should be.
    pub fn note(message: impl Into<Message>) -> Self {
        Self {
            is_warning: false,
            message: message.into(),
        }
    }

    /// Something that should be changed.
    pub fn warning(message: impl Into<Message>) -> Self {
        Self {
            is_warning: true,
            message: message.into(),
        }
    }
}

/// The declared sources, by name. Clones share them.
#[derive(Clone, Default)]
pub struct Sources {
    by_name: Arc<BTreeMap<SourceName, Arc<dyn Source>>>,
    off_peak: Arc<BTreeMap<SourceName, OffPeak>>,
}

/// Formats the names of the sources.
impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_name.keys()).finish()
    }
}

impl Sources {
    /// Makes a set of these sources.
    pub fn new(sources: impl IntoIterator<Item = (SourceName, Arc<dyn Source>)>) -> Self {
        Self {
            by_name: Arc::new(sources.into_iter().collect()),
            off_peak: Arc::default(),
        }
    }

    /// Sets the off-peak windows of sources that have one.
    #[must_use]
    pub fn with_off_peak(self, windows: impl IntoIterator<Item = (SourceName, OffPeak)>) -> Self {
        Self {
            off_peak: Arc::new(windows.into_iter().collect()),
            ..self
        }
    }

    /// Returns the off-peak window of a source; `None` if its tables may be measured at any time.
    pub fn off_peak(&self, name: &SourceName) -> Option<OffPeak> {
        self.off_peak.get(name).copied()
    }

    /// Returns the sources, in order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&SourceName, &Arc<dyn Source>)> {
        self.by_name.iter()
    }

    /// Finds a source by its name.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND`, with the declared names.
    pub fn find(&self, name: &SourceName) -> Result<Arc<dyn Source>> {
        let found = self.by_name.get(name).cloned();
        found.ok_or_else(|| {
            let declared: Value = self.by_name.keys().map(SourceName::as_str).collect();
            let name = name.as_str();
            Error::new(
                ErrorCode::NotFound,
                msg::SourceNotDeclared { declared, name },
            )
        })
    }
}
