//! Approvals of the common superior authority (共同的上级主管部门), which some entries need before a request for them is
//! routed. The coordinator decides none; its operators record what the authority decided.

use chengji_access::roster;
use chengji_domain::calendar::local_date;
use chengji_domain::problem::Problem;
use chengji_domain::request::{Approval, Move, RejectReason, RequestId, RequestRecord};
use chengji_domain::{Error, ErrorCode, Field, Principal, Result, TextRule};
use chengji_follow::request_table;
use chengji_messages::msg;
use chengji_store::{Tx, View};
use jiff::Timestamp;

use super::opening::{First, awaits_approval, first_move, first_step};
use crate::deadlines::Deadlines;
use crate::records;

/// Returns true if a request waits for the approval of the common superior authority.
pub fn awaits(view: &(impl View + ?Sized), record: &RequestRecord) -> Result<bool> {
    let history = &record.history;
    let resource = &history.submission.resource;
    if !history.steps.is_empty()
        || !roster::is_active(view, history.consumer())?
        || !roster::is_active(view, resource.city)?
    {
        return Ok(false);
    }
    let entry = records::entry(view, resource.city, &resource.code)?;
    Ok(entry.is_some_and(|entry| awaits_approval(history, &entry)))
}

/// Records an approval and routes the request with it: deadlines are counted from now. Returns the request.
///
/// # Errors
///
/// `NOT_FOUND`; `INVALID_ARGUMENT` for an approval that may not be recorded; `OUT_OF_TURN` where the request waits for
/// none.
pub fn approve(
    tx: &mut Tx<'_>,
    deadlines: &Deadlines,
    now: Timestamp,
    operator: &Principal,
    (request, approval): (RequestId, Approval),
) -> Result<RequestRecord> {
    approval.check(local_date(now))?;
    let present = awaiting(tx, request)?;
    let asked = (&present.history, Some(approval));
    match first_move(tx, deadlines, now, asked)? {
        First::Decided(mv) => opened(tx, now, operator, (&present, *mv)),
        First::Waits | First::AwaitsApproval { .. } => Err(awaits_none(request)),
    }
}

/// Records that the authority did not approve, by this document, and rejects the request. Returns the request.
///
/// # Errors
///
/// As of [`approve`]; `INVALID_ARGUMENT` for a reason that may not be recorded, too.
pub fn decline(
    tx: &mut Tx<'_>,
    now: Timestamp,
    operator: &Principal,
    (request, denial, reason): (RequestId, Approval, String),
) -> Result<RequestRecord> {
    denial.check(local_date(now))?;
    TextRule::REASON.check(Field::Reason, &reason)?;
    let present = awaiting(tx, request)?;
    let Approval {
        authority,
        document,
        on,
    } = denial;
    let explanation = msg::RequestNotApproved {
        authority,
        document,
        on,
        reason,
    };
    let mv = Move::Reject {
        reason: RejectReason::NotApproved,
        problem: Problem::new(ErrorCode::NotShared, explanation),
    };
    opened(tx, now, operator, (&present, mv))
}

fn opened(
    tx: &mut Tx<'_>,
    now: Timestamp,
    operator: &Principal,
    (present, mv): (&RequestRecord, Move),
) -> Result<RequestRecord> {
    let history = present.history.clone();
    records::wait(tx, history.id, false)?;
    first_step(tx, now, operator, (Some(present), history), mv)
}

/// The record of a request that waits for an approval.
fn awaiting(tx: &Tx<'_>, request: RequestId) -> Result<RequestRecord> {
    let record = request_table::existing(tx, request)?;
    match awaits(tx, &record)? {
        true => Ok(record),
        false => Err(awaits_none(request)),
    }
}

fn awaits_none(request: RequestId) -> Error {
    let message = msg::RequestAwaitsNoApproval { request };
    Error::new(ErrorCode::OutOfTurn, message)
}
