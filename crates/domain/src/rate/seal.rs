//! The seal of a month (月末封存): the logs' entries that its figures were computed from, and the
//! digest of the figures. Both can be recomputed from the logs.

use jiff::Timestamp;

use crate::city::CityCode;
use crate::digest::Digest;
use crate::epoch::Epoch;
use crate::roster::MembershipStatus;

/// The coordinator's record of a month-end after its close.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// The month-end.
    pub cut_off: Timestamp,
    /// Its close: entries that arrived at or after it do not count.
    pub close: Timestamp,
    /// Identifier of the indicator and version of the formula.
    pub formula: String,
    /// The code tables in force at the time of sealing.
    pub tables: Vec<TableVersion>,
    /// The members at the cut-off, ordered by code.
    pub cities: Vec<SealedCity>,
    /// SHA-256 of the checkpoint, the canonical encoding of the figures.
    pub checkpoint: Digest,
}

/// A code table, by name and version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableVersion {
    /// Its name, such as `divisions`.
    pub name: String,
    /// Its version, from its first line.
    pub version: String,
}

/// A city in a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedCity {
    /// The city.
    pub city: CityCode,
    /// Its membership status at the cut-off.
    pub status: MembershipStatus,
    /// Epoch of the copy of its log that counts; unknown if nothing of it had arrived.
    pub epoch: Epoch,
    /// Number of entries of that copy that were read, from the first on; those of them dated after
    /// the cut-off do not count.
    pub seq: u64,
    /// Root of the Merkle tree over the leaves of these entries (RFC 6962, section 2.1).
    pub root: Digest,
}
