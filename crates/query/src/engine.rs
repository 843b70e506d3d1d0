//! Runs queries in processes of the engine.

use std::path::PathBuf;
use std::time::Duration;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use chengji_domain::Result;

use crate::table::{TableName, Tables};

/// Limits of queries.
#[derive(Clone, Debug)]
pub struct EngineSettings {
    /// The program; `None` for the one beside this program, else the one on the path.
    pub program: Option<PathBuf>,
    /// Maximum memory of a query in bytes.
    pub memory: u64,
    /// Maximum time of a query.
    pub longest: Duration,
    /// Maximum number of queries at a time; others wait.
    pub at_once: usize,
}

/// A query.
#[derive(Clone, Debug)]
pub struct Query {
    /// One statement that reads (`SELECT`, `WITH`, `VALUES`, `EXPLAIN`).
    pub sql: String,
    /// The values of its parameters `$1`, `$2`, … : one row; `None` without parameters.
    pub parameters: Option<RecordBatch>,
}

/// What is known of a query before it runs.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The columns of its rows.
    pub schema: SchemaRef,
    /// Its parameters, in order; those whose type cannot be told are of the type Null.
    pub parameters: SchemaRef,
    /// The tables that it reads.
    pub tables: Vec<TableName>,
}

/// The rows of a running query: a stream of batches that ends after the first error. The process ends when it is dropped.
#[derive(Debug)]
pub struct Rows {}

/// Runs queries. Clones share the limits.
#[derive(Clone, Debug)]
pub struct Engine {}

impl Engine {
    /// Plans a query.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` for one that cannot be understood, or changes something; `NOT_FOUND` for an unknown table;
    /// `MISCONFIGURED` if the program is not installed; `LIMIT_EXCEEDED`; those of the tables.
    pub async fn plan(&self, tables: &impl Tables, query: &Query) -> Result<Planned> {
        todo!()
    }

    /// Runs a query: its plan, and its rows as they come.
    ///
    /// # Errors
    ///
    /// As of [`plan`](Self::plan).
    pub async fn run(&self, tables: &impl Tables, query: &Query) -> Result<(Planned, Rows)> {
        todo!()
    }
}
