//! Envelopes: the public part of log entries.

use jiff::Timestamp;

use crate::epoch::Epoch;
use crate::log_entry::{Audience, LogOwner};
use crate::rate::Counted;

/// The public part of an entry, for everyone who may follow its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The owner of the log.
    pub log: LogOwner,
    /// Epoch in which the entry was written.
    pub epoch: Epoch,
    /// Position, dense from 0.
    pub seq: u64,
    /// Time of writing, by the owner's clock.
    pub at: Timestamp,
    /// The audience of the body.
    pub audience: Audience,
    /// The part that the sharing rate counts.
    pub counts: Option<Counted>,
}
