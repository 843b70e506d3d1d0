//! Positions in logs.

use std::fmt;

use crate::epoch::Epoch;

/// A position in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The log's epoch: a new one begins after each restore from a backup.
    pub epoch: Epoch,
    /// The number of the entry, dense from 0 and continued across epochs. Of a head: the number of the next
    /// entry.
    pub seq: u64,
}

impl Position {
    /// Length of an encoded position in bytes.
    pub const LENGTH: usize = 20;

    /// Encodes the position: the epoch's number and random bytes, and seq, big endian.
    pub fn to_bytes(self) -> Vec<u8> {
        let (number, seq) = (self.epoch.number.to_be_bytes(), self.seq.to_be_bytes());
        [&number[..], &self.epoch.id, &seq].concat()
    }

    /// Decodes a position encoded by [`Self::to_bytes`]; `None` for other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (epoch, seq) = Epoch::split_from(bytes)?;
        let seq = u64::from_be_bytes(seq.try_into().ok()?);
        Some(Self { epoch, seq })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.epoch.number, self.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_order_print_and_read_back() {
        let epoch = |number| Epoch { number, id: [9; 8] };
        let position = Position {
            epoch: epoch(2),
            seq: 300,
        };
        assert_eq!(position.to_string(), "2/300");
        assert_eq!(Position::from_bytes(&position.to_bytes()), Some(position));
        let earlier = Position {
            epoch: epoch(1),
            seq: u64::MAX,
        };
        assert!(earlier < position);
        let pinned = [0, 0, 0, 2, 9, 9, 9, 9, 9, 9, 9, 9, 0, 0, 0, 0, 0, 0, 1, 44];
        assert_eq!(position.to_bytes(), pinned);
        for wrong in [&[][..], &[1; 3], &[1; 19], &[1; 21]] {
            assert_eq!(Position::from_bytes(wrong), None, "{wrong:?}");
        }
    }
}
