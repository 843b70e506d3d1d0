//! The epochs of a log: each restore begins a new one.

use std::fmt;

/// One epoch of a log. Positions continue across epochs; a restored log begins a new one.
///
/// The number orders the epochs of a log. The random bytes distinguish two epochs of one number, such
/// as two restores of the same backup: these are a fork, never the same epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch {
    /// From 1; one above the highest number that the log's owner or its peers know. 0 only in
    /// [`Self::UNKNOWN`].
    pub number: u32,
    /// Random bytes, drawn when the epoch was opened.
    pub id: [u8; 8],
}

impl Epoch {
    /// The epoch of a log that is not known yet.
    pub const UNKNOWN: Self = Self {
        number: 0,
        id: [0; 8],
    };

    /// Returns the first epoch of a new log.
    pub const fn first(id: [u8; 8]) -> Self {
        Self { number: 1, id }
    }

    /// Splits an encoded epoch off the beginning of these bytes: its number, big endian, and its random bytes.
    pub fn split_from(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (number, rest) = bytes.split_first_chunk()?;
        let (id, rest) = rest.split_first_chunk()?;
        let number = u32::from_be_bytes(*number);
        Some((Self { number, id: *id }, rest))
    }

    /// Returns true for [`Self::UNKNOWN`] and any other epoch with number 0.
    pub fn is_unknown(self) -> bool {
        self.number == 0
    }
}

impl fmt::Display for Epoch {
    /// Formats the number, a dot, and the random bytes in hexadecimal digits: `2.9f86d081884c7d65`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.", self.number)?;
        self.id.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The reason for opening an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EpochCause {
    /// The store was restored from a backup.
    Restored,
    /// An operator ordered it, accepting the loss of missing entries.
    Ordered,
    /// The earlier store is lost; the log begins anew after an invitation.
    BegunAnew,
}

/// The beginning of an epoch of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochStart {
    /// The epoch.
    pub epoch: Epoch,
    /// The preceding epoch in the log's own store; [`Epoch::UNKNOWN`] for a log's first.
    pub previous: Epoch,
    /// The epoch of this log that peers knew when it was opened, if different from the preceding one: it
    /// continued after the backup was made, and is abandoned. Else [`Epoch::UNKNOWN`].
    pub replaced: Epoch,
    /// Its first position.
    pub seq: u64,
}

/// The relation of a log's current epoch to the one known to a follower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Succession {
    /// The same epoch.
    Same,
    /// It was opened after the known one or in its place, directly or over others.
    Follows,
    /// It has a lower number: the log is an older state of itself, or another log.
    Lower,
    /// It has an equal or greater number but does not descend from the known one: two histories.
    Fork,
}

impl Succession {
    /// Relates the last epoch of a log to a known one. `epochs` are the log's epochs, oldest first.
    pub fn of(known: Epoch, epochs: &[EpochStart]) -> Self {
        let Some(last) = epochs.last() else {
            return Self::Lower;
        };
        let present = last.epoch;
        if present == known {
            return Self::Same;
        }
        if present.number < known.number {
            return Self::Lower;
        }
        let mut wanted = present;
        for start in epochs
            .iter()
            .rev()
            .filter(|start| !start.epoch.is_unknown())
        {
            if start.epoch != wanted {
                continue;
            }
            if [start.previous, start.replaced].contains(&known) {
                return Self::Follows;
            }
            wanted = start.previous;
        }
        Self::Fork
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch(number: u32, byte: u8) -> Epoch {
        Epoch {
            number,
            id: [byte; 8],
        }
    }

    #[test]
    fn epochs_order_by_number_and_differ_by_their_bytes() {
        assert!(epoch(2, 0) > epoch(1, 9));
        assert_ne!(epoch(2, 0), epoch(2, 1));
        assert_eq!(epoch(2, 0xab).to_string(), "2.abababababababab");
        assert!(Epoch::UNKNOWN.is_unknown() && !Epoch::first([0; 8]).is_unknown());
    }

    #[test]
    fn only_an_epoch_that_comes_from_the_known_one_follows_it() {
        let start = |epoch, previous| EpochStart {
            epoch,
            previous,
            replaced: Epoch::UNKNOWN,
            seq: 0,
        };
        let log = [
            start(epoch(1, 1), Epoch::UNKNOWN),
            start(epoch(2, 2), epoch(1, 1)),
            start(epoch(5, 5), epoch(2, 2)),
        ];
        for (known, expected) in [
            (epoch(5, 5), Succession::Same),
            (epoch(2, 2), Succession::Follows),
            (epoch(1, 1), Succession::Follows),
            // Another restore of the same backup, and an unknown epoch.
            (epoch(2, 9), Succession::Fork),
            (epoch(5, 9), Succession::Fork),
            (epoch(4, 4), Succession::Fork),
            (epoch(6, 6), Succession::Lower),
        ] {
            assert_eq!(Succession::of(known, &log), expected, "{known}");
        }
        // A log that begins anew after an invitation names the epoch that was followed before, as does a
        // second restore of one backup.
        let anew = [
            start(epoch(1, 7), Epoch::UNKNOWN),
            EpochStart {
                replaced: epoch(2, 2),
                ..start(epoch(3, 3), epoch(1, 7))
            },
        ];
        assert_eq!(Succession::of(epoch(2, 2), &anew), Succession::Follows);
        assert_eq!(Succession::of(epoch(1, 7), &anew), Succession::Follows);
        assert_eq!(Succession::of(epoch(1, 1), &anew), Succession::Fork);
        assert_eq!(Succession::of(epoch(1, 1), &[]), Succession::Lower);
    }
}
