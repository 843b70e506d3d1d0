//! The account of one entry: what its own city's log says about it, and what follows for the rate.

use jiff::{SignedDuration, Timestamp};

use super::chunks::Keyed;
use super::figures::{CountedVolume, Counts};
use super::formula::Formula;
use super::reads::{AsOf, ConfirmedRead, Reads};
use super::span::Span;
use super::validity::{countable_from, expires_after, is_ahead, is_expired};
use super::{Contribution, CrossCityRead, RateAttributes};
use crate::catalogue::{AdministrativeLevel, Duty, ShareClass, UpdateCycle};
use crate::fact::Measurement;
use crate::resource::PackedCode;

/// An entry as the rate counts it. Its size does not depend on the entry's texts, and is that of every entry in
/// the cluster in memory.
#[derive(Clone, Debug)]
pub(super) struct RatedEntry {
    pub(super) code: PackedCode,
    pub(super) share_class: ShareClass,
    pub(super) level: AdministrativeLevel,
    pub(super) update_cycle: UpdateCycle,
    pub(super) is_interface: bool,
    pub(super) withdrawn: bool,
    /// True if a source is mounted.
    pub(super) mounted: bool,
    /// True if a read that both sides agree on is dated later than the time of the fold.
    pub(super) is_read_ahead: bool,
    /// The contribution at the time of the fold.
    pub(super) contribution: Contribution,
    /// The formula by which it was computed.
    pub(super) formula: Formula,
    /// The position of the revision that counts in the city's log.
    pub(super) published_seq: u64,
    pub(super) declared: CountedVolume,
    /// The last measurement of the mounted source.
    pub(super) measured: Option<Measured>,
    /// The read that counts, as of the time of the fold.
    pub(super) read: Option<CrossCityRead>,
    /// The rows and bytes that it covered.
    pub(super) covered: CountedVolume,
}

/// The part of a measurement that counts, without the digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Measured {
    pub(super) volume: CountedVolume,
    pub(super) at: Timestamp,
    pub(super) seq: u64,
}

impl Measured {
    pub(super) fn of(measurement: &Measurement, seq: u64) -> Self {
        let (rows, bytes) = (measurement.rows.unwrap_or(0), measurement.bytes);
        Self {
            volume: CountedVolume { rows, bytes },
            at: measurement.at,
            seq,
        }
    }
}

impl Keyed for RatedEntry {
    type Key = PackedCode;

    fn key(&self) -> &PackedCode {
        &self.code
    }
}

impl RatedEntry {
    /// An entry without a mounted source.
    pub(super) fn new(code: PackedCode, attributes: RateAttributes, published_seq: u64) -> Self {
        let mut entry = Self {
            code,
            share_class: attributes.share_class,
            level: attributes.level,
            update_cycle: attributes.update_cycle,
            is_interface: attributes.is_interface,
            withdrawn: false,
            mounted: false,
            is_read_ahead: false,
            contribution: Contribution::NotMounted,
            formula: Formula::default(),
            published_seq,
            declared: CountedVolume::default(),
            measured: None,
            read: None,
            covered: CountedVolume::default(),
        };
        entry.publish(attributes, published_seq);
        entry
    }

    /// Takes over the attributes of a revision.
    pub(super) fn publish(&mut self, attributes: RateAttributes, seq: u64) {
        self.share_class = attributes.share_class;
        self.level = attributes.level;
        self.update_cycle = attributes.update_cycle;
        self.is_interface = attributes.is_interface;
        self.declared = CountedVolume {
            rows: attributes.declared.rows.unwrap_or(0),
            bytes: attributes.declared.bytes.unwrap_or(0),
        };
        self.published_seq = seq;
        self.withdrawn = false;
    }

    /// Returns the counted volume: the measured one, or the declared one before the first measurement.
    pub(super) fn volume(&self) -> CountedVolume {
        if self.is_interface && self.formula == Formula::WidestRead {
            return CountedVolume::default();
        }
        self.measured
            .map_or(self.declared, |measured| measured.volume)
    }

    /// Returns the part of the counted volume that is shared in fact.
    pub(super) fn shared(&self) -> CountedVolume {
        match (self.contribution, self.formula) {
            (Contribution::Realised, Formula::WholeContent) => self.volume(),
            (Contribution::Realised, Formula::WidestRead) => self.volume().within(self.covered),
            _ => CountedVolume::default(),
        }
    }

    /// Returns what is summed up of the entry.
    pub(super) fn counts(&self) -> Counts {
        Counts {
            contribution: self.contribution,
            volume: self.volume(),
            shared: self.shared(),
        }
    }

    /// The read that counts.
    pub(super) fn counting(&self) -> Option<ConfirmedRead> {
        let covered = self.covered;
        self.read.map(|read| ConfirmedRead { read, covered })
    }

    /// Takes over the reads as of the time of the fold.
    pub(super) fn put_reads(&mut self, reads: Reads) {
        self.read = reads.counting.map(|one| one.read);
        self.covered = reads.counting.map(|one| one.covered).unwrap_or_default();
        self.is_read_ahead = reads.ahead.is_some();
    }

    /// Returns the span around this time in which none of the reads that do not count comes to count.
    pub(super) fn span_of(&self, reads: Reads, at: Timestamp) -> Span {
        let mut span = Span::ALWAYS;
        if let Some(ahead) = reads.ahead {
            span = span.divided_by(countable_from(ahead), at);
        }
        match reads.expired {
            Some(expired) => self.divided_by_expiry(span, expired, at),
            None => span,
        }
    }

    /// Returns true if another of its reads may count once the time has moved on to this one.
    pub(super) fn may_read_change(&self, as_of: AsOf) -> bool {
        let AsOf { at, formula } = as_of;
        let is_past = |read: CrossCityRead| {
            // One that had passed before covers nothing.
            formula == Formula::WidestRead
                && self.covered != CountedVolume::default()
                && is_expired(read.at, self.update_cycle, at)
        };
        let is_other = |read: CrossCityRead| is_ahead(read.at, at) || is_past(read);
        self.is_read_ahead || self.read.is_some_and(is_other)
    }

    /// Computes the contribution at this time; returns the span in which it stays the same, as does the
    /// read. The read must be the one as of this time.
    pub(super) fn evaluate(&mut self, as_of: AsOf) -> Span {
        let (contribution, span) = self.contribution_at(as_of);
        self.contribution = contribution;
        self.formula = as_of.formula;
        span
    }

    fn contribution_at(&self, as_of: AsOf) -> (Contribution, Span) {
        let AsOf { at, formula } = as_of;
        let mut span = Span::ALWAYS;
        if let Some(read) = &self.read {
            span = span.divided_by(countable_from(read.at), at);
            if formula == Formula::WidestRead {
                span = self.divided_by_expiry(span, read.at, at);
            }
        }
        if self.withdrawn {
            return (Contribution::Withdrawn, span);
        }
        match Duty::of(self.share_class, self.level) {
            Duty::NotShared => return (Contribution::NotShared, span),
            Duty::OtherLevel => return (Contribution::OtherLevel, span),
            Duty::Counted => {}
        }
        if !self.mounted {
            return (Contribution::NotMounted, span);
        }
        let Some(measured) = self.measured else {
            return (Contribution::NotMeasured, span);
        };
        span = span.divided_by(countable_from(measured.at), at);
        span = self.divided_by_expiry(span, measured.at, at);
        let is_expired = |dated| is_expired(dated, self.update_cycle, at);
        if is_expired(measured.at) || is_ahead(measured.at, at) {
            return (Contribution::NotMeasured, span);
        }
        let Some(read) = self.read else {
            return (Contribution::NotRead, span);
        };
        span = self.divided_by_expiry(span, read.at, at);
        match is_expired(read.at) {
            true => (Contribution::NotRead, span),
            false => (Contribution::Realised, span),
        }
    }

    fn divided_by_expiry(&self, span: Span, dated: Timestamp, at: Timestamp) -> Span {
        let instant = SignedDuration::from_nanos(1);
        let last = expires_after(dated, self.update_cycle);
        match last.and_then(|last| last.checked_add(instant).ok()) {
            Some(expired) => span.divided_by(expired, at),
            None => span,
        }
    }
}
