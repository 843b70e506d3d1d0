//! Return flows: their facts, and the records of them in answers.

use std::collections::BTreeSet;

use chengji_domain::proposal::Proposal;
use chengji_domain::return_flow::{
    FlowEnd, RecordedFlow, ReturnFlow, ReturnFlowAct, ReturnFlowFact, ReturnFlowNote,
};
use chengji_domain::{CityCode, Error};
use prost::Message;

use super::actor::{actor_from, actor_to};
use super::moves::bounded;
use super::stop::{origin_from, origin_to};
use super::{code_from, missing, newer, time_from, time_to};
use crate::service::Parse;
use crate::v1;
use crate::v1::return_flow_act::Act;

/// Converts a return flow to its form in logs.
pub fn return_flow_to(flow: &ReturnFlow) -> v1::ReturnFlow {
    v1::ReturnFlow {
        to: flow.to.map(|city| city.to_string()).unwrap_or_default(),
        rows: flow.rows.clone(),
    }
}

/// Converts a return flow from a log, a record or a call. It is not checked.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a malformed field.
pub fn return_flow_from(wire: Option<&v1::ReturnFlow>) -> Result<ReturnFlow, Error> {
    let wire = wire.ok_or_else(|| missing("flow"))?;
    Ok(ReturnFlow {
        to: match wire.to.as_str() {
            "" => None,
            city => Some(city.parse()?),
        },
        rows: wire.rows.clone(),
    })
}

/// Converts the reason for an end and the consultation to their form in logs.
pub fn return_flow_end_to(reason: &str, consultation: &str) -> v1::ReturnFlowEnd {
    v1::ReturnFlowEnd {
        reason: reason.to_owned(),
        consultation: consultation.to_owned(),
    }
}

/// Converts the reason for an end and the consultation from their form in logs.
///
/// # Errors
///
/// `INVALID_ARGUMENT` if it is absent.
pub fn return_flow_end_from(wire: Option<&v1::ReturnFlowEnd>) -> Result<(String, String), Error> {
    let wire = wire.ok_or_else(|| missing("end"))?;
    Ok((wire.reason.clone(), wire.consultation.clone()))
}

pub(super) fn return_flow_act_to(act: &ReturnFlowAct) -> v1::ReturnFlowAct {
    let wire = match act {
        ReturnFlowAct::Declare { flow, .. } => Act::Declare(return_flow_to(flow)),
        ReturnFlowAct::End {
            reason,
            consultation,
            ..
        } => Act::End(return_flow_end_to(reason, consultation)),
    };
    v1::ReturnFlowAct {
        code: act.code().to_string(),
        act: Some(wire),
    }
}

pub(super) fn return_flow_act_from(wire: &v1::ReturnFlowAct) -> Result<ReturnFlowAct, Error> {
    bounded("act", wire.encoded_len())?;
    let code = wire.code.parse()?;
    Ok(match wire.act.as_ref().ok_or_else(|| newer("act"))? {
        Act::Declare(flow) => ReturnFlowAct::Declare {
            code,
            flow: return_flow_from(Some(flow))?,
        },
        Act::End(end) => {
            let (reason, consultation) = return_flow_end_from(Some(end))?;
            ReturnFlowAct::End {
                code,
                reason,
                consultation,
            }
        }
    })
}

pub(super) fn return_flow_fact_to(fact: &ReturnFlowFact) -> v1::ReturnFlowChanged {
    v1::ReturnFlowChanged {
        act: Some(return_flow_act_to(&fact.act)),
        actor: Some(actor_to(&fact.actor)),
    }
}

pub(super) fn return_flow_fact_from(wire: &v1::ReturnFlowChanged) -> Result<ReturnFlowFact, Error> {
    let act = wire.act.as_ref().ok_or_else(|| missing("act"))?;
    Ok(ReturnFlowFact {
        act: return_flow_act_from(act)?,
        actor: actor_from(wire.actor.as_ref())?,
    })
}

pub(super) fn return_flow_note_to(note: &ReturnFlowNote) -> v1::ReturnFlowNoted {
    let readers = note.readers.iter().flatten();
    v1::ReturnFlowNoted {
        provider: note.provider.to_string(),
        origin: Some(origin_to(note.origin)),
        at: Some(time_to(note.at)),
        changed: Some(return_flow_fact_to(&note.fact)),
        readers: readers.map(CityCode::to_string).collect(),
    }
}

pub(super) fn return_flow_note_from(wire: &v1::ReturnFlowNoted) -> Result<ReturnFlowNote, Error> {
    let changed = wire.changed.as_ref().ok_or_else(|| missing("changed"))?;
    let readers = wire.readers.iter().map(|city| city.parse::<CityCode>());
    let readers = readers.collect::<Result<BTreeSet<_>, _>>()?;
    Ok(ReturnFlowNote {
        provider: wire.provider.parse()?,
        origin: origin_from(wire.origin.as_ref())?,
        at: time_from(wire.at.as_ref(), "at")?,
        fact: return_flow_fact_from(changed)?,
        readers: Some(readers).filter(|readers| !readers.is_empty()),
    })
}

/// An act on a return flow that a caller wants made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnFlowOrder {
    /// The act; not checked yet.
    pub act: ReturnFlowAct,
    /// The number of the paper with a second person's consent; empty without one; not checked yet.
    pub paper: String,
}

impl Parse for v1::DeclareReturnFlowRequest {
    type Parsed = ReturnFlowOrder;

    fn parse(self) -> Result<ReturnFlowOrder, Error> {
        let act = ReturnFlowAct::Declare {
            code: code_from(&self.code)?,
            flow: return_flow_from(self.flow.as_ref())?,
        };
        let paper = self.paper;
        Ok(ReturnFlowOrder { act, paper })
    }
}

impl Parse for v1::EndReturnFlowRequest {
    type Parsed = ReturnFlowOrder;

    fn parse(self) -> Result<ReturnFlowOrder, Error> {
        let (reason, consultation) = return_flow_end_from(self.end.as_ref())?;
        let act = ReturnFlowAct::End {
            code: code_from(&self.code)?,
            reason,
            consultation,
        };
        let paper = self.paper;
        Ok(ReturnFlowOrder { act, paper })
    }
}

/// What an act on a return flow became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReturnFlowAnswer {
    /// It was made.
    Flow(Box<RecordedFlow>),
    /// It waits for a second person's consent.
    Proposal(Box<Proposal>),
}

/// Converts a return flow to the wire.
pub fn return_flow_state_to(recorded: &RecordedFlow) -> v1::ReturnFlowState {
    let end = recorded.end.as_ref();
    let reasons = |end: &FlowEnd| return_flow_end_to(&end.reason, &end.consultation);
    v1::ReturnFlowState {
        id: recorded.number.to_string(),
        provider: recorded.provider().to_string(),
        code: recorded.code.to_string(),
        flow: Some(return_flow_to(&recorded.flow)),
        actor: Some(actor_to(&recorded.actor)),
        at: Some(time_to(recorded.at)),
        end: end.map(reasons),
        ended_at: end.map(|end| time_to(end.at)),
        ended_by: end.map(|end| actor_to(&end.actor)),
        awaited: recorded.is_awaited,
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::ResourceCode;
    use chengji_domain::fact::Origin;
    use chengji_domain::request::{Actor, RequestId};

    use super::*;

    #[test]
    fn facts_of_return_flows_read_as_they_were_written() {
        let code = || "307012/000001".parse::<ResourceCode>().unwrap();
        let number: RequestId = "430000-1-7-AAAAAAAAAAAAA".parse().unwrap();
        let declared = |to: Option<&str>| ReturnFlowAct::Declare {
            code: code(),
            flow: ReturnFlow {
                to: to.map(|city| city.parse().unwrap()),
                rows: "行政区划代码为本市的登记信息".to_owned(),
            },
        };
        let ended = ReturnFlowAct::End {
            code: code(),
            reason: "系统下线".to_owned(),
            consultation: "11月20日书面征求长沙市意见".to_owned(),
        };
        for act in [declared(None), declared(Some("430100")), ended] {
            let fact = ReturnFlowFact {
                act,
                actor: Actor::new("city/430000/person/li.si".parse().unwrap(), None),
            };
            let wire = return_flow_fact_to(&fact);
            assert_eq!(return_flow_fact_from(&wire).as_ref(), Ok(&fact));
            let note = ReturnFlowNote {
                provider: number.city,
                origin: Origin {
                    epoch: number.epoch,
                    seq: number.seq,
                },
                at: "2026-11-27T02:00:00Z".parse().unwrap(),
                fact,
                readers: None,
            };
            let wire = return_flow_note_to(&note);
            assert_eq!(return_flow_note_from(&wire).as_ref(), Ok(&note));
            let readers = Some(BTreeSet::from([number.city]));
            let note = ReturnFlowNote { readers, ..note };
            let wire = return_flow_note_to(&note);
            assert_eq!(return_flow_note_from(&wire), Ok(note));
        }
        let unknown = return_flow_act_from(&v1::ReturnFlowAct {
            code: code().to_string(),
            act: None,
        });
        let unknown = unknown.map_err(|error| error.code());
        assert_eq!(unknown, Err(chengji_domain::ErrorCode::UpgradeNeeded));
    }
}
