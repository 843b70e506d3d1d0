//! The sources of a city's tables (库表): databases and folders of files that the settings of its node declare.
//!
//! A source lists its tables, describes their columns, and reads their rows as Arrow batches. All calls block, and end
//! early when their caller is gone. What is shared of a table, and with whom, does not belong here.

mod preview;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow_array::RecordBatch;
use chengji_domain::table::{SourceName, TableSchema};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, msg};

pub use self::preview::{PreviewRow, preview};

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

    /// Reads rows of a table, all its columns in the order of [`schema`](Self::schema), at most `limit` if given, and
    /// hands them over in batches until one is answered with `Break`.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` if there is no such table; `SOURCE_UNAVAILABLE`, also for values that are not of their column's type,
    /// with the place; those of `each`.
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

/// The declared sources, by name. Clones share them.
#[derive(Clone, Default)]
pub struct Sources {
    by_name: Arc<BTreeMap<SourceName, Arc<dyn Source>>>,
}

impl Sources {
    /// Makes a set of these sources.
    pub fn new(sources: impl IntoIterator<Item = (SourceName, Arc<dyn Source>)>) -> Self {
        Self {
            by_name: Arc::new(sources.into_iter().collect()),
        }
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
            let declared = self.by_name.keys().map(SourceName::as_str).collect();
            let name = name.as_str();
            Error::new(
                ErrorCode::NotFound,
                msg::SourceNotDeclared { declared, name },
            )
        })
    }
}
