//! Figures of the rate, and the tallies from which a city's figures are read.

use super::Contribution;

/// Figures of a city or of the cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// The ratio in entries.
    pub entries: Ratio,
    /// The ratio in rows.
    pub rows: Ratio,
    /// The ratio in bytes.
    pub bytes: Ratio,
    /// Number of entries of class 3.
    pub not_shared: u64,
    /// Number of entries that are not municipal.
    pub other_level: u64,
}

impl Figures {
    /// Adds up both figures.
    pub fn plus(self, other: Self) -> Self {
        Self {
            entries: self.entries.plus(other.entries),
            rows: self.rows.plus(other.rows),
            bytes: self.bytes.plus(other.bytes),
            not_shared: self.not_shared + other.not_shared,
            other_level: self.other_level + other.other_level,
        }
    }
}

/// The unit of a headline figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Entries.
    #[default]
    Entries,
    /// Rows.
    Rows,
    /// Bytes.
    Bytes,
}

/// A ratio of shared to shareable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ratio {
    /// Shared in fact.
    pub numerator: u64,
    /// To be shared.
    pub denominator: u64,
}

impl Ratio {
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            numerator: self.numerator.saturating_add(other.numerator),
            denominator: self.denominator.saturating_add(other.denominator),
        }
    }

    /// Returns 100 × numerator ÷ denominator with two decimals, rounded half up, once; "n/a" if the
    /// denominator is 0.
    pub fn score(self) -> String {
        if self.denominator == 0 {
            return "n/a".to_owned();
        }
        let (numerator, denominator) = (u128::from(self.numerator), u128::from(self.denominator));
        let hundredths = (numerator * 20_000 + denominator) / (denominator * 2);
        format!("{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

/// A volume that counts, in rows and bytes; ordered by rows, then by bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CountedVolume {
    pub(super) rows: u64,
    pub(super) bytes: u64,
}

impl CountedVolume {
    /// The volume of a read of everything, however much there is.
    pub(super) const WHOLE: Self = Self {
        rows: u64::MAX,
        bytes: u64::MAX,
    };

    /// Returns the part of this volume that is in the other one, in rows and in bytes.
    pub(super) fn within(self, other: Self) -> Self {
        Self {
            rows: self.rows.min(other.rows),
            bytes: self.bytes.min(other.bytes),
        }
    }
}

/// The counts of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) contribution: Contribution,
    pub(super) volume: CountedVolume,
    /// The part of the volume that is shared in fact.
    pub(super) shared: CountedVolume,
}

/// A sum over the entries with one contribution. Sums are exact: they saturate only where figures are read,
/// so that what was added can be subtracted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    entries: u64,
    rows: u128,
    bytes: u128,
}

impl Sum {
    fn plus(self, other: Self) -> Self {
        Self {
            entries: self.entries + other.entries,
            rows: self.rows + other.rows,
            bytes: self.bytes + other.bytes,
        }
    }
}

/// The sums of one city's entries, by contribution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    sums: [Sum; Contribution::ALL.len()],
    /// The volume that is shared in fact.
    shared_rows: u128,
    shared_bytes: u128,
}

impl Tally {
    pub(super) fn add(&mut self, counts: Counts) {
        let Counts {
            contribution,
            volume,
            shared,
        } = counts;
        let sum = &mut self.sums[contribution as usize];
        sum.entries += 1;
        sum.rows += u128::from(volume.rows);
        sum.bytes += u128::from(volume.bytes);
        self.shared_rows += u128::from(shared.rows);
        self.shared_bytes += u128::from(shared.bytes);
    }

    /// Subtracts what was added before.
    pub(super) fn subtract(&mut self, counts: Counts) {
        let Counts {
            contribution,
            volume,
            shared,
        } = counts;
        let sum = &mut self.sums[contribution as usize];
        sum.entries -= 1;
        sum.rows -= u128::from(volume.rows);
        sum.bytes -= u128::from(volume.bytes);
        self.shared_rows -= u128::from(shared.rows);
        self.shared_bytes -= u128::from(shared.bytes);
    }

    /// Adds up both sums.
    pub(super) fn plus(&self, other: &Self) -> Self {
        let mut sums = self.sums;
        for (sum, other) in sums.iter_mut().zip(other.sums) {
            *sum = sum.plus(other);
        }
        Self {
            sums,
            shared_rows: self.shared_rows + other.shared_rows,
            shared_bytes: self.shared_bytes + other.shared_bytes,
        }
    }

    /// Number of entries with this contribution.
    pub(super) fn entries(&self, contribution: Contribution) -> u64 {
        self.sums[contribution as usize].entries
    }

    pub(super) fn figures(&self) -> Figures {
        let shareable = Contribution::ALL.into_iter();
        let shareable = shareable.filter(|one| one.ought_to_be_shared());
        let all = shareable
            .map(|one| self.sums[one as usize])
            .fold(Sum::default(), Sum::plus);
        let realised = self.entries(Contribution::Realised);
        let ratio = |numerator: u128, denominator: u128| Ratio {
            numerator: u64::try_from(numerator).unwrap_or(u64::MAX),
            denominator: u64::try_from(denominator).unwrap_or(u64::MAX),
        };
        Figures {
            entries: ratio(realised.into(), all.entries.into()),
            rows: ratio(self.shared_rows, all.rows),
            bytes: ratio(self.shared_bytes, all.bytes),
            not_shared: self.entries(Contribution::NotShared),
            other_level: self.entries(Contribution::OtherLevel),
        }
    }
}
