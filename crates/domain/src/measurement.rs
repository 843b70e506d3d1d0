//! Measurements of sources.

use jiff::Timestamp;

use crate::digest::Digest;

/// A node's measurement of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measurement {
    /// Size in bytes.
    pub bytes: u64,
    /// Number of rows without the header, if the source is tabular.
    pub rows: Option<u64>,
    /// Digest of the content.
    pub digest: Digest,
    /// Time of the measurement.
    pub at: Timestamp,
}
