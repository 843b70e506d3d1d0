//! The account of one entry: what its own city's log says about it, and what follows for the rate.

use jiff::{SignedDuration, Timestamp};

use super::chunks::Keyed;
use super::figures::CountedVolume;
use super::span::Span;
use super::{Contribution, CrossCityRead, RateAttributes};
use crate::catalogue::{AdministrativeLevel, Duty, ShareClass, UpdateCycle};
use crate::fact::Measurement;
use crate::request::CLOCK_ALLOWANCE;
use crate::resource::PackedCode;

/// An entry as the rate counts it. Its size does not depend on the entry's texts, and is that of every entry in
/// the cluster in memory.
#[derive(Clone, Debug)]
pub(super) struct RatedEntry {
    pub(super) code: PackedCode,
    pub(super) share_class: ShareClass,
    pub(super) level: AdministrativeLevel,
    pub(super) update_cycle: UpdateCycle,
    pub(super) withdrawn: bool,
    /// True if a source is mounted.
    pub(super) mounted: bool,
    /// True if a read that both sides agree on is dated later than the time of the fold.
    pub(super) is_read_ahead: bool,
    /// The contribution at the time of the fold.
    pub(super) contribution: Contribution,
    /// The position of the revision that counts in the city's log.
    pub(super) published_seq: u64,
    pub(super) declared: CountedVolume,
    /// The last measurement of the mounted source.
    pub(super) measured: Option<Measured>,
    /// The last read that both sides agree on, as of the time of the fold.
    pub(super) read: Option<CrossCityRead>,
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
            withdrawn: false,
            mounted: false,
            is_read_ahead: false,
            contribution: Contribution::NotMounted,
            published_seq,
            declared: CountedVolume::default(),
            measured: None,
            read: None,
        };
        entry.publish(attributes, published_seq);
        entry
    }

    /// Takes over the attributes of a revision.
    pub(super) fn publish(&mut self, attributes: RateAttributes, seq: u64) {
        self.share_class = attributes.share_class;
        self.level = attributes.level;
        self.update_cycle = attributes.update_cycle;
        self.declared = CountedVolume {
            rows: attributes.declared.rows.unwrap_or(0),
            bytes: attributes.declared.bytes.unwrap_or(0),
        };
        self.published_seq = seq;
        self.withdrawn = false;
    }

    /// Returns the counted volume: the measured one, or the declared one before the first measurement.
    pub(super) fn volume(&self) -> CountedVolume {
        self.measured
            .map_or(self.declared, |measured| measured.volume)
    }

    /// Computes the contribution at this time; returns the span in which it stays the same, as does the
    /// read. The read must be the one as of this time.
    pub(super) fn evaluate(&mut self, at: Timestamp) -> Span {
        let (contribution, span) = self.contribution_at(at);
        self.contribution = contribution;
        span
    }

    fn contribution_at(&self, at: Timestamp) -> (Contribution, Span) {
        let mut span = Span::ALWAYS;
        if let Some(read) = &self.read {
            span = span.divided_by(countable_from(read.at), at);
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
        if self.is_expired(measured.at, at) || is_ahead(measured.at, at) {
            return (Contribution::NotMeasured, span);
        }
        let Some(read) = self.read else {
            return (Contribution::NotRead, span);
        };
        span = self.divided_by_expiry(span, read.at, at);
        match self.is_expired(read.at, at) {
            true => (Contribution::NotRead, span),
            false => (Contribution::Realised, span),
        }
    }

    /// Returns true if the update cycle has passed since this date.
    fn is_expired(&self, dated: Timestamp, at: Timestamp) -> bool {
        self.expires_after(dated).is_some_and(|last| at > last)
    }

    fn divided_by_expiry(&self, span: Span, dated: Timestamp, at: Timestamp) -> Span {
        let instant = SignedDuration::from_nanos(1);
        let last = self.expires_after(dated);
        match last.and_then(|last| last.checked_add(instant).ok()) {
            Some(expired) => span.divided_by(expired, at),
            None => span,
        }
    }

    /// Returns the last instant at which what has this date still counts; `None` if it does not expire
    /// in the range of time.
    fn expires_after(&self, dated: Timestamp) -> Option<Timestamp> {
        let days = i64::from(self.update_cycle.days());
        dated
            .checked_add(SignedDuration::from_hours(24 * days))
            .ok()
    }
}

/// Returns true if a date is later than the time of the figures by more than the allowance for clocks.
pub(super) fn is_ahead(dated: Timestamp, at: Timestamp) -> bool {
    at < countable_from(dated)
}

/// Returns the first time of figures at which what has this date counts.
pub(super) fn countable_from(dated: Timestamp) -> Timestamp {
    dated.checked_sub(CLOCK_ALLOWANCE).unwrap_or(Timestamp::MIN)
}
