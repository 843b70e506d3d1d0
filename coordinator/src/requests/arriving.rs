//! Orders the moves of cities: each becomes the next one of its request, or is refused with the reason.

use std::sync::Arc;
use std::time::Duration;

use chengji_domain::fact::{ClusterFact, Origin};
use chengji_domain::problem::Problem;
use chengji_domain::request::{
    Actor, CLOCK_ALLOWANCE, Move, RefusedMove, RequestId, RequestRecord, Step,
};
use chengji_domain::{CityCode, Error, ErrorCode, Principal, Result};
use chengji_follow::request_table;
use chengji_messages::msg;
use chengji_store::Tx;
use jiff::{SignedDuration, Timestamp};

use super::checks::{check, check_negotiation, check_notice, leaves_room};
use super::{departures, dues};
use crate::deadlines::Deadlines;
use crate::{journal, records};

/// Time for which a city was not heard before the entry at this position of its log arrived; `None` if
/// unknown.
pub type OutOfReach = Arc<dyn Fn(u64) -> Option<Duration> + Send + Sync>;

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
    /// True if a dispute has to have a record of the negotiation before it.
    pub negotiation_required: bool,
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
        negotiation_required,
    } = arrived;
    let Some(present) = present else {
        return Err(never_made(request));
    };
    let Some(party) = present.history.party_of(city) else {
        let message = msg::MoveOfStranger { city, request };
        return Err(Error::new(ErrorCode::PeerInvalid, message));
    };
    let mut step = Step {
        party,
        actor,
        at,
        mv,
        due: None,
    };
    if is_known(&present, &step) {
        // The city's log is being read again from its beginning.
        return Ok(());
    }
    let mut record = present.clone();
    let provider = record.history.provider();
    let due = dues::of_step(deadlines, &record.history, &step, now);
    let arrived_at = backdated(at, now, out_of_reach);
    let ordered = Step {
        due,
        ..step.clone()
    };
    let admitted = admitted(tx, deadlines, now, (&record, &step, arrived_at))?
        .and_then(|()| check_negotiation(&step, request, negotiation_required));
    let fact = match admitted.and_then(|()| record.order(ordered, arrived_at)) {
        Ok(()) => {
            let newly_permitted = present.history.newly_permits(&step);
            step.due = due;
            if arrived_at.is_some() {
                tracing::warn!(%request, %city, dated = %at, "a move is backdated");
            }
            ClusterFact::Ordered {
                request,
                provider,
                step,
                origin: Some(origin),
                arrived_at,
                newly_permitted,
            }
        }
        Err(error) => refuse(&mut record, origin, step, &error),
    };
    request_table::replace(tx, Some(&present), &record)?;
    end_wait(tx, &present, &record)?;
    journal::append(tx, now, &Principal::Coordinator, fact)?;
    Ok(())
}

/// Notes a move as refused in its request. Returns the fact.
fn refuse(record: &mut RequestRecord, origin: Origin, step: Step, error: &Error) -> ClusterFact {
    let problem = Problem::from(error);
    record.refused.push(RefusedMove {
        step: step.clone(),
        problem: problem.clone(),
        acknowledged: false,
    });
    ClusterFact::MoveRefused {
        request: record.history.id,
        provider: record.history.provider(),
        step,
        origin,
        problem,
    }
}

/// Checks of a move what only the coordinator can check; the outer error is a failure of the coordinator itself.
fn admitted(
    tx: &Tx<'_>,
    deadlines: &Deadlines,
    now: Timestamp,
    (record, step, arrived_at): (&RequestRecord, &Step, Option<Timestamp>),
) -> Result<Result<()>> {
    let history = &record.history;
    if let Some(refusal) = departures::refusal(tx, history, step)? {
        return Ok(Err(refusal));
    }
    let is_withdrawn = is_of_withdrawn(tx, record, step)?;
    Ok(check(history, deadlines, now, step)
        .and_then(|()| check_notice(record, deadlines, (step, arrived_at), is_withdrawn))
        .and_then(|()| leaves_room(record, step)))
}

/// Ends the wait for an approval of a request that its consumer has withdrawn.
fn end_wait(tx: &mut Tx<'_>, present: &RequestRecord, record: &RequestRecord) -> Result<()> {
    match present.awaited_approval().is_some() && record.awaited_approval().is_none() {
        true => records::await_approval(tx, &record.history, false),
        false => Ok(()),
    }
}

/// Returns true for a consultation about the end or a change of a grant, or for the end or change itself, of an entry
/// that is withdrawn.
fn is_of_withdrawn(tx: &Tx<'_>, record: &RequestRecord, step: &Step) -> Result<bool> {
    let ends = matches!(
        step.mv,
        Move::Consult { .. } | Move::Terminate { .. } | Move::Change(_)
    );
    if !ends {
        return Ok(false);
    }
    let resource = &record.history.submission.resource;
    let entry = records::entry(tx, resource.city, &resource.code)?;
    Ok(entry.is_some_and(|entry| entry.withdrawn.is_some()))
}

/// Returns true if the move was ordered or refused before.
fn is_known(record: &RequestRecord, step: &Step) -> bool {
    let refused = record.refused.iter().map(|refused| &refused.step);
    let mut known = record.history.steps.iter().chain(refused);
    known.any(|known| known.is_same_move(step))
}

/// The error of a move in a request that was never made.
pub fn never_made(request: RequestId) -> Error {
    let message = msg::MoveInUnknownRequest { request };
    Error::new(ErrorCode::PeerInvalid, message)
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
