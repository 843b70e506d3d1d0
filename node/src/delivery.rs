//! Delivery of files under a grant, straight from node to node: the provider's end, the consumer's
//! end, and the receipts of both.
//!
//! Every byte sent is covered by a grant that stands at that moment. A file stands under its name
//! only when all of it has arrived and its digest is right. What had arrived is not sent again.

mod attempts;
mod budget;
mod download;
mod grant;
mod partial;
mod provide;
pub(crate) mod receipts;
mod receive;
mod reception;
mod refusal;
pub mod service;
mod transfers;
mod under_way;
mod unfinished;

use std::path::Path;
use std::sync::Arc;

pub(crate) use self::attempts::Attempts;
pub use self::budget::{Budget, DiskLimits};
use crate::catalogue::Catalogue;
use crate::cluster::Cluster;
use crate::own_log::OwnLog;

/// What delivering to others works with. Clones are the same.
#[derive(Clone)]
pub struct Provider {
    /// The city's log.
    pub own: OwnLog,
    /// Its entries, and the files mounted to them.
    pub catalogue: Catalogue,
    /// The data directory, in which a restore leaves its mark.
    pub data: Arc<Path>,
}

/// What fetching from others works with. Clones are the same.
#[derive(Clone)]
pub struct Consumer {
    /// The city's log.
    pub own: OwnLog,
    /// The providers, and the directory.
    pub cluster: Cluster,
    /// The folder of received files.
    pub received: Arc<Path>,
    /// What these may take of the disk.
    pub disk: Arc<Budget>,
}
