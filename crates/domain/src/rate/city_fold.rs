//! The fold of one city's log, and what it comes to together with the logs of other cities.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::chunks::{Chunks, Keyed, Place};
use super::delivered::{ReceivedContent, ReceivedKey, Sent};
use super::figures::{Figures, Tally};
use super::formula::Formula;
use super::rated_entry::{Measured, RatedEntry};
use super::reads::{AsOf, ConfirmedRead, Reads};
use super::span::Span;
use super::{Contribution, Evidence, RateAttributes};
use crate::catalogue::UpdateCycle;
use crate::city::CityCode;
use crate::digest::Digest;
use crate::fact::Measurement;
use crate::resource::{PackedCode, ResourceCode};

/// The fold of one city's log: an entry for each of its entries, and the deliveries that it recorded.
/// Clones are cheap, and share memory until one of them changes.
///
/// Each entry has its contribution and the read that counts as of the time of the [`super::Fold`] that it is
/// part of; everything else follows from the city's log alone.
#[derive(Clone, Debug, Default)]
pub struct CityFold {
    /// Each chunk with the span in which its entries do not change.
    pub(super) entries: Chunks<RatedEntry, Span>,
    /// Digests of all measurements.
    pub(super) contents: Chunks<MeasuredContent>,
    /// Deliveries recorded as provider.
    pub(super) sent: Chunks<Sent>,
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
            shared_rows: entry.shared().rows,
            shared_bytes: entry.shared().bytes,
            published_seq: entry.published_seq,
            measured_seq: entry.measured.map(|measured| measured.seq),
            read: entry.read,
            contribution: entry.contribution,
        })
    }

    /// Takes in a revision; returns true if the reads of the entry are to be looked up, because it is new or has another
    /// update cycle. By [`Formula::WholeContent`] there are none before a measurement, and the cycle does not matter.
    pub(super) fn publish(
        &mut self,
        code: PackedCode,
        attributes: RateAttributes,
        seq: u64,
        as_of: AsOf,
    ) -> bool {
        let is_other = match self.entries.find(&code) {
            Ok(place) => {
                let before = self.entries.at(place).update_cycle;
                self.change(place, as_of, |entry| entry.publish(attributes, seq));
                before != attributes.update_cycle
            }
            Err(place) => {
                let entry = RatedEntry::new(code, attributes, seq);
                let place = self.entries.insert(place, entry);
                self.count(place, as_of);
                true
            }
        };
        is_other && as_of.formula == Formula::WidestRead
    }

    /// Changes an entry, if it was ever published.
    pub(super) fn change_entry(
        &mut self,
        code: PackedCode,
        as_of: AsOf,
        change: impl FnOnce(&mut RatedEntry),
    ) {
        if let Ok(place) = self.entries.find(&code) {
            self.change(place, as_of, change);
        }
    }

    /// Takes in a measurement; returns true if its content was not known before.
    pub(super) fn measure(
        &mut self,
        code: PackedCode,
        measurement: &Measurement,
        seq: u64,
        as_of: AsOf,
    ) -> bool {
        let Ok(place) = self.entries.find(&code) else {
            return false;
        };
        self.change(place, as_of, |entry| {
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

    /// Returns the update cycle of an entry that was ever published.
    pub(super) fn update_cycle(&self, code: PackedCode) -> Option<UpdateCycle> {
        self.entries.get(&code).map(|entry| entry.update_cycle)
    }

    /// Takes in a read on which both sides agree; returns false if the entry is still to be evaluated as of this time,
    /// so that all its reads are to be looked up.
    pub(super) fn add_read(&mut self, code: PackedCode, read: ConfirmedRead, as_of: AsOf) -> bool {
        let Ok(place) = self.entries.find(&code) else {
            return true;
        };
        if !self.entries.note(place.chunk).contains(as_of.at) {
            return false;
        }
        let entry = self.entries.at(place);
        let was_ahead = entry.is_read_ahead;
        let mut reads = Reads {
            counting: entry.counting(),
            ..Reads::default()
        };
        reads.add(read, as_of, entry.update_cycle);
        self.set_reads(place, reads, as_of);
        self.entries.at_mut(place).0.is_read_ahead |= was_ahead;
        true
    }

    /// Replaces the reads of an entry.
    pub(super) fn put_reads(&mut self, code: PackedCode, reads: Reads, as_of: AsOf) {
        if let Ok(place) = self.entries.find(&code) {
            self.set_reads(place, reads, as_of);
        }
    }

    fn set_reads(&mut self, place: Place, reads: Reads, as_of: AsOf) {
        self.change(place, as_of, |entry| entry.put_reads(reads));
        let span = self.entries.at(place).span_of(reads, as_of.at);
        self.narrow(place.chunk, span);
    }

    /// Returns the codes of a chunk's entries whose reads are to be looked up anew as of this time: all if the time moves
    /// back, or the formula changed.
    fn with_other_reads(&self, chunk: usize, as_of: AsOf) -> Vec<PackedCode> {
        let is_all = self.entries.note(chunk).begins_after(as_of.at);
        let entries = self.entries.rows_of(chunk).iter();
        let others = entries.filter(|entry| is_all || entry.may_read_change(as_of));
        others.map(|entry| entry.code).collect()
    }

    /// Notes that all entries are to be evaluated anew.
    pub(super) fn change_all(&mut self) {
        for chunk in 0..self.entries.chunks() {
            *self.entries.note_mut(chunk) = Span::NEVER;
        }
        self.span = Span::NEVER;
    }

    /// Returns true if no entry changes up to this time, in either direction.
    pub(super) fn holds_at(&self, at: Timestamp) -> bool {
        self.span.contains(at)
    }

    /// Returns up to `limit` chunks with entries that may change up to this time, in either direction, each
    /// with the entries whose reads are to be looked up anew.
    pub(super) fn due(&self, as_of: AsOf, limit: usize) -> Vec<(usize, Vec<PackedCode>)> {
        let notes = self.entries.notes().enumerate();
        let due = notes.filter(|(_, span)| !span.contains(as_of.at));
        due.take(limit)
            .map(|(chunk, _)| (chunk, self.with_other_reads(chunk, as_of)))
            .collect()
    }

    /// Evaluates the entries of a chunk as of this time, with these reads looked up anew.
    pub(super) fn evaluate(&mut self, chunk: usize, reads: &[(PackedCode, Reads)], as_of: AsOf) {
        let AsOf { at, formula } = as_of;
        let mut span = Span::ALWAYS;
        for entry in self.entries.rows_of_mut(chunk) {
            self.tally.subtract(entry.counts());
            let anew = reads.binary_search_by_key(&entry.code, |(code, _)| *code);
            if let Ok(found) = anew {
                let reads = reads[found].1;
                entry.put_reads(reads);
                span = span.and(entry.span_of(reads, at));
            } else if formula == Formula::WidestRead && entry.read.is_some() {
                // Others of its reads may count at any earlier time.
                span = span.divided_by(at, at);
            }
            span = span.and(entry.evaluate(as_of));
            self.tally.add(entry.counts());
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

    /// Evaluates all entries as of this time, without reads.
    pub(super) fn evaluate_alone(&mut self, as_of: AsOf) {
        (self.tally, self.span) = (Tally::default(), Span::ALWAYS);
        for chunk in 0..self.entries.chunks() {
            let mut span = Span::ALWAYS;
            for entry in self.entries.rows_of_mut(chunk) {
                entry.put_reads(Reads::default());
                span = span.and(entry.evaluate(as_of));
                self.tally.add(entry.counts());
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
        self.sent.iter().map(|sent| sent.content.code).collect()
    }

    fn change(&mut self, place: Place, as_of: AsOf, change: impl FnOnce(&mut RatedEntry)) {
        let (entry, _) = self.entries.at_mut(place);
        self.tally.subtract(entry.counts());
        change(entry);
        self.count(place, as_of);
    }

    /// Counts an entry that is not in the tally.
    fn count(&mut self, place: Place, as_of: AsOf) {
        let (entry, _) = self.entries.at_mut(place);
        let span = entry.evaluate(as_of);
        self.tally.add(entry.counts());
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
