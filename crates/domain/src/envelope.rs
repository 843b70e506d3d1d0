//! Envelopes: what everybody reads of an entry who may follow its log.

use jiff::Timestamp;

use crate::epoch::Epoch;
use crate::log_entry::{Audience, LogOwner};
use crate::rate::Counted;

/// What everybody reads of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Whose log.
    pub log: LogOwner,
    /// Epoch in which it was written.
    pub epoch: Epoch,
    /// Position, dense from 0.
    pub seq: u64,
    /// When, by the owner's clock.
    pub at: Timestamp,
    /// Who may read the rest.
    pub audience: Audience,
    /// What of it the sharing rate counts.
    pub counts: Option<Counted>,
}
