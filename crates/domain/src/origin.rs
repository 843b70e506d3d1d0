//! Where in its own city's log something was done.

use crate::epoch::Epoch;

/// The position in its own city's log at which a move or a stop was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// Epoch of that log.
    pub epoch: Epoch,
    /// Position in that log.
    pub seq: u64,
}

impl Origin {
    /// That of a log of which nothing is known.
    pub const UNKNOWN: Self = Self {
        epoch: Epoch::UNKNOWN,
        seq: 0,
    };
}
