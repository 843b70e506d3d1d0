//! The use of granted data.

use chengji_domain::Error;
use chengji_domain::request::Actor;
use chengji_domain::request::terms::Voucher;
use chengji_domain::usage::{Period, Usage, UsageFact, UsageRecord};
use jiff::ToSpan;
use jiff::civil::Date;

use super::actor::{actor_from, actor_to, department_code_from, department_code_to};
use super::deadline::{deadline_from, deadline_to};
use super::request::id_from;
use super::{date_from, missing, time_to};
use crate::v1;
use crate::v1::body::Fact as Wire;

/// Converts a voucher to the wire.
pub fn voucher_to(voucher: &Voucher) -> v1::Voucher {
    v1::Voucher {
        user: voucher.user.to_string(),
        department: department_code_to(voucher.department),
        operation: voucher.operation.clone().unwrap_or_default(),
    }
}

/// Converts a voucher from the wire, where there is one. Its operation is not checked.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a malformed field.
pub fn optional_voucher_from(wire: Option<&v1::Voucher>) -> Result<Option<Voucher>, Error> {
    wire.map(voucher_from).transpose()
}

fn voucher_from(wire: &v1::Voucher) -> Result<Voucher, Error> {
    let operation = wire.operation.clone();
    Ok(Voucher {
        user: wire.user.parse()?,
        department: department_code_from(&wire.department)?,
        operation: (!operation.is_empty()).then_some(operation),
    })
}

/// Converts a usage record's content and actor to their form in logs.
pub fn usage_recorded_to(usage: &Usage, actor: &Actor) -> v1::UsageRecorded {
    v1::UsageRecorded {
        usage: Some(usage_to(usage)),
        actor: Some(actor_to(actor)),
    }
}

/// Converts a usage record's content and actor from a log.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a malformed field.
pub fn usage_recorded_from(wire: &v1::UsageRecorded) -> Result<(Usage, Actor), Error> {
    let actor = actor_from(wire.actor.as_ref())?;
    Ok((usage_from(wire.usage.as_ref())?, actor))
}

fn usage_to(usage: &Usage) -> v1::Usage {
    v1::Usage {
        request: usage.request.to_string(),
        from: usage.period.from.to_string(),
        to: usage.period.to.to_string(),
        scenario: usage.scenario.clone(),
        process: usage.process.clone(),
        effect: usage.effect.clone(),
        storage: usage.storage.clone(),
        destroyed_on: optional_date_to(usage.destroyed_on),
        destruction: usage.destruction.clone(),
        compliance: usage.compliance.clone(),
    }
}

/// Converts the content of a usage record from the wire. Its texts are not checked.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a malformed field.
pub fn usage_from(wire: Option<&v1::Usage>) -> Result<Usage, Error> {
    let wire = wire.ok_or_else(|| missing("usage"))?;
    Ok(Usage {
        request: id_from(&wire.request)?,
        period: Period {
            from: date_from(&wire.from, "from")?,
            to: date_from(&wire.to, "to")?,
        },
        scenario: wire.scenario.clone(),
        process: wire.process.clone(),
        effect: wire.effect.clone(),
        storage: wire.storage.clone(),
        destroyed_on: optional_date_from(&wire.destroyed_on, "destroyed_on")?,
        destruction: wire.destruction.clone(),
        compliance: wire.compliance.clone(),
    })
}

/// Converts a date that may be absent from the wire, where it is then empty. Errors: `INVALID_ARGUMENT`.
pub fn optional_date_from(text: &str, field: &str) -> Result<Option<Date>, Error> {
    match text {
        "" => Ok(None),
        text => date_from(text, field).map(Some),
    }
}

/// Converts a date that may be absent to the wire.
pub fn optional_date_to(date: Option<Date>) -> String {
    date.map(|date| date.to_string()).unwrap_or_default()
}

/// A usage record, as its reader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageView {
    /// The record.
    pub record: UsageRecord,
    /// True for a reader of the consumer's city, who sees the people that it names.
    pub is_own: bool,
}

/// Converts a usage record to the wire.
pub fn usage_record_to(view: &UsageView) -> v1::UsageRecord {
    let UsageView { record, is_own } = view;
    let department = Actor {
        department: record.actor.department,
        ..Actor::from(chengji_domain::Principal::Node(record.number.city))
    };
    let years = i64::from(record.keep_years).min(1_000);
    let keep_until = record.usage.period.to.checked_add(years.years());
    v1::UsageRecord {
        id: record.number.to_string(),
        consumer: record.number.city.to_string(),
        provider: record.provider.to_string(),
        usage: Some(usage_to(&record.usage)),
        actor: Some(actor_to(if *is_own { &record.actor } else { &department })),
        at: Some(time_to(record.at)),
        keep_until: optional_date_to(keep_until.ok()),
    }
}

pub(super) fn usage_fact_to(fact: &UsageFact) -> Wire {
    match fact {
        UsageFact::Recorded { usage, actor } => {
            Wire::UsageRecorded(usage_recorded_to(usage, actor))
        }
        UsageFact::Vouched { request, voucher } => Wire::UseVouched(v1::UseVouched {
            request: request.to_string(),
            voucher: Some(voucher_to(voucher)),
        }),
        UsageFact::Reminded {
            request,
            provider,
            period,
            deadline,
            overdue,
        } => {
            let (deadline, provisional) = deadline_to(*deadline);
            Wire::UsageReminded(v1::UsageReminded {
                request: request.to_string(),
                provider: provider.to_string(),
                from: period.from.to_string(),
                to: period.to.to_string(),
                deadline,
                provisional,
                overdue: *overdue,
            })
        }
    }
}

pub(super) fn usage_fact_from(wire: Wire) -> Result<UsageFact, Error> {
    Ok(match wire {
        Wire::UsageRecorded(recorded) => {
            let (usage, actor) = usage_recorded_from(&recorded)?;
            let usage = Box::new(usage);
            UsageFact::Recorded { usage, actor }
        }
        Wire::UseVouched(vouched) => {
            let voucher = vouched.voucher.as_ref();
            UsageFact::Vouched {
                request: id_from(&vouched.request)?,
                voucher: voucher_from(voucher.ok_or_else(|| missing("voucher"))?)?,
            }
        }
        Wire::UsageReminded(reminded) => UsageFact::Reminded {
            request: id_from(&reminded.request)?,
            provider: reminded.provider.parse()?,
            period: Period {
                from: date_from(&reminded.from, "from")?,
                to: date_from(&reminded.to, "to")?,
            },
            deadline: deadline_from(&reminded.deadline, reminded.provisional)?,
            overdue: reminded.overdue,
        },
        _ => return Err(missing("fact")),
    })
}

#[cfg(test)]
mod tests {
    use chengji_domain::calendar::Deadline;

    use super::*;

    #[test]
    fn facts_of_use_read_as_they_were_written() {
        for (department, operation) in [(None, None), (Some("91350100M000100Y43"), Some("统计"))]
        {
            let fact = UsageFact::Vouched {
                request: "430100-1-7-AAAAAAAAAAAAA".parse().unwrap(),
                voucher: Voucher {
                    user: "city/430100/person/wang.fang".parse().unwrap(),
                    department: department.map(|code| code.parse().unwrap()),
                    operation: operation.map(str::to_owned),
                },
            };
            assert_eq!(usage_fact_from(usage_fact_to(&fact)), Ok(fact));
        }
        for destroyed_on in [None, Some(jiff::civil::date(2027, 11, 20))] {
            let fact = UsageFact::Recorded {
                usage: Box::new(usage(destroyed_on)),
                actor: actor(),
            };
            assert_eq!(usage_fact_from(usage_fact_to(&fact)), Ok(fact));
        }
        for (provisional, overdue) in [(false, false), (true, true)] {
            let fact = UsageFact::Reminded {
                request: "430100-1-7-AAAAAAAAAAAAA".parse().unwrap(),
                provider: "430200".parse().unwrap(),
                period: usage(None).period,
                deadline: Deadline {
                    date: jiff::civil::date(2027, 12, 24),
                    provisional,
                },
                overdue,
            };
            assert_eq!(usage_fact_from(usage_fact_to(&fact)), Ok(fact));
        }
    }

    fn actor() -> Actor {
        let department = "91350100M000100Y43".parse().unwrap();
        Actor::new(
            "city/430100/person/wang.fang".parse().unwrap(),
            Some(department),
        )
    }

    fn usage(destroyed_on: Option<Date>) -> Usage {
        let text = || "已用于核验".to_owned();
        Usage {
            request: "430100-1-7-AAAAAAAAAAAAA".parse().unwrap(),
            period: Period {
                from: jiff::civil::date(2026, 11, 27),
                to: jiff::civil::date(2027, 11, 26),
            },
            scenario: text(),
            process: text(),
            effect: text(),
            storage: text(),
            destroyed_on,
            destruction: text(),
            compliance: text(),
        }
    }

    #[test]
    fn other_cities_read_the_department_and_no_person() {
        let record = UsageRecord {
            number: "430100-1-9-AAAAAAAAAAAAA".parse().unwrap(),
            provider: "430200".parse().unwrap(),
            usage: usage(None),
            actor: actor(),
            at: jiff::Timestamp::UNIX_EPOCH,
            keep_years: 3,
        };
        let named = |is_own| {
            let record = record.clone();
            let wire = usage_record_to(&UsageView { record, is_own });
            assert_eq!(wire.keep_until, "2030-11-26");
            let actor = wire.actor.unwrap();
            (actor.principal, actor.department)
        };
        let department = || "91350100M000100Y43".to_owned();
        assert_eq!(
            named(true),
            ("city/430100/person/wang.fang".to_owned(), department())
        );
        assert_eq!(named(false), ("city/430100/node".to_owned(), department()));
    }
}
