//! The record of an entry that was published: the entry as it is, and what is known around it.

use jiff::Timestamp;

use super::Entry;
use super::freshness::{History, Source};
use super::statistics::Features;
use crate::fact::Measurement;
use crate::stop::RecordedAct;

/// A published entry, withdrawn or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The entry as of its published revision.
    pub entry: Entry,
    /// That revision, from 1.
    pub revision: u32,
    /// When it was published.
    pub published_at: Timestamp,
    /// That the entry was withdrawn.
    pub withdrawn: Option<Withdrawal>,
    /// What is mounted.
    pub mount: Option<Mount>,
    /// The provider's stop of all deliveries of the entry, while one is in force.
    pub stop: Option<RecordedAct>,
}

/// That an entry was withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// What is mounted to an entry, as others may know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// File name without any folder.
    pub file_name: String,
    /// What was measured last.
    pub measurement: Option<Measurement>,
    /// What the measurements found over time; known at the entry's own node alone.
    pub history: Option<History>,
}

impl Record {
    /// The record of a revision that is published for the first time.
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

    /// What statistics are made of. A mounted file is not looked for and counts as there.
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
