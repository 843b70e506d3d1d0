//! Probes (抽查) of unconditional data: supervision ordered by the coordinator (Order 809, art. 29). Another city reads what
//! the provider delivers, counts it, compares it with what the provider has declared, and discards it. A probe is not a use
//! of the data and needs no grant; nor does its outcome permit anything, or count in any formula.

mod choice;

use std::collections::BTreeSet;

use chengji_messages::{Message, msg};
use jiff::Timestamp;
use jiff::civil::Date;

pub use self::choice::{declaration, is_due, order_of_turns, prober};
use crate::city::CityCode;
use crate::digest::Digest;
use crate::measurement::Measurement;
use crate::origin::Origin;
use crate::problem::Problem;
use crate::resource::ResourceCode;
use crate::table::TableShape;

/// A provider's declaration of an entry: its revision, and the measurement of the mounted file or table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// The published revision.
    pub revision: u32,
    /// The measurement.
    pub measurement: Measurement,
}

/// The form in which a mounted table is sent to be probed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbedTable {
    /// The columns that it had when it was mounted.
    pub shape: TableShape,
    /// Size of the stream of its rows, bytes.
    pub stream_bytes: u64,
}

/// The order of a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeOrder {
    /// The provider.
    pub provider: CityCode,
    /// The entry.
    pub code: ResourceCode,
    /// The city that makes the probe.
    pub prober: CityCode,
    /// The last day for it, in China time.
    pub until: Date,
    /// The declaration in the provider's log at the time of the order.
    pub declared: Declaration,
}

/// The content that a prober has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbeRead {
    /// Revision of the entry, as the provider announced it.
    pub revision: u32,
    /// Number of bytes: of a table, the total length of its values.
    pub bytes: u64,
    /// Number of rows without the header; `None` if the provider declares no rows.
    pub rows: Option<u64>,
    /// Digest of the content, as of a measurement.
    pub digest: Digest,
}

/// A difference between the content that was read and what the provider declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProbeDifference {
    /// The provider announced a measurement that its log did not have, and that is not later than the one it had.
    Declaration,
    /// The number of bytes.
    Bytes,
    /// The number of rows.
    Rows,
    /// The content.
    Content,
}

impl ProbeDifference {
    /// All differences.
    pub const ALL: [Self; 4] = [Self::Declaration, Self::Bytes, Self::Rows, Self::Content];

    /// Returns the difference for people.
    pub fn label(self) -> Message {
        match self {
            Self::Declaration => msg::ProbeDifferenceDeclaration.into(),
            Self::Bytes => msg::ProbeDifferenceBytes.into(),
            Self::Rows => msg::ProbeDifferenceRows.into(),
            Self::Content => msg::ProbeDifferenceContent.into(),
        }
    }
}

/// The outcome of a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeOutcome {
    /// The content was read completely, and is as the provider declares.
    Matched(ProbeRead),
    /// The content was read, and is not as the provider declares.
    Differed {
        /// The content.
        read: ProbeRead,
        /// The differences; not empty.
        differences: BTreeSet<ProbeDifference>,
    },
    /// The content could not be read in time; the last reason.
    Unreadable(Problem),
}

impl ProbeOutcome {
    /// Compares what was read with what the provider announced, and the announcement with what its log declared when the
    /// probe was ordered. For data that was updated since, the announced measurement is later.
    pub fn of(declared: &Declaration, announced: &Declaration, read: ProbeRead) -> Self {
        let (before, now) = (&declared.measurement, &announced.measurement);
        let is_same =
            (before.bytes, before.rows, before.digest) == (now.bytes, now.rows, now.digest);
        let differs = |difference: &ProbeDifference| match difference {
            ProbeDifference::Declaration => !is_same && now.at <= before.at,
            ProbeDifference::Bytes => read.bytes != now.bytes,
            ProbeDifference::Rows => read.rows != now.rows,
            ProbeDifference::Content => read.digest != now.digest,
        };
        let differences: BTreeSet<_> = ProbeDifference::ALL.into_iter().filter(differs).collect();
        match differences.is_empty() {
            true => Self::Matched(read),
            false => Self::Differed { read, differences },
        }
    }
}

/// A probe that was made, or could not be made in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeMade {
    /// The position of the order in the coordinator's log.
    pub number: Origin,
    /// The provider.
    pub provider: CityCode,
    /// The entry.
    pub code: ResourceCode,
    /// The outcome.
    pub outcome: ProbeOutcome,
}

/// The coordinator's note of an outcome, for the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeNote {
    /// The city that made the probe.
    pub prober: CityCode,
    /// Time of the outcome, by the prober's clock.
    pub at: Timestamp,
    /// The outcome.
    pub made: ProbeMade,
}

/// The state of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProbeState {
    /// It is ordered, and its last day is not over.
    Open,
    /// The content is as declared.
    Matched,
    /// The content is not as declared.
    Differed,
    /// The content could not be read in time.
    Unreadable,
    /// Its last day is over, and no outcome has arrived.
    NotMade,
}

impl ProbeState {
    /// All states.
    pub const ALL: [Self; 5] = [
        Self::Open,
        Self::Matched,
        Self::Differed,
        Self::Unreadable,
        Self::NotMade,
    ];

    /// Returns the state for people.
    pub fn label(self) -> Message {
        match self {
            Self::Open => msg::ProbeStateOpen.into(),
            Self::Matched => msg::ProbeStateMatched.into(),
            Self::Differed => msg::ProbeStateDiffered.into(),
            Self::Unreadable => msg::ProbeStateUnreadable.into(),
            Self::NotMade => msg::ProbeStateNotMade.into(),
        }
    }
}

/// The record of a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeRecord {
    /// The position of the order in the coordinator's log.
    pub number: Origin,
    /// Time of the order.
    pub at: Timestamp,
    /// The order.
    pub order: ProbeOrder,
    /// The outcome, and its time by the prober's clock; `None` until it arrives.
    pub made: Option<(Timestamp, ProbeOutcome)>,
}

impl ProbeRecord {
    /// Returns the state on this day.
    pub fn state(&self, today: Date) -> ProbeState {
        match &self.made {
            Some((_, ProbeOutcome::Matched(_))) => ProbeState::Matched,
            Some((_, ProbeOutcome::Differed { .. })) => ProbeState::Differed,
            Some((_, ProbeOutcome::Unreadable(_))) => ProbeState::Unreadable,
            None if today > self.order.until => ProbeState::NotMade,
            None => ProbeState::Open,
        }
    }

    /// Returns true if this outcome, from the log of `prober`, is of this probe.
    pub fn is_of(&self, made: &ProbeMade, prober: CityCode) -> bool {
        let order = &self.order;
        self.number == made.number
            && order.prober == prober
            && order.provider == made.provider
            && order.code == made.code
    }
}

#[cfg(test)]
#[path = "probe_tests.rs"]
mod tests;
