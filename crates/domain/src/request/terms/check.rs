//! The check of a grant's terms, where they are made. Recorded terms are not checked again.

use std::collections::BTreeSet;

use chengji_messages::{Message, msg};

use super::{GrantTerms, Limits, TermKind, User};
use crate::city::CityCode;
use crate::error::{Error, ErrorCode, Result};
use crate::principal::Principal;
use crate::request::MAX_PERIOD_DAYS;
use crate::text::TextRule;

/// Maximum number of reads within the period of a rate.
pub(super) const MAX_RATE: u64 = 1_000_000;

/// Longest period of a rate in seconds: a year of 366 days.
pub(super) const MAX_RATE_SECONDS: u32 = 366 * 24 * 60 * 60;

/// Maximum numbers of connectors, users and operations.
const MAX_CONNECTORS: usize = 8;
const MAX_USERS: usize = 32;
const MAX_OPERATIONS: usize = 16;

/// The name of an operation.
const OPERATION: TextRule = TextRule::line(1, 30);

/// A range in words.
const RANGE: TextRule = TextRule::lines(1, 200);

/// Years for which usage records are kept at least (Order 809, art. 25), and at most by a term.
const RECORDS_YEARS: std::ops::RangeInclusive<u64> = 3..=30;

impl GrantTerms {
    /// Refuses limits and duties that a grant to this consumer may not have: numbers out of range, empty lists,
    /// principals of other parties, and texts that may not be recorded. Errors: `INVALID_ARGUMENT`.
    pub fn check(&self, consumer: CityCode) -> Result<()> {
        self.limits.check(consumer)?;
        let days = self.duties.destroy_within_days.map(u64::from);
        in_range(TermKind::Destroy, days, 0..=u64::from(MAX_PERIOD_DAYS))?;
        let years = self.duties.records_years.map(u64::from);
        in_range(TermKind::Records, years, RECORDS_YEARS)?;
        let months = self.duties.records_every_months.map(u64::from);
        in_range(TermKind::Records, months, 1..=12)
    }
}

impl Limits {
    fn check(&self, consumer: CityCode) -> Result<()> {
        in_range(TermKind::Count, self.count, 1..=u64::from(u32::MAX))?;
        in_range(
            TermKind::Rate,
            self.rate.map(|rate| rate.count),
            1..=MAX_RATE,
        )?;
        let seconds = self.rate.map(|rate| u64::from(rate.seconds));
        in_range(TermKind::Rate, seconds, 1..=u64::from(MAX_RATE_SECONDS))?;
        let days = self.period_days.map(u64::from);
        in_range(TermKind::Period, days, 1..=u64::from(MAX_PERIOD_DAYS))?;
        self.check_lists(consumer)?;
        text(TermKind::VisibleRange, self.visible_range.as_deref(), RANGE)?;
        text(TermKind::UsableRange, self.usable_range.as_deref(), RANGE)
    }

    fn check_lists(&self, consumer: CityCode) -> Result<()> {
        let connectors = self.connectors.as_ref();
        sized(TermKind::Connector, connectors, MAX_CONNECTORS)?;
        for who in connectors.into_iter().flatten() {
            let is_program = matches!(who, Principal::Node(_) | Principal::App { .. });
            of_consumer(TermKind::Connector, who, is_program, consumer)?;
        }
        let users = self.users.as_ref();
        sized(TermKind::User, users, MAX_USERS)?;
        for user in users.into_iter().flatten() {
            if let User::Principal(who) = user {
                let is_user = matches!(who, Principal::Person { .. } | Principal::App { .. });
                of_consumer(TermKind::User, who, is_user, consumer)?;
            }
        }
        let operations = self.operations.as_ref();
        sized(TermKind::Operation, operations, MAX_OPERATIONS)?;
        let mut names = operations.into_iter().flatten();
        names.try_for_each(|name| text(TermKind::Operation, Some(name.as_str()), OPERATION))
    }
}

/// Refuses the name of an operation that may not be recorded. Errors: `INVALID_ARGUMENT`.
pub(super) fn check_operation(name: &str) -> Result<()> {
    text(TermKind::Operation, Some(name), OPERATION)
}

fn in_range(
    term: TermKind,
    number: Option<u64>,
    range: std::ops::RangeInclusive<u64>,
) -> Result<()> {
    match number {
        Some(number) if !range.contains(&number) => invalid(msg::GrantTermOutOfRange {
            term: term.label(),
            number,
            least: *range.start(),
            most: *range.end(),
        }),
        _ => Ok(()),
    }
}

fn sized<T>(term: TermKind, list: Option<&BTreeSet<T>>, most: usize) -> Result<()> {
    match list {
        Some(list) if list.is_empty() || list.len() > most => invalid(msg::GrantTermNotSized {
            term: term.label(),
            most,
        }),
        _ => Ok(()),
    }
}

fn of_consumer(
    term: TermKind,
    who: &Principal,
    is_of_kind: bool,
    consumer: CityCode,
) -> Result<()> {
    if is_of_kind && who.city() == Some(consumer) {
        return Ok(());
    }
    let term = term.label();
    invalid(msg::GrantTermForeign {
        term,
        who,
        consumer,
    })
}

fn text(term: TermKind, words: Option<&str>, rule: TextRule) -> Result<()> {
    let fault = words.and_then(|words| rule.fault(words));
    fault.map_or(Ok(()), |fault| {
        let term = term.label();
        invalid(msg::GrantTermText { term, fault })
    })
}

fn invalid(message: impl Into<Message>) -> Result<()> {
    Err(Error::new(ErrorCode::InvalidArgument, message))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::{Duties, Rate};
    use super::*;

    fn checked(limits: Limits, duties: Duties) -> Result<(), String> {
        let terms = GrantTerms {
            limits: Box::new(limits),
            duties,
            ..GrantTerms::file(Timestamp::MAX)
        };
        let checked = terms.check("430100".parse().unwrap());
        checked.map_err(|error| error.message().code().to_owned())
    }

    fn principals(name: &str) -> Option<BTreeSet<Principal>> {
        Some([name.parse::<Principal>().unwrap()].into())
    }

    #[test]
    fn terms_of_the_consumer_within_their_ranges_are_made() {
        let limits = Limits {
            count: Some(3),
            rate: Some(Rate {
                count: 1,
                seconds: 86_400,
            }),
            period_days: Some(90),
            connectors: principals("city/430100/node"),
            users: Some(
                [
                    User::Principal("city/430100/person/wang.fang".parse().unwrap()),
                    User::Department("91350100M000100Y43".parse().unwrap()),
                ]
                .into(),
            ),
            operations: Some(["统计".to_owned()].into()),
            visible_range: Some("本单位".to_owned()),
            usable_range: Some("本市".to_owned()),
        };
        let duties = Duties {
            notify: true,
            destroy_within_days: Some(0),
            records_years: Some(3),
            records_every_months: Some(6),
        };
        assert_eq!(checked(limits, duties), Ok(()));
        assert_eq!(checked(Limits::default(), Duties::default()), Ok(()));
    }

    #[test]
    fn others_are_refused() {
        let none = Limits::default;
        let rate = |count, seconds| Some(Rate { count, seconds });
        let refused = [
            (
                "grant-term-out-of-range",
                vec![
                    Limits {
                        count: Some(0),
                        ..none()
                    },
                    Limits {
                        rate: rate(1, 0),
                        ..none()
                    },
                    Limits {
                        rate: rate(0, 1),
                        ..none()
                    },
                    Limits {
                        period_days: Some(2_000),
                        ..none()
                    },
                ],
            ),
            (
                "grant-term-not-sized",
                vec![Limits {
                    users: Some(BTreeSet::new()),
                    ..none()
                }],
            ),
            (
                "grant-term-foreign",
                vec![
                    Limits {
                        connectors: principals("city/430200/node"),
                        ..none()
                    },
                    Limits {
                        connectors: principals("city/430100/person/a"),
                        ..none()
                    },
                ],
            ),
            (
                "grant-term-text",
                vec![
                    Limits {
                        operations: Some([String::new()].into()),
                        ..none()
                    },
                    Limits {
                        usable_range: Some("x".repeat(201)),
                        ..none()
                    },
                ],
            ),
        ];
        for (code, limits) in refused {
            for limits in limits {
                let shown = format!("{limits:?}");
                let found = checked(limits, Duties::default());
                assert_eq!(found, Err(code.to_owned()), "{shown}");
            }
        }
        let records = Duties {
            records_years: Some(2),
            ..Duties::default()
        };
        assert_eq!(
            checked(none(), records),
            Err("grant-term-out-of-range".to_owned())
        );
    }
}
