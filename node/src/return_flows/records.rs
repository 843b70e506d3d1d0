//! The return flows that the city declared, from its own log, and grants under them.

use chengji_access::roster;
use chengji_domain::catalogue::ShareClass;
use chengji_domain::fact::CityFact;
use chengji_domain::request::{Actor, Grant, RequestHistory, RequestId};
use chengji_domain::return_flow::{FlowEnd, RecordedFlow, ReturnFlowAct, ReturnFlowFact};
use chengji_domain::{Error, ErrorCode, ResourceCode, Result};
use chengji_follow::{next_time, return_flow_table};
use chengji_messages::msg;
use chengji_store::{Tx, View};
use jiff::Timestamp;

use crate::catalogue::entries;
use crate::own_log::OwnLog;

/// Makes an act. Returns the return flow. Errors: as of [`check`].
pub(crate) fn make(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    (actor, at): (Actor, Timestamp),
    act: ReturnFlowAct,
) -> Result<RecordedFlow> {
    let running = check(own, tx, &act)?;
    let at = next_time(tx, at)?;
    let fact = ReturnFlowFact {
        act: act.clone(),
        actor: actor.clone(),
    };
    let principal = actor.principal.clone();
    let position = own.append(tx, &principal, at, CityFact::ReturnFlow(Box::new(fact)))?;
    let recorded = match (act, running) {
        (ReturnFlowAct::Declare { code, flow }, _) => RecordedFlow {
            number: RequestId {
                city: own.city,
                epoch: position.epoch,
                seq: position.seq,
            },
            code,
            flow,
            actor,
            at,
            end: None,
            is_awaited: false,
            earlier: Vec::new(),
        },
        (ReturnFlowAct::End { code, .. }, None) => return Err(not_running(&code)),
        (
            ReturnFlowAct::End {
                reason,
                consultation,
                ..
            },
            Some(running),
        ) => RecordedFlow {
            end: Some(FlowEnd {
                at,
                reason,
                consultation,
                actor,
            }),
            ..running
        },
    };
    return_flow_table::put(tx, recorded)
}

/// Checks that an act could be made now. Returns the running return flow of the entry. Errors: `NOT_FOUND` for an entry
/// that is not on record, a division that is no active member, and the end of what does not run; `NOT_SHARED` for an
/// entry that was withdrawn or is of class 3; `OUT_OF_TURN` where the data is returned already; `INVALID_ARGUMENT` for
/// divisions and texts.
pub(crate) fn check(
    own: &OwnLog,
    view: &(impl View + ?Sized),
    act: &ReturnFlowAct,
) -> Result<Option<RecordedFlow>> {
    act.check(own.city)?;
    let code = act.code();
    let known = return_flow_table::find(view, own.city, code)?;
    let running = known.filter(RecordedFlow::is_running);
    let ReturnFlowAct::Declare { flow, .. } = act else {
        return running.map(Some).ok_or_else(|| not_running(code));
    };
    if let Some(running) = running {
        let flow = running.number;
        let message = msg::ReturnFlowIsRunning { code, flow };
        return Err(Error::new(ErrorCode::OutOfTurn, message));
    }
    let record = entries::existing(view, code)?;
    if record.withdrawn.is_some() || record.entry.share_class() == ShareClass::NotShared {
        let message = msg::ReturnFlowNotShared { code };
        return Err(Error::new(ErrorCode::NotShared, message));
    }
    if let Some(city) = flow.to
        && !roster::is_active(view, city)?
    {
        let message = msg::MemberUnknown { city };
        return Err(Error::new(ErrorCode::NotFound, message));
    }
    Ok(None)
}

fn not_running(code: &ResourceCode) -> Error {
    Error::new(ErrorCode::NotFound, msg::ReturnFlowNotFound { code })
}

/// The node as the actor, with the consent to the act on the return flow that it follows.
pub(crate) fn actor(own: &OwnLog, followed: &Actor) -> Actor {
    Actor {
        consent: followed.consent.clone(),
        ..Actor::from(own.node())
    }
}

/// Refuses a grant to a lower division that has conditions besides the rows of its return flow.
///
/// # Errors
/// `INVALID_ARGUMENT`.
pub(crate) fn check_grant(
    view: &(impl View + ?Sized),
    history: &RequestHistory,
    grant: &Grant,
) -> Result<()> {
    let parties = (history.provider(), history.consumer());
    let code = &history.submission.resource.code;
    match return_flow_table::serving(view, parties, code)? {
        Some(known) => known.flow.check_grant(known.number, grant),
        None => Ok(()),
    }
}
