//! The record of a published entry: the entry, its revision, mount and stop.

use jiff::Timestamp;

use super::Entry;
use super::freshness::{History, Source};
use super::statistics::Features;
use crate::measurement::Measurement;
use crate::stop::RecordedAct;

/// A published entry, withdrawn or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRecord {
    /// The entry in its published revision.
    pub entry: Entry,
    /// That revision, from 1.
    pub revision: u32,
    /// Time of publication.
    pub published_at: Timestamp,
    /// The withdrawal, if it was withdrawn.
    pub withdrawn: Option<Withdrawal>,
    /// The mount, if there is one.
    pub mount: Option<Mount>,
    /// The provider's stop of all deliveries of the entry, while one is in force.
    pub stop: Option<RecordedAct>,
}

/// The withdrawal of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// Time of the withdrawal.
    pub at: Timestamp,
    /// The reason.
    pub reason: String,
}

/// The mounted source of an entry, as disclosed to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// File name without any folder, or the table's own name without its source.
    pub file_name: String,
    /// True for a table.
    pub is_table: bool,
    /// The last measurement.
    pub measurement: Option<Measurement>,
    /// The results of measurements over time; known at the entry's own node only.
    pub history: Option<History>,
}

impl EntryRecord {
    /// Makes the record of the first published revision.
    pub fn new(entry: Entry, revision: u32, published_at: Timestamp) -> Self {
        Self {
            entry,
            revision,
            published_at,
            withdrawn: None,
            mount: None,
            stop: None,
        }
    }

    /// Returns the features counted by statistics. The existence of a mounted file is not checked.
    pub fn features(&self) -> Features {
        let entry = &self.entry;
        let mount = self.mount.as_ref();
        let measured = mount.and_then(|mount| mount.measurement);
        Features {
            provider_code: entry.provider_code,
            provider: entry.provider.clone(),
            class: entry.share_class(),
            manner: entry.share_manner(),
            level: entry.level,
            cycle: entry.update_cycle,
            formats: entry.formats.iter().map(|format| format.kind).collect(),
            open: entry.opening.is_some(),
            security_level: entry.security_level,
            source: mount.map_or(Source::Nothing, |mount| Source::There(mount.history)),
            rows: measured.and_then(|last| last.rows).unwrap_or(0),
            bytes: measured.map_or(0, |last| last.bytes),
        }
    }
}
