//! Quarantined entries of a log.

use crate::epoch::Epoch;
use crate::problem::Problem;

/// Quarantined entries of a log that were read together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantinedRun {
    /// The log's epoch.
    pub epoch: Epoch,
    /// The position of the first.
    pub from_seq: u64,
    /// The position of the last; those between may include applied ones.
    pub to_seq: u64,
    /// Number of the quarantined entries.
    pub count: u64,
    /// The reason for the first of them.
    pub problem: Problem,
}
