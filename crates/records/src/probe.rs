//! Probes.

use chengji_domain::Result;
use chengji_domain::probe::{ProbeMade, ProbeRecord};
use chengji_proto::convert::{
    origin_from, origin_to, probe_made_from, probe_made_to, probe_order_from, probe_order_to,
    time_from, time_to,
};
use chengji_store::Codec;
use prost::Message;

use crate::{decode, required, v1};

/// The codec of [`ProbeRecord`].
#[derive(Debug)]
pub struct StoredProbe;

impl Codec for StoredProbe {
    type Record = ProbeRecord;

    fn encode(record: &ProbeRecord) -> Result<Vec<u8>> {
        let made = record.made.as_ref();
        let wire = v1::ProbeRecord {
            order: Some(probe_order_to(&record.order)),
            made_at: made.map(|(at, _)| time_to(*at)),
            made: made.map(|(_, outcome)| {
                probe_made_to(&ProbeMade {
                    number: record.number,
                    provider: record.order.provider,
                    code: record.order.code.clone(),
                    outcome: outcome.clone(),
                })
            }),
            number: Some(origin_to(record.number)),
            at: Some(time_to(record.at)),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<ProbeRecord> {
        let wire: v1::ProbeRecord = decode(bytes)?;
        let made = match (&wire.made, &wire.made_at) {
            (None, None) => None,
            (made, at) => {
                let made = probe_made_from(&required(made.clone(), "made")?)?;
                Some((time_from(at.as_ref(), "made_at")?, made.outcome))
            }
        };
        Ok(ProbeRecord {
            number: origin_from(wire.number.as_ref())?,
            at: time_from(wire.at.as_ref(), "at")?,
            order: probe_order_from(&required(wire.order, "order")?)?,
            made,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chengji_domain::ErrorCode;
    use chengji_domain::fact::Measurement;
    use chengji_domain::probe::{
        Declaration, ProbeDifference, ProbeOrder, ProbeOutcome, ProbeRead,
    };
    use chengji_domain::problem::Problem;
    use chengji_messages::msg;
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::strategies::{
        cities, codes, digests, origins, reads_as_written, refuses_incomplete, times,
    };

    proptest! {
        #[test]
        fn a_probe_reads_as_it_was_written(
            (provider, prober, code) in (cities(), cities(), codes()),
            (number, at, made_at) in (origins(), times(), times()),
            (bytes, rows, digest) in (any::<u64>(), proptest::option::of(any::<u64>()), digests()),
            outcome in proptest::option::of(0..3),
            differences in proptest::collection::btree_set(
                proptest::sample::select(&ProbeDifference::ALL[..]), 1..4,
            ),
        ) {
            let read = ProbeRead { revision: 2, bytes, rows, digest };
            let outcome = outcome.map(|kind: i32| match kind {
                0 => ProbeOutcome::Matched(read),
                1 => ProbeOutcome::Differed { read, differences: BTreeSet::clone(&differences) },
                _ => ProbeOutcome::Unreadable(Problem::new(
                    ErrorCode::PeerUnavailable,
                    msg::NoAnswerInTime { seconds: 5_u64 },
                )),
            });
            let measurement = Measurement { bytes, rows, digest, at };
            let record = ProbeRecord {
                number,
                at,
                order: ProbeOrder {
                    provider,
                    code,
                    prober,
                    until: date(2026, 12, 7),
                    declared: Declaration { revision: 1, measurement },
                },
                made: outcome.map(|outcome| (made_at, outcome)),
            };
            reads_as_written::<StoredProbe>(&record);
            refuses_incomplete::<StoredProbe>(&record);
        }
    }
}
