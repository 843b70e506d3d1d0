//! Entries that a log lost by a restore.

use crate::epoch::Epoch;

/// Entries of an epoch of a log that were lost when a later one began, because its owner was restored from a
/// backup without them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LostEntries {
    /// The epoch.
    pub epoch: Epoch,
    /// Position of the first one.
    pub first: u64,
    /// Position after the last one.
    pub end: u64,
    /// True if they count at the cut-off, because they were lost after its close.
    pub counted: bool,
}
