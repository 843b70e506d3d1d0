//! Provisional deadlines that a holiday notice moves.

use std::collections::BTreeSet;
use std::sync::Arc;

use chengji_domain::calendar::{Deadline, local_date};
use chengji_domain::request::{Due, DueAct, Move, MoveKind, RequestId, RequestRecord, Step};
use chengji_domain::{Principal, Result};
use chengji_follow::request_table;
use chengji_runtime::off_thread;
use chengji_store::{KeyValue, Ledger, Tx};
use jiff::Timestamp;
use jiff::civil::Date;

use super::awaiting;
use super::own_moves::{append_own, own_step};
use crate::deadlines::Deadlines;
use crate::one_by_one;

/// Moves every provisional deadline that the calendar's notices make later; returns their number. Called at start,
/// after each fact about rules, and on each new day.
///
/// # Errors
///
/// Storage errors. A request whose deadline cannot be moved does not keep others from it.
pub async fn move_deadlines(
    ledger: &Ledger,
    deadlines: &Arc<Deadlines>,
    now: Timestamp,
) -> Result<usize> {
    let kv = Arc::clone(ledger.kv());
    let provisional = off_thread(move || provisional(&*kv)).await?;
    let deadlines = Arc::clone(deadlines);
    let job = move |tx: &mut Tx<'_>, id| move_of(tx, &deadlines, now, id);
    let failure = "cannot move a provisional deadline";
    Ok(one_by_one::run(ledger, provisional, failure, job)
        .await
        .done)
}

/// A provisional deadline that a calendar makes later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaterDeadline {
    /// The request.
    pub request: RequestId,
    /// The due act, with its present deadline.
    pub due: Due,
    /// The deadline by the calendar.
    pub later: Deadline,
}

/// Finds the provisional deadlines that these rules make later. Moves none.
///
/// # Errors
///
/// Storage errors.
pub fn deadlines_to_move(kv: &dyn KeyValue, deadlines: &Deadlines) -> Result<Vec<LaterDeadline>> {
    let mut found = Vec::new();
    for request in provisional(kv)? {
        let Some(record) = request_table::find(kv, request)? else {
            continue;
        };
        for due in request_table::open_dues(&record) {
            let later = moved(deadlines, &record, due);
            found.extend(later.map(|later| LaterDeadline {
                request,
                due,
                later,
            }));
        }
    }
    Ok(found)
}

/// The requests with a provisional deadline. Reads only those.
fn provisional(kv: &dyn KeyValue) -> Result<BTreeSet<RequestId>> {
    let mut found = BTreeSet::new();
    request_table::PROVISIONAL.all().each_key(kv, |(), id| {
        found.insert(id);
        Ok(())
    })?;
    Ok(found)
}

/// Moves the provisional deadlines of a request; returns their number.
fn move_of(
    tx: &mut Tx<'_>,
    deadlines: &Deadlines,
    now: Timestamp,
    request: RequestId,
) -> Result<usize> {
    let Some(present) = request_table::find(tx, request)? else {
        return Ok(0);
    };
    let mut record = present.clone();
    let mut steps = Vec::new();
    for due in request_table::open_dues(&present) {
        let Some(deadline) = moved(deadlines, &present, due) else {
            continue;
        };
        if due.act == DueAct::Approval {
            return awaiting::extend(tx, now, &present, deadline).map(|()| 1);
        }
        let mv = Move::MoveDeadline {
            act: due.act,
            deadline,
        };
        let step = own_step(now, Principal::Coordinator, mv);
        record.order(step.clone(), None)?;
        steps.push(step);
    }
    if steps.is_empty() {
        return Ok(0);
    }
    request_table::replace(tx, Some(&present), &record)?;
    let moved = steps.len();
    // Moves of deadlines leave the state of the request.
    for step in steps {
        append_own(tx, now, &present.history, step)?;
    }
    Ok(moved)
}

/// The deadline of a due act by the present calendar, if it is later.
fn moved(deadlines: &Deadlines, record: &RequestRecord, due: Due) -> Option<Deadline> {
    if !due.deadline.provisional {
        return None;
    }
    let from = counted_from(record, due)?;
    let recounted = deadlines.calendar().recounted(from, due.deadline);
    (recounted.date > due.deadline.date).then_some(recounted)
}

/// The day from which a deadline was counted: that of the last move that set it for the act, or that of the stop.
/// Cities date both, so the day is at the earliest that on which the request was routed, and at the latest the
/// deadline. A deadline that was only postponed with another one, when a dispute was taken back, is counted from that
/// day.
fn counted_from(record: &RequestRecord, due: Due) -> Option<Date> {
    if due.act == DueAct::Approval {
        return record.awaited.map(|awaited| local_date(awaited.since));
    }
    let date = due.deadline.date;
    let is_its = |deadline: Option<Deadline>| deadline.is_some_and(|known| known.date == date);
    let mut steps = record.history.steps.iter().rev();
    let step = steps.find(|step| is_its(set_by(step, due.act)));
    let mut steps = record.history.steps.iter().rev();
    let taken_back = steps
        .find(|step| step.mv.kind() == MoveKind::WithdrawDispute && step.party != due.act.party());
    let mut stops = record.stops.acts().iter().rev();
    let at = match (step, due.act) {
        (Some(step), _) => step.at,
        (None, DueAct::Incident) => stops.find(|stop| is_its(stop.due))?.at,
        (None, _) => taken_back?.at,
    };
    let routed_at = record.history.steps.first()?.at;
    Some(local_date(at.max(routed_at)).min(date))
}

/// The last day that a move sets for an act: one that it contains, or the one that is counted for it.
fn set_by(step: &Step, act: DueAct) -> Option<Deadline> {
    match (&step.mv, act) {
        (
            Move::MoveDeadline {
                act: moved,
                deadline,
            },
            _,
        ) => (*moved == act).then_some(*deadline),
        (
            Move::Route { deadline, .. }
            | Move::Extend { deadline, .. }
            | Move::Remand { deadline, .. },
            DueAct::Answer,
        ) => Some(*deadline),
        (Move::Decide { deadline, .. }, DueAct::Answer | DueAct::Amendment) => *deadline,
        (Move::Suspend { mend_by, .. }, DueAct::Mending) => Some(*mend_by),
        // Acts of the other party rested during the dispute.
        (Move::WithdrawDispute { .. }, act) if act.party() != step.party => step.due,
        (Move::Lapse { disposal }, DueAct::Disposal) => Some(*disposal),
        (Move::Supplement { .. }, DueAct::Answer)
        | (Move::AskSupplement { .. }, DueAct::Supplement)
        | (Move::Grant(_) | Move::AcceptSettlement { .. }, DueAct::Offer)
        | (Move::AskAmendment { .. }, DueAct::Amendment)
        | (Move::Consult { .. }, DueAct::Consultation)
        | (Move::Terminate { .. }, DueAct::Disposal) => step.due,
        _ => None,
    }
}

#[cfg(test)]
#[path = "moved_tests.rs"]
mod tests;
