//! Counts the content of a probe piece by piece, with constant memory.

use chengji_domain::Digest;
use chengji_domain::probe::{Declaration, ProbeRead};
use sha2::{Digest as _, Sha256};

use crate::catalogue::measure::Rows;

/// What was read so far.
pub(super) struct Counting {
    revision: u32,
    /// The announced number of bytes.
    announced: u64,
    bytes: u64,
    rows: Option<Rows>,
    digest: Sha256,
}

impl Counting {
    /// Begins to count content that is announced so. Rows are counted if their number is announced.
    pub(super) fn of(announced: &Declaration) -> Self {
        Self {
            revision: announced.revision,
            announced: announced.measurement.bytes,
            bytes: 0,
            rows: announced.measurement.rows.map(|_| Rows::new()),
            digest: Sha256::new(),
        }
    }

    /// Counts a further piece.
    pub(super) fn with(mut self, piece: &[u8]) -> Self {
        self.bytes = self.bytes.saturating_add(piece.len() as u64);
        self.digest.update(piece);
        if let Some(rows) = &mut self.rows {
            rows.take(piece);
        }
        self
    }

    /// Returns true if more bytes were read than are announced.
    pub(super) fn is_past_end(&self) -> bool {
        self.bytes > self.announced
    }

    /// Returns the result, once all was read.
    pub(super) fn read(self) -> ProbeRead {
        ProbeRead {
            revision: self.revision,
            bytes: self.bytes,
            rows: self.rows.map(Rows::finish),
            digest: Digest(self.digest.finalize().into()),
        }
    }
}
