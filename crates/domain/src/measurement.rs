//! Measurements of sources.

use jiff::Timestamp;

use crate::digest::Digest;

/// A node's measurement of a source; the contract says what the sizes and digests of files and of tables are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measurement {
    /// Size in bytes.
    pub bytes: u64,
    /// Number of rows, of a file without the header; `None` for a file that has no rows.
    pub rows: Option<u64>,
    /// Digest of the content.
    pub digest: Digest,
    /// Time of the measurement.
    pub at: Timestamp,
}
