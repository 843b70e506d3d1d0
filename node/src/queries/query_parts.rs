//! The parts of a node that the tables of queries are made of.

use std::path::Path;
use std::sync::Arc;

use jiff::SignedDuration;

use crate::cluster::Cluster;
use crate::delivery::service::NodeDeliveryService;
use crate::own_log::OwnLog;

/// The parts that the tables of all callers are made of. Clones share them.
#[derive(Clone)]
pub struct QueryParts {
    /// The city's log and store.
    pub own: OwnLog,
    /// The coordinator.
    pub cluster: Cluster,
    /// Deliveries, by which granted tables are fetched.
    pub deliveries: NodeDeliveryService,
    /// The folder of tables that are made for a query; nothing stays in it.
    pub folder: Arc<Path>,
    /// How long a received table is used before it is fetched again.
    pub keep: SignedDuration,
    /// Size in bytes up to which a table is fetched whole rather than queried at its provider.
    pub fetch_up_to: u64,
}
