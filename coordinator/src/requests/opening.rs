//! Opens requests: routes them to their providers, or rejects them.

use std::sync::Arc;

use chengji_access::roster;
use chengji_domain::calendar::local_date;
use chengji_domain::catalogue::ShareClass;
use chengji_domain::fact::ClusterFact;
use chengji_domain::problem::Problem;
use chengji_domain::request::{
    Move, REQUIRED, RejectReason, RequestHistory, RequestId, RequestRecord,
};
use chengji_domain::roster::MembershipStatus;
use chengji_domain::{CityCode, ErrorCode, Principal, Result};
use chengji_follow::request_table;
use chengji_messages::{Message, msg};
use chengji_store::Tx;
use jiff::Timestamp;

use super::checks::is_ahead;
use super::own_moves::own_step;
use crate::deadlines::Deadlines;
use crate::{journal, records};

/// Returns true if a city's log was read to its end, as far as is known now.
pub type IsCurrent = Arc<dyn Fn(CityCode) -> bool + Send + Sync>;

/// Opens a request that arrived: routes it to the provider or rejects it, once. Known requests, which a
/// log that is read again repeats, stay unchanged. Returns true if the request is opened, and false if it waits.
pub fn open(
    tx: &mut Tx<'_>,
    deadlines: &Deadlines,
    now: Timestamp,
    history: RequestHistory,
    is_current: &IsCurrent,
) -> Result<bool> {
    if let Some(known) = request_table::find(tx, history.id)? {
        return Ok(!known.history.steps.is_empty());
    }
    decide(tx, deadlines, now, (None, history), is_current)
}

/// Decides again about a request that waits for its provider's log.
pub fn settle(
    tx: &mut Tx<'_>,
    deadlines: &Deadlines,
    now: Timestamp,
    id: RequestId,
    is_current: &IsCurrent,
) -> Result<()> {
    records::wait(tx, id, false)?;
    match request_table::find(tx, id)? {
        Some(record) if record.history.steps.is_empty() => {
            let history = record.history.clone();
            decide(tx, deadlines, now, (Some(&record), history), is_current).map(drop)
        }
        // The consumer has withdrawn it meanwhile.
        _ => Ok(()),
    }
}

/// Routes or rejects, and stores the request in place of the `present` record. Returns false if it waits.
fn decide(
    tx: &mut Tx<'_>,
    deadlines: &Deadlines,
    now: Timestamp,
    (present, mut history): (Option<&RequestRecord>, RequestHistory),
    is_current: &IsCurrent,
) -> Result<bool> {
    let id = history.id;
    let Some(mv) = decision(tx, deadlines, now, &history, is_current)? else {
        if present.is_none() {
            request_table::replace(tx, None, &RequestRecord::new(history))?;
        }
        records::wait(tx, id, true)?;
        return Ok(false);
    };
    let step = own_step(now, Principal::Coordinator, mv);
    history.add(step.clone())?;
    let record = match present {
        Some(present) => RequestRecord {
            history,
            ..present.clone()
        },
        None => RequestRecord::new(history),
    };
    request_table::replace(tx, present, &record)?;
    let RequestHistory {
        submission,
        submitted_by,
        submitted_at,
        ..
    } = record.history;
    let fact = ClusterFact::Opened {
        request: id,
        submission,
        submitted_by,
        submitted_at,
        step,
    };
    journal::append(tx, now, &Principal::Coordinator, fact)?;
    Ok(true)
}

/// Routes or rejects; `None` if the request waits. That a resource does not exist is only certain once its owner's log
/// was read to the end: until then the request waits, with the coordinator.
fn decision(
    tx: &Tx<'_>,
    deadlines: &Deadlines,
    now: Timestamp,
    history: &RequestHistory,
    is_current: &IsCurrent,
) -> Result<Option<Move>> {
    if !roster::is_active(tx, history.id.city)? {
        // Requests of a city that takes no part are suspended; they continue when it does again.
        return Ok(None);
    }
    let resource = &history.submission.resource;
    Ok(match first_move(tx, deadlines, now, history)? {
        None if is_current(resource.city) => Some(Move::Reject {
            reason: RejectReason::NoSuchResource,
            problem: Problem::new(ErrorCode::NotFound, msg::ResourceUnknown { resource }),
        }),
        decided => decided,
    })
}

/// Routes the request, or rejects it with the reason; `None` where the resource is unknown.
fn first_move(
    tx: &Tx<'_>,
    deadlines: &Deadlines,
    now: Timestamp,
    history: &RequestHistory,
) -> Result<Option<Move>> {
    let (consumer, resource) = (history.consumer(), &history.submission.resource);
    let reject = |reason, explanation: Message| {
        let problem = Problem::new(code_of(reason), explanation);
        Ok(Some(Move::Reject { reason, problem }))
    };
    if is_ahead(history.submitted_at, now) {
        let dated = history.submitted_at;
        let explanation = msg::RequestDatedAhead { dated, now };
        return reject(RejectReason::DatedAhead, explanation.into());
    }
    if resource.city == consumer {
        let explanation = msg::ResourceIsConsumersOwn { resource, consumer };
        return reject(RejectReason::OwnResource, explanation.into());
    }
    match roster::member(tx, resource.city)? {
        Some(member) if member.status == MembershipStatus::Active => {}
        Some(member) if member.status == MembershipStatus::Suspended => {
            let explanation = msg::ProviderSuspended {
                city: resource.city,
                reason: REQUIRED.fitted(&member.reason),
            };
            return reject(RejectReason::NotAMember, explanation.into());
        }
        _ => {
            let city = resource.city;
            let explanation = msg::MemberUnknown { city };
            return reject(RejectReason::NotAMember, explanation.into());
        }
    }
    let record = records::entry(tx, resource.city, &resource.code)?;
    let Some(record) = record else {
        return Ok(None);
    };
    if let Some(withdrawn) = &record.withdrawn {
        let reason = REQUIRED.fitted(&withdrawn.reason);
        let explanation = msg::ResourceWithdrawn { resource, reason };
        return reject(RejectReason::NoSuchResource, explanation.into());
    }
    let share_class = record.entry.share_class();
    if share_class == ShareClass::NotShared {
        let condition = REQUIRED.fitted(record.entry.share_condition());
        let explanation = msg::ResourceNotShared {
            resource,
            condition,
        };
        return reject(RejectReason::NotShared, explanation.into());
    }
    let deadline = deadlines.answer_by(resource.city, share_class, local_date(now));
    Ok(Some(Move::Route {
        share_class,
        revision: record.revision,
        deadline,
    }))
}

/// The error code of the reason.
fn code_of(reason: RejectReason) -> ErrorCode {
    match reason {
        RejectReason::NotAMember | RejectReason::NoSuchResource => ErrorCode::NotFound,
        RejectReason::NotShared => ErrorCode::NotShared,
        RejectReason::OwnResource | RejectReason::DatedAhead => ErrorCode::InvalidArgument,
    }
}
