//! Opens requests: routes them to their providers, or rejects them.

use std::sync::Arc;

use chengji_access::roster;
use chengji_domain::calendar::local_date;
use chengji_domain::catalogue::{EntryRecord, ShareClass};
use chengji_domain::fact::ClusterFact;
use chengji_domain::problem::Problem;
use chengji_domain::request::{
    Approval, Move, REQUIRED, RejectReason, RequestHistory, RequestId, RequestRecord,
};
use chengji_domain::roster::MembershipStatus;
use chengji_domain::{CityCode, ErrorCode, Principal, Result};
use chengji_follow::{epoch_began_at, request_table};
use chengji_messages::{Message, msg};
use chengji_store::{Tx, View};
use jiff::{SignedDuration, Timestamp};

use super::awaiting::await_approval;
use super::checks::is_ahead;
use super::departures;
use super::own_moves::own_step;
use crate::deadlines::Deadlines;
use crate::{journal, records};

/// The time after the beginning of the coordinator's log, or its restore, within which former members are admitted
/// again: 30 days.
const ADMISSION_WAIT: SignedDuration = SignedDuration::from_hours(30 * 24);

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
            records::wait_for_member(tx, record.history.provider(), id, false)?;
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
    (present, history): (Option<&RequestRecord>, RequestHistory),
    is_current: &IsCurrent,
) -> Result<bool> {
    let id = history.id;
    match decision(tx, deadlines, now, &history, is_current)? {
        First::Decided(mv) => {
            first_step(tx, now, &Principal::Coordinator, (present, history), *mv)?;
            Ok(true)
        }
        First::AwaitsApproval { revision } => {
            await_approval(tx, deadlines, now, (present, history), revision)?;
            Ok(false)
        }
        First::Waits => {
            let (consumer, provider) = (history.consumer(), history.provider());
            if present.is_none() {
                request_table::replace(tx, None, &RequestRecord::new(history))?;
            }
            let is_for_member =
                roster::is_active(tx, consumer)? && roster::member(tx, provider)?.is_none();
            match is_for_member {
                true => records::wait_for_member(tx, provider, id, true)?,
                false => records::wait(tx, id, true)?,
            }
            Ok(false)
        }
    }
}

/// Makes the coordinator's first move in a request, and stores the request in place of the `present` record.
pub(super) fn first_step(
    tx: &mut Tx<'_>,
    now: Timestamp,
    by: &Principal,
    (present, mut history): (Option<&RequestRecord>, RequestHistory),
    mv: Move,
) -> Result<RequestRecord> {
    let step = own_step(now, by.clone(), mv);
    history.add(step.clone())?;
    let record = match present {
        Some(present) => RequestRecord {
            history,
            ..present.clone()
        },
        None => RequestRecord::new(history),
    };
    request_table::replace(tx, present, &record)?;
    if record.awaited.is_some() {
        records::await_approval(tx, &record.history, false)?;
    }
    let opened = record.history.clone();
    let fact = ClusterFact::Opened {
        request: opened.id,
        submission: opened.submission,
        submitted_by: opened.submitted_by,
        submitted_at: opened.submitted_at,
        step,
    };
    journal::append(tx, now, by, fact)?;
    Ok(record)
}

/// Routes or rejects, or lets the request wait. Only after its owner's log was read to the end is it certain that a
/// resource does not exist; until then the request waits at the coordinator.
fn decision(
    tx: &Tx<'_>,
    deadlines: &Deadlines,
    now: Timestamp,
    history: &RequestHistory,
    is_current: &IsCurrent,
) -> Result<First> {
    let consumer = history.consumer();
    if !roster::is_active(tx, consumer)? {
        // Requests of a city that takes no part are suspended; they continue when it does again, and end when it has
        // left.
        return Ok(match roster::has_left(tx, consumer)? {
            true => First::Decided(Box::new(departures::rejection(consumer))),
            false => First::Waits,
        });
    }
    let resource = &history.submission.resource;
    Ok(match first_move(tx, deadlines, now, (history, None))? {
        First::Waits if roster::is_active(tx, resource.city)? && is_current(resource.city) => {
            First::Decided(Box::new(Move::Reject {
                reason: RejectReason::NoSuchResource,
                problem: Problem::new(ErrorCode::NotFound, msg::ResourceUnknown { resource }),
            }))
        }
        other => other,
    })
}

/// Returns true if a request without a move still waits for its provider's log. A request whose entry requires an
/// approval waits for the approval instead, one to a city that is no member for its admission; these do not count.
/// `status` looks up the status of a member, which is the same for many requests.
pub fn still_waits(
    view: &(impl View + ?Sized),
    history: &RequestHistory,
    is_current: &IsCurrent,
    mut status: impl FnMut(CityCode) -> Result<Option<MembershipStatus>>,
) -> Result<bool> {
    let consumer = status(history.consumer())?;
    if consumer != Some(MembershipStatus::Active) {
        return Ok(consumer != Some(MembershipStatus::Removed));
    }
    let resource = &history.submission.resource;
    // A request to a city that no longer takes part is rejected.
    if status(resource.city)? != Some(MembershipStatus::Active) || is_current(resource.city) {
        return Ok(false);
    }
    Ok(!records::has_entry(view, resource.city, &resource.code)?)
}

/// Returns true if the unknown provider of a request may have been a member when the request was made: the request is
/// older than the coordinator's log, or than its restore. The date is the consumer's word, so that such a request waits
/// no longer than [`ADMISSION_WAIT`] after that time.
fn may_be_admitted(
    view: &(impl View + ?Sized),
    now: Timestamp,
    history: &RequestHistory,
) -> Result<bool> {
    let Some(began) = epoch_began_at(view)? else {
        return Ok(false);
    };
    Ok(history.submitted_at < began && !is_admission_over(view, now)?)
}

/// Returns true if requests no longer wait for the admission of their provider.
pub fn is_admission_over(view: &(impl View + ?Sized), now: Timestamp) -> Result<bool> {
    let last = epoch_began_at(view)?.and_then(|began| began.checked_add(ADMISSION_WAIT).ok());
    Ok(last.is_none_or(|last| last <= now))
}

/// Returns true if a request without a move needs the approval of the common superior authority before it is routed.
pub(super) fn awaits_approval(history: &RequestHistory, record: &EntryRecord) -> bool {
    let entry = &record.entry;
    entry.superior_approval
        && record.withdrawn.is_none()
        && entry.share_class() != ShareClass::NotShared
        && is_within_region(history, record)
}

/// Returns true if the data of an entry may go to the consumer of a request.
fn is_within_region(history: &RequestHistory, record: &EntryRecord) -> bool {
    let (owner, consumer) = (history.provider(), history.consumer());
    let region = record.entry.region.as_ref();
    region.is_none_or(|region| region.admits(owner, consumer))
}

/// The coordinator's first step in a request.
pub(super) enum First {
    /// It routes or rejects the request.
    Decided(Box<Move>),
    /// Nothing can be decided yet: the resource is not in the directory, its city may still be admitted, or the
    /// consumer is suspended.
    Waits,
    /// The common superior authority has to approve the request first, as this revision of the entry requires.
    AwaitsApproval { revision: u32 },
}

/// Routes the request, with the approval if there is one, or rejects it with the reason.
pub(super) fn first_move(
    tx: &Tx<'_>,
    deadlines: &Deadlines,
    now: Timestamp,
    (history, approval): (&RequestHistory, Option<Approval>),
) -> Result<First> {
    let (consumer, resource) = (history.consumer(), &history.submission.resource);
    let reject = |reason, explanation: Message| {
        let problem = Problem::new(code_of(reason), explanation);
        Ok(First::Decided(Box::new(Move::Reject { reason, problem })))
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
        // The coordinator's log has been lost or restored since: the city may be admitted again.
        None if may_be_admitted(tx, now, history)? => return Ok(First::Waits),
        _ => {
            let city = resource.city;
            let explanation = msg::MemberUnknown { city };
            return reject(RejectReason::NotAMember, explanation.into());
        }
    }
    let record = records::entry(tx, resource.city, &resource.code)?;
    let Some(record) = record else {
        return Ok(First::Waits);
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
    if let Some(region) = &record.entry.region
        && !is_within_region(history, &record)
    {
        let explanation = msg::ResourceBoundToRegion {
            resource,
            region: region.label(),
            city: consumer,
        };
        return reject(RejectReason::OutsideRegion, explanation.into());
    }
    if approval.is_none() && awaits_approval(history, &record) {
        let revision = record.revision;
        return Ok(First::AwaitsApproval { revision });
    }
    let deadline = deadlines.answer_by(resource.city, share_class, local_date(now));
    Ok(First::Decided(Box::new(Move::Route {
        share_class,
        revision: record.revision,
        deadline,
        approval,
    })))
}

/// The error code of the reason.
fn code_of(reason: RejectReason) -> ErrorCode {
    match reason {
        RejectReason::NotAMember | RejectReason::NoSuchResource => ErrorCode::NotFound,
        RejectReason::NotShared | RejectReason::OutsideRegion | RejectReason::NotApproved => {
            ErrorCode::NotShared
        }
        RejectReason::OwnResource | RejectReason::DatedAhead => ErrorCode::InvalidArgument,
    }
}
