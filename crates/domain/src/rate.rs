//! The sharing rate, indicator L5P1-A1, as a fold over the cities' logs in exact integers.
//!
//! `score = realised ÷ ought to be shared × 100`, side by side in entries, rows and bytes.
//!
//! - *Ought to be shared*: published, not withdrawn, class 1 or 2, of the municipal level. (Secret
//!   entries never enter the exchange.)
//! - *Realised*: ought to be shared, is mounted, was measured by its node within the entry's update
//!   cycle before the cut-off, and was read by another city within that time: that city's receipt and
//!   the provider's record of the delivery name the same request, size and digest, and the digest is
//!   that of a measurement.
//! - The volume is the measured one; before the first measurement, the declared one.
//! - Entries dated later than the time of the figures do not count, whatever the city's clock showed.
//! - *At a cut-off*: the log entries count that are dated up to it and had arrived at the coordinator
//!   before its close ([`close_of`]), of the cities that were members then, by the formula in force then
//!   ([`Formulas`]).
//!
//! That is [`Formula::WholeContent`]. By [`Formula::WidestRead`]
//!
//! - an entry is realised by the complete read of a granted part of a table as well: the digest is that of
//!   the part, which no measurement has, and both sides name the same number of rows;
//! - rows and bytes are realised as far as the widest read within the update cycle covered them: all that was
//!   measured if its digest is that of a measurement, and else the rows and bytes of the read, at most those
//!   that were measured;
//! - an interface counts in entries only.

mod chunks;
mod city_fold;
mod counted;
mod cut_off;
mod delivered;
mod figures;
mod fold;
mod formula;
mod lost;
mod rated_entry;
mod reads;
#[cfg(test)]
mod replay;
mod rows;
mod seal;
mod series;
mod settled;
mod span;
mod validity;

use jiff::Timestamp;

pub use self::city_fold::CityFold;
pub use self::counted::Counted;
pub use self::cut_off::{CLOSE_AFTER, close_of, month_end, next_month_end};
pub use self::figures::{Figures, Ratio, Unit};
pub use self::fold::Fold;
pub use self::formula::{Formula, FormulaAdoption, Formulas, RecordedAdoption};
pub use self::lost::LostEntries;
pub use self::rows::{FoldRow, MeasuredRow, RatedEntryRow};
pub use self::seal::{Seal, SealedCity, TableVersion};
pub use self::series::{SeriesInterval, cut_offs};
pub use self::settled::{SettledFold, SettledFolds};
use crate::catalogue::{AdministrativeLevel, Entry, ShareClass, ShareManner, UpdateCycle, Volume};
use crate::city::CityCode;
use crate::resource::ResourceCode;

/// The version of [`FoldRow`]s: the identifier of the newest formula that they suffice for.
pub const ROWS: &str = "L5P1-A1/3";

/// The attributes of an entry that the rate depends on. The entry itself is kept in the copy of its
/// city's log only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateAttributes {
    /// Its share class.
    pub share_class: ShareClass,
    /// Its administrative level.
    pub level: AdministrativeLevel,
    /// Its update cycle.
    pub update_cycle: UpdateCycle,
    /// The volume that it declares.
    pub declared: Volume,
    /// True if it is shared as an interface. Entries that were published by earlier versions of a node do not say so.
    pub is_interface: bool,
}

impl RateAttributes {
    fn of(entry: &Entry) -> Self {
        Self {
            share_class: entry.share_class(),
            level: entry.level,
            update_cycle: entry.update_cycle,
            declared: entry.declared,
            is_interface: entry.share_manner() == Some(ShareManner::Interface),
        }
    }
}

/// A reading of a resource by another city.
///
/// Reads are ordered by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CrossCityRead {
    /// Time of the reading, by the reading city's clock.
    pub at: Timestamp,
    /// The reading city.
    pub by: CityCode,
    /// The position of its receipt in its own log.
    pub seq: u64,
}

/// The contribution of an entry to the figures of a cut-off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Contribution {
    /// Counts in numerator and denominator.
    Realised,
    /// Counts in the denominator only: nothing is mounted.
    NotMounted,
    /// Counts in the denominator only: not measured within the update cycle.
    NotMeasured,
    /// Counts in the denominator only: not read by another city within the update cycle.
    NotRead,
    /// Does not count: class 3.
    NotShared,
    /// Does not count: not municipal.
    OtherLevel,
    /// Does not count: withdrawn.
    Withdrawn,
}

impl Contribution {
    /// All contributions.
    pub const ALL: [Self; 7] = [
        Self::Realised,
        Self::NotMounted,
        Self::NotMeasured,
        Self::NotRead,
        Self::NotShared,
        Self::OtherLevel,
        Self::Withdrawn,
    ];

    /// Returns true if it counts in the denominator.
    pub fn ought_to_be_shared(self) -> bool {
        match self {
            Self::Realised | Self::NotMounted | Self::NotMeasured | Self::NotRead => true,
            Self::NotShared | Self::OtherLevel | Self::Withdrawn => false,
        }
    }
}

/// An entry with its contribution and the evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The entry's code.
    pub code: ResourceCode,
    /// Its share class.
    pub share_class: ShareClass,
    /// The counted rows: as measured or, before the first measurement, as declared.
    pub rows: u64,
    /// The counted bytes, likewise.
    pub bytes: u64,
    /// The part of the counted rows that is shared in fact.
    pub shared_rows: u64,
    /// The part of the counted bytes that is shared in fact.
    pub shared_bytes: u64,
    /// The position in the city's log of the revision that counts.
    pub published_seq: u64,
    /// The position of the last measurement of the mounted source.
    pub measured_seq: Option<u64>,
    /// The read by another city that counts: the last one or, by [`Formula::WidestRead`], the widest one within the update
    /// cycle, and the last one if there is none within it.
    pub read: Option<CrossCityRead>,
    /// The contribution of the entry.
    pub contribution: Contribution,
}

#[cfg(test)]
#[path = "rate_tests.rs"]
mod rate_tests;

#[cfg(test)]
#[path = "rate/fold_tests.rs"]
mod fold_tests;
