//! The tables that a query may name.

use std::fmt;
use std::fs::File;
use std::future::{Future, ready};

use arrow_schema::SchemaRef;
use chengji_domain::Result;

/// The name of a table in queries: `granted."430200"."206007000001"`, `cluster.catalogue.entries`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    /// The catalog; [`DEFAULT_CATALOG`] for a name without one.
    pub catalog: String,
    /// The schema.
    pub schema: String,
    /// The table within it.
    pub table: String,
}

impl TableName {
    /// The name of the only table of a query that another node has handed over; `table` is the name in its plan.
    #[must_use]
    pub fn of_query(table: &str) -> Self {
        Self {
            catalog: DEFAULT_CATALOG.to_owned(),
            schema: "handed_over".to_owned(),
            table: table.to_owned(),
        }
    }
}

/// The catalog of names with two parts.
pub const DEFAULT_CATALOG: &str = "cluster";

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            catalog,
            schema,
            table,
        } = self;
        write!(f, "{catalog}.\"{schema}\".\"{table}\"")
    }
}

/// The content of a table: a stream in Arrow's IPC format, uncompressed and without dictionaries, whose end is the end of
/// the file. It is read from the beginning, whatever the position of the file.
#[derive(Debug)]
pub struct TableContent {
    /// The file, which may have no name.
    pub file: File,
    /// Size in bytes.
    pub bytes: u64,
    /// Number of rows, as whoever made the file says. Queries are planned with it, but no result depends on it.
    pub rows: u64,
}

/// The tables that one caller may query. Each method checks the caller's rights anew.
pub trait Tables: Send + Sync {
    /// Lists the tables after the one named `after`, in order of their names; at most `limit`.
    ///
    /// # Errors
    ///
    /// `PEER_UNAVAILABLE` where the names are another program's.
    fn list(
        &self,
        after: Option<&TableName>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<TableName>>> + Send;

    /// Returns the columns of a table.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` if there is no such table for this caller; those of a provider that has to be asked.
    fn schema(&self, name: &TableName) -> impl Future<Output = Result<SchemaRef>> + Send;

    /// Returns the name of a table at another node, if that node is to compute queries of it rather than to deliver all of
    /// its rows.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` if there is no such table for this caller.
    fn remote_name(&self, name: &TableName) -> impl Future<Output = Result<Option<String>>> + Send;

    /// Returns the rows of a query of a table: a Substrait plan, which is computed by the node that has the table. `None`
    /// asks for all rows of the table, which is fetched if necessary.
    ///
    /// # Errors
    ///
    /// As of [`schema`](Self::schema), and those of a delivery.
    fn open(
        &self,
        name: &TableName,
        query: Option<&[u8]>,
    ) -> impl Future<Output = Result<TableContent>> + Send;

    /// Returns all rows of a table if they are here: no other node is asked for anything. `None` if they would have to be
    /// fetched, made or computed. It serves statements that are only explained.
    ///
    /// # Errors
    ///
    /// As of [`schema`](Self::schema).
    fn open_here(
        &self,
        _: &TableName,
    ) -> impl Future<Output = Result<Option<TableContent>>> + Send {
        ready(Ok(None))
    }

    /// Checks that the caller may still read these tables, which were opened. It is repeated each second while rows are
    /// sent.
    ///
    /// # Errors
    ///
    /// The reason why one may not be read any more.
    fn still(&self, names: &[TableName]) -> Result<()>;
}
