//! The position of a log in a fold.

use chengji_domain::rate::month_end;
use chengji_follow::LogCopy;
use jiff::Timestamp;

use super::snapshots::LogFold;

/// The position of a copy of a log in a fold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoldedLog {
    /// The number of the copy.
    pub copy: u32,
    /// The position after the last folded entry.
    pub end: u64,
    /// The latest date of the folded entries.
    pub latest: Timestamp,
    /// Number of entries folded since the last snapshot.
    pub since_snapshot: u64,
    /// The end of the month of the latest date.
    month_end: Timestamp,
    /// The first entry that was dated too late.
    first_later: Option<u64>,
    /// True if an entry after that one was folded: the log cannot be gone on with then.
    is_ragged: bool,
}

impl FoldedLog {
    /// A log of which nothing is folded.
    pub fn new(copy: u32) -> Self {
        Self {
            copy,
            end: 0,
            latest: Timestamp::MIN,
            since_snapshot: 0,
            month_end: Timestamp::MIN,
            first_later: None,
            is_ragged: false,
        }
    }

    /// A log that is folded as far as a snapshot.
    pub fn of_snapshot(taken: &LogFold) -> Self {
        Self {
            end: taken.end,
            latest: taken.latest,
            month_end: month_end(taken.latest),
            ..Self::new(taken.copy)
        }
    }

    /// Notes a folded entry.
    pub fn note(&mut self, seq: u64, at: Timestamp) {
        self.is_ragged |= self.first_later.is_some();
        self.end = seq + 1;
        self.since_snapshot += 1;
        if at > self.latest {
            self.latest = at;
            if at > self.month_end {
                self.month_end = month_end(at);
            }
        }
    }

    /// Notes an entry that was dated too late.
    pub fn note_later(&mut self, seq: u64) {
        self.first_later.get_or_insert(seq);
    }

    /// Returns true if an entry of this date is the first of another month.
    pub fn is_of_later_month(&self, at: Timestamp) -> bool {
        self.end > 0 && at > self.month_end
    }

    /// Returns true if exactly the entries before `end` are folded.
    pub fn is_first_part(&self) -> bool {
        self.end > 0 && !self.is_ragged
    }

    /// Returns true if the entries of a copy that are dated up to `until` include those that are folded, and those
    /// that are missing come after them.
    pub fn can_go_on(&self, copy: &LogCopy, until: Timestamp) -> bool {
        let includes = self.end <= copy.next && self.latest <= until;
        self.copy == copy.number && includes && !self.is_ragged
    }

    /// Returns the position to go on reading at.
    pub fn go_on(&mut self) -> u64 {
        self.first_later.take().unwrap_or(self.end)
    }
}
