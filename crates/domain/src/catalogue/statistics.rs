//! Statistics of a catalogue: numbers of entries and their measured volume by dimension, as a fold
//! in exact integers.
//!
//! Entries of every class count, except withdrawn ones. In each [`Dimension`] an entry counts once,
//! except in that of formats, where it counts once for each of its kinds: only there the counts may
//! add up to more than the total.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chengji_messages::{Message, msg};
use jiff::Timestamp;

use super::freshness::{Freshness, Source};
use super::terms::vocabulary;
use super::{AdministrativeLevel, Duty, FormatKind, ShareClass, ShareManner, UpdateCycle};
use crate::rate::Ratio;
use crate::uscc::Uscc;

vocabulary! {
    /// A dimension of the statistics.
    Dimension {
        /// The department that owns the entry.
        Department = "部门", "department", DimensionDepartment;
        /// The share class.
        Class = "共享类型", "class", DimensionClass;
        /// The administrative level.
        Level = "行政层级", "level", DimensionLevel;
        /// The share manner.
        Manner = "共享方式", "manner", DimensionManner;
        /// The update cycle.
        Cycle = "更新周期", "cycle", DimensionCycle;
        /// The kinds of formats.
        Format = "格式", "format", DimensionFormat;
        /// The security level.
        Security = "安全级别", "security", DimensionSecurity;
        /// Open to the public or not.
        Open = "是否开放", "open", DimensionOpen;
        /// The freshness of the mount, for entries that are to be shared.
        Freshness = "数据时效", "freshness", DimensionFreshness;
    }
}

/// The counted features of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Features {
    /// The department's code.
    pub provider_code: Uscc,
    /// The department's name in the entry.
    pub provider: String,
    /// Share class.
    pub class: ShareClass,
    /// Share manner; `None` for class 3.
    pub manner: Option<ShareManner>,
    /// Administrative level.
    pub level: AdministrativeLevel,
    /// Update cycle.
    pub cycle: UpdateCycle,
    /// The kinds of its formats; a repeated kind counts once.
    pub formats: Vec<FormatKind>,
    /// True if it is open to the public.
    pub open: bool,
    /// Security level, 1 to 4.
    pub security_level: u8,
    /// The mounted source; assumed to exist if it was not checked.
    pub source: Source,
    /// Measured rows; 0 if they were not counted.
    pub rows: u64,
    /// Measured bytes.
    pub bytes: u64,
}

impl Features {
    /// Returns the value in each dimension, one for each kind of format, with the freshness until
    /// [`Self::stale_after`].
    pub fn values(&self) -> Vec<Value> {
        let measured = match self.source {
            Source::There(Some(history)) => history.measured,
            _ => Timestamp::MIN,
        };
        let freshness = self
            .is_to_be_shared()
            .then(|| Freshness::of(self.cycle, self.source, measured));
        let mut formats = self.formats.clone();
        formats.sort_unstable();
        formats.dedup();
        let mut values = vec![
            Value::Department(self.provider_code, self.provider.clone()),
            Value::Class(self.class),
            Value::Level(self.level),
            Value::Manner(self.manner),
            Value::Cycle(self.cycle),
            Value::Security(self.security_level),
            Value::Open(self.open),
            Value::Freshness(freshness),
        ];
        values.extend(formats.into_iter().map(Value::Format));
        values
    }

    /// Returns the last moment before the entry is stale; `None` if it does not become stale by the passing of time.
    pub fn stale_after(&self) -> Option<Timestamp> {
        match self.source {
            Source::There(Some(history)) if self.is_to_be_shared() => {
                Some(Freshness::stale_after(self.cycle, history))
            }
            _ => None,
        }
    }

    fn is_to_be_shared(&self) -> bool {
        Duty::of(self.class, self.level).is_to_be_shared()
    }
}

/// A value of a dimension. Values are listed in this order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// A department by code and name; if its entries give several names, there are several values.
    Department(Uscc, String),
    /// A share class.
    Class(ShareClass),
    /// An administrative level.
    Level(AdministrativeLevel),
    /// A share manner; `None` for entries that are not shared.
    Manner(Option<ShareManner>),
    /// An update cycle.
    Cycle(UpdateCycle),
    /// A kind of format.
    Format(FormatKind),
    /// A security level, 1 to 4.
    Security(u8),
    /// True for entries open to the public.
    Open(bool),
    /// A freshness; `None` for an entry that is not to be shared, to which nothing is to be
    /// mounted.
    Freshness(Option<Freshness>),
}

impl Value {
    /// Returns its dimension.
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

    /// Returns the value for programs: a department's code, a number, or the term in English.
    pub fn text(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Department(code, _) => return code.to_string().into(),
            Self::Class(class) => class.en(),
            Self::Level(level) => level.en(),
            Self::Manner(manner) => manner.map_or("none", ShareManner::en),
            Self::Cycle(cycle) => cycle.en(),
            Self::Format(kind) => kind.en(),
            Self::Security(level) => return level.to_string().into(),
            Self::Open(true) => "open",
            Self::Open(false) => "not open",
            Self::Freshness(freshness) => freshness.map_or("not-shared", Freshness::en),
        })
    }

    /// Returns the name of a department in its entries; empty for other values.
    pub fn name(&self) -> &str {
        match self {
            Self::Department(_, name) => name,
            _ => "",
        }
    }

    /// Makes a value of its dimension, [`Self::text`] and [`Self::name`]; `None` if there is no such value.
    pub fn read(dimension: Dimension, text: &str, name: String) -> Option<Self> {
        Some(match dimension {
            Dimension::Department => Self::Department(text.parse().ok()?, name),
            Dimension::Class => Self::Class(ShareClass::from_term(text)?),
            Dimension::Level => Self::Level(AdministrativeLevel::from_term(text)?),
            Dimension::Manner if text == "none" => Self::Manner(None),
            Dimension::Manner => Self::Manner(Some(ShareManner::from_term(text)?)),
            Dimension::Cycle => Self::Cycle(UpdateCycle::from_term(text)?),
            Dimension::Format => Self::Format(FormatKind::from_term(text)?),
            Dimension::Security => Self::Security(text.parse().ok()?),
            Dimension::Open => Self::Open(text == "open"),
            Dimension::Freshness if text == "not-shared" => Self::Freshness(None),
            Dimension::Freshness => Self::Freshness(Some(Freshness::from_term(text)?)),
        })
    }

    /// The value for people: a department's name, or the label.
    pub fn label(&self) -> Message {
        match self {
            Self::Department(_, name) => msg::Text { text: name }.into(),
            Self::Class(class) => class.label(),
            Self::Level(level) => level.label(),
            Self::Manner(None) => msg::StatisticsNoManner.into(),
            Self::Manner(Some(manner)) => manner.label(),
            Self::Cycle(cycle) => cycle.label(),
            Self::Format(kind) => kind.label(),
            Self::Security(level) => msg::StatisticsSecurityLevel { level: *level }.into(),
            Self::Open(true) => msg::StatisticsOpen.into(),
            Self::Open(false) => msg::StatisticsNotOpen.into(),
            Self::Freshness(None) => msg::TermShareClassNotShared.into(),
            Self::Freshness(Some(freshness)) => freshness.label(),
        }
    }
}

/// Numbers of entries, rows and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Number of entries.
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
    /// Starts empty, with freshness as of this time.
    pub fn new(at: Timestamp) -> Self {
        Self {
            at,
            total: Tally::default(),
            tallies: BTreeMap::new(),
        }
    }

    /// Makes statistics of tallies counted elsewhere, with freshness as of this time.
    pub fn of_tallies(
        at: Timestamp,
        total: Tally,
        tallies: impl IntoIterator<Item = (Value, Tally)>,
    ) -> Self {
        let counted = tallies.into_iter().filter(|(_, tally)| tally.entries > 0);
        Self {
            at,
            total,
            tallies: counted.collect(),
        }
    }

    /// Counts an entry.
    pub fn count(&mut self, features: &Features) {
        let is_stale = features.stale_after().is_some_and(|until| self.at > until);
        let volume = (features.rows, features.bytes);
        self.total.add(volume);
        for value in features.values() {
            let value = match value {
                Value::Freshness(_) if is_stale => Value::Freshness(Some(Freshness::Stale)),
                value => value,
            };
            self.tallies.entry(value).or_default().add(volume);
        }
    }

    /// Returns the time to which freshness refers.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Returns the tally of all entries.
    pub fn total(&self) -> Tally {
        self.total
    }

    /// Returns the tally of each value of a dimension that occurs, in their order.
    pub fn of(&self, dimension: Dimension) -> impl Iterator<Item = (&Value, Tally)> {
        self.tallies
            .iter()
            .filter(move |(value, _)| value.dimension() == dimension)
            .map(|(value, tally)| (value, *tally))
    }

    /// Returns a tally's percentage of all entries, with two decimals, rounded half up; "n/a" if
    /// there are no entries.
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
