//! Delivery of files and of parts of tables under a grant, directly from node to node: the provider's side, the
//! consumer's side, and the receipts of both.
//!
//! Every byte sent is covered by a grant that is valid at that moment. A file gets its name only when it
//! is complete and its digest is right. Bytes that have arrived are not sent again.

mod attempts;
mod budget;
pub(crate) mod computed_rows;
mod describe_part;
mod download;
mod grant;
pub(crate) mod granted_table;
mod known_tables;
mod lost_counts;
pub(crate) mod metering;
mod offer;
mod partial;
mod probe;
mod probed_table;
mod provide;
mod provide_part;
#[cfg(test)]
mod provider_samples;
mod queried_table;
mod query_part;
pub(crate) mod receipts;
mod receive;
mod received_table;
mod reception;
mod refusal;
pub(crate) mod salts;
mod sending;
mod sent;
pub mod service;
mod sizes;
mod spool;
mod table_probes;
mod transfers;
mod under_way;
mod unfinished;
pub(crate) mod vouching;

use std::path::Path;
use std::sync::Arc;

use chengji_query::Engine;

pub(crate) use self::attempts::Attempts;
pub use self::budget::{Budget, DiskLimits};
pub use self::spool::Spools;
use crate::catalogue::Catalogue;
use crate::cluster::Cluster;
use crate::own_log::OwnLog;

/// State of the provider's side. Clones share it.
#[derive(Clone)]
pub struct Provider {
    /// The city's log.
    pub own: OwnLog,
    /// Its entries, and what is mounted to them.
    pub catalogue: Catalogue,
    /// The parts of tables that are being delivered.
    pub spools: Spools,
    /// Computes the queries of other cities; `None` if the node computes none.
    pub engine: Option<Engine>,
    /// The data directory, which contains a mark after a restore.
    pub data: Arc<Path>,
}

/// State of the consumer's side. Clones share it.
#[derive(Clone)]
pub struct Consumer {
    /// The city's log.
    pub own: OwnLog,
    /// The providers, and the directory.
    pub cluster: Cluster,
    /// The disk budget of received files.
    pub disk: Arc<Budget>,
}
