//! Queries (查询) in SQL of the tables that a city may read.
//!
//! A query is planned and run by a program of its own, `chengji-query-engine`, one process for each query, with a limit
//! of memory and without a way to the keys and the store of the node: it opens no file by name, but receives each table
//! as an open file, and one without a name for rows that do not fit into its memory. Its death is the error of one query.

pub mod dialog;
mod ended;
mod engine;
pub mod language;
mod metering;
mod process;
mod rows;
mod spill;
mod table;
mod turns;

pub use self::engine::{Engine, EngineSettings, MAX_STATEMENT, Planned, Query};
pub use self::metering::{HISTOGRAMS, count_refusal};
pub use self::rows::Rows;
pub use self::spill::SpillSettings;
pub use self::table::{DEFAULT_CATALOG, TableContent, TableName, Tables};
