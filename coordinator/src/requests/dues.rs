//! The last day of the act that a move makes due.
//!
//! A duty of the party that moves is counted from the day of its move. A duty of the other party is counted from the
//! day on which the coordinator orders the move: it cannot know of it before.

use chengji_domain::calendar::{Deadline, Rule, local_date};
use chengji_domain::request::{Move, Party, Request, RequestHistory, Step};
use chengji_domain::stop::{RecordedAct, StopAct, StopCause};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::deadlines::Deadlines;

/// The last day of the act that this move makes due in a history that it is not yet part of.
pub(super) fn of_step(
    deadlines: &Deadlines,
    before: &RequestHistory,
    step: &Step,
    now: Timestamp,
) -> Option<Deadline> {
    let (consumer, provider) = (before.consumer(), before.provider());
    let (own, other) = (local_date(step.at.min(now)), local_date(now));
    let (city, rule, from) = match &step.mv {
        Move::Grant(_) => (provider, Rule::DeliveryAfterGrant, own),
        Move::AcceptSettlement { .. } if is_grant_proposed(before) && !is_offered(before) => {
            (provider, Rule::DeliveryAfterGrant, other)
        }
        // The city names the day; the calendar here decides whether a notice may still move it.
        Move::Extend { deadline, .. } => {
            let old = before.state().ok()?.deadline()?;
            // Holiday notices recorded before the move are counted already.
            let from = own.min(old.date);
            return Some(deadlines.calendar().counted_to(from, deadline.date));
        }
        Move::Suspend { mend_by, .. } => {
            return Some(deadlines.calendar().counted_to(own, mend_by.date));
        }
        Move::WithdrawDispute { .. } => return after_rest(deadlines, before, other),
        Move::AskSupplement { .. } => (consumer, Rule::Supplement, other),
        Move::Supplement { .. } => return after_pause(deadlines, before, other),
        Move::AskAmendment { .. } => (provider, Rule::ConditionalAnswer, other),
        Move::Consult { .. } => (consumer, Rule::Consultation, other),
        Move::Terminate { .. } => {
            let ended = before.state().ok()?;
            let terms = ended.grant().map(|grant| &grant.terms);
            return Some(deadlines.disposal(consumer, terms, other));
        }
        _ => return None,
    };
    Some(deadlines.due(city, rule, from))
}

/// The last day to follow up a stop, if it is for a security incident.
pub(super) fn of_stop(
    deadlines: &Deadlines,
    history: &RequestHistory,
    act: &RecordedAct,
    now: Timestamp,
) -> Option<Deadline> {
    match act.act {
        StopAct::Stopped {
            cause: StopCause::Incident,
            ..
        } => {
            let from = local_date(act.at.min(now));
            Some(deadlines.due(history.provider(), Rule::IncidentFollowUp, from))
        }
        _ => None,
    }
}

/// Returns true if the granted data was offered.
fn is_offered(history: &RequestHistory) -> bool {
    history
        .state()
        .is_ok_and(|request| request.offered_at().is_some())
}

/// Returns true if the proposal to settle the dispute is a grant.
fn is_grant_proposed(history: &RequestHistory) -> bool {
    history.state().is_ok_and(|request| {
        let settlement = request.settlement();
        settlement.is_some_and(|settlement| settlement.grant.is_some())
    })
}

/// The last day of the first act that rests during a dispute which is taken back on this day: as many working days are
/// left as at the time of the dispute, by the notices known then.
fn after_rest(deadlines: &Deadlines, before: &RequestHistory, today: Date) -> Option<Deadline> {
    let (due, since) = before.state().ok()?.resting()?;
    let calendar = deadlines.calendar();
    let since = local_date(since);
    let last = calendar.recounted(since, due.deadline).date;
    Some(calendar.after(today, calendar.working_days_between(since, last)))
}

/// The provider's new last day to answer, if its time paused since the question for missing information. The question
/// has the time that its city gives it, and the pause begins at the earliest with the coordinator's last move before
/// it.
fn after_pause(deadlines: &Deadlines, before: &RequestHistory, supplied: Date) -> Option<Deadline> {
    let is_question = |step: &Step| matches!(step.mv, Move::AskSupplement { .. });
    let place = before.steps.iter().rposition(is_question)?;
    let (earlier, since) = before.steps.split_at(place);
    let mut request = Request::submitted();
    for step in earlier {
        request = request.apply(step).ok()?;
    }
    let mut backwards = earlier.iter().rev();
    let known_at = backwards.find(|step| step.party == Party::Coordinator)?.at;
    let asked = local_date(since.first()?.at.max(known_at));
    deadlines.after_pause(before.provider(), request.deadline()?, (asked, supplied))
}

#[cfg(test)]
#[path = "dues_tests.rs"]
mod tests;
