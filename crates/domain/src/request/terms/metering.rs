//! The use of a grant, by which the provider's node enforces count, rate and period.
//!
//! A fetch of a content is counted once, before its first byte is sent. It may be interrupted and resumed as often as
//! need be until it is complete, under a later revision of the entry, too; afterwards its bytes may be sent again to a
//! consumer that already has a part of them. A new fetch from the first byte, or of another content, counts anew. A
//! fetch that the provider ends, for example because the file changes while it is read, does not count: the next one
//! takes its place, unless it goes on with the same content. The last transfer of a fetch is the only one that goes on:
//! each transfer that begins ends the one before, so that no two complete the same fetch.

use chengji_messages::{Message, msg};
use jiff::{SignedDuration, Timestamp};

use super::check::{MAX_RATE, MAX_RATE_SECONDS};
use super::{Limits, Rate};
use crate::digest::Digest;

/// A content whose fetch is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountedContent {
    /// Revision of the entry.
    pub revision: u32,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the content.
    pub digest: Digest,
}

/// The use of a grant so far, from its first counted fetch on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantUse {
    /// Number of counted fetches, from 1.
    pub counted: u64,
    /// Number of transfers that began, resumed ones included: that of the last one.
    pub transfers: u64,
    /// The content of the last counted fetch.
    pub content: CountedContent,
    /// Time at which it was counted. Never before that of an earlier one.
    pub counted_at: Timestamp,
    /// True if it is complete.
    pub finished: bool,
    /// True if the provider ended its last transfer, so that the next fetch takes its place.
    pub failed: bool,
    /// Time at which the first fetch was complete, or at which the second was counted.
    pub first_delivered_at: Option<Timestamp>,
}

/// A transfer that may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metered {
    /// The use with this transfer.
    pub used: GrantUse,
    /// True if it is a new fetch, and not one that is resumed.
    pub is_new: bool,
}

/// The end of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finished {
    /// It completed its fetch: the use from now on.
    Completed(GrantUse),
    /// Its fetch was complete before.
    Repeated,
    /// A later transfer took its place.
    Superseded,
}

/// A limit that does not permit a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeterRefusal {
    /// Every permitted fetch was made.
    CountUsed {
        /// Number of permitted fetches.
        count: u64,
    },
    /// As many fetches as the rate permits were made within its period.
    TooSoon {
        /// The rate.
        rate: Rate,
        /// Time from which another fetch is permitted.
        from: Timestamp,
    },
    /// The period of use is over.
    PeriodOver {
        /// Its end.
        ended: Timestamp,
    },
}

impl MeterRefusal {
    /// Returns the reason for people.
    pub fn message(&self) -> Message {
        match *self {
            Self::CountUsed { count } => msg::GrantCountUsed { count }.into(),
            Self::TooSoon { rate, from } => msg::GrantRateExceeded {
                count: rate.count,
                period: rate.period(),
                from,
            }
            .into(),
            Self::PeriodOver { ended } => msg::GrantPeriodOver { ended }.into(),
        }
    }
}

impl Limits {
    /// Returns true if the use of the grant has to be counted.
    pub fn are_metered(&self) -> bool {
        self.count.is_some() || self.rate.is_some() || self.period_days.is_some()
    }

    /// Refuses any further byte after the end of the period of use.
    ///
    /// # Errors
    ///
    /// [`MeterRefusal::PeriodOver`].
    pub fn check_period(
        &self,
        used: Option<&GrantUse>,
        now: Timestamp,
    ) -> Result<(), MeterRefusal> {
        match self.period_end(used) {
            Some(ended) if now >= ended => Err(MeterRefusal::PeriodOver { ended }),
            Some(_) | None => Ok(()),
        }
    }

    /// Returns the end of the period of use; `None` before the first delivery, and where there is no such period.
    pub fn period_end(&self, used: Option<&GrantUse>) -> Option<Timestamp> {
        let first = used?.first_delivered_at?;
        let days = self.period_days?;
        Some(after(first, 24 * 60 * 60 * i64::from(days)))
    }

    /// Returns the number of the counted fetch whose time decides whether a further one is within the rate; `None` if
    /// the rate permits it anyway.
    pub fn compared_fetch(&self, used: Option<&GrantUse>) -> Option<u64> {
        let (rate, used) = (self.rate?, used?);
        (used.kept() + 1)
            .checked_sub(rate.count)
            .filter(|number| *number > 0)
    }

    /// Refuses a transfer from the first byte on before its content is known, where [`Self::meter`] refuses it whatever
    /// the content is: the last fetch is complete, so it is not resumed. `compared_at` is as there.
    ///
    /// # Errors
    ///
    /// The limit that does not permit it.
    pub fn check_unread(
        &self,
        used: Option<&GrantUse>,
        compared_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), MeterRefusal> {
        self.check_period(used, now)?;
        if used.is_some_and(|used| used.finished) {
            self.check_new(used, compared_at, now)?;
        }
        Ok(())
    }

    /// Refuses a new fetch beyond the count or the rate. Returns the time at which it counts.
    fn check_new(
        &self,
        used: Option<&GrantUse>,
        compared_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Timestamp, MeterRefusal> {
        let counted = used.map_or(0, GrantUse::kept);
        if let Some(count) = self.count.filter(|count| counted >= *count) {
            return Err(MeterRefusal::CountUsed { count });
        }
        // A clock that was set back makes no room.
        let now = used.map_or(now, |used| now.max(used.counted_at));
        if let (Some(rate), Some(at)) = (self.rate, compared_at) {
            let from = after(at, i64::from(rate.seconds));
            if now < from {
                return Err(MeterRefusal::TooSoon { rate, from });
            }
        }
        Ok(now)
    }

    /// Meters a transfer of a content from this byte on. `compared_at` is the time of the fetch of
    /// [`Self::compared_fetch`].
    ///
    /// # Errors
    ///
    /// The limit that does not permit it; nothing is counted then.
    pub fn meter(
        &self,
        used: Option<GrantUse>,
        (content, from): (CountedContent, u64),
        compared_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Metered, MeterRefusal> {
        self.check_period(used.as_ref(), now)?;
        if let Some(used) = used
            && used.is_resumed_by(&content, from)
        {
            let used = GrantUse {
                transfers: used.transfers + 1,
                failed: false,
                ..used
            };
            let is_new = false;
            return Ok(Metered { used, is_new });
        }
        let now = self.check_new(used.as_ref(), compared_at, now)?;
        Ok(Metered {
            used: GrantUse {
                counted: used.map_or(0, |used| used.kept()) + 1,
                transfers: used.map_or(0, |used| used.transfers) + 1,
                content,
                counted_at: now,
                finished: false,
                failed: false,
                // A consumer that fetches another content counts as having received the first one, even if it never
                // read its end; unless the provider ended that fetch.
                first_delivered_at: used.and_then(|used| {
                    let taken = (!used.failed).then_some(now);
                    used.first_delivered_at.or(taken)
                }),
            },
            is_new: true,
        })
    }
}

impl GrantUse {
    /// Returns the number of fetches that count: all except the last one if the provider ended it.
    pub fn kept(&self) -> u64 {
        self.counted.saturating_sub(u64::from(self.failed))
    }

    /// Returns true if no rate that can be granted compares a later fetch with the one of this number and time.
    pub fn is_beyond_rates(&self, number: u64, at: Timestamp) -> bool {
        // The last fetch may still fail, and its number be given again.
        number.saturating_add(MAX_RATE) < self.kept()
            || after(at, i64::from(MAX_RATE_SECONDS)) <= self.counted_at
    }

    /// Returns true if the last counted fetch had the same size and digest; the revision is not compared.
    pub fn is_of(&self, content: &CountedContent) -> bool {
        (self.content.bytes, self.content.digest) == (content.bytes, content.digest)
    }

    /// Returns true if a transfer from this byte on belongs to the last counted fetch: to its end while it is not
    /// complete, and afterwards for a consumer that has a part of it.
    fn is_resumed_by(&self, content: &CountedContent, from: u64) -> bool {
        self.is_of(content) && (!self.finished || from > 0)
    }

    /// Notes that the provider ended the transfer of this number; `None` where that changes nothing: a later one took
    /// its place, or its fetch is complete.
    pub fn fail(&self, transfer: u64) -> Option<Self> {
        let is_open = self.transfers == transfer && !self.finished;
        is_open.then_some(Self {
            failed: true,
            ..*self
        })
    }

    /// Ends the transfer of this number.
    pub fn finish(&self, transfer: u64, now: Timestamp) -> Finished {
        if self.transfers != transfer {
            return Finished::Superseded;
        }
        if self.finished {
            return Finished::Repeated;
        }
        Finished::Completed(Self {
            finished: true,
            first_delivered_at: self.first_delivered_at.or(Some(now)),
            ..*self
        })
    }
}

/// The time so many seconds later; the last representable instant if it would be later.
fn after(at: Timestamp, seconds: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
#[path = "metering_tests.rs"]
mod tests;
