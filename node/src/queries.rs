//! The tables that the city's people and applications query (查询): granted tables of other cities under their own names,
//! and the cluster's directory, the city's requests and the sharing rate.
//!
//! A granted table is what was received under its grant, or is fetched as for a person, with all checks. The other tables
//! are written into files without names when they are read. How a query is planned and run does not belong here.

mod caller_tables;
mod cluster_tables;
mod directory_rows;
mod granted;
mod query_parts;
mod rate_rows;
mod request_rows;
mod row_file;
mod rows;
#[cfg(test)]
pub(crate) mod samples;

pub use self::caller_tables::CallerTables;
pub use self::query_parts::QueryParts;
