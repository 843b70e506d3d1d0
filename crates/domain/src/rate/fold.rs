//! The fold of all cities' logs as of some time: what each fact and the passing of time change, and no more.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::city_fold::{CityFold, Reads};
use super::delivered::{ReceivedContent, ReceivedKey, SentContent};
use super::{Counted, CrossCityRead, Figures};
use crate::city::CityCode;
use crate::fact::Delivery;
use crate::resource::PackedCode;

/// The fold of the cities' logs as of some time. Facts of one city must be applied in the order of its log;
/// the interleaving of different cities' logs does not matter.
///
/// Each fact costs the same, however many there were before. So does reading a city's figures, once the fold
/// was [advanced](Self::advance) to their time.
#[derive(Clone, Debug)]
pub struct Fold {
    at: Timestamp,
    cities: BTreeMap<CityCode, CityFold>,
}

impl Fold {
    /// Makes an empty fold as of this time.
    pub fn new(at: Timestamp) -> Self {
        let cities = BTreeMap::new();
        Self { at, cities }
    }

    /// The time of the contributions and figures.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Returns the fold of one city's log, as part of this one.
    pub fn city(&self, city: CityCode) -> Option<&CityFold> {
        self.cities.get(&city)
    }

    /// Returns the fold of one city's log alone.
    pub fn into_city(mut self, city: CityCode) -> Option<CityFold> {
        self.cities.remove(&city)
    }

    /// Returns one city's figures at the time of the fold.
    pub fn figures(&self, city: CityCode) -> Figures {
        self.city(city).map(CityFold::figures).unwrap_or_default()
    }

    /// Applies the counted part of the next fact of `city`'s log, with position `seq` and date `dated`.
    pub fn apply(&mut self, city: CityCode, seq: u64, dated: Timestamp, fact: Counted) {
        let at = self.at;
        let own = self.cities.entry(city).or_default();
        match fact {
            Counted::Published { code, attributes } => {
                own.publish((&code).into(), attributes, seq, at);
            }
            Counted::Withdrawn(code) => {
                own.change_entry((&code).into(), at, |entry| entry.withdrawn = true);
            }
            Counted::Mounted(code) => own.change_entry((&code).into(), at, |entry| {
                entry.mounted = true;
                entry.measured = None;
            }),
            Counted::Unmounted(code) => own.change_entry((&code).into(), at, |entry| {
                entry.mounted = false;
                entry.measured = None;
            }),
            Counted::Measured { code, measurement } => {
                let code = (&code).into();
                if own.measure(code, &measurement, seq, at) {
                    self.look_up(city, code);
                }
            }
            Counted::Delivered { delivery, consumer } => {
                if consumer == delivery.request.city {
                    self.sent(city, &delivery);
                }
            }
            Counted::Received { delivery, provider } => {
                if provider != city && delivery.request.city == city {
                    self.received(city, seq, dated, provider, &delivery);
                }
            }
        }
    }

    /// Moves the time of the fold to `to`, which may also be earlier; returns true once all contributions
    /// are those of that time. Evaluates up to `limit` groups of entries at once, of which each has at most
    /// 128: only those in which something changes between the two times.
    pub fn advance(&mut self, to: Timestamp, limit: usize) -> bool {
        self.at = to;
        let mut left = limit;
        let changing = self.cities.iter().filter(|(_, own)| !own.holds_at(to));
        let changing: Vec<_> = changing.map(|(city, _)| *city).collect();
        for city in changing {
            let Some(own) = self.cities.get(&city) else {
                continue;
            };
            let due = own.due(to, left);
            for (chunk, others) in &due {
                let reads: Vec<_> = others
                    .iter()
                    .map(|code| (*code, self.reads(city, *code)))
                    .collect();
                if let Some(own) = self.cities.get_mut(&city) {
                    own.evaluate(*chunk, &reads, to);
                }
            }
            left -= due.len();
            if left == 0 {
                return false;
            }
            if let Some(own) = self.cities.get_mut(&city) {
                own.evaluated(to);
            }
        }
        true
    }

    /// Adds the fold of a city's log, in place of what there is of it.
    pub fn insert(&mut self, city: CityCode, mut fold: CityFold) {
        self.forget(city);
        fold.evaluate_alone(self.at);
        let (sent, received) = (fold.entries_sent(), fold.entries_received());
        self.cities.insert(city, fold);
        for code in sent {
            self.look_up(city, code);
        }
        self.look_up_all(received);
    }

    /// Removes all data of a city's log, before it is read again from its beginning.
    pub fn forget(&mut self, city: CityCode) {
        if let Some(own) = self.cities.remove(&city) {
            self.look_up_all(own.entries_received());
        }
    }

    fn sent(&mut self, provider: CityCode, delivery: &Delivery) {
        let content = SentContent::from(delivery);
        let own = self.cities.entry(provider).or_default();
        let known = own.has_measured(&(content.code, content.digest));
        let (_, before) = own.sent.put(content);
        if known && before.is_none() {
            let read = self.read(provider, &content);
            self.add_read(provider, content.code, read);
        }
    }

    fn received(
        &mut self,
        consumer: CityCode,
        seq: u64,
        at: Timestamp,
        provider: CityCode,
        delivery: &Delivery,
    ) {
        let content = SentContent::from(delivery);
        let key = ReceivedKey { provider, content };
        let own = self.cities.entry(consumer).or_default();
        let (_, before) = own.received.put(ReceivedContent { key, seq, at });
        if before.is_some() {
            self.look_up(provider, content.code);
        } else if self.is_agreed(provider, &content) {
            let read = self.read(provider, &content);
            self.add_read(provider, content.code, read);
        }
    }

    fn add_read(&mut self, city: CityCode, code: PackedCode, read: Option<CrossCityRead>) {
        let at = self.at;
        if let Some((own, read)) = self.cities.get_mut(&city).zip(read) {
            own.add_read(code, read, at);
        }
    }

    /// Looks up the reads of these entries anew.
    fn look_up_all(&mut self, entries: BTreeSet<(CityCode, PackedCode)>) {
        for (city, code) in entries {
            self.look_up(city, code);
        }
    }

    /// Looks up the reads of an entry anew.
    fn look_up(&mut self, city: CityCode, code: PackedCode) {
        let (reads, at) = (self.reads(city, code), self.at);
        if let Some(own) = self.cities.get_mut(&city) {
            own.put_reads(code, reads, at);
        }
    }

    /// Returns the reads of an entry on which both sides agree, of content that its node has measured.
    fn reads(&self, city: CityCode, code: PackedCode) -> Reads {
        let mut reads = Reads::default();
        let Some(own) = self.city(city) else {
            return reads;
        };
        let sent = own.sent.from(|content| content.code < code);
        for content in sent.take_while(|content| content.code == code) {
            if own.has_measured(&(code, content.digest))
                && let Some(read) = self.read(city, content)
            {
                reads.add(read, self.at);
            }
        }
        reads
    }

    /// Returns true if the provider has recorded this delivery of content that its node has measured.
    fn is_agreed(&self, provider: CityCode, content: &SentContent) -> bool {
        self.city(provider).is_some_and(|own| {
            own.sent.get(content).is_some() && own.has_measured(&(content.code, content.digest))
        })
    }

    /// Returns the consumer's record of a delivery.
    fn read(&self, provider: CityCode, content: &SentContent) -> Option<CrossCityRead> {
        let (by, content) = (content.request.city, *content);
        let received = &self.city(by)?.received;
        let ReceivedContent { seq, at, .. } = *received.get(&ReceivedKey { provider, content })?;
        Some(CrossCityRead { at, by, seq })
    }
}
