//! The use of granted data, as its consumer records it (使用记录, Order 809, art. 25).
//!
//! A consumer records its use of the data of each grant, period by period: after each year or the shorter time that the
//! grant names, and at the end. A record covers the days that it names; a period of the schedule is missing until
//! records cover all of its days. Records are kept for at least three years.

use chengji_messages::msg;
use jiff::civil::Date;
use jiff::{Span, Timestamp};

use crate::calendar::{Deadline, local_date};
use crate::city::CityCode;
use crate::error::Result;
use crate::field::Field;
use crate::log_entry::Audience;
use crate::principal::Principal;
use crate::request::terms::{GrantTerms, Keeping, Voucher};
use crate::request::{
    Actor, MoveKind, OPTIONAL, REQUIRED, RequestHistory, RequestId, State, violations_to_result,
};

/// Least number of years for which records are kept.
pub const LEAST_YEARS: u32 = 3;

/// Number of months after which a record is due where the grant names none.
pub const YEARLY: u32 = 12;

/// Maximum number of periods of a grant.
const MAX_PERIODS: i32 = 1_000;

/// A fact about the use of granted data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsageFact {
    /// The use in a period was recorded.
    Recorded {
        /// The content.
        usage: Box<Usage>,
        /// The actor.
        actor: Actor,
    },
    /// The consumer's node vouches for the user and the operation of a fetch.
    Vouched {
        /// The request.
        request: RequestId,
        /// The user and the operation.
        voucher: Voucher,
    },
    /// The record of the first period without one is due soon, or overdue.
    Reminded {
        /// The request.
        request: RequestId,
        /// The provider of the data.
        provider: CityCode,
        /// The period.
        period: Period,
        /// The last day to record it.
        deadline: Deadline,
        /// True if that day is over.
        overdue: bool,
    },
}

impl UsageFact {
    /// Returns every principal that it names.
    pub fn principals(&self) -> impl Iterator<Item = &Principal> {
        let (actor, user) = match self {
            Self::Recorded { actor, .. } => (Some(actor), None),
            Self::Vouched { voucher, .. } => (None, Some(&voucher.user)),
            Self::Reminded { .. } => (None, None),
        };
        actor.into_iter().flat_map(Actor::principals).chain(user)
    }

    /// Returns the audience of the fact's entry. What others may read of the use of their data goes from node to node;
    /// the coordinator reads that a record is overdue, which it counts.
    pub fn audience(&self) -> Audience {
        match self {
            Self::Reminded { overdue: true, .. } => Audience::Coordinator,
            Self::Recorded { .. } | Self::Vouched { .. } | Self::Reminded { .. } => Audience::Own,
        }
    }
}

/// The use of a grant's data in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// The request with the grant.
    pub request: RequestId,
    /// The period.
    pub period: Period,
    /// Scenario of the use (使用场景).
    pub scenario: String,
    /// Process of the use (使用过程): by whom, how often, by which systems.
    pub process: String,
    /// Effect of the use (使用成效).
    pub effect: String,
    /// Storage of the data (存储情况): where, and how protected.
    pub storage: String,
    /// Day on which the data was destroyed; `None` while it is kept.
    pub destroyed_on: Option<Date>,
    /// Destruction of the data (销毁情况): what, how, with which evidence; empty while it is kept.
    pub destruction: String,
    /// Compliance with the agreed terms of the grant; may be empty where it has none.
    pub compliance: String,
}

/// Days from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

/// A record of use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageRecord {
    /// Its number: the position at which it was recorded.
    pub number: RequestId,
    /// The provider of the data.
    pub provider: CityCode,
    /// The content.
    pub usage: Usage,
    /// The actor.
    pub actor: Actor,
    /// Time of its record.
    pub at: Timestamp,
    /// Number of years for which it is kept at least.
    pub keep_years: u32,
}

impl Usage {
    /// Refuses texts that may not be recorded, and a destruction without description.
    /// `is_compliance_due` says that the grant has agreed terms. Errors: `INVALID_ARGUMENT`, with all mistakes.
    pub fn check(&self, is_compliance_due: bool) -> Result<()> {
        let rule = |is_due| if is_due { REQUIRED } else { OPTIONAL };
        let texts = [
            (Field::Scenario, &self.scenario, REQUIRED),
            (Field::UsageProcess, &self.process, REQUIRED),
            (Field::UsageEffect, &self.effect, REQUIRED),
            (Field::UsageStorage, &self.storage, REQUIRED),
            (
                Field::Destruction,
                &self.destruction,
                rule(self.destroyed_on.is_some()),
            ),
            (Field::Compliance, &self.compliance, rule(is_compliance_due)),
        ];
        let violations = texts
            .iter()
            .filter_map(|(field, text, rule)| rule.violation(*field, text));
        violations_to_result(violations.collect(), |fields| {
            msg::UsageNotValid { fields }.into()
        })
    }
}

/// Returns true if the terms have agreed ones, whose keeping a usage record reports.
pub fn has_agreed_terms(terms: &GrantTerms) -> bool {
    let mut kinds = terms.kinds().into_iter();
    kinds.any(|kind| kind.keeping() == Keeping::Agreed)
}

/// The periods for which the use of a grant's data is to be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The first day.
    pub from: Date,
    /// The last day: the end of the grant.
    pub to: Date,
    /// Number of months of a period.
    pub months: u32,
}

impl Schedule {
    /// Returns the schedule of a request's grant, present or former; `None` without a grant.
    pub fn of(history: &RequestHistory) -> Option<Self> {
        let request = history.state().ok()?;
        let terms = &request.grant()?.terms;
        let granted = history
            .steps
            .iter()
            .find(|step| step.mv.grant().is_some())?;
        let until = local_date(terms.until);
        let ends = |kind| matches!(kind, MoveKind::Close | MoveKind::Terminate);
        let ended = match request.state(Timestamp::MIN) {
            State::Closed | State::Terminated => {
                // A dispute may have put an earlier end aside.
                let mut steps = history.steps.iter().rev();
                steps.find(|step| ends(step.mv.kind()))
            }
            _ => None,
        };
        let from = local_date(granted.at);
        let to = ended.map_or(until, |step| until.min(local_date(step.at)));
        Some(Self {
            from,
            to: to.max(from),
            months: terms.duties.records_every_months.unwrap_or(YEARLY).max(1),
        })
    }

    /// Returns the periods, oldest first, at most 1,000.
    pub fn periods(self) -> impl Iterator<Item = Period> {
        let months = i32::try_from(self.months).unwrap_or(i32::MAX);
        // Each is counted from the first day, so that a short month moves none of the later ones.
        let begin = move |number: i32| {
            let months = Span::new().try_months(number.checked_mul(months)?).ok()?;
            self.from.checked_add(months).ok()
        };
        (0..MAX_PERIODS).map_while(move |number| {
            let from = begin(number).filter(|from| *from <= self.to)?;
            let next = begin(number + 1).and_then(|next| next.yesterday().ok());
            let to = next.map_or(self.to, |last| last.min(self.to));
            Some(Period { from, to })
        })
    }

    /// Returns the periods that these records do not cover, oldest first, whether over or not.
    pub fn uncovered(self, records: &[Period]) -> impl Iterator<Item = Period> {
        let mut records = records.to_vec();
        records.sort();
        self.periods()
            .filter(move |period| !period.is_covered_by(&records))
    }
}

impl Period {
    /// Returns true if its last day is over.
    pub fn is_over(self, today: Date) -> bool {
        self.to < today
    }

    /// Returns the days of these periods in as few periods as possible, ordered.
    pub fn merged(periods: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut ordered: Vec<Self> = periods.into_iter().collect();
        ordered.sort();
        let mut merged: Vec<Self> = Vec::new();
        for period in ordered {
            let last = merged.last_mut();
            match last.filter(|last| period.from <= last.to.tomorrow().unwrap_or(Date::MAX)) {
                Some(last) => last.to = last.to.max(period.to),
                None => merged.push(period),
            }
        }
        merged
    }

    /// Returns true if each day is among these periods, which are ordered.
    fn is_covered_by(self, ordered: &[Self]) -> bool {
        let mut next = self.from;
        for known in ordered {
            if known.from <= next && known.to >= next {
                match known.to.tomorrow() {
                    Ok(day) => next = day,
                    Err(_) => return true,
                }
            }
        }
        next > self.to
    }
}

#[cfg(test)]
#[path = "usage_tests.rs"]
mod tests;
