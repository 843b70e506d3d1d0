//! Statistics of a catalogue: how many entries there are of what, and what was measured of them, as
//! a fold in exact integers.
//!
//! Entries of every class count, withdrawn ones do not. In each [`Dimension`] an entry counts once,
//! but for formats, where it counts for each kind that it has: only there the counts may add up to
//! more than the total.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::freshness::{Freshness, Source};
use super::terms::vocabulary;
use super::{AdministrativeLevel, Duty, FormatKind, ShareClass, ShareManner, UpdateCycle};
use crate::rate::Ratio;
use crate::uscc::Uscc;

vocabulary! {
    /// What entries are told apart by.
    Dimension {
        /// The department that owns them.
        Department = "部门", "department";
        /// Their share class.
        Class = "共享类型", "class";
        /// Their administrative level.
        Level = "行政层级", "level";
        /// How they are shared.
        Manner = "共享方式", "manner";
        /// How often they are updated.
        Cycle = "更新周期", "cycle";
        /// The kinds of their formats.
        Format = "格式", "format";
        /// Their security level.
        Security = "安全级别", "security";
        /// Whether they are open to the public.
        Open = "是否开放", "open";
        /// How fresh what is mounted is, of the entries that are to be shared.
        Freshness = "数据时效", "freshness";
    }
}

/// What of an entry counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Features {
    /// The department's code.
    pub provider_code: Uscc,
    /// The department's name, as the entry has it.
    pub provider: String,
    /// Share class.
    pub class: ShareClass,
    /// Share manner; none for class 3.
    pub manner: Option<ShareManner>,
    /// Administrative level.
    pub level: AdministrativeLevel,
    /// Update cycle.
    pub cycle: UpdateCycle,
    /// The kinds of its formats; one that is named twice counts once.
    pub formats: Vec<FormatKind>,
    /// Whether it is open to the public.
    pub open: bool,
    /// Security level, 1 to 4.
    pub security_level: u8,
    /// What is mounted; where it was not looked for, it counts as there.
    pub source: Source,
    /// Measured rows; 0 where there are none to count.
    pub rows: u64,
    /// Measured bytes.
    pub bytes: u64,
}

/// A value of a dimension. The order is that in which values are told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// A department: its code, and its name; where its entries name it in several ways, these are
    /// several values.
    Department(Uscc, String),
    /// A share class.
    Class(ShareClass),
    /// An administrative level.
    Level(AdministrativeLevel),
    /// A share manner, or that there is none.
    Manner(Option<ShareManner>),
    /// An update cycle.
    Cycle(UpdateCycle),
    /// A kind of format.
    Format(FormatKind),
    /// A security level, 1 to 4.
    Security(u8),
    /// Whether it is open to the public.
    Open(bool),
    /// A freshness; none for an entry that is not to be shared, to which nothing is to be mounted.
    Freshness(Option<Freshness>),
}

impl Value {
    /// What it is a value of.
    pub fn dimension(&self) -> Dimension {
        match self {
            Self::Department(..) => Dimension::Department,
            Self::Class(_) => Dimension::Class,
            Self::Level(_) => Dimension::Level,
            Self::Manner(_) => Dimension::Manner,
            Self::Cycle(_) => Dimension::Cycle,
            Self::Format(_) => Dimension::Format,
            Self::Security(_) => Dimension::Security,
            Self::Open(_) => Dimension::Open,
            Self::Freshness(_) => Dimension::Freshness,
        }
    }

    /// The value for programs: a department's code, a number, or the term in English.
    pub fn text(&self) -> String {
        match self {
            Self::Department(code, _) => code.to_string(),
            Self::Class(class) => class.en().to_owned(),
            Self::Level(level) => level.en().to_owned(),
            Self::Manner(manner) => manner.map_or("none", ShareManner::en).to_owned(),
            Self::Cycle(cycle) => cycle.en().to_owned(),
            Self::Format(kind) => kind.en().to_owned(),
            Self::Security(level) => level.to_string(),
            Self::Open(open) => if *open { "open" } else { "not open" }.to_owned(),
            Self::Freshness(freshness) => freshness.map_or("not-shared", Freshness::en).to_owned(),
        }
    }

    /// The value in Chinese: a department's name, or the term.
    pub fn zh(&self) -> String {
        match self {
            Self::Department(_, name) => name.clone(),
            Self::Class(class) => class.zh().to_owned(),
            Self::Level(level) => level.zh().to_owned(),
            Self::Manner(manner) => manner.map_or("无", ShareManner::zh).to_owned(),
            Self::Cycle(cycle) => cycle.zh().to_owned(),
            Self::Format(kind) => kind.zh().to_owned(),
            Self::Security(level) => format!("{level}级"),
            Self::Open(open) => if *open { "开放" } else { "不开放" }.to_owned(),
            Self::Freshness(freshness) => freshness.map_or("不予共享", Freshness::zh).to_owned(),
        }
    }
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Entries.
    pub entries: u64,
    /// Measured rows.
    pub rows: u64,
    /// Measured bytes.
    pub bytes: u64,
}

impl Tally {
    fn add(&mut self, (rows, bytes): (u64, u64)) {
        self.entries += 1;
        self.rows = self.rows.saturating_add(rows);
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

/// The fold: a total, and a tally for each value that occurs.
#[derive(Clone, Debug)]
pub struct Statistics {
    at: Timestamp,
    total: Tally,
    tallies: BTreeMap<Value, Tally>,
}

impl Statistics {
    /// Of nothing yet, with freshness as it is at this time.
    pub fn new(at: Timestamp) -> Self {
        Self {
            at,
            total: Tally::default(),
            tallies: BTreeMap::new(),
        }
    }

    /// Counts an entry.
    pub fn count(&mut self, features: Features) {
        let freshness = Duty::of(features.class, features.level)
            .is_to_be_shared()
            .then(|| Freshness::of(features.cycle, features.source, self.at));
        let volume = (features.rows, features.bytes);
        let mut formats = features.formats;
        formats.sort_unstable();
        formats.dedup();
        let values = [
            Value::Department(features.provider_code, features.provider),
            Value::Class(features.class),
            Value::Level(features.level),
            Value::Manner(features.manner),
            Value::Cycle(features.cycle),
            Value::Security(features.security_level),
            Value::Open(features.open),
            Value::Freshness(freshness),
        ];
        self.total.add(volume);
        for value in values
            .into_iter()
            .chain(formats.into_iter().map(Value::Format))
        {
            self.tallies.entry(value).or_default().add(volume);
        }
    }

    /// The time of the freshness.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// All entries.
    pub fn total(&self) -> Tally {
        self.total
    }

    /// What there is of each value of a dimension that occurs, in their order.
    pub fn of(&self, dimension: Dimension) -> impl Iterator<Item = (&Value, Tally)> {
        self.tallies
            .iter()
            .filter(move |(value, _)| value.dimension() == dimension)
            .map(|(value, tally)| (value, *tally))
    }

    /// A tally's share of all entries in percent, with two decimals, rounded half up; "n/a" where
    /// there is no entry at all.
    pub fn percent(&self, tally: Tally) -> String {
        let ratio = Ratio {
            numerator: tally.entries,
            denominator: self.total.entries,
        };
        ratio.score()
    }
}

#[cfg(test)]
#[path = "statistics_tests.rs"]
mod tests;
