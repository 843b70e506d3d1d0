//! Return flows.

use chengji_domain::Result;
use chengji_domain::return_flow::{EarlierFlow, FlowEnd, RecordedFlow};
use chengji_proto::convert::{
    actor_from, actor_to, return_flow_end_from, return_flow_end_to, return_flow_from,
    return_flow_to, time_from, time_to,
};
use chengji_store::Codec;
use prost::Message;

use crate::{decode, v1};

/// The codec of [`RecordedFlow`].
#[derive(Debug)]
pub struct StoredReturnFlow;

impl Codec for StoredReturnFlow {
    type Record = RecordedFlow;

    fn encode(recorded: &RecordedFlow) -> Result<Vec<u8>> {
        let end = recorded.end.as_ref().map(|end| v1::ReturnFlowEnd {
            at: Some(time_to(end.at)),
            end: Some(return_flow_end_to(&end.reason, &end.consultation)),
            actor: Some(actor_to(&end.actor)),
        });
        let wire = v1::ReturnFlow {
            number: recorded.number.to_string(),
            code: recorded.code.to_string(),
            flow: Some(return_flow_to(&recorded.flow)),
            actor: Some(actor_to(&recorded.actor)),
            at: Some(time_to(recorded.at)),
            end,
            awaited: recorded.is_awaited,
            earlier: recorded.earlier.iter().map(earlier_to).collect(),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<RecordedFlow> {
        let wire: v1::ReturnFlow = decode(bytes)?;
        let end = wire.end.map(|ended| -> Result<FlowEnd> {
            let (reason, consultation) = return_flow_end_from(ended.end.as_ref())?;
            Ok(FlowEnd {
                at: time_from(ended.at.as_ref(), "at")?,
                reason,
                consultation,
                actor: actor_from(ended.actor.as_ref())?,
            })
        });
        let earlier = wire.earlier.iter().map(earlier_from);
        Ok(RecordedFlow {
            number: wire.number.parse()?,
            code: wire.code.parse()?,
            flow: return_flow_from(wire.flow.as_ref())?,
            actor: actor_from(wire.actor.as_ref())?,
            at: time_from(wire.at.as_ref(), "at")?,
            end: end.transpose()?,
            is_awaited: wire.awaited,
            earlier: earlier.collect::<Result<_>>()?,
        })
    }
}

fn earlier_to(flow: &EarlierFlow) -> v1::EarlierReturnFlow {
    v1::EarlierReturnFlow {
        to: flow.to.map_or_else(String::new, |city| city.to_string()),
        at: Some(time_to(flow.at)),
        ended_at: Some(time_to(flow.ended_at)),
    }
}

fn earlier_from(wire: &v1::EarlierReturnFlow) -> Result<EarlierFlow> {
    let to = Some(wire.to.as_str()).filter(|to| !to.is_empty());
    Ok(EarlierFlow {
        to: to.map(str::parse).transpose()?,
        at: time_from(wire.at.as_ref(), "at")?,
        ended_at: time_from(wire.ended_at.as_ref(), "ended_at")?,
    })
}

#[cfg(test)]
mod tests {
    use chengji_domain::request::Actor;
    use chengji_domain::return_flow::ReturnFlow;
    use proptest::prelude::*;

    use super::*;
    use crate::strategies::{
        cities, codes, reads_as_written, refuses_incomplete, requests, texts, times,
    };

    proptest! {
        #[test]
        fn a_return_flow_reads_as_it_was_written(
            (number, code) in (requests(), codes()),
            to in proptest::option::of(cities()),
            (rows, reason) in (texts(), texts()),
            (at, ended_at) in (times(), times()),
            (has_ended, is_awaited, has_earlier) in any::<(bool, bool, bool)>(),
        ) {
            let actor = || Actor::new("city/430000/person/shen.pi".parse().unwrap(), None);
            let end = has_ended.then(|| FlowEnd {
                at: ended_at,
                reason: reason.clone(),
                consultation: reason,
                actor: actor(),
            });
            let earlier = EarlierFlow { to, at, ended_at };
            let earlier = Vec::from_iter(has_earlier.then_some(earlier));
            let flow = ReturnFlow { to, rows };
            let recorded = RecordedFlow { number, code, flow, actor: actor(), at, end, is_awaited, earlier };
            reads_as_written::<StoredReturnFlow>(&recorded);
            refuses_incomplete::<StoredReturnFlow>(&recorded);
        }
    }
}
