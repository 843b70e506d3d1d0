//! The use of grants.

use chengji_domain::request::terms::{CountedContent, GrantUse, Voucher};
use chengji_domain::usage::{Period, UsageRecord};
use chengji_domain::{CityCode, Digest, Result};
use chengji_proto::convert::{
    date_from, optional_date_from, optional_date_to, optional_voucher_from, time_from, time_to,
    usage_recorded_from, usage_recorded_to, voucher_to,
};
use chengji_store::Codec;
use jiff::Timestamp;
use jiff::civil::Date;
use prost::Message;

use crate::{decode, required, v1};

/// The codec of [`GrantUse`].
#[derive(Debug)]
pub struct StoredGrantUse;

impl Codec for StoredGrantUse {
    type Record = GrantUse;

    fn encode(used: &GrantUse) -> Result<Vec<u8>> {
        let wire = v1::GrantUse {
            counted: used.counted,
            transfers: used.transfers,
            revision: used.content.revision,
            bytes: used.content.bytes,
            digest: used.content.digest.0.to_vec(),
            finished: used.finished,
            failed: used.failed,
            counted_at: Some(time_to(used.counted_at)),
            first_delivered_at: used.first_delivered_at.map(time_to),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<GrantUse> {
        let wire: v1::GrantUse = decode(bytes)?;
        let first = wire.first_delivered_at.as_ref();
        Ok(GrantUse {
            counted: wire.counted,
            transfers: wire.transfers,
            content: CountedContent {
                revision: wire.revision,
                bytes: wire.bytes,
                digest: Digest::from_slice(&wire.digest)?,
            },
            counted_at: time_from(wire.counted_at.as_ref(), "counted_at")?,
            finished: wire.finished,
            failed: wire.failed,
            first_delivered_at: first
                .map(|at| time_from(Some(at), "first_delivered_at"))
                .transpose()?,
        })
    }
}

/// The codec of the time of a counted fetch.
#[derive(Debug)]
pub struct StoredCountedFetch;

impl Codec for StoredCountedFetch {
    type Record = Timestamp;

    fn encode(at: &Timestamp) -> Result<Vec<u8>> {
        let at = Some(time_to(*at));
        Ok(v1::CountedFetch { at }.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<Timestamp> {
        let wire: v1::CountedFetch = decode(bytes)?;
        time_from(wire.at.as_ref(), "at")
    }
}

/// The last voucher of a consumer's node for a user and an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VouchedFetch {
    /// The user and the operation.
    pub voucher: Voucher,
    /// Position of the last receipt of received data under the request before it; `None` without any.
    pub receipt: Option<u64>,
}

/// The codec of [`VouchedFetch`].
#[derive(Debug)]
pub struct StoredVouchedFetch;

impl Codec for StoredVouchedFetch {
    type Record = VouchedFetch;

    fn encode(vouched: &VouchedFetch) -> Result<Vec<u8>> {
        let wire = v1::VouchedFetch {
            voucher: Some(voucher_to(&vouched.voucher)),
            receipt: vouched.receipt,
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<VouchedFetch> {
        let wire: v1::VouchedFetch = decode(bytes)?;
        let voucher = optional_voucher_from(wire.voucher.as_ref())?;
        Ok(VouchedFetch {
            voucher: required(voucher, "voucher")?,
            receipt: wire.receipt,
        })
    }
}

/// The codec of [`UsageRecord`].
#[derive(Debug)]
pub struct StoredUsageRecord;

impl Codec for StoredUsageRecord {
    type Record = UsageRecord;

    fn encode(record: &UsageRecord) -> Result<Vec<u8>> {
        let wire = v1::UsageRecord {
            id: record.number.to_string(),
            provider: record.provider.to_string(),
            recorded: Some(usage_recorded_to(&record.usage, &record.actor)),
            keep_years: record.keep_years,
            at: Some(time_to(record.at)),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<UsageRecord> {
        let wire: v1::UsageRecord = decode(bytes)?;
        let (usage, actor) = usage_recorded_from(&required(wire.recorded, "recorded")?)?;
        Ok(UsageRecord {
            number: wire.id.parse()?,
            provider: wire.provider.parse()?,
            usage,
            actor,
            at: time_from(wire.at.as_ref(), "at")?,
            keep_years: wire.keep_years,
        })
    }
}

/// The state of the usage records of a grant under which this city received data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageState {
    /// The provider of the data.
    pub provider: CityCode,
    /// Last day of the first period without records; `None` where every period of the grant has them.
    pub next: Option<Date>,
    /// The recorded days, in as few periods as possible; `None` in a record of an earlier version.
    pub recorded: Option<Vec<Period>>,
    /// Last day of the period of whose record people were reminded last.
    pub reminded: Option<Date>,
    /// Last day of the period whose record was the last one that was found overdue.
    pub overdue: Option<Date>,
}

/// The codec of [`UsageState`].
#[derive(Debug)]
pub struct StoredUsageState;

impl Codec for StoredUsageState {
    type Record = UsageState;

    fn encode(state: &UsageState) -> Result<Vec<u8>> {
        let wire = v1::UsageState {
            provider: state.provider.to_string(),
            next: optional_date_to(state.next),
            recorded: state.recorded.as_deref().map(days_to),
            reminded: optional_date_to(state.reminded),
            overdue: optional_date_to(state.overdue),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<UsageState> {
        let wire: v1::UsageState = decode(bytes)?;
        Ok(UsageState {
            provider: wire.provider.parse()?,
            next: optional_date_from(&wire.next, "next")?,
            recorded: wire.recorded.as_ref().map(days_from).transpose()?,
            reminded: optional_date_from(&wire.reminded, "reminded")?,
            overdue: optional_date_from(&wire.overdue, "overdue")?,
        })
    }
}

fn days_to(periods: &[Period]) -> v1::RecordedDays {
    let period = |period: &Period| v1::DayPeriod {
        from: period.from.to_string(),
        to: period.to.to_string(),
    };
    v1::RecordedDays {
        periods: periods.iter().map(period).collect(),
    }
}

fn days_from(wire: &v1::RecordedDays) -> Result<Vec<Period>> {
    let period = |wire: &v1::DayPeriod| {
        Ok(Period {
            from: date_from(&wire.from, "from")?,
            to: date_from(&wire.to, "to")?,
        })
    };
    wire.periods.iter().map(period).collect()
}

#[cfg(test)]
mod tests {
    use chengji_domain::request::Actor;
    use chengji_domain::usage::Usage;
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::strategies::{
        cities, digests, reads_as_written, refuses_incomplete, requests, texts, times,
    };

    proptest! {
        #[test]
        fn usage_records_read_as_they_were_written(
            (number, request, provider) in (requests(), requests(), cities()),
            (at, text, keep_years) in (times(), texts(), 3_u32..30),
            (day, is_destroyed) in (1_i8..28, any::<bool>()),
        ) {
            let from = date(2026, 11, day);
            let person = "city/430100/person/wang.fang".parse().unwrap();
            let record = UsageRecord {
                number,
                provider,
                usage: Usage {
                    request,
                    period: Period { from, to: date(2027, 11, day) },
                    scenario: text.clone(),
                    process: text.clone(),
                    effect: text.clone(),
                    storage: text.clone(),
                    destroyed_on: is_destroyed.then_some(from),
                    destruction: text.clone(),
                    compliance: text,
                },
                actor: Actor::new(person, None),
                at,
                keep_years,
            };
            reads_as_written::<StoredUsageRecord>(&record);
            refuses_incomplete::<StoredUsageRecord>(&record);
            let period = Period { from, to: from };
            let state = UsageState {
                provider,
                next: is_destroyed.then_some(from),
                recorded: is_destroyed.then(|| vec![period]),
                reminded: is_destroyed.then_some(from),
                overdue: is_destroyed.then_some(from),
            };
            reads_as_written::<StoredUsageState>(&state);
            refuses_incomplete::<StoredUsageState>(&state);
        }

        #[test]
        fn what_was_vouched_for_reads_as_it_was_written(
            (operation, receipt) in (texts(), prop::option::of(any::<u64>())),
        ) {
            let vouched = VouchedFetch {
                voucher: Voucher {
                    user: "city/430100/person/wang.fang".parse().unwrap(),
                    department: None,
                    operation: (!operation.is_empty()).then_some(operation),
                },
                receipt,
            };
            reads_as_written::<StoredVouchedFetch>(&vouched);
            refuses_incomplete::<StoredVouchedFetch>(&vouched);
        }

        #[test]
        fn records_of_use_read_as_they_were_written(
            (counted, transfers, revision) in (1_u64.., any::<u64>(), any::<u32>()),
            (bytes, digest, finished) in (any::<u64>(), digests(), any::<bool>()),
            failed in any::<bool>(),
            (counted_at, first_delivered_at) in (times(), prop::option::of(times())),
        ) {
            let content = CountedContent { revision, bytes, digest };
            let used = GrantUse {
                counted,
                transfers,
                content,
                counted_at,
                finished,
                failed,
                first_delivered_at,
            };
            reads_as_written::<StoredGrantUse>(&used);
            refuses_incomplete::<StoredGrantUse>(&used);
            reads_as_written::<StoredCountedFetch>(&counted_at);
            refuses_incomplete::<StoredCountedFetch>(&counted_at);
        }
    }
}
