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
//!   before its close ([`close_of`]), of the cities that were members then.

mod counted;
mod cut_off;
mod seal;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

pub use self::counted::Counted;
pub use self::cut_off::{CLOSE_AFTER, close_of, next_month_end};
pub use self::seal::{Seal, SealedCity, TableVersion};
use crate::catalogue::{AdministrativeLevel, Duty, Entry, ShareClass, UpdateCycle, Volume};
use crate::city::CityCode;
use crate::digest::Digest;
use crate::fact::{Delivery, Measurement};
use crate::request::{CLOCK_ALLOWANCE, RequestId};
use crate::resource::{ResourceCode, ResourceRef};

/// Identifier of the indicator and version of the formula above. A changed formula is another
/// version.
pub const FORMULA: &str = "L5P1-A1/2";

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
}

impl RateAttributes {
    fn of(entry: &Entry) -> Self {
        Self {
            share_class: entry.share_class(),
            level: entry.level,
            update_cycle: entry.update_cycle,
            declared: entry.declared,
        }
    }
}

/// The data of one entry from its own city's log, up to some time. Its size does not depend on the
/// entry's texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RatedEntry {
    /// Attributes of the revision that counts.
    pub attributes: RateAttributes,
    /// The position of that revision in the city's log.
    pub published_seq: u64,
    /// True if it was withdrawn.
    pub withdrawn: bool,
    /// True if a source is mounted.
    pub mounted: bool,
    /// The last measurement of the mounted source, and its position.
    pub measured: Option<(Measurement, u64)>,
    /// Digests of all its measurements.
    known: BTreeSet<Digest>,
}

/// A reading of a resource by another city.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrossCityRead {
    /// The reading city.
    pub by: CityCode,
    /// The position of its receipt in its own log.
    pub seq: u64,
    /// Time of the reading, by the reading city's clock.
    pub at: Timestamp,
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
    /// Returns true if it counts in the denominator.
    pub fn ought_to_be_shared(self) -> bool {
        match self {
            Self::Realised | Self::NotMounted | Self::NotMeasured | Self::NotRead => true,
            Self::NotShared | Self::OtherLevel | Self::Withdrawn => false,
        }
    }
}

impl RatedEntry {
    fn new(attributes: RateAttributes, published_seq: u64) -> Self {
        Self {
            attributes,
            published_seq,
            withdrawn: false,
            mounted: false,
            measured: None,
            known: BTreeSet::new(),
        }
    }

    /// Returns the counted rows and bytes, and true if they were measured.
    pub fn volume(&self) -> (u64, u64, bool) {
        match &self.measured {
            Some((measured, _)) => (measured.rows.unwrap_or(0), measured.bytes, true),
            None => {
                let declared = self.attributes.declared;
                (
                    declared.rows.unwrap_or(0),
                    declared.bytes.unwrap_or(0),
                    false,
                )
            }
        }
    }

    fn contribution(&self, read: Option<&CrossCityRead>, at: Timestamp) -> Contribution {
        let cycle = SignedDuration::from_hours(24 * i64::from(self.attributes.update_cycle.days()));
        let since = at.checked_sub(cycle).unwrap_or(Timestamp::MIN);
        if self.withdrawn {
            return Contribution::Withdrawn;
        }
        match Duty::of(self.attributes.share_class, self.attributes.level) {
            Duty::NotShared => return Contribution::NotShared,
            Duty::OtherLevel => return Contribution::OtherLevel,
            Duty::Counted => {}
        }
        if !self.mounted {
            Contribution::NotMounted
        } else if self
            .measured
            .is_none_or(|(measurement, _)| measurement.at < since || is_ahead(measurement.at, at))
        {
            Contribution::NotMeasured
        } else if read.is_none_or(|read| read.at < since) {
            Contribution::NotRead
        } else {
            Contribution::Realised
        }
    }
}

/// An entry with its contribution and the evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence<'a> {
    /// The entry's code.
    pub code: &'a ResourceCode,
    /// The data from its own city's log.
    pub account: &'a RatedEntry,
    /// The last reading by another city.
    pub read: Option<CrossCityRead>,
    /// The contribution of the entry.
    pub contribution: Contribution,
}

/// The fold of the cities' logs. Facts of one city must be applied in the order of its log; the
/// interleaving of different cities' logs does not matter.
#[derive(Clone, Debug, Default)]
pub struct Fold {
    accounts: BTreeMap<CityCode, BTreeMap<ResourceCode, RatedEntry>>,
    /// Deliveries recorded by providers.
    sent: BTreeMap<ResourceRef, BTreeSet<Sent>>,
    /// Receipts recorded by consumers.
    received: BTreeMap<ResourceRef, BTreeMap<Sent, CrossCityRead>>,
}

/// The part of a delivery that both sides must agree on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Sent {
    request: RequestId,
    revision: u32,
    bytes: u64,
    digest: Digest,
}

impl From<&Delivery> for Sent {
    fn from(delivery: &Delivery) -> Self {
        let Delivery {
            request,
            revision,
            bytes,
            digest,
            ..
        } = delivery;
        Self {
            request: *request,
            revision: *revision,
            bytes: *bytes,
            digest: *digest,
        }
    }
}

impl Fold {
    /// Makes an empty fold.
    pub fn new() -> Self {
        Self::default()
    }

    /// Applies the counted part of the next fact of `city`'s log, with position `seq` and time
    /// `at`.
    pub fn apply(&mut self, city: CityCode, seq: u64, at: Timestamp, fact: Counted) {
        match fact {
            Counted::Published { code, attributes } => self.publish(city, seq, code, attributes),
            Counted::Withdrawn(code) => {
                self.change(city, &code, |account| account.withdrawn = true);
            }
            Counted::Mounted(code) => self.change(city, &code, |account| {
                account.mounted = true;
                account.measured = None;
            }),
            Counted::Unmounted(code) => self.change(city, &code, |account| {
                account.mounted = false;
                account.measured = None;
            }),
            Counted::Measured { code, measurement } => self.change(city, &code, |account| {
                account.measured = Some((measurement, seq));
                account.known.insert(measurement.digest);
            }),
            Counted::Delivered { delivery, consumer } => {
                if consumer == delivery.request.city {
                    let sent = self.sent.entry(delivery.resource(city)).or_default();
                    sent.insert((&delivery).into());
                }
            }
            Counted::Received { delivery, provider } => {
                if provider != city && delivery.request.city == city {
                    let resource = delivery.resource(provider);
                    let received = self.received.entry(resource).or_default();
                    received.insert((&delivery).into(), CrossCityRead { by: city, seq, at });
                }
            }
        }
    }

    /// Removes all data of a city's log, before it is read again from its beginning.
    pub fn forget(&mut self, city: CityCode) {
        self.accounts.remove(&city);
        self.sent.retain(|resource, _| resource.city != city);
        self.received.retain(|_, received| {
            received.retain(|_, read| read.by != city);
            !received.is_empty()
        });
    }

    /// Adds the fold of a city's log that is not in this one.
    pub fn join(&mut self, other: Self) {
        self.accounts.extend(other.accounts);
        self.sent.extend(other.sent);
        for (resource, received) in other.received {
            self.received.entry(resource).or_default().extend(received);
        }
    }

    /// Returns every entry of one city with its contribution at the cut-off, ordered by code.
    pub fn evidence(&self, city: CityCode, at: Timestamp) -> impl Iterator<Item = Evidence<'_>> {
        let accounts = self.accounts.get(&city).into_iter().flatten();
        accounts.map(move |(code, account)| {
            let read = self.latest_read(city, code, account, at);
            let contribution = account.contribution(read.as_ref(), at);
            Evidence {
                code,
                account,
                read,
                contribution,
            }
        })
    }

    /// Returns the number of entries of one city, withdrawn ones included.
    pub fn entries(&self, city: CityCode) -> usize {
        self.accounts.get(&city).map_or(0, BTreeMap::len)
    }

    /// Returns one city's figures at the cut-off.
    pub fn figures(&self, city: CityCode, at: Timestamp) -> Figures {
        let mut figures = Figures::default();
        for evidence in self.evidence(city, at) {
            figures.count(&evidence);
        }
        figures
    }

    fn publish(
        &mut self,
        city: CityCode,
        seq: u64,
        code: ResourceCode,
        attributes: RateAttributes,
    ) {
        let account = self
            .accounts
            .entry(city)
            .or_default()
            .entry(code)
            .or_insert_with(|| RatedEntry::new(attributes, seq));
        account.attributes = attributes;
        account.published_seq = seq;
        account.withdrawn = false;
    }

    fn change(
        &mut self,
        city: CityCode,
        code: &ResourceCode,
        change: impl FnOnce(&mut RatedEntry),
    ) {
        let accounts = self.accounts.get_mut(&city);
        if let Some(account) = accounts.and_then(|accounts| accounts.get_mut(code)) {
            change(account);
        }
    }

    /// Returns the last reading up to this time on which both sides agree, of content that the node
    /// has measured.
    fn latest_read(
        &self,
        city: CityCode,
        code: &ResourceCode,
        account: &RatedEntry,
        at: Timestamp,
    ) -> Option<CrossCityRead> {
        let resource = ResourceRef {
            city,
            code: code.clone(),
        };
        let sent = self.sent.get(&resource)?;
        self.received
            .get(&resource)?
            .iter()
            .filter(|(what, _)| sent.contains(what) && account.known.contains(&what.digest))
            .map(|(_, read)| *read)
            .filter(|read| !is_ahead(read.at, at))
            .max_by_key(|read| (read.at, read.by, read.seq))
    }
}

/// Returns true if a date is later than the time of the figures by more than the allowance for
/// clocks.
fn is_ahead(dated: Timestamp, at: Timestamp) -> bool {
    dated.duration_since(at) > CLOCK_ALLOWANCE
}

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
    fn count(&mut self, evidence: &Evidence<'_>) {
        match evidence.contribution {
            Contribution::NotShared => self.not_shared += 1,
            Contribution::OtherLevel => self.other_level += 1,
            Contribution::Withdrawn => {}
            contribution => {
                let (rows, bytes, _) = evidence.account.volume();
                let realised = contribution == Contribution::Realised;
                self.entries.count(1, realised);
                self.rows.count(rows, realised);
                self.bytes.count(bytes, realised);
            }
        }
    }

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

/// A ratio of shared to shareable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ratio {
    /// Shared in fact.
    pub numerator: u64,
    /// To be shared.
    pub denominator: u64,
}

impl Ratio {
    fn count(&mut self, volume: u64, realised: bool) {
        self.denominator = self.denominator.saturating_add(volume);
        if realised {
            self.numerator = self.numerator.saturating_add(volume);
        }
    }

    fn plus(self, other: Self) -> Self {
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

#[cfg(test)]
#[path = "rate_tests.rs"]
mod rate_tests;
