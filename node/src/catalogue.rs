//! The city's catalogue: its entries, their mounts, and the service for the city's own staff.

pub(crate) mod as_mounted;
mod bulk;
pub mod change;
pub(crate) mod counts;
pub(crate) mod default_scope;
pub(crate) mod due;
pub mod editor;
pub mod entries;
mod findings;
pub mod folders;
mod follow_up;
pub(crate) mod granting;
mod history;
pub mod import;
pub mod lifecycles;
mod likeness;
mod list_parts;
mod listing;
pub mod matching;
pub mod measure;
pub mod mount;
pub mod mount_table;
pub mod mounting;
pub mod mounts;
pub mod moved;
pub mod pairs;
pub mod pattern;
#[cfg(test)]
mod reads_tests;
mod references;
pub(crate) mod regions;
pub mod remeasurement;
mod reminders;
pub mod retention;
mod round_times;
pub(crate) mod running;
#[cfg(test)]
pub(crate) mod samples;
pub mod service;
pub mod source;
pub mod stage;
pub mod statistics;
pub mod status;
mod stop;
mod table_rounds;
pub mod table_sources;
pub mod transitions;
pub mod warnings;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use chengji_domain::ResourceCode;
use chengji_domain::tables::Tables;
use chengji_messages::msg;
use chengji_runtime::CurrentRules;
use chengji_sources::Sources;
use chengji_transport::MemoryShare;
use jiff::Timestamp;
use tokio::sync::watch;

use self::editor::Editor;
use self::import::MAX_WAITING;
use self::table_sources::TableSources;
use self::transitions::Transitions;
use crate::own_log::OwnLog;
use crate::queue::Queue;

/// State shared by the parts of the catalogue. Clones share it.
#[derive(Clone)]
pub struct Catalogue {
    /// The city's log.
    pub own: OwnLog,
    /// The code tables: names of values.
    pub tables: Arc<Tables>,
    /// The deadline rules and the calendar in force.
    pub rules: CurrentRules,
    /// The folders from which files may be mounted.
    pub mount_roots: Arc<[PathBuf]>,
    /// The declared sources from which tables may be mounted.
    pub table_sources: TableSources,
    /// The queue of imports, which are written one at a time in order of arrival.
    pub importing: Arc<Queue>,
    /// The memory of all imports, bulk changes and bulk mounts together.
    pub memory: Arc<MemoryShare>,
    /// The begin of the last complete check of the mounted files, if there was one since the start.
    pub mounts_checked: Arc<watch::Sender<Option<Timestamp>>>,
    /// The begin of the off-peak window for which the measurement of a mounted table waits, as of the last check.
    pub tables_waiting: Arc<watch::Sender<BTreeMap<ResourceCode, Timestamp>>>,
}

impl Catalogue {
    /// Creates the catalogue of this log. Imports and other bulk work hold at most `memory` bytes together.
    pub fn new(
        own: OwnLog,
        (tables, rules): (Arc<Tables>, CurrentRules),
        (mount_roots, sources): (Arc<[PathBuf]>, Sources),
        memory: usize,
    ) -> Self {
        Self {
            own,
            tables,
            rules,
            mount_roots,
            table_sources: TableSources::new(sources),
            importing: Arc::new(Queue::at_most(MAX_WAITING)),
            memory: MemoryShare::new(msg::WorkImport, memory),
            mounts_checked: Arc::new(watch::Sender::new(None)),
            tables_waiting: Arc::new(watch::Sender::new(BTreeMap::new())),
        }
    }

    /// Moves of entries on the node's own account.
    pub(crate) fn transitions(&self) -> Transitions {
        Transitions::new(self, self.node_editor())
    }

    /// The node as the actor on entries.
    pub(crate) fn node_editor(&self) -> Editor {
        Editor {
            by: self.own.node(),
            department: None,
            merged: BTreeSet::new(),
        }
    }
}
