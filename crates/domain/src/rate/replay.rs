//! The plain replay: applies facts to maps and computes everything when it is asked for. The incremental fold
//! must give the same.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::{
    Contribution, Counted, CrossCityRead, Evidence, Figures, Formula, RateAttributes, Ratio,
};
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

    fn volume(&self, formula: Formula) -> (u64, u64) {
        if formula == Formula::WidestRead && self.attributes.is_interface {
            return (0, 0);
        }
        match &self.measured {
            Some((measured, _)) => (measured.rows.unwrap_or(0), measured.bytes),
            None => {
                let declared = self.attributes.declared;
                (declared.rows.unwrap_or(0), declared.bytes.unwrap_or(0))
            }
        }
    }

    /// The first date that is within the update cycle before this time.
    fn since(&self, at: Timestamp) -> Timestamp {
        let cycle = SignedDuration::from_hours(24 * i64::from(self.attributes.update_cycle.days()));
        at.checked_sub(cycle).unwrap_or(Timestamp::MIN)
    }

    fn contribution(&self, read: Option<&CrossCityRead>, at: Timestamp) -> Contribution {
        let since = self.since(at);
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
    /// Deliveries recorded by providers, with their last rows.
    sent: BTreeMap<ResourceRef, BTreeMap<Sent, Option<u64>>>,
    /// Receipts recorded by consumers, with their last rows.
    received: BTreeMap<ResourceRef, BTreeMap<Sent, (CrossCityRead, Option<u64>)>>,
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
                    sent.insert((&delivery).into(), delivery.rows);
                }
            }
            Counted::Received { delivery, provider } => {
                if provider != city && delivery.request.city == city {
                    let resource = delivery.resource(provider);
                    let received = self.received.entry(resource).or_default();
                    let read = CrossCityRead { by: city, seq, at };
                    received.insert((&delivery).into(), (read, delivery.rows));
                }
            }
        }
    }

    /// Removes all data of a city's log, before it is read again from its beginning.
    pub(super) fn forget(&mut self, city: CityCode) {
        self.entries.remove(&city);
        self.sent.retain(|resource, _| resource.city != city);
        self.received.retain(|_, received| {
            received.retain(|_, (read, _)| read.by != city);
            !received.is_empty()
        });
    }

    /// Returns every entry of one city with its contribution at the cut-off by a formula, ordered by code.
    pub(super) fn evidence(
        &self,
        city: CityCode,
        at: Timestamp,
        formula: Formula,
    ) -> Vec<Evidence> {
        let entries = self.entries.get(&city).into_iter().flatten();
        let evidence = entries.map(|(code, entry)| {
            let counting = self.counting(city, code, entry, (at, formula));
            let read = counting.map(|(read, _)| read);
            let (rows, bytes) = entry.volume(formula);
            let contribution = entry.contribution(read.as_ref(), at);
            let covered = match (contribution, formula) {
                (Contribution::Realised, Formula::WholeContent) => (u64::MAX, u64::MAX),
                (Contribution::Realised, Formula::WidestRead) => {
                    counting.map(|(_, covered)| covered).unwrap_or_default()
                }
                _ => (0, 0),
            };
            Evidence {
                code: code.clone(),
                share_class: entry.attributes.share_class,
                rows,
                bytes,
                shared_rows: rows.min(covered.0),
                shared_bytes: bytes.min(covered.1),
                published_seq: entry.published_seq,
                measured_seq: entry.measured.map(|(_, seq)| seq),
                read,
                contribution,
            }
        });
        evidence.collect()
    }

    /// Returns one city's figures at the cut-off by a formula.
    pub(super) fn figures(&self, city: CityCode, at: Timestamp, formula: Formula) -> Figures {
        let mut figures = Figures::default();
        for evidence in self.evidence(city, at, formula) {
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

    /// Returns the reading that counts, and the rows and bytes that it covered. Both sides agree on it, and it is dated
    /// up to this time.
    fn counting(
        &self,
        city: CityCode,
        code: &ResourceCode,
        entry: &RatedEntry,
        (at, formula): (Timestamp, Formula),
    ) -> Option<(CrossCityRead, (u64, u64))> {
        let resource = ResourceRef {
            city,
            code: code.clone(),
        };
        let sent = self.sent.get(&resource)?;
        let mut reads = Vec::new();
        for (what, (read, rows)) in self.received.get(&resource)? {
            let Some(sent_rows) = sent.get(what) else {
                continue;
            };
            if is_ahead(read.at, at) {
                continue;
            }
            match (entry.known.contains(&what.digest), formula, rows) {
                (true, _, _) => reads.push((*read, (u64::MAX, u64::MAX))),
                (false, Formula::WidestRead, Some(rows)) if *sent_rows == Some(*rows) => {
                    reads.push((*read, (*rows, what.bytes)));
                }
                _ => {}
            }
        }
        let since = entry.since(at);
        let within = reads.iter().filter(|(read, _)| read.at >= since);
        let widest = within.max_by_key(|(read, covered)| (*covered, read.at, read.by, read.seq));
        let last = reads
            .iter()
            .max_by_key(|(read, _)| (read.at, read.by, read.seq));
        match formula {
            Formula::WholeContent => last.copied(),
            Formula::WidestRead => widest.or(last).copied(),
        }
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
            let realised = u64::from(contribution == Contribution::Realised);
            count_volume(&mut figures.entries, 1, realised);
            count_volume(&mut figures.rows, evidence.rows, evidence.shared_rows);
            count_volume(&mut figures.bytes, evidence.bytes, evidence.shared_bytes);
        }
    }
}

fn count_volume(ratio: &mut Ratio, volume: u64, shared: u64) {
    ratio.denominator = ratio.denominator.saturating_add(volume);
    ratio.numerator = ratio.numerator.saturating_add(shared);
}
