//! Requests between cities (共享申请): routes requests, and puts the moves of all cities into one
//! authoritative order. The domain defines the moves and whose turn it is.

use std::sync::Arc;
use std::time::Duration;

use chengji_access::roster;
use chengji_domain::calendar::local_date;
use chengji_domain::catalogue::ShareClass;
use chengji_domain::fact::{ClusterFact, Origin};
use chengji_domain::problem::Problem;
use chengji_domain::request::{
    Actor, CLOCK_ALLOWANCE, Move, Party, REQUIRED, RefusedMove, RejectReason, RequestHistory,
    RequestId, RequestRecord, Step,
};
use chengji_domain::roster::MembershipStatus;
use chengji_domain::stop::RecordedAct;
use chengji_domain::{CityCode, Error, ErrorCode, Principal, Result};
use chengji_follow::request_table;
use chengji_messages::{Message, msg};
use chengji_store::Tx;
use jiff::{SignedDuration, Timestamp};

use crate::deadlines::Deadlines;
use crate::{journal, records};

/// Returns true if a city's log was read to its end, as far as is known now.
pub type IsCurrent = Arc<dyn Fn(CityCode) -> bool + Send + Sync>;

/// Time for which a city was not heard before the entry at this position of its log arrived; `None` if
/// unknown.
pub type OutOfReach = Arc<dyn Fn(u64) -> Option<Duration> + Send + Sync>;

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
    let step = Step {
        party: Party::Coordinator,
        actor: Principal::Coordinator.into(),
        at: now,
        mv,
        due: None,
    };
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

/// A move in a city's log.
pub struct Arrived {
    /// The log's owner.
    pub city: CityCode,
    /// The move's position in the log.
    pub origin: Origin,
    /// The move's time, by the city's clock.
    pub at: Timestamp,
    /// The request.
    pub request: RequestId,
    /// The move.
    pub mv: Move,
    /// The actor that made it.
    pub actor: Actor,
    /// Time for which the city was not heard before the entry arrived, if known.
    pub out_of_reach: Option<Duration>,
}

/// Orders a city's move in a request, whose record the caller has read: it becomes the next one, or is refused with the
/// reason. A city without a part in the request is an error, and so is a request that was never made.
pub fn arrive(
    tx: &mut Tx<'_>,
    deadlines: &Deadlines,
    now: Timestamp,
    present: Option<RequestRecord>,
    arrived: Arrived,
) -> Result<()> {
    let Arrived {
        city,
        origin,
        at,
        request,
        mv,
        actor,
        out_of_reach,
    } = arrived;
    let Some(present) = present else {
        return Err(never_made(request));
    };
    let Some(party) = present.history.party_of(city) else {
        let message = msg::MoveOfStranger { city, request };
        return Err(Error::new(ErrorCode::PeerInvalid, message));
    };
    let step = Step {
        party,
        actor,
        at,
        mv,
        due: None,
    };
    let mut recorded = present.history.steps.iter();
    let known = recorded.any(|known| known.is_same_move(&step))
        || present.refused.iter().any(|refused| refused.step == step);
    if known {
        // The city's log is being read again from its beginning.
        return Ok(());
    }
    let mut record = present.clone();
    let provider = record.history.provider();
    let fact = match check(&record.history, deadlines, now, &step)
        .and_then(|()| record.order(step.clone(), backdated(at, now, out_of_reach)))
    {
        Ok(()) => {
            let arrived_at = backdated(at, now, out_of_reach);
            if arrived_at.is_some() {
                tracing::warn!(%request, %city, dated = %at, "a move is backdated");
            }
            ClusterFact::Ordered {
                request,
                provider,
                step,
                origin: Some(origin),
                arrived_at,
            }
        }
        Err(error) => {
            let problem = Problem::from(&error);
            record.refused.push(RefusedMove {
                step: step.clone(),
                problem: problem.clone(),
                acknowledged: false,
            });
            ClusterFact::MoveRefused {
                request,
                provider,
                step,
                origin,
                problem,
            }
        }
    };
    request_table::replace(tx, Some(&present), &record)?;
    journal::append(tx, now, &Principal::Coordinator, fact)?;
    Ok(())
}

/// Records a provider's act on deliveries, once, in any state of the request and with any date. Only the
/// provider of the request may act.
pub fn note_stop(
    tx: &mut Tx<'_>,
    now: Timestamp,
    provider: CityCode,
    request: RequestId,
    act: RecordedAct,
) -> Result<()> {
    let record = request_table::find(tx, request)?;
    let Some(mut record) = record.filter(|record| record.history.provider() == provider) else {
        let message = msg::StopByOtherThanProvider {
            city: provider,
            request,
        };
        return Err(Error::new(ErrorCode::PeerInvalid, message));
    };
    if record.stops.knows(act.origin) {
        return Ok(());
    }
    record.stops.take(act.clone());
    request_table::put(tx, &record)?;
    let RecordedAct {
        origin,
        at,
        actor,
        act,
        due,
        ..
    } = act;
    let fact = ClusterFact::StopNoted {
        request,
        provider,
        origin,
        at,
        actor,
        act,
        due,
    };
    journal::append(tx, now, &Principal::Coordinator, fact)?;
    Ok(())
}

/// The error of a move in a request that was never made.
pub fn never_made(request: RequestId) -> Error {
    let message = msg::MoveInUnknownRequest { request };
    Error::new(ErrorCode::PeerInvalid, message)
}

/// Records the coordinator's ruling on a dispute: the refusal is upheld, or the provider answers again,
/// within the term of the resource's class. Returns the request with the ruling.
pub fn rule(
    tx: &mut Tx<'_>,
    deadlines: &Deadlines,
    now: Timestamp,
    operator: &Principal,
    (request, uphold, reason): (RequestId, bool, String),
) -> Result<RequestRecord> {
    let mut record = request_table::existing(tx, request)?;
    let mv = if uphold {
        Move::Uphold { reason }
    } else {
        let deadline = deadlines.answer_by(class_of(&record.history), local_date(now));
        Move::Remand { reason, deadline }
    };
    mv.check()?;
    let step = Step {
        party: Party::Coordinator,
        actor: operator.clone().into(),
        at: now,
        mv,
        due: None,
    };
    record.history = record.history.with(step.clone())?;
    request_table::put(tx, &record)?;
    let provider = record.history.provider();
    let fact = ClusterFact::Ordered {
        request,
        provider,
        step,
        origin: None,
        arrived_at: None,
    };
    journal::append(tx, now, operator, fact)?;
    Ok(record)
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
    let deadline = deadlines.answer_by(share_class, local_date(now));
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

/// Checks what only the coordinator can: that a move is not dated ahead, and that an extension is within
/// the maximum. A move counts as of the time that its city gives it, for every reader alike.
fn check(
    history: &RequestHistory,
    deadlines: &Deadlines,
    now: Timestamp,
    step: &Step,
) -> Result<()> {
    if is_ahead(step.at, now) {
        let message = msg::MoveDatedAhead {
            request: history.id,
            dated: step.at,
            now,
        };
        return Err(Error::new(ErrorCode::InvalidArgument, message));
    }
    let deadline = history.state().ok().and_then(|request| request.deadline());
    let (Some(old), Move::Extend { deadline: new, .. }) = (deadline, &step.mv) else {
        return Ok(());
    };
    let latest = deadlines.extended_at_most(old.date);
    if new.date <= latest {
        return Ok(());
    }
    let message = msg::ExtensionBeyondLongest {
        request: history.id,
        deadline: old.date,
        days: deadlines.longest_extension(old.date),
        latest,
        asked: new.date,
    };
    Err(Error::new(ErrorCode::InvalidArgument, message))
}

/// The arrival of a backdated move: dated earlier by more than its city was out of reach plus the
/// tolerated clock difference.
fn backdated(
    dated: Timestamp,
    now: Timestamp,
    out_of_reach: Option<Duration>,
) -> Option<Timestamp> {
    let out_of_reach = SignedDuration::try_from(out_of_reach?).ok()?;
    let honest = out_of_reach.saturating_add(CLOCK_ALLOWANCE);
    (now.duration_since(dated) > honest).then_some(now)
}

/// Returns true if a date is ahead of the coordinator's clock by more than the tolerated difference.
fn is_ahead(dated: Timestamp, now: Timestamp) -> bool {
    dated.duration_since(now) > CLOCK_ALLOWANCE
}

/// The class of the resource when the request was routed.
fn class_of(history: &RequestHistory) -> ShareClass {
    let routed = history.steps.iter().rev().find_map(|step| match step.mv {
        Move::Route { share_class, .. } => Some(share_class),
        _ => None,
    });
    routed.unwrap_or(ShareClass::Conditional)
}

#[cfg(test)]
#[path = "requests_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "requests_text_tests.rs"]
mod text_tests;
