//! The seal of a month (月末封存): which entries of which logs its figures were computed from, and the
//! digest of the figures. Anybody who has the logs can compute both again.

use jiff::Timestamp;

use crate::city::CityCode;
use crate::digest::Digest;
use crate::epoch::Epoch;
use crate::roster::MembershipStatus;

/// What the coordinator sets down of a month-end once it is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// The month-end.
    pub cut_off: Timestamp,
    /// Its close: what arrived from then on does not count.
    pub close: Timestamp,
    /// Indicator and version of the formula.
    pub formula: String,
    /// The code tables in force when it was sealed.
    pub tables: Vec<TableVersion>,
    /// The members at the cut-off, by code.
    pub cities: Vec<SealedCity>,
    /// SHA-256 of the checkpoint, the canonical encoding of the figures.
    pub checkpoint: Digest,
}

/// A code table, by name and version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableVersion {
    /// Its name, such as `working-days`.
    pub name: String,
    /// Its version, as its head says.
    pub version: String,
}

/// A city in a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedCity {
    /// The city.
    pub city: CityCode,
    /// Its standing at the cut-off.
    pub standing: MembershipStatus,
    /// Epoch of the copy of its log that counts; unknown where nothing of it had arrived.
    pub epoch: Epoch,
    /// How many entries of that copy count, from the first on; of these, those dated after the
    /// cut-off do not.
    pub seq: u64,
    /// Root of the Merkle tree over the leaves of these entries (RFC 6962, section 2.1).
    pub root: Digest,
}
