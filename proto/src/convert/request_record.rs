//! Records of requests in answers.

use chengji_domain::proposal::Proposal;
use chengji_domain::request::{
    Amendment, Attention, Consultation, Due, Party, ProviderRefusal, RefusedMove, Reminder,
    RequestRecord, Settlement, State,
};
use chengji_domain::{CityCode, Error};
use jiff::Timestamp;

use super::actor::actor_to;
use super::approval::awaited_to;
use super::consent::proposal_to;
use super::deadline::due_act_to;
use super::moves::grant_to;
use super::problem::problem_to;
use super::request::{state_to, step_to, steps_to, submission_to};
use super::rules::day_to;
use super::stop::stops_to;
use super::time_to;
use crate::v1;

/// A request as of a time, as one party sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestView {
    /// The record.
    pub record: RequestRecord,
    /// The time.
    pub at: Timestamp,
    /// The city whose node shows it; `None` for the coordinator.
    pub reader: Option<CityCode>,
    /// Time at which that city, as the consumer, last received the data.
    pub received_at: Option<Timestamp>,
    /// The moves of that city that wait for a second person's consent.
    pub proposals: Vec<Proposal>,
    /// Reasons for attention that are in other records than the request's.
    pub further: Vec<v1::Attention>,
    /// Number of fetches that that city, as the provider, has counted; `None` where it counts none.
    pub fetches_counted: Option<u64>,
}

/// What a submission became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// A request.
    Request(Box<RequestView>),
    /// A proposal, which waits for a second person's consent.
    Proposal(Box<Proposal>),
}

/// Converts a request to the wire.
///
/// # Errors
///
/// `STORAGE_DAMAGED` if a recorded move is out of turn.
pub fn request_to(view: &RequestView) -> Result<v1::Request, Error> {
    let RequestView {
        record,
        at,
        reader,
        received_at,
        proposals,
        further,
        fetches_counted,
    } = view;
    let at = *at;
    let (history, request) = record.folded()?;
    let answered_late = record.answered_late()?;
    let deadline = request.deadline();
    let dues = record.dues_of(&history, &request, at);
    let (amendment, settlement) = (request.amendment(), request.settlement());
    let reads_as_consumer = *reader == Some(history.consumer());
    let is_granted = request.state(at) == State::Granted;
    let offered_at = request.offered_at();
    let not_fetched_since = offered_at
        .filter(|_| reads_as_consumer && is_granted)
        .filter(|offered| received_at.is_none_or(|received| received < *offered));
    Ok(v1::Request {
        id: history.id.to_string(),
        consumer: history.consumer().to_string(),
        submission: Some(submission_to(&history.submission)),
        submitted_by: Some(actor_to(&history.submitted_by)),
        submitted_at: Some(time_to(history.submitted_at)),
        state: state_to(record.stops.shown(request.state(at))).into(),
        deadline: deadline
            .map(|deadline| deadline.date.to_string())
            .unwrap_or_default(),
        deadline_provisional: deadline.is_some_and(|deadline| deadline.provisional),
        overdue: request.is_overdue(at),
        answered_late: answered_late.map(time_to),
        grant: request.grant().map(grant_to),
        pending: u32::try_from(history.steps.len() - record.history.steps.len())
            .unwrap_or(u32::MAX),
        steps: steps_to(&history.steps, &record.backdated),
        refused_moves: record.refused.iter().map(refused_to).collect(),
        reminders: record.reminders.iter().map(reminder_to).collect(),
        stops: stops_to(&record.stops),
        proposals: proposals.iter().map(proposal_to).collect(),
        provider_refusal: record.provider_refusal.as_ref().map(provider_refusal_to),
        attention: reader
            .map(|city| record.attention(city))
            .unwrap_or_default()
            .into_iter()
            .map(attention_to)
            .chain(further.iter().copied())
            .map(Into::into)
            .collect(),
        dues: dues_to(dues, at),
        amendment: amendment.filter(|open| !open.is_declined).map(amendment_to),
        consultation: request.consultation().map(consultation_to),
        settlement: settlement.map(settlement_to),
        offered_at: offered_at.map(time_to),
        not_fetched_since: not_fetched_since.map(time_to),
        lapsed_at: request.lapsed_at(at).map(time_to),
        fetches_counted: *fetches_counted,
        awaited_approval: record.awaited_approval().map(awaited_to),
    })
}

/// The acts that are due, the next one first.
fn dues_to(mut dues: Vec<Due>, at: Timestamp) -> Vec<v1::Due> {
    dues.sort_by_key(|due| (due.deadline.date, due.act));
    let due_to = |due: Due| v1::Due {
        act: due_act_to(due.act).into(),
        party: party_to(due.party).into(),
        deadline: due.deadline.date.to_string(),
        provisional: due.deadline.provisional,
        overdue: due.is_overdue(at),
    };
    dues.into_iter().map(due_to).collect()
}

fn amendment_to(open: &Amendment) -> v1::OpenAmendment {
    v1::OpenAmendment {
        reason: open.reason.clone(),
        scope: open.scope.clone(),
        purpose: open.purpose.clone(),
        period_days: open.period_days,
        asked_at: Some(time_to(open.asked_at)),
        third_party: open.third_party.clone(),
    }
}

fn consultation_to(open: &Consultation) -> v1::OpenConsultation {
    let answer = open.answer.as_ref().map(|answer| v1::ConsultationAnswer {
        agrees: answer.agrees,
        text: answer.text.clone(),
        at: Some(time_to(answer.at)),
    });
    v1::OpenConsultation {
        reason: open.reason.clone(),
        legal_basis: open.legal_basis.clone(),
        change: open.change.as_deref().map(grant_to),
        asked_at: Some(time_to(open.asked_at)),
        answer,
        not_before: day_to(open.not_before),
    }
}

fn settlement_to(open: &Settlement) -> v1::OpenSettlement {
    v1::OpenSettlement {
        party: party_to(open.by).into(),
        text: open.text.clone(),
        grant: open.grant.as_deref().map(grant_to),
        proposed_at: Some(time_to(open.proposed_at)),
    }
}

fn party_to(party: Party) -> v1::Party {
    match party {
        Party::Consumer => v1::Party::Consumer,
        Party::Provider => v1::Party::Provider,
        Party::Coordinator => v1::Party::Coordinator,
    }
}

fn refused_to(refused: &RefusedMove) -> v1::RefusedMove {
    v1::RefusedMove {
        step: Some(step_to(&refused.step)),
        problem: Some(problem_to(&refused.problem)),
        acknowledged: refused.acknowledged,
    }
}

fn provider_refusal_to(refusal: &ProviderRefusal) -> v1::ProviderRefusal {
    v1::ProviderRefusal {
        at: Some(time_to(refusal.at)),
        problem: Some(problem_to(&refusal.problem)),
    }
}

fn reminder_to(reminder: &Reminder) -> v1::Reminder {
    v1::Reminder {
        at: Some(time_to(reminder.at)),
        deadline: reminder.deadline.date.to_string(),
        overdue: reminder.overdue,
        provisional: reminder.deadline.provisional,
        act: due_act_to(reminder.act).into(),
    }
}

/// Converts a reason for attention to the wire.
pub fn attention_to(attention: Attention) -> v1::Attention {
    match attention {
        Attention::MoveRefused => v1::Attention::MoveRefused,
        Attention::Restored => v1::Attention::Restored,
        Attention::ProviderRefuses => v1::Attention::ProviderRefuses,
        Attention::OutsideRegion => v1::Attention::OutsideRegion,
    }
}
