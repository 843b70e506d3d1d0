//! Reads of an entry on which both sides agree, and which of them counts.
//!
//! By [`Formula::WholeContent`] only reads of all measured content are confirmed, and the last one counts. By
//! [`Formula::WidestRead`] the complete read of a granted part of a table is confirmed as well, and of the reads within the
//! update cycle the widest one counts. The log does not say which part was read, only its rows and bytes as both sides
//! recorded them, and this is enough: of two parts of the same content, the one that contains the other has no fewer
//! rows, and if it has the same ones, no fewer bytes.

use jiff::Timestamp;

use super::CrossCityRead;
use super::figures::CountedVolume;
use super::formula::Formula;
use super::validity::{is_ahead, is_expired};
use crate::catalogue::UpdateCycle;

/// The time of figures, and the formula by which they are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AsOf {
    pub(super) at: Timestamp,
    pub(super) formula: Formula,
}

/// A read on which both sides agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ConfirmedRead {
    pub(super) read: CrossCityRead,
    /// The volume that was read; [`CountedVolume::WHOLE`] if it was all that was measured.
    pub(super) covered: CountedVolume,
}

/// The read of an entry that counts as of some time, and dates of others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reads {
    pub(super) counting: Option<ConfirmedRead>,
    /// The first date of those that are later than that time.
    pub(super) ahead: Option<Timestamp>,
    /// The last date of those before the update cycle, by [`Formula::WidestRead`].
    pub(super) expired: Option<Timestamp>,
}

impl Reads {
    /// Adds a read of an entry with this update cycle. The order of adding makes no difference.
    pub(super) fn add(&mut self, new: ConfirmedRead, as_of: AsOf, cycle: UpdateCycle) {
        let dated = new.read.at;
        if is_ahead(dated, as_of.at) {
            let first = self.ahead.map_or(dated, |ahead| ahead.min(dated));
            self.ahead = Some(first);
            return;
        }
        let rank = |one: &ConfirmedRead| match as_of.formula {
            Formula::WholeContent => (false, CountedVolume::default(), one.read),
            Formula::WidestRead if is_expired(one.read.at, cycle, as_of.at) => {
                (false, CountedVolume::default(), one.read)
            }
            Formula::WidestRead => (true, one.covered, one.read),
        };
        let new_rank = rank(&new);
        let is_expired = as_of.formula == Formula::WidestRead && !new_rank.0;
        if is_expired {
            let last = self.expired.map_or(dated, |expired| expired.max(dated));
            self.expired = Some(last);
        }
        if self.counting.is_none_or(|old| rank(&old) < new_rank) {
            let covered = match is_expired {
                true => CountedVolume::default(),
                false => new.covered,
            };
            self.counting = Some(ConfirmedRead { covered, ..new });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    const ROWS: usize = 6;
    const COLUMNS: usize = 4;

    /// A part of a table: rows and columns of it, as bits.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Part {
        rows: u8,
        columns: u8,
    }

    impl Part {
        fn cells(self) -> BTreeSet<(usize, usize)> {
            let of = |bits: u8, count: usize| (0..count).filter(move |bit| (bits >> bit) & 1 == 1);
            let rows = of(self.rows, ROWS);
            rows.flat_map(|row| of(self.columns, COLUMNS).map(move |column| (row, column)))
                .collect()
        }

        /// Its volume, where each cell has this number of bytes.
        fn volume(self, bytes: &[[u64; COLUMNS]; ROWS]) -> CountedVolume {
            let cells = self.cells();
            CountedVolume {
                rows: u64::from(self.rows.count_ones()),
                bytes: cells.iter().map(|(row, column)| bytes[*row][*column]).sum(),
            }
        }

        fn contains(self, other: Self) -> bool {
            self.rows & other.rows == other.rows && self.columns & other.columns == other.columns
        }
    }

    fn part() -> impl Strategy<Value = Part> {
        (0..1_u8 << ROWS, 1..1_u8 << COLUMNS).prop_map(|(rows, columns)| Part { rows, columns })
    }

    fn time(days: i64) -> Timestamp {
        let start: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        start + SignedDuration::from_hours(24 * days)
    }

    fn read(number: usize, days: i64, covered: CountedVolume) -> ConfirmedRead {
        let read = CrossCityRead {
            at: time(days),
            by: "430200".parse().unwrap(),
            seq: number as u64,
        };
        ConfirmedRead { read, covered }
    }

    fn counting(reads: &[ConfirmedRead], days: i64, formula: Formula) -> Reads {
        let as_of = AsOf {
            at: time(days),
            formula,
        };
        let mut found = Reads::default();
        for read in reads {
            found.add(*read, as_of, UpdateCycle::Weekly);
        }
        found
    }

    proptest! {
        /// No other part that was read within the cycle contains the one that counts and more, and no order of the
        /// reads makes a difference.
        #[test]
        fn the_widest_read_within_the_cycle_counts(
            bytes in prop::array::uniform6(prop::array::uniform4(1..100_u64)),
            parts in prop::collection::vec((part(), 0..30_i64), 1..12),
            days in 0..30_i64,
        ) {
            let reads: Vec<_> = (0..)
                .zip(&parts)
                .map(|(number, (part, dated))| read(number, *dated, part.volume(&bytes)))
                .collect();
            let found = counting(&reads, days, Formula::WidestRead);
            let backwards: Vec<_> = reads.iter().rev().copied().collect();
            prop_assert_eq!(counting(&backwards, days, Formula::WidestRead), found);
            let current = parts.iter().filter(|(_, dated)| (days - 7..=days).contains(dated));
            let mut current = current.map(|(part, _)| *part).peekable();
            if current.peek().is_none() {
                let last = parts.iter().map(|(_, dated)| *dated).filter(|dated| *dated <= days).max();
                prop_assert_eq!(found.counting.map(|one| one.read.at), last.map(time));
            } else {
                let counted = found.counting.unwrap();
                let (counted, _) = parts[counted.read.seq as usize];
                for other in current {
                    let is_wider = other.contains(counted) && other.cells() != counted.cells();
                    prop_assert!(!is_wider, "{other:?} is wider than {counted:?}");
                }
            }
        }
    }

    #[test]
    fn all_of_the_content_is_wider_than_any_part_and_the_last_of_equals_counts() {
        let part = CountedVolume { rows: 5, bytes: 9 };
        let mut reads = vec![
            read(0, 1, CountedVolume::WHOLE),
            read(1, 3, part),
            read(2, 2, part),
        ];
        let counted = |reads: &[ConfirmedRead], days, formula| {
            let counting = counting(reads, days, formula).counting;
            counting.map(|one| one.read.seq)
        };
        assert_eq!(counted(&reads, 5, Formula::WidestRead), Some(0));
        // The first one is of another cycle by then.
        assert_eq!(counted(&reads, 9, Formula::WidestRead), Some(1));
        assert_eq!(counted(&reads, 50, Formula::WidestRead), Some(1));
        assert_eq!(counted(&reads, 0, Formula::WidestRead), None);
        // By the formula before, the last read counts.
        reads.truncate(1);
        reads.push(read(3, 2, CountedVolume::WHOLE));
        assert_eq!(counted(&reads, 5, Formula::WholeContent), Some(3));
    }
}
