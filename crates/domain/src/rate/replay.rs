//! The plain replay: applies facts to maps and computes everything when it is asked for. The incremental fold
//! must give the same.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::{Contribution, Counted, CrossCityRead, Evidence, Figures, RateAttributes, Ratio};
use crate::catalogue::Duty;
use crate::city::CityCode;
use crate::digest::Digest;
use crate::fact::{Delivery, Measurement};
use crate::request::{CLOCK_ALLOWANCE, RequestId};
use crate::resource::{ResourceCode, ResourceRef};

/// The data of one entry from its own city's log, up to some time. Its size does not depend on the
/// entry's texts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct RatedEntry {
    /// Attributes of the revision that counts.
    attributes: RateAttributes,
    /// The position of that revision in the city's log.
    published_seq: u64,
    /// True if it was withdrawn.
    withdrawn: bool,
    /// True if a source is mounted.
    mounted: bool,
    /// The last measurement of the mounted source, and its position.
    measured: Option<(Measurement, u64)>,
    /// Digests of all its measurements.
    known: BTreeSet<Digest>,
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

    fn volume(&self) -> (u64, u64) {
        match &self.measured {
            Some((measured, _)) => (measured.rows.unwrap_or(0), measured.bytes),
            None => {
                let declared = self.attributes.declared;
                (declared.rows.unwrap_or(0), declared.bytes.unwrap_or(0))
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

/// The fold of the cities' logs. Facts of one city must be applied in the order of its log; the
/// interleaving of different cities' logs does not matter.
#[derive(Clone, Debug, Default)]
pub(super) struct Replay {
    entries: BTreeMap<CityCode, BTreeMap<ResourceCode, RatedEntry>>,
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

impl Replay {
    /// Makes an empty fold.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Applies the counted part of the next fact of `city`'s log, with position `seq` and time
    /// `at`.
    pub(super) fn apply(&mut self, city: CityCode, seq: u64, at: Timestamp, fact: Counted) {
        match fact {
            Counted::Published { code, attributes } => self.publish(city, seq, code, attributes),
            Counted::Withdrawn(code) => {
                self.change(city, &code, |entry| entry.withdrawn = true);
            }
            Counted::Mounted(code) => self.change(city, &code, |entry| {
                entry.mounted = true;
                entry.measured = None;
            }),
            Counted::Unmounted(code) => self.change(city, &code, |entry| {
                entry.mounted = false;
                entry.measured = None;
            }),
            Counted::Measured { code, measurement } => self.change(city, &code, |entry| {
                entry.measured = Some((measurement, seq));
                entry.known.insert(measurement.digest);
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
    pub(super) fn forget(&mut self, city: CityCode) {
        self.entries.remove(&city);
        self.sent.retain(|resource, _| resource.city != city);
        self.received.retain(|_, received| {
            received.retain(|_, read| read.by != city);
            !received.is_empty()
        });
    }

    /// Returns every entry of one city with its contribution at the cut-off, ordered by code.
    pub(super) fn evidence(&self, city: CityCode, at: Timestamp) -> Vec<Evidence> {
        let entries = self.entries.get(&city).into_iter().flatten();
        let evidence = entries.map(|(code, entry)| {
            let read = self.latest_read(city, code, entry, at);
            let (rows, bytes) = entry.volume();
            Evidence {
                code: code.clone(),
                share_class: entry.attributes.share_class,
                rows,
                bytes,
                published_seq: entry.published_seq,
                measured_seq: entry.measured.map(|(_, seq)| seq),
                read,
                contribution: entry.contribution(read.as_ref(), at),
            }
        });
        evidence.collect()
    }

    /// Returns one city's figures at the cut-off.
    pub(super) fn figures(&self, city: CityCode, at: Timestamp) -> Figures {
        let mut figures = Figures::default();
        for evidence in self.evidence(city, at) {
            count(&mut figures, &evidence);
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
        let entry = self
            .entries
            .entry(city)
            .or_default()
            .entry(code)
            .or_insert_with(|| RatedEntry::new(attributes, seq));
        entry.attributes = attributes;
        entry.published_seq = seq;
        entry.withdrawn = false;
    }

    fn change(
        &mut self,
        city: CityCode,
        code: &ResourceCode,
        change: impl FnOnce(&mut RatedEntry),
    ) {
        let entries = self.entries.get_mut(&city);
        if let Some(entry) = entries.and_then(|entries| entries.get_mut(code)) {
            change(entry);
        }
    }

    /// Returns the last reading up to this time on which both sides agree, of content that the node
    /// has measured.
    fn latest_read(
        &self,
        city: CityCode,
        code: &ResourceCode,
        entry: &RatedEntry,
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
            .filter(|(what, _)| sent.contains(what) && entry.known.contains(&what.digest))
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

fn count(figures: &mut Figures, evidence: &Evidence) {
    match evidence.contribution {
        Contribution::NotShared => figures.not_shared += 1,
        Contribution::OtherLevel => figures.other_level += 1,
        Contribution::Withdrawn => {}
        contribution => {
            let realised = contribution == Contribution::Realised;
            count_volume(&mut figures.entries, 1, realised);
            count_volume(&mut figures.rows, evidence.rows, realised);
            count_volume(&mut figures.bytes, evidence.bytes, realised);
        }
    }
}

fn count_volume(ratio: &mut Ratio, volume: u64, realised: bool) {
    ratio.denominator = ratio.denominator.saturating_add(volume);
    if realised {
        ratio.numerator = ratio.numerator.saturating_add(volume);
    }
}
