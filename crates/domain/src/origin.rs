//! The position of an act in the log of its own city.

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
    /// An unknown position.
    pub const UNKNOWN: Self = Self {
        epoch: Epoch::UNKNOWN,
        seq: 0,
    };
}
