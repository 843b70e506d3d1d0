//! The fold of all cities' logs as of some time: what each fact and the passing of time change, and no more.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::city_fold::CityFold;
use super::delivered::{ReceivedContent, ReceivedKey, Sent, SentContent};
use super::figures::CountedVolume;
use super::formula::Formula;
use super::reads::{AsOf, ConfirmedRead, Reads};
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
    as_of: AsOf,
    cities: BTreeMap<CityCode, CityFold>,
}

impl Fold {
    /// Makes an empty fold as of this time, by the first formula.
    pub fn new(at: Timestamp) -> Self {
        let formula = Formula::default();
        Self {
            as_of: AsOf { at, formula },
            cities: BTreeMap::new(),
        }
    }

    /// Computes contributions and figures by this formula, once the fold was [advanced](Self::advance) to any time.
    pub fn use_formula(&mut self, formula: Formula) {
        if self.as_of.formula != formula {
            self.as_of.formula = formula;
            self.cities.values_mut().for_each(CityFold::change_all);
        }
    }

    /// The formula of the contributions and figures.
    pub fn formula(&self) -> Formula {
        self.as_of.formula
    }

    /// The time of the contributions and figures.
    pub fn at(&self) -> Timestamp {
        self.as_of.at
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
        let as_of = self.as_of;
        let own = self.cities.entry(city).or_default();
        match fact {
            Counted::Published { code, attributes } => {
                let code = (&code).into();
                if own.publish(code, attributes, seq, as_of) {
                    self.look_up(city, code);
                }
            }
            Counted::Withdrawn(code) => {
                own.change_entry((&code).into(), as_of, |entry| entry.withdrawn = true);
            }
            Counted::Mounted(code) => own.change_entry((&code).into(), as_of, |entry| {
                entry.mounted = true;
                entry.measured = None;
            }),
            Counted::Unmounted(code) => own.change_entry((&code).into(), as_of, |entry| {
                entry.mounted = false;
                entry.measured = None;
            }),
            Counted::Measured { code, measurement } => {
                let code = (&code).into();
                if own.measure(code, &measurement, seq, as_of) {
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
        self.as_of.at = to;
        let as_of = self.as_of;
        let mut left = limit;
        let changing = self.cities.iter().filter(|(_, own)| !own.holds_at(to));
        let changing: Vec<_> = changing.map(|(city, _)| *city).collect();
        for city in changing {
            let Some(own) = self.cities.get(&city) else {
                continue;
            };
            let due = own.due(as_of, left);
            for (chunk, others) in &due {
                let reads: Vec<_> = others
                    .iter()
                    .map(|code| (*code, self.reads(city, *code)))
                    .collect();
                if let Some(own) = self.cities.get_mut(&city) {
                    own.evaluate(*chunk, &reads, as_of);
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
        fold.evaluate_alone(self.as_of);
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
        let sent = Sent::from(delivery);
        let own = self.cities.entry(provider).or_default();
        let (_, before) = own.sent.put(sent);
        match before {
            None => self.add_read(provider, &sent.content),
            Some(before) if before == sent => {}
            Some(_) => self.look_up(provider, sent.content.code),
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
        let (content, rows) = (SentContent::from(delivery), delivery.rows);
        let key = ReceivedKey { provider, content };
        let own = self.cities.entry(consumer).or_default();
        let (_, before) = own.received.put(ReceivedContent { key, rows, seq, at });
        match before {
            None => self.add_read(provider, &content),
            Some(_) => self.look_up(provider, content.code),
        }
    }

    /// Adds a delivery to the reads of its entry, if both sides agree on it.
    fn add_read(&mut self, provider: CityCode, content: &SentContent) {
        let as_of = self.as_of;
        let sent = self
            .city(provider)
            .and_then(|own| own.sent.get(content))
            .copied();
        let read = sent.and_then(|sent| self.confirmed(provider, &sent));
        let own = self.cities.get_mut(&provider);
        if let Some((own, read)) = own.zip(read)
            && !own.add_read(content.code, read, as_of)
        {
            self.look_up(provider, content.code);
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
        let (reads, as_of) = (self.reads(city, code), self.as_of);
        if let Some(own) = self.cities.get_mut(&city) {
            own.put_reads(code, reads, as_of);
        }
    }

    /// Returns the reads of an entry on which both sides agree.
    fn reads(&self, city: CityCode, code: PackedCode) -> Reads {
        let mut reads = Reads::default();
        let Some(own) = self.city(city) else {
            return reads;
        };
        let Some(cycle) = own.update_cycle(code) else {
            return reads;
        };
        let sent = own.sent.from(|sent| sent.content.code < code);
        for sent in sent.take_while(|sent| sent.content.code == code) {
            if let Some(read) = self.confirmed(city, sent) {
                reads.add(read, self.as_of, cycle);
            }
        }
        reads
    }

    /// Returns the read of a delivery, if the consumer has recorded the same one, and it is of content that the
    /// provider's node has measured or, by a formula that counts them, of a part of a table.
    fn confirmed(&self, provider: CityCode, sent: &Sent) -> Option<ConfirmedRead> {
        let (by, content) = (sent.content.request.city, sent.content);
        let received = &self.city(by)?.received;
        let received = received.get(&ReceivedKey { provider, content })?;
        let own = self.city(provider)?;
        let covered = if own.has_measured(&(content.code, content.digest)) {
            CountedVolume::WHOLE
        } else if self.as_of.formula == Formula::WidestRead && sent.rows == received.rows {
            CountedVolume {
                rows: sent.rows?,
                bytes: content.bytes,
            }
        } else {
            return None;
        };
        let ReceivedContent { seq, at, .. } = *received;
        let read = CrossCityRead { at, by, seq };
        Some(ConfirmedRead { read, covered })
    }
}
