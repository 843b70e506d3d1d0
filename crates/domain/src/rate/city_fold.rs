//! The fold of one city's log, and what it comes to together with the logs of other cities.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::chunks::{Chunks, Keyed, Place};
use super::delivered::{ReceivedContent, ReceivedKey, SentContent};
use super::figures::{Figures, Tally};
use super::rated_entry::{Measured, RatedEntry, countable_from, is_ahead};
use super::span::Span;
use super::{Contribution, CrossCityRead, Evidence, RateAttributes};
use crate::city::CityCode;
use crate::digest::Digest;
use crate::fact::Measurement;
use crate::resource::{PackedCode, ResourceCode};

/// The fold of one city's log: an entry for each of its entries, and the deliveries that it recorded.
/// Clones are cheap, and share memory until one of them changes.
///
/// Each entry has its contribution and its last read as of the time of the [`super::Fold`] that it is
/// part of; everything else follows from the city's log alone.
#[derive(Clone, Debug, Default)]
pub struct CityFold {
    /// Each chunk with the span in which its entries do not change.
    pub(super) entries: Chunks<RatedEntry, Span>,
    /// Digests of all measurements.
    pub(super) contents: Chunks<MeasuredContent>,
    /// Deliveries recorded as provider.
    pub(super) sent: Chunks<SentContent>,
    /// Receipts recorded as consumer.
    pub(super) received: Chunks<ReceivedContent>,
    /// The sums over the entries, as of the time of the fold.
    tally: Tally,
    /// A part of the span in which no entry changes.
    span: Span,
}

/// Content of an entry that its city's node has measured.
pub(super) type MeasuredContent = (PackedCode, Digest);

impl Keyed for MeasuredContent {
    type Key = Self;

    fn key(&self) -> &Self {
        self
    }
}

/// The last read of an entry as of some time, and the first date of those later than that time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reads {
    pub(super) last: Option<CrossCityRead>,
    pub(super) ahead: Option<Timestamp>,
}

impl Reads {
    /// Adds a read on which both sides agree.
    pub(super) fn add(&mut self, read: CrossCityRead, at: Timestamp) {
        if is_ahead(read.at, at) {
            let first = self.ahead.map_or(read.at, |ahead| ahead.min(read.at));
            self.ahead = Some(first);
        } else if self.last.is_none_or(|last| last < read) {
            self.last = Some(read);
        }
    }
}

impl CityFold {
    /// Number of entries, withdrawn ones included.
    pub fn entries(&self) -> usize {
        self.entries.len()
    }

    /// Number of entries that are published and not withdrawn.
    pub fn published(&self) -> u64 {
        self.entries() as u64 - self.tally.entries(Contribution::Withdrawn)
    }

    /// Returns the figures at the time of the fold.
    pub fn figures(&self) -> Figures {
        self.tally.figures()
    }

    /// Returns the sums over the entries at the time of the fold.
    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Returns a fold with the deliveries of this one, which it shares, and without entries.
    pub(super) fn deliveries(&self) -> Self {
        Self {
            sent: self.sent.clone(),
            received: self.received.clone(),
            ..Self::default()
        }
    }

    /// Returns the entries from `from` on, ordered by code, each with its contribution at the time of the
    /// fold and the evidence.
    pub fn evidence(&self, from: Option<&ResourceCode>) -> impl Iterator<Item = Evidence> {
        let from = from.map(PackedCode::from);
        let entries = self
            .entries
            .from(move |entry| from.is_some_and(|from| entry.code < from));
        entries.map(|entry| Evidence {
            code: entry.code.into(),
            share_class: entry.share_class,
            rows: entry.volume().rows,
            bytes: entry.volume().bytes,
            published_seq: entry.published_seq,
            measured_seq: entry.measured.map(|measured| measured.seq),
            read: entry.read,
            contribution: entry.contribution,
        })
    }

    pub(super) fn publish(
        &mut self,
        code: PackedCode,
        attributes: RateAttributes,
        seq: u64,
        at: Timestamp,
    ) {
        match self.entries.find(&code) {
            Ok(place) => self.change(place, at, |entry| entry.publish(attributes, seq)),
            Err(place) => {
                let entry = RatedEntry::new(code, attributes, seq);
                let place = self.entries.insert(place, entry);
                self.count(place, at);
            }
        }
    }

    /// Changes an entry, if it was ever published.
    pub(super) fn change_entry(
        &mut self,
        code: PackedCode,
        at: Timestamp,
        change: impl FnOnce(&mut RatedEntry),
    ) {
        if let Ok(place) = self.entries.find(&code) {
            self.change(place, at, change);
        }
    }

    /// Takes in a measurement; returns true if its content was not known before.
    pub(super) fn measure(
        &mut self,
        code: PackedCode,
        measurement: &Measurement,
        seq: u64,
        at: Timestamp,
    ) -> bool {
        let Ok(place) = self.entries.find(&code) else {
            return false;
        };
        self.change(place, at, |entry| {
            entry.measured = Some(Measured::of(measurement, seq));
        });
        let content = (code, measurement.digest);
        match self.contents.find(&content) {
            Ok(_) => false,
            Err(place) => {
                self.contents.insert(place, content);
                true
            }
        }
    }

    /// Returns true if the node has measured this content of an entry.
    pub(super) fn has_measured(&self, content: &MeasuredContent) -> bool {
        self.contents.find(content).is_ok()
    }

    /// Takes in a read on which both sides agree.
    pub(super) fn add_read(&mut self, code: PackedCode, read: CrossCityRead, at: Timestamp) {
        let Ok(place) = self.entries.find(&code) else {
            return;
        };
        let last = self.entries.at(place).read;
        let mut reads = Reads { last, ahead: None };
        reads.add(read, at);
        self.set_reads(place, reads, at, true);
    }

    /// Replaces the reads of an entry.
    pub(super) fn put_reads(&mut self, code: PackedCode, reads: Reads, at: Timestamp) {
        if let Ok(place) = self.entries.find(&code) {
            self.set_reads(place, reads, at, false);
        }
    }

    fn set_reads(&mut self, place: Place, reads: Reads, at: Timestamp, adds: bool) {
        let was_ahead = adds && self.entries.at(place).is_read_ahead;
        let is_ahead = was_ahead || reads.ahead.is_some();
        self.change(place, at, |entry| {
            entry.read = reads.last;
            entry.is_read_ahead = is_ahead;
        });
        if let Some(ahead) = reads.ahead {
            self.narrow(
                place.chunk,
                Span::ALWAYS.divided_by(countable_from(ahead), at),
            );
        }
    }

    /// Returns the codes of a chunk's entries whose reads are others at this time.
    fn with_other_reads(&self, chunk: usize, at: Timestamp) -> Vec<PackedCode> {
        let entries = self.entries.rows_of(chunk).iter();
        let others = entries.filter(|entry| {
            entry.is_read_ahead || entry.read.is_some_and(|read| is_ahead(read.at, at))
        });
        others.map(|entry| entry.code).collect()
    }

    /// Returns true if no entry changes up to this time, in either direction.
    pub(super) fn holds_at(&self, at: Timestamp) -> bool {
        self.span.contains(at)
    }

    /// Returns up to `limit` chunks with entries that may change up to this time, in either direction, each
    /// with the entries whose reads are to be looked up anew.
    pub(super) fn due(&self, at: Timestamp, limit: usize) -> Vec<(usize, Vec<PackedCode>)> {
        let notes = self.entries.notes().enumerate();
        let due = notes.filter(|(_, span)| !span.contains(at)).take(limit);
        due.map(|(chunk, _)| (chunk, self.with_other_reads(chunk, at)))
            .collect()
    }

    /// Evaluates the entries of a chunk at this time, with these reads looked up anew.
    pub(super) fn evaluate(&mut self, chunk: usize, reads: &[(PackedCode, Reads)], at: Timestamp) {
        let mut span = Span::ALWAYS;
        for entry in self.entries.rows_of_mut(chunk) {
            let anew = reads.binary_search_by_key(&entry.code, |(code, _)| *code);
            if let Ok(found) = anew {
                let reads = reads[found].1;
                entry.read = reads.last;
                entry.is_read_ahead = reads.ahead.is_some();
                if let Some(ahead) = reads.ahead {
                    span = span.divided_by(countable_from(ahead), at);
                }
            }
            let (before, volume) = (entry.contribution, entry.volume());
            span = span.and(entry.evaluate(at));
            self.tally.subtract(before, volume);
            self.tally.add(entry.contribution, volume);
        }
        *self.entries.note_mut(chunk) = span;
    }

    /// Notes that no chunk is due at this time.
    pub(super) fn evaluated(&mut self, at: Timestamp) {
        if !self.span.contains(at) {
            let spans = self.entries.notes().copied();
            self.span = spans.fold(Span::ALWAYS, Span::and);
        }
    }

    /// Evaluates all entries at this time, without reads.
    pub(super) fn evaluate_alone(&mut self, at: Timestamp) {
        (self.tally, self.span) = (Tally::default(), Span::ALWAYS);
        for chunk in 0..self.entries.chunks() {
            let mut span = Span::ALWAYS;
            for entry in self.entries.rows_of_mut(chunk) {
                entry.read = None;
                entry.is_read_ahead = false;
                span = span.and(entry.evaluate(at));
                self.tally.add(entry.contribution, entry.volume());
            }
            *self.entries.note_mut(chunk) = span;
            self.span = self.span.and(span);
        }
    }

    /// Returns the entries of other cities of which this one has recorded receipts.
    pub(super) fn entries_received(&self) -> BTreeSet<(CityCode, PackedCode)> {
        let keys = self.received.iter().map(|received| received.key);
        keys.map(|ReceivedKey { provider, content }| (provider, content.code))
            .collect()
    }

    /// Returns the entries of which this city has recorded deliveries.
    pub(super) fn entries_sent(&self) -> BTreeSet<PackedCode> {
        self.sent.iter().map(|sent| sent.code).collect()
    }

    fn change(&mut self, place: Place, at: Timestamp, change: impl FnOnce(&mut RatedEntry)) {
        let (entry, _) = self.entries.at_mut(place);
        self.tally.subtract(entry.contribution, entry.volume());
        change(entry);
        self.count(place, at);
    }

    /// Counts an entry that is not in the tally.
    fn count(&mut self, place: Place, at: Timestamp) {
        let (entry, _) = self.entries.at_mut(place);
        let span = entry.evaluate(at);
        self.tally.add(entry.contribution, entry.volume());
        self.narrow(place.chunk, span);
    }

    fn narrow(&mut self, chunk: usize, span: Span) {
        let note = self.entries.note_mut(chunk);
        *note = note.and(span);
        self.span = self.span.and(span);
    }

    /// Size in memory, bytes.
    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.entries.size() + self.contents.size() + self.sent.size() + self.received.size()
    }
}
